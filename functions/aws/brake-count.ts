/** What brakes count, in the journal's table: the keys, and the entries of the transaction that begins an incident. */
import type { TransactWriteItem } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { type BrakeScope, namesCounted, onlyCounts, windowOf } from "../catalogue/brake-scopes";
import { partitions } from "../catalogue/journal-partitions";
import type { Brake } from "../record/brakes";

export const trippedPartition = `${partitions.brakes}tripped`;

export function countPartition(scope: BrakeScope): string {
  return `${partitions.brakes}count/${scope}`;
}

/** Names the count of a scope in the window that a time is in. */
export function keyOfCount(scope: BrakeScope, now: Date) {
  return marshall({ incident: countPartition(scope), item: windowOf(scope, now) });
}

/** Names the item that says whether a brake is tripped. */
export function stateKey(scope: BrakeScope) {
  return marshall({ incident: trippedPartition, item: scope });
}

/** Counts an incident with one brake, in two entries: either refuses where the brake does. */
export function countEntries(
  table: string,
  brake: Brake,
  incident: string,
  now: Date,
): readonly [TransactWriteItem, TransactWriteItem] {
  const { scope, limit } = brake;
  const counted = namesCounted(brake, incident);
  const these = { ":these": new Set(counted) };
  const names = Object.fromEntries(counted.map((name, index) => [`:this${index}`, name]));
  const isCounted = Object.keys(names).map((name) => `contains(incidents, ${name})`);
  // All of them fit, or none is counted.
  const room = limit - counted.length + 1;
  const fits = ["attribute_not_exists(incidents)", "size(incidents) < :room"];
  const conditions = [...(room > 0 ? fits : []), `(${isCounted.join(" AND ")})`];
  return [
    {
      Update: {
        TableName: table,
        Key: keyOfCount(scope, now),
        UpdateExpression: "ADD incidents :these",
        ...(onlyCounts(scope)
          ? { ExpressionAttributeValues: marshall(these) }
          : {
              ConditionExpression: conditions.join(" OR "),
              ExpressionAttributeValues: marshall({
                ...these,
                ...names,
                ...(room > 0 && { ":room": room }),
              }),
            }),
      },
    },
    // It may have been tripped since it was read, and a new window have begun.
    {
      ConditionCheck: {
        TableName: table,
        Key: stateKey(scope),
        ConditionExpression: "attribute_not_exists(trippedAt)",
      },
    },
  ];
}
