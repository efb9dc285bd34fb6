/** Whether DynamoDB refuses to delete a table. */
import { DynamoDBClient, UpdateTableCommand } from "@aws-sdk/client-dynamodb";
import { memberConfig } from "../client";
import { orUndefined } from "../errors";
import type { OpenSetting } from "./setting";
import { readTable } from "./table";

export const open: OpenSetting = (region, credentials) => {
  const client = new DynamoDBClient(memberConfig(region, credentials));
  return {
    async read(id) {
      const found = await orUndefined(readTable(client, id), "ResourceNotFoundException");
      return found && { value: found.table.DeletionProtectionEnabled === true, tags: found.tags };
    },
    async write(TableName, value) {
      const DeletionProtectionEnabled = value === true;
      await client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled }));
    },
  };
};
