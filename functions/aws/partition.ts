/** Reads a partition of the journal's table whole. */
import { type DynamoDBClient, paginateQuery } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";

/**
 * Reads every item, with each write that was answered before.
 *
 * @param from leaves out the items whose names are smaller. @default none
 */
export async function readPartition(
  client: DynamoDBClient,
  table: string,
  partition: string,
  from?: string,
): Promise<readonly Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  const pages = paginateQuery(
    { client },
    {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: `incident = :partition${from === undefined ? "" : " AND #item >= :from"}`,
      ...(from !== undefined && { ExpressionAttributeNames: { "#item": "item" } }),
      ExpressionAttributeValues: marshall(
        { ":partition": partition, ":from": from },
        { removeUndefinedValues: true },
      ),
    },
  );
  for await (const { Items = [] } of pages) items.push(...Items.map((each) => unmarshall(each)));
  return items;
}
