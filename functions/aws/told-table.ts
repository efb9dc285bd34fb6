/** Which notices of old access keys were given: items of their own in the journal's table. */
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import type { NoticeKey, Told } from "../old-key";
import { clientConfig } from "./client";

/** Longer than the function runs: whoever claimed before that is dead. */
const claimMs = 60_000;

/**
 * No incident's key has a slash, and no exposure's begins with this word. A claim is given back by
 * nobody: the message that holds it takes it again when it is delivered again, any other once it is
 * over.
 */
function itemKey({ account, userName, week, target }: NoticeKey) {
  return { incident: `old-key/${account}/${userName}`, item: `${week}/${target}` };
}

export function toldTable(region: string, table: string, now: () => Date): Told {
  const client = new DynamoDBClient(clientConfig(region));
  return {
    async claim(key, report) {
      const at = now().getTime();
      const item = { ...itemKey(key), told: false, report, claimedUntil: at + claimMs };
      try {
        await client.send(
          new PutItemCommand({
            TableName: table,
            Item: marshall(item),
            ConditionExpression:
              "attribute_not_exists(incident) OR (told = :no AND (report = :report OR claimedUntil < :now))",
            ExpressionAttributeValues: marshall({ ":no": false, ":report": report, ":now": at }),
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        );
        return "ours";
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        return error.Item !== undefined && unmarshall(error.Item).told === true
          ? "told"
          : "claimed";
      }
    },
    async confirm(key) {
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: marshall(itemKey(key)),
          UpdateExpression: "SET told = :yes, toldAt = :at",
          ExpressionAttributeValues: marshall({ ":yes": true, ":at": now().toISOString() }),
        }),
      );
    },
  };
}
