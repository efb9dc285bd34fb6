/** Whether X-Ray traces requests to a stage of a REST API. */
import { APIGatewayClient, GetStageCommand, UpdateStageCommand } from "@aws-sdk/client-api-gateway";
import { memberConfig } from "../client";
import { orUndefined } from "../errors";
import type { OpenSetting } from "./setting";

export const open: OpenSetting = (region, credentials) => {
  const client = new APIGatewayClient(memberConfig(region, credentials));
  const stageOf = (id: string) => {
    const [restApiId, , stageName] = id.split("/");
    return { restApiId, stageName };
  };
  return {
    async read(id) {
      const found = await orUndefined(
        client.send(new GetStageCommand(stageOf(id))),
        "NotFoundException",
      );
      return found && { value: found.tracingEnabled === true, tags: found.tags ?? {} };
    },
    async write(id, value) {
      const change = {
        op: "replace",
        path: "/tracingEnabled",
        value: String(value === true),
      } as const;
      await client.send(new UpdateStageCommand({ ...stageOf(id), patchOperations: [change] }));
    },
  };
};
