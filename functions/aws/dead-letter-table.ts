/**
 * Dead letters in the journal's table. A queue is a partition: each letter has an item by time, which
 * lists read, and one with its message, which may have 256 KB. One more item counts them. Nothing here
 * deletes an item.
 */
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  QueryCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { partitions } from "../catalogue/journal-partitions";
import {
  type DeadLetter,
  type DeadLetterArchive,
  type DeadLetterKeeper,
  minutesBetweenNotices,
  mostListed,
  mostShown,
} from "../record/dead-letters";
import { clientConfig } from "./client";
import { readPartition } from "./partition";
import { transactions } from "./transactions";

/** Longer than the function that sends letters again may run: whoever took one before is gone. */
const takenMs = 60_000;

/** Opens the letters. The table's keys are `incident`, here with a prefix, and `item`. */
export function deadLetterTable(
  region: string,
  table: string,
  now: () => Date,
  sleep: (ms: number) => Promise<void>,
): DeadLetterKeeper & DeadLetterArchive {
  const client = new DynamoDBClient(clientConfig(region));
  const { patiently, transact } = transactions(client, sleep);
  const partitionOf = (queue: string) => `${partitions.deadLetter}${queue}`;
  const keyOf = (queue: string, item: string) => ({ incident: partitionOf(queue), item });
  const listKey = ({ queue, at, id }: DeadLetter) => keyOf(queue, `letter/${at}/${id}`);
  const messageKey = (queue: string, id: string) => keyOf(queue, `message/${id}`);
  const countKey = (queue: string) => marshall(keyOf(queue, "count"));

  /** Updates one item. @returns what it was before; undefined where its condition refuses */
  const update = async (change: Omit<UpdateItemCommandInput, "TableName">) => {
    try {
      const { Attributes = {} } = await patiently(() =>
        client.send(
          new UpdateItemCommand({ TableName: table, ReturnValues: "ALL_OLD", ...change }),
        ),
      );
      return unmarshall(Attributes);
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  };

  /** Reads the newest letters of a queue. */
  const newest = async (queue: string, most: number): Promise<readonly DeadLetter[]> => {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: "incident = :partition AND begins_with(#item, :letters)",
        ExpressionAttributeNames: { "#item": "item" },
        ExpressionAttributeValues: marshall({
          ":partition": partitionOf(queue),
          ":letters": "letter/",
        }),
        ScanIndexForward: false,
        Limit: most,
      }),
    );
    return Items.map((item) => letterOf(queue, unmarshall(item)));
  };

  return {
    async keep(letter, body) {
      const { queue, id, at, reason, about } = letter;
      const refused = await transact([
        {
          Put: {
            TableName: table,
            Item: marshall({ ...messageKey(queue, id), at, body }),
            ConditionExpression: "attribute_not_exists(incident)",
          },
        },
        {
          Put: { TableName: table, Item: marshall({ ...listKey(letter), id, at, reason, about }) },
        },
        {
          Update: {
            TableName: table,
            Key: countKey(queue),
            UpdateExpression: "SET notified = if_not_exists(notified, :none) ADD kept :one",
            ExpressionAttributeValues: marshall({ ":none": 0, ":one": 1 }),
          },
        },
      ]);
      return refused.length === 0;
    },
    async claim(queue) {
      const at = now().getTime();
      const before = await update({
        Key: countKey(queue),
        UpdateExpression: "SET notifiedAt = :now",
        ConditionExpression:
          "kept > notified AND (attribute_not_exists(notifiedAt) OR notifiedAt <= :before)",
        ExpressionAttributeValues: marshall({
          ":now": at,
          ":before": at - minutesBetweenNotices * 60_000,
        }),
      });
      if (before === undefined) return undefined;
      const { kept, notified } = before as { readonly kept: number; readonly notified: number };
      const count = kept - notified;
      return { queue, count, kept, newest: await newest(queue, Math.min(count, mostListed)) };
    },
    async markNotified({ queue, kept }) {
      await update({
        Key: countKey(queue),
        UpdateExpression: "SET notified = :kept",
        ConditionExpression: "notified < :kept",
        ExpressionAttributeValues: marshall({ ":kept": kept }),
      });
    },
    async giveBack({ queue, kept }) {
      await update({
        Key: countKey(queue),
        UpdateExpression: "REMOVE notifiedAt",
        ConditionExpression: "notified < :kept",
        ExpressionAttributeValues: marshall({ ":kept": kept }),
      });
    },
    async of(queue) {
      const letters = await newest(queue, mostShown + 1);
      return { letters: letters.slice(0, mostShown), more: letters.length > mostShown };
    },
    async find(queue, id) {
      const one = (item: string) => readPartition(client, table, partitionOf(queue), item, item);
      const [message] = await one(messageKey(queue, id).item);
      if (message === undefined) return undefined;
      const { at, body } = message as { readonly at: string; readonly body: string };
      const [item] = await one(`letter/${at}/${id}`);
      return item && { letter: letterOf(queue, item), body };
    },
    async take(letter) {
      const at = now().getTime();
      const before = await update({
        Key: marshall(listKey(letter)),
        UpdateExpression: "SET takenAt = :now",
        ConditionExpression:
          "attribute_exists(incident) AND attribute_not_exists(redriven) AND (attribute_not_exists(takenAt) OR takenAt < :before)",
        ExpressionAttributeValues: marshall({ ":now": at, ":before": at - takenMs }),
      });
      return before !== undefined;
    },
    async sent(letter, redriven) {
      await update({
        Key: marshall(listKey(letter)),
        UpdateExpression: "SET redriven = :redriven",
        ConditionExpression: "attribute_not_exists(redriven)",
        ExpressionAttributeValues: marshall({ ":redriven": redriven }),
      });
    },
    async putBack(letter) {
      await update({
        Key: marshall(listKey(letter)),
        UpdateExpression: "REMOVE takenAt",
        ConditionExpression: "attribute_not_exists(redriven)",
      });
    },
  };
}

function letterOf(queue: string, item: Record<string, unknown>): DeadLetter {
  const { id, at, reason, about, redriven } = item as unknown as DeadLetter;
  return { id, queue, at, reason, about, ...(redriven && { redriven }) };
}
