/** How many tasks of a service ECS keeps running. The id is of the cluster and the service. */
import { DescribeServicesCommand, ECSClient, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import type { SettingState } from "../../model/member-account";
import { memberConfig } from "../client";
import { orUndefined } from "../errors";
import type { OpenSetting } from "./setting";

export const open: OpenSetting = (region, credentials) => {
  const client = new ECSClient(memberConfig(region, credentials));
  const partsOf = (id: string) => {
    const [cluster = "", service = ""] = id.split("/");
    return { cluster, service };
  };
  const stateOf = async (id: string): Promise<SettingState | undefined> => {
    const { cluster, service } = partsOf(id);
    const { services } = await client.send(
      new DescribeServicesCommand({ cluster, services: [service], include: ["TAGS"] }),
    );
    const [found] = services ?? [];
    if (found === undefined || found.status === "INACTIVE") return undefined;
    const { desiredCount = 0, schedulingStrategy, deploymentController, tags = [] } = found;
    const left =
      schedulingStrategy === "DAEMON"
        ? "runs one task on each instance of its cluster"
        : deploymentController?.type === "EXTERNAL"
          ? "has its tasks from task sets that another program counts"
          : undefined;
    return {
      value: desiredCount,
      tags: Object.fromEntries(tags.map(({ key = "", value = "" }) => [key, value])),
      ...(left !== undefined && {
        left: `ECS service ${id} ${left}, so that ECS cannot be told to run none: stop its tasks, or contain its instances`,
      }),
    };
  };
  return {
    read: (id) => orUndefined(stateOf(id), "ClusterNotFoundException", "ServiceNotFoundException"),
    async write(id, value) {
      const desiredCount = Number(value);
      await client.send(new UpdateServiceCommand({ ...partsOf(id), desiredCount }));
    },
  };
};
