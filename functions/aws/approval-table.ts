/** Approvals in the journal's table: what is asked and answered, and apart from it the tokens. */
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { partitions } from "../catalogue/journal-partitions";
import type { Approval, Approvals } from "../record/approvals";
import { clientConfig } from "./client";
import { tolerate } from "./errors";
import { readPartition } from "./partition";

/** Opens the approvals. The table's keys are `incident`, here with a prefix, and `item`, the digest. */
export function approvalTable(region: string, table: string): Approvals {
  const client = new DynamoDBClient(clientConfig(region));
  const keyOf = (kind: "approval" | "approvalToken", incident: string, digest: string) => ({
    incident: `${partitions[kind]}${incident}`,
    item: digest,
  });
  const of = async (incident: string): Promise<readonly Approval[]> => {
    const items = await readPartition(client, table, `${partitions.approval}${incident}`);
    return items
      .map(
        ({ incident: _, item, ...fields }) => ({ ...fields, incident, digest: item }) as Approval,
      )
      .sort((one, other) => one.askedAt.localeCompare(other.askedAt));
  };
  return {
    of,
    find: async (incident, digest) => (await of(incident)).find((each) => each.digest === digest),
    async ask({ incident, digest, ...fields }, token) {
      // First: an approval that people see can be answered. A state that is tried again has a new one.
      await client.send(
        new PutItemCommand({
          TableName: table,
          Item: marshall({ ...keyOf("approvalToken", incident, digest), token }),
        }),
      );
      await tolerate(
        client.send(
          new PutItemCommand({
            TableName: table,
            Item: marshall(
              { ...fields, ...keyOf("approval", incident, digest) },
              { removeUndefinedValues: true },
            ),
            ConditionExpression: "attribute_not_exists(incident)",
          }),
        ),
        "ConditionalCheckFailedException",
      );
    },
    async answer(incident, digest, answer) {
      try {
        await client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: marshall(keyOf("approval", incident, digest)),
            UpdateExpression: "SET answer = :answer",
            ConditionExpression:
              "attribute_exists(incident) AND attribute_not_exists(answer) AND expiresAt > :at",
            ExpressionAttributeValues: marshall(
              { ":answer": answer, ":at": answer.at },
              { removeUndefinedValues: true },
            ),
          }),
        );
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
    async token(incident, digest) {
      const partition = keyOf("approvalToken", incident, digest).incident;
      const items = await readPartition(client, table, partition);
      const token = items.find(({ item }) => item === digest)?.token;
      return typeof token === "string" ? token : undefined;
    },
  };
}
