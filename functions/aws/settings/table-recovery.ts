/** Whether DynamoDB keeps a table restorable to any second (point-in-time recovery). */
import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ListTagsOfResourceCommand,
  UpdateContinuousBackupsCommand,
} from "@aws-sdk/client-dynamodb";
import { memberConfig } from "../client";
import { hasCode } from "../errors";
import { tagsOf } from "../tags";
import type { OpenSetting } from "./setting";

export const open: OpenSetting = (region, credentials) => {
  const client = new DynamoDBClient(memberConfig(region, credentials));
  const readTags = async (TableName: string) => {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    const ResourceArn = Table?.TableArn ?? "";
    const tags: Record<string, string> = {};
    let next: string | undefined;
    do {
      const page = await client.send(
        new ListTagsOfResourceCommand({ ResourceArn, NextToken: next }),
      );
      Object.assign(tags, tagsOf(page.Tags));
      next = page.NextToken;
    } while (next !== undefined);
    return tags;
  };
  return {
    async read(TableName) {
      try {
        const [{ ContinuousBackupsDescription }, tags] = await Promise.all([
          client.send(new DescribeContinuousBackupsCommand({ TableName })),
          readTags(TableName),
        ]);
        const { PointInTimeRecoveryStatus: status } =
          ContinuousBackupsDescription?.PointInTimeRecoveryDescription ?? {};
        return { value: status === "ENABLED", tags };
      } catch (error) {
        if (hasCode(error, "ResourceNotFoundException", "TableNotFoundException")) return undefined;
        throw error;
      }
    },
    async write(TableName, value) {
      const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: value === true };
      await client.send(
        new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }),
      );
    },
  };
};
