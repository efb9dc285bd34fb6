/**
 * The brakes in DynamoDB, in the journal's table. A scope has up to three items: what is counted in a
 * window, whether the brake is tripped, and what it holds back. Nothing here deletes an item.
 */
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { type BrakeScope, weekBegan, windowOf } from "../catalogue/brake-scopes";
import { partitions } from "../catalogue/journal-partitions";
import {
  alertAgainMs,
  alertClaimSeconds,
  type BrakeControl,
  type Brakes,
  type HeldFinding,
  mostRemembered,
  mostWaiting,
} from "../record/brakes";
import { countPartition, keyOfCount, stateKey, trippedPartition } from "./brake-count";
import { clientConfig } from "./client";
import { readPartition } from "./partition";
import { transactions } from "./transactions";

const waitingPartition = `${partitions.brakes}waiting`;

/** Whether a brake is tripped; without `trippedAt` it was reset, and `lastReset` says by whom. */
interface StateItem {
  readonly item: BrakeScope;
  readonly limit: number;
  readonly trippedAt?: string;
  /** The incident that it stopped first. */
  readonly stopped: string;
  readonly alertedAt?: string;
}

/** What a brake holds back: ids, and findings since the last alert as JSON. */
interface WaitingItem {
  readonly incidents?: ReadonlySet<string>;
  readonly findings?: ReadonlySet<string>;
  readonly severities?: ReadonlySet<number>;
}

