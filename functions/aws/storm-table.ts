/** The notices of storms in DynamoDB, in the journal's table: one partition for each window. */
import { DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { partitions } from "../catalogue/journal-partitions";
import { type HeldNotice, type StormLog, stormWindow, windowMinutes } from "../record/storm";
import { assignments } from "./assignments";
import { clientConfig } from "./client";
import { readPartition } from "./partition";

const heldItem = "held/";
/** Ids that one update marks: some 20 KB of the item's 400. */
const markedTogether = 500;

/** Opens the log. */
export function stormTable(region: string, table: string): StormLog {
  const client = new DynamoDBClient(clientConfig(region));
  const partitionOf = (at: Date) => `${partitions.storm}${stormWindow(at)}`;
  return {
    async count(of, at) {
      const { Attributes = {} } = await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: marshall({ incident: partitionOf(at), item: `count/${of}` }),
          UpdateExpression: "ADD notices :one",
          ExpressionAttributeValues: marshall({ ":one": 1 }),
          ReturnValues: "UPDATED_NEW",
        }),
      );
      return Number(Attributes.notices?.N);
    },
    async hold({ id, incident: named, ...rest }) {
      // The table's key has the name `incident`.
      const { expression, names, values } = assignments({
        ...rest,
        ...(named !== undefined && { named }),
      });
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: marshall({ incident: partitionOf(new Date(rest.at)), item: `${heldItem}${id}` }),
          UpdateExpression: expression,
          ExpressionAttributeNames: names,
          ExpressionAttributeValues: marshall(values),
        }),
      );
    },
    async unpublished(from, to) {
      const found: HeldNotice[] = [];
      for (const window of windowsOf(from, to)) {
        const items = await readPartition(client, table, `${partitions.storm}${window}`);
        const known = items.find(({ item }) => item === publishedItem)?.ids as
          | Set<string>
          | undefined;
        const held = items.filter(({ item }) => String(item).startsWith(heldItem));
        found.push(
          ...held
            .map(({ item, incident: _, named, ...fields }) => ({
              ...(fields as Omit<HeldNotice, "id" | "incident">),
              id: String(item).slice(heldItem.length),
              ...(named !== undefined && { incident: String(named) }),
            }))
            .filter(({ id }) => !known?.has(id)),
        );
      }
      return found;
    },
    async markPublished(notices) {
      for (const window of new Set(notices.map(({ at }) => partitionOf(new Date(at))))) {
        const ids = notices
          .filter(({ at }) => partitionOf(new Date(at)) === window)
          .map(({ id }) => id);
        for (let next = 0; next < ids.length; next += markedTogether) {
          await client.send(
            new UpdateItemCommand({
              TableName: table,
              Key: marshall({ incident: window, item: publishedItem }),
              UpdateExpression: "ADD ids :ids",
              ExpressionAttributeValues: marshall({
                ":ids": new Set(ids.slice(next, next + markedTogether)),
              }),
            }),
          );
        }
      }
    },
  };
}

const publishedItem = "published";

function windowsOf(from: Date, to: Date): ReadonlySet<string> {
  const windows = new Set<string>();
  for (let at = from.getTime(); at < to.getTime(); at += windowMinutes * 60_000) {
    windows.add(stormWindow(new Date(at)));
  }
  return windows.add(stormWindow(to));
}
