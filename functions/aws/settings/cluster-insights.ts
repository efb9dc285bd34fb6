/** Whether CloudWatch collects figures of an ECS cluster's containers: "disabled", "enabled" or "enhanced". */
import {
  DescribeClustersCommand,
  ECSClient,
  UpdateClusterSettingsCommand,
} from "@aws-sdk/client-ecs";
import { memberConfig } from "../client";
import type { OpenSetting } from "./setting";

const name = "containerInsights";

export const open: OpenSetting = (region, credentials) => {
  const client = new ECSClient(memberConfig(region, credentials));
  return {
    async read(id) {
      const { clusters: [found] = [] } = await client.send(
        new DescribeClustersCommand({ clusters: [id], include: ["SETTINGS", "TAGS"] }),
      );
      if (found === undefined || found.status === "INACTIVE") return undefined;
      const tags = (found.tags ?? []).map(({ key = "", value = "" }) => [key, value]);
      return {
        value: found.settings?.find((each) => each.name === name)?.value ?? "disabled",
        tags: Object.fromEntries(tags),
      };
    },
    async write(cluster, value) {
      const settings = [{ name, value: String(value) } as const];
      await client.send(new UpdateClusterSettingsCommand({ cluster, settings }));
    },
  };
};
