/** What people asked for by command, in the journal's table. */
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { partitions } from "../catalogue/journal-partitions";
import type { PersonsRequest, Requests } from "../record/requests";
import { clientConfig } from "./client";
import { tolerate } from "./errors";
import { readPartition } from "./partition";

/** Opens the requests. The table's keys are `incident`, here with a prefix, and `item`. */
export function requestTable(region: string, table: string): Requests {
  const client = new DynamoDBClient(clientConfig(region));
  const keyOf = (id: string) => ({ incident: `${partitions.request}${id}`, item: "request" });
  return {
    async find(id) {
      const [found] = await readPartition(client, table, keyOf(id).incident);
      if (found === undefined) return undefined;
      const { incident: _, item: __, ...fields } = found;
      return { ...fields, id } as unknown as PersonsRequest;
    },
    async ask({ id, ...fields }) {
      try {
        await client.send(
          new PutItemCommand({
            TableName: table,
            Item: marshall({ ...fields, ...keyOf(id) }, { removeUndefinedValues: true }),
            ConditionExpression: "attribute_not_exists(incident)",
          }),
        );
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
    async answer(id, answer) {
      await tolerate(
        client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: marshall(keyOf(id)),
            UpdateExpression: "SET answer = :answer",
            ConditionExpression: "attribute_exists(incident) AND attribute_not_exists(answer)",
            ExpressionAttributeValues: marshall(
              { ":answer": answer },
              { removeUndefinedValues: true },
            ),
          }),
        ),
        "ConditionalCheckFailedException",
      );
    },
  };
}