/** Opens the brakes in a table. */
export function brakeTable(
  region: string,
  table: string,
  now: () => Date,
  sleep: (ms: number) => Promise<void>,
): Brakes & BrakeControl {
  const client = new DynamoDBClient(clientConfig(region));
  const waitingKey = (scope: BrakeScope) => marshall({ incident: waitingPartition, item: scope });
  const countKey = (scope: BrakeScope) => keyOfCount(scope, now());
  const claimEnd = () => now().getTime() + alertClaimSeconds * 1_000;

  const { patiently, transact } = transactions(client, sleep);

  /** Updates one item. @returns false where its condition refuses */
  const update = async (change: Omit<UpdateItemCommandInput, "TableName">): Promise<boolean> => {
    try {
      await patiently(() => client.send(new UpdateItemCommand({ TableName: table, ...change })));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  };

  const read = (partition: string, from?: string, to?: string) =>
    readPartition(client, table, partition, from, to);

  const tripped: Brakes["tripped"] = async () => {
    const items = (await read(trippedPartition)) as unknown as readonly StateItem[];
    return items.flatMap(({ item, limit, trippedAt, stopped, alertedAt }) => {
      if (trippedAt === undefined) return [];
      const alert = alertedAt !== undefined && { alertedAt };
      return [{ scope: item, limit, trippedAt, incident: stopped, ...alert }];
    });
  };

  const held: BrakeControl["held"] = async () => {
    const [brakes, lists] = await Promise.all([tripped(), read(waitingPartition)]);
    const waiting = new Map(
      lists.map(({ item, incidents }) => [item, [...((incidents as Set<string>) ?? [])].sort()]),
    );
    return brakes.map((brake) => ({ ...brake, waiting: waiting.get(brake.scope) ?? [] }));
  };

  return {
    tripped,
    held,
    async lately(scope) {
      const days = await read(countPartition(scope), windowOf(scope, weekBegan(now())));
      const began = [
        weekBegan(now()),
        ...days.flatMap(({ resetAt }) =>
          resetAt === undefined ? [] : new Date(resetAt as string),
        ),
      ];
      const since = new Date(Math.max(...began.map((time) => time.getTime())));
      const counted = days
        .filter(({ item }) => (item as string) >= windowOf(scope, since))
        .flatMap(({ incidents }) => [...((incidents as Set<string> | undefined) ?? [])]);
      return { since: since.toISOString(), incidents: [...new Set(counted)].sort() };
    },
    trip: ({ scope, limit }, incident) =>
      update({
        Key: stateKey(scope),
        UpdateExpression:
          "SET trippedAt = :at, #limit = :limit, stopped = :incident, alertUntil = :until REMOVE alertedAt",
        ConditionExpression: "attribute_not_exists(trippedAt)",
        ExpressionAttributeNames: { "#limit": "limit" },
        ExpressionAttributeValues: marshall({
          ":at": now().toISOString(),
          ":limit": limit,
          ":incident": incident,
          ":until": claimEnd(),
        }),
      }),
    claimAlert: (scope) => {
      const at = now().getTime();
      return update({
        Key: stateKey(scope),
        UpdateExpression: "SET alertUntil = :until",
        ConditionExpression:
          "attribute_exists(trippedAt) AND (attribute_not_exists(alertedAt) OR alertedAt <= :before) AND alertUntil < :now",
        ExpressionAttributeValues: marshall({
          ":until": claimEnd(),
          ":now": at,
          ":before": new Date(at - alertAgainMs).toISOString(),
        }),
      });
    },
    async alerted(scope, told) {
      await update({
        Key: stateKey(scope),
        UpdateExpression: "SET alertedAt = :at",
        ConditionExpression: "attribute_exists(trippedAt)",
        ExpressionAttributeValues: marshall({ ":at": now().toISOString() }),
      });
      if (told === undefined || told.severities.length === 0) return;
      // What was held back since it was read stays for the next alert.
      const findings = told.findings.map(textOf);
      await update({
        Key: waitingKey(scope),
        UpdateExpression: `DELETE severities :severities${findings.length > 0 ? ", findings :findings" : ""}`,
        ExpressionAttributeValues: marshall({
          ":severities": new Set(told.severities),
          ...(findings.length > 0 && { ":findings": new Set(findings) }),
        }),
      });
    },
    async hold(scope, finding) {
      const add = (members: readonly string[], conditions: readonly string[]) =>
        update({
          Key: waitingKey(scope),
          UpdateExpression: `ADD ${members.map((name) => `${name} :${name}`).join(", ")}`,
          ...(conditions.length > 0 && { ConditionExpression: conditions.join(" AND ") }),
          ExpressionAttributeValues: marshall(
            {
              ":severities": new Set([roughly(finding.severity)]),
              ":incidents": members.includes("incidents") ? new Set([finding.incident]) : undefined,
              ":findings": members.includes("findings") ? new Set([textOf(finding)]) : undefined,
              ":waiting": members.includes("incidents") ? mostWaiting : undefined,
              ":remembered": members.includes("findings") ? mostRemembered : undefined,
            },
            { removeUndefinedValues: true },
          ),
        });
      const isListable = "(attribute_not_exists(incidents) OR size(incidents) < :waiting)";
      const isMemorable = "(attribute_not_exists(findings) OR size(findings) < :remembered)";
      // A full list keeps what it has: the rest of the finding is written all the same.
      if (await add(["severities", "incidents", "findings"], [isListable, isMemorable])) return;
      if (await add(["severities", "incidents"], [isListable])) return;
      await add(["severities"], []);
    },
    async heldBack(scope) {
      const [item] = await read(waitingPartition, scope, scope);
      const { incidents, findings, severities } = (item ?? {}) as WaitingItem;
      return {
        waiting: incidents?.size ?? 0,
        findings: [...(findings ?? [])]
          .map((text) => JSON.parse(text) as HeldFinding)
          .sort((a, b) => (a.at < b.at ? 1 : -1)),
        severities: [...(severities ?? [])].sort((a, b) => a - b),
      };
    },
    async reset(scope, { by, reason }) {
      const before = (await held()).find((each) => each.scope === scope);
      if (before === undefined) return undefined;
      const refused = await transact([
        {
          Update: {
            TableName: table,
            Key: stateKey(scope),
            UpdateExpression: "SET lastReset = :reset REMOVE trippedAt, alertedAt, alertUntil",
            // Of two resets at a time one is of a brake that has tripped again.
            ConditionExpression: "trippedAt = :tripped",
            ExpressionAttributeValues: marshall({
              ":tripped": before.trippedAt,
              ":reset": { at: now().toISOString(), by, reason, trippedAt: before.trippedAt },
            }),
          },
        },
        {
          Update: {
            TableName: table,
            Key: countKey(scope),
            // Earlier windows end with it, too.
            UpdateExpression: "SET resetAt = :at REMOVE incidents",
            ExpressionAttributeValues: marshall({ ":at": now().toISOString() }),
          },
        },
        {
          Update: {
            TableName: table,
            Key: waitingKey(scope),
            UpdateExpression: "REMOVE incidents, findings, severities",
          },
        },
      ]);
      return refused.length === 0 ? before : undefined;
    },
  };
}

/** Writes a finding, always in the same order: the set forgets it by this text. */
function textOf({ at, incident, severity, type, resource, account, region }: HeldFinding): string {
  return JSON.stringify({ at, incident, severity, type, resource, account, region });
}

function roughly(severity: number): number {
  return Math.round(severity * 10) / 10;
}
