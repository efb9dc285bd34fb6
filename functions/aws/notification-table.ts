/** Records which notifications were sent: items beside the journal's incidents, in the same table. */
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import type {
  BreachNotice,
  NotificationLog,
  OldKeyNotice,
  OldKeyNotificationLog,
} from "../notify/notification-log";
import { clientConfig } from "./client";

/** Longer than the function runs: a claim older than this belongs to no running invocation. */
const claimMs = 60_000;

/** Both keys of the table. No incident's key has a slash, and no exposure's begins with these words. */
interface ItemKey {
  readonly incident: string;
  readonly item: string;
}

/** Records which breaches of AWS Config's rules were notified. */
export function breachNotifications(
  region: string,
  table: string,
  now: () => Date,
): NotificationLog<BreachNotice> {
  return logIn(new DynamoDBClient(clientConfig(region)), table, now, (key) => ({
    incident: `breach/${key.account}/${key.rule}`,
    item: key.day,
  }));
}

/** Which old access keys were notified. */
export function oldKeyNotifications(
  region: string,
  table: string,
  now: () => Date,
): OldKeyNotificationLog {
  const client = new DynamoDBClient(clientConfig(region));
  return {
    ...logIn(client, table, now, ({ account, userName, week, target }: OldKeyNotice) => ({
      incident: `old-key/${account}/${userName}`,
      item: `${week}/${target}`,
    })),
    async admit({ account, userName, week }, most) {
      try {
        await client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: marshall({ incident: `old-key/${account}`, item: week } satisfies ItemKey),
            UpdateExpression: "ADD userNames :these",
            ConditionExpression:
              "attribute_not_exists(userNames) OR contains(userNames, :user) OR size(userNames) < :most",
            ExpressionAttributeValues: marshall({
              ":these": new Set([userName]),
              ":user": userName,
              ":most": most,
            }),
          }),
        );
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
  };
}

/**
 * Claims by conditional writes. No run returns a claim: the message that holds it takes it
 * again when it is delivered again, any other once it is over.
 */
function logIn<K>(
  client: DynamoDBClient,
  table: string,
  now: () => Date,
  itemKey: (key: K) => ItemKey,
): NotificationLog<K> {
  return {
    async claim(key, message) {
      const at = now().getTime();
      const item = {
        ...itemKey(key),
        notified: false,
        report: message,
        claimedUntil: at + claimMs,
      };
      try {
        await client.send(
          new PutItemCommand({
            TableName: table,
            Item: marshall(item),
            ConditionExpression:
              "attribute_not_exists(incident) OR (notified = :no AND (report = :report OR claimedUntil < :now))",
            ExpressionAttributeValues: marshall({ ":no": false, ":report": message, ":now": at }),
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        );
        return "ours";
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        return error.Item !== undefined && unmarshall(error.Item).notified === true
          ? "notified"
          : "claimed";
      }
    },
    async confirm(key) {
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: marshall(itemKey(key)),
          UpdateExpression: "SET notified = :yes, notifiedAt = :at",
          ExpressionAttributeValues: marshall({ ":yes": true, ":at": now().toISOString() }),
        }),
      );
    },
  };
}
