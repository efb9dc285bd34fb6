/** Items of the journal's table: the name of an epoch's, and a partition as a whole. */
import { type DynamoDBClient, paginateQuery } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";

/**
 * Reads every item, with each write that was answered before.
 *
 * @param from leaves out the items whose names are smaller. @default none
 * @param to leaves out the items whose names are greater, where `from` is given. @default none
 */
export async function readPartition(
  client: DynamoDBClient,
  table: string,
  partition: string,
  from?: string,
  to?: string,
): Promise<readonly Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  const upwards = to === undefined ? " AND #item >= :from" : " AND #item BETWEEN :from AND :to";
  const range = from === undefined ? "" : upwards;
  const pages = paginateQuery(
    { client },
    {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: `incident = :partition${range}`,
      ...(from !== undefined && { ExpressionAttributeNames: { "#item": "item" } }),
      ExpressionAttributeValues: marshall(
        { ":partition": partition, ":from": from, ":to": to },
        { removeUndefinedValues: true },
      ),
    },
  );
  for await (const { Items = [] } of pages) items.push(...Items.map((each) => unmarshall(each)));
  return items;
}

/** Names the item of an incident's epoch. Items sort as texts. */
export function epochItem(epoch: number): string {
  return String(epoch).padStart(4, "0");
}
