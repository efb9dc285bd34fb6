/** Stores which notifications were sent, in the journal's table beside the incidents. */
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { partitions } from "../catalogue/journal-partitions";
import type {
  BreachNotice,
  CountedMark,
  EndingException,
  FindingNotice,
  KeyRotationNotification,
  KeyRotationNotificationLog,
  NotificationLog,
} from "../notify/notification-log";
import type { DigestNotice } from "../record/digest";
import { clientConfig } from "./client";

/** Longer than the function's timeout: an older claim belongs to an invocation that has ended. */
export const claimMs = 60_000;

/** Both keys of the table. No incident's key has a slash; exposures begin with another word. */
interface ItemKey {
  readonly incident: string;
  readonly item: string;
}

/** Opens the log of notifications about AWS Config rules that resources do not comply with. */
export function breachNotifications(
  region: string,
  table: string,
  now: () => Date,
): NotificationLog<BreachNotice> {
  return logIn(new DynamoDBClient(clientConfig(region)), table, now, (key) => ({
    incident: `${partitions.breach}${key.account}/${key.rule}`,
    item: key.day,
  }));
}

/** Opens the log of notices about exceptions that end soon. */
export function endingExceptionNotifications(
  region: string,
  table: string,
  now: () => Date,
): NotificationLog<EndingException> {
  return logIn(new DynamoDBClient(clientConfig(region)), table, now, ({ id, expires }) => ({
    incident: `${partitions.endingException}${id}`,
    item: expires,
  }));
}

/** Opens the log of digests. */
export function digestNotifications(
  region: string,
  table: string,
  now: () => Date,
): NotificationLog<DigestNotice> {
  return logIn(new DynamoDBClient(clientConfig(region)), table, now, ({ of }) => ({
    incident: `${partitions.digestNotice}${of}`,
    item: of,
  }));
}

/** Opens the log of false positives that were counted. */
export function countedMarks(
  region: string,
  table: string,
  now: () => Date,
): NotificationLog<CountedMark> {
  return logIn(new DynamoDBClient(clientConfig(region)), table, now, ({ id }) => ({
    incident: `${partitions.countedMark}${id}`,
    item: "counted",
  }));
}

/** Opens the log of notices of findings about which nothing was changed. */
export function findingNotifications(
  region: string,
  table: string,
  now: () => Date,
): NotificationLog<FindingNotice> {
  const client = new DynamoDBClient(clientConfig(region));
  return logIn(client, table, now, ({ account, finding, says, period }) => ({
    incident: `${partitions.finding}${account}/${finding}`,
    item: `${period}/${says}`,
  }));
}

/** Opens the log of notifications about key rotation. */
export function keyRotationNotifications(
  region: string,
  table: string,
  now: () => Date,
): KeyRotationNotificationLog {
  const client = new DynamoDBClient(clientConfig(region));
  return {
    ...logIn(
      client,
      table,
      now,
      ({ account, userName, week, target }: KeyRotationNotification) => ({
        incident: `${partitions.keyRotation}${account}/${userName}`,
        item: `${week}/${target}`,
      }),
    ),
    async admit({ account, userName, week }, most) {
      try {
        await client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: marshall({
              incident: `${partitions.keyRotation}${account}`,
              item: week,
            } satisfies ItemKey),
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
 * Opens a log that claims by conditional writes. No claim is released: the message that holds it renews it when it is
 * delivered again; another message can take it once it has expired.
 */
export function logIn<K>(
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
