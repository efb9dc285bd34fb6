/** Whether DynamoDB keeps a table restorable to any second (point-in-time recovery). */
import {
  DescribeContinuousBackupsCommand,
  DynamoDBClient,
  UpdateContinuousBackupsCommand,
} from "@aws-sdk/client-dynamodb";
import type { SettingState } from "../../model/member-account";
import { memberConfig } from "../client";
import { orUndefined } from "../errors";
import type { OpenSetting } from "./setting";
import { readTable } from "./table";

export const open: OpenSetting = (region, credentials) => {
  const client = new DynamoDBClient(memberConfig(region, credentials));
  const stateOf = async (TableName: string): Promise<SettingState | undefined> => {
    const [{ ContinuousBackupsDescription }, { tags }] = await Promise.all([
      client.send(new DescribeContinuousBackupsCommand({ TableName })),
      readTable(client, TableName),
    ]);
    const { PointInTimeRecoveryStatus: status } =
      ContinuousBackupsDescription?.PointInTimeRecoveryDescription ?? {};
    return { value: status === "ENABLED", tags };
  };
  return {
    read: (TableName) =>
      orUndefined(stateOf(TableName), "ResourceNotFoundException", "TableNotFoundException"),
    async write(TableName, value) {
      const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: value === true };
      await client.send(
        new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }),
      );
    },
  };
};
