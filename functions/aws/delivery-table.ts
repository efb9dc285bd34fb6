/** Stores what is known of messages and channels, in the journal's table beside the incidents. */
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  PutItemCommand,
  paginateQuery,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { partitions } from "../catalogue/journal-partitions";
import {
  type ChannelAlert,
  type ChannelDelivery,
  type DeliveryLog,
  type DeliveryState,
  mostMissed,
  type Thread,
} from "../notify/delivery-log";
import { clientConfig } from "./client";
import { claimMs, logIn } from "./notification-table";

/** Opens the log of deliveries. Every claim is a conditional write. */
export function deliveryLog(region: string, table: string, now: () => Date): DeliveryLog {
  const client = new DynamoDBClient(clientConfig(region));
  const update = (key: object, expression: string, values: object, condition?: string) =>
    client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: marshall(key),
        UpdateExpression: expression,
        ConditionExpression: condition,
        ExpressionAttributeValues: marshall(values),
        ReturnValues: "ALL_NEW",
      }),
    );
  const alerts = logIn(client, table, now, ({ channel, hour }: ChannelAlert) => ({
    incident: `${partitions.channel}${channel}`,
    item: `alert/${hour}`,
  }));
  return {
    ...logIn(client, table, now, deliveryKey),
    claimAlert: alerts.claim,
    confirmAlert: alerts.confirm,
    async failed(key, why) {
      await update(deliveryKey(key), "SET why = :why", { ":why": why });
    },
    async thread(key, message) {
      const at = now().getTime();
      try {
        await client.send(
          new PutItemCommand({
            TableName: table,
            Item: marshall({
              ...threadKey(key),
              opened: false,
              message,
              claimedUntil: at + claimMs,
            }),
            ConditionExpression:
              "attribute_not_exists(incident) OR (opened = :no AND (message = :message OR claimedUntil < :now))",
            ExpressionAttributeValues: marshall({
              ":no": false,
              ":message": message,
              ":now": at,
            }),
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        );
        return "ours";
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        const { opened, thread } = error.Item === undefined ? {} : unmarshall(error.Item);
        if (opened !== true) return "claimed";
        return thread === undefined ? {} : { id: thread };
      }
    },
    async keepThread(key, id) {
      await (id === undefined
        ? update(threadKey(key), "SET opened = :yes", { ":yes": true })
        : update(threadKey(key), "SET opened = :yes, thread = :id", { ":yes": true, ":id": id }));
    },
    async missed(channel, day, message) {
      const key = { incident: `${partitions.channel}${channel}`, item: `missed/${day}` };
      try {
        const { Attributes = {} } = await update(
          key,
          "ADD messages :these",
          { ":these": new Set([message]), ":most": mostMissed },
          "attribute_not_exists(messages) OR size(messages) < :most",
        );
        return (unmarshall(Attributes).messages as Set<string>).size;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return mostMissed;
        throw error;
      }
    },
  };
}

/** Reads what became of a message in each channel that was tried. */
export async function deliveriesOf(
  region: string,
  table: string,
  message: string,
): Promise<readonly DeliveryState[]> {
  const client = new DynamoDBClient(clientConfig(region));
  const found: DeliveryState[] = [];
  for await (const { Items = [] } of paginateQuery(
    { client },
    {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: "incident = :message",
      ExpressionAttributeValues: marshall({ ":message": `${partitions.delivery}${message}` }),
    },
  )) {
    for (const { item, notified, why } of Items.map((each) => unmarshall(each))) {
      found.push({ channel: item, delivered: notified, ...(why !== undefined && { why }) });
    }
  }
  return found;
}

function deliveryKey({ message, channel }: ChannelDelivery) {
  return { incident: `${partitions.delivery}${message}`, item: channel };
}

function threadKey({ incident, channel }: Thread) {
  return { incident: `${partitions.thread}${incident}`, item: channel };
}
