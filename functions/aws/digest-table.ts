/** What the digests list, by day: one partition of the journal's table for each. */
import { DynamoDBClient, paginateQuery, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { partitions } from "../catalogue/journal-partitions";
import type { DigestEntry, DigestLog } from "../record/digest";
import { assignments } from "./assignments";
import { clientConfig } from "./client";

/** Entries of a day that are read at most, some 300 bytes each. */
const mostRead = 50_000;

/** Opens the log. */
export function digestTable(region: string, table: string): DigestLog {
  const client = new DynamoDBClient(clientConfig(region));
  return {
    async note({ account, finding, ...fields }) {
      const { expression, names, values } = assignments(fields);
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: marshall({
            incident: `${partitions.digest}${fields.lastAt.slice(0, 10)}`,
            item: `${account}/${finding}`,
          }),
          UpdateExpression: `${expression} ADD times :one`,
          ExpressionAttributeNames: names,
          ExpressionAttributeValues: marshall({ ...values, ":one": 1 }),
        }),
      );
    },
    async of(day, most) {
      const entries: DigestEntry[] = [];
      const pages = paginateQuery(
        { client },
        {
          TableName: table,
          KeyConditionExpression: "incident = :day",
          ExpressionAttributeValues: marshall({ ":day": `${partitions.digest}${day}` }),
        },
      );
      for await (const { Items = [] } of pages) {
        entries.push(...Items.map((each) => entryOf(unmarshall(each))));
        if (entries.length > mostRead) break;
      }
      // A flood of what is harmless, or of an account, drops nothing that is severe.
      const ordered = entries.toSorted(
        (one, other) =>
          Number(other.kind === "repeated") - Number(one.kind === "repeated") ||
          other.severity - one.severity,
      );
      return { entries: ordered.slice(0, most), more: entries.length > most };
    },
  };
}

function entryOf({ item, incident: _, ...fields }: Record<string, unknown>): DigestEntry {
  const [account = "", finding = ""] = String(item).split("/");
  return { ...(fields as Omit<DigestEntry, "account" | "finding">), account, finding };
}
