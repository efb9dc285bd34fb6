/** Describes a table and its tags, for the settings of tables. */
import {
  DescribeTableCommand,
  type DynamoDBClient,
  ListTagsOfResourceCommand,
  type TableDescription,
} from "@aws-sdk/client-dynamodb";
import { tagsOf } from "../tags";

/** @throws ResourceNotFoundException where it is gone */
export async function readTable(
  client: DynamoDBClient,
  TableName: string,
): Promise<{ readonly table: TableDescription; readonly tags: Record<string, string> }> {
  const { Table = {} } = await client.send(new DescribeTableCommand({ TableName }));
  const ResourceArn = Table.TableArn ?? "";
  const tags: Record<string, string> = {};
  let next: string | undefined;
  do {
    const page = await client.send(new ListTagsOfResourceCommand({ ResourceArn, NextToken: next }));
    Object.assign(tags, tagsOf(page.Tags));
    next = page.NextToken;
  } while (next !== undefined);
  return { table: Table, tags };
}
