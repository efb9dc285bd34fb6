/** Reads a partition of the journal's table whole. */
import { type DynamoDBClient, paginateQuery } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";

/** Reads every item, with each write that was answered before. */
export async function readPartition(
  client: DynamoDBClient,
  table: string,
  partition: string,
): Promise<readonly Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  const pages = paginateQuery(
    { client },
    {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: "incident = :partition",
      ExpressionAttributeValues: marshall({ ":partition": partition }),
    },
  );
  for await (const { Items = [] } of pages) items.push(...Items.map((each) => unmarshall(each)));
  return items;
}
