/** The journal in DynamoDB: one item for each epoch of an incident, written conditionally. */
import { setTimeout as wait } from "node:timers/promises";
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  PutItemCommand,
  paginateQuery,
  paginateScan,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { partitions } from "../catalogue/journal-partitions";
import { openIndex, outdatedIndex, waiting } from "../catalogue/names";
import { type PlaybookId, playbookIds } from "../catalogue/playbooks";
import { inParallel } from "../model/in-parallel";
import { mostAlsoFound } from "../record/finding-updates";
import {
  type Decided,
  type IncidentRecord,
  isOpen,
  type Journal,
  type JournalReader,
  LeaseHeld,
  leaseSeconds,
  type Proposal,
  revisionOf,
  type Status,
} from "../record/journal";
import { countEntries } from "./brake-count";
import { clientConfig } from "./client";
import { tolerate } from "./errors";
import {
  checkSize,
  held,
  isFree,
  itemOf,
  type JournalItem,
  keyOf,
  recordOf,
  replacing,
} from "./journal-item";
import { epochItem } from "./partition";
import { transactions } from "./transactions";

/** Incidents that are read side by side. */
const readTogether = 10;

/** Opens the journal. The table's keys are `incident`, the incident's key, and `item`, its epoch. */
export function journalTable(
  region: string,
  table: string,
  now: () => Date,
  sleep: (ms: number) => Promise<void> = wait,
): Journal & JournalReader {
  const client = new DynamoDBClient(clientConfig(region));
  const { transact } = transactions(client, sleep);
  const leaseEnd = () => now().getTime() + leaseSeconds * 1_000;

  /** Claims and plans in one write; refused when the incident was begun. */
  const write = async (
    proposal: Proposal,
    status: Status,
    runner: string,
    leaseUntil: number,
  ): Promise<IncidentRecord> => {
    const { record, item } = itemOf(proposal, { status, runner, leaseUntil, now: now() });
    await conditionally(proposal.id, () =>
      client.send(
        new PutItemCommand({
          TableName: table,
          Item: { ...marshall(item, { removeUndefinedValues: true }), ...keyOf(proposal) },
          ConditionExpression: isFree.condition,
          ExpressionAttributeNames: isFree.names,
          ExpressionAttributeValues: marshall(isFree.values(runner)),
        }),
      ),
    );
    return record;
  };

  /** Changes the attributes beside a record, under a condition; both name the attributes they use. */
  const change = (
    record: IncidentRecord,
    update: string,
    condition: string,
    values: Readonly<Record<string, unknown>>,
    names: Readonly<Record<string, string>> = {},
  ): Promise<void> => {
    const reserved = { "#status": "status", "#open": "open", "#record": "record", "#plan": "plan" };
    const used = Object.entries({ ...reserved, ...names }).filter(([name]) =>
      `${update} ${condition}`.includes(name),
    );
    return conditionally(record.id, () =>
      client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: keyOf(record),
          UpdateExpression: update,
          ConditionExpression: condition,
          ...(used.length > 0 && { ExpressionAttributeNames: Object.fromEntries(used) }),
          ExpressionAttributeValues: marshall(values, { removeUndefinedValues: true }),
        }),
      ),
    );
  };

  /** Reads an epoch, by default the newest, and the one before it. */
  const find = async (key: string, epoch?: number): Promise<IncidentRecord | undefined> => {
    const upTo = epoch === undefined ? {} : { ":epoch": epochItem(epoch) };
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: table,
        ConsistentRead: true,
        ScanIndexForward: false,
        // An epoch begins after a release; the epoch before it has the time.
        Limit: 2,
        KeyConditionExpression: `incident = :incident${epoch === undefined ? "" : " AND #item <= :epoch"}`,
        ...(epoch !== undefined && { ExpressionAttributeNames: { "#item": "item" } }),
        ExpressionAttributeValues: marshall({ ":incident": key, ...upTo }),
      }),
    );
    const [newest, before] = Items.map((item) => unmarshall(item) as JournalItem);
    if (epoch !== undefined && newest?.record.epoch !== epoch) return undefined;
    return newest && recordOf(newest, before);
  };

  const openKeys = async (open: PlaybookId | typeof waiting): Promise<readonly string[]> => {
    const keys: string[] = [];
    const pages = paginateQuery(
      { client },
      {
        TableName: table,
        IndexName: openIndex,
        KeyConditionExpression: "#open = :open",
        ExpressionAttributeNames: { "#open": "open" },
        ExpressionAttributeValues: marshall({ ":open": open }),
      },
    );
    for await (const { Items = [] } of pages) {
      keys.push(...Items.map((item) => String(unmarshall(item).incident)));
    }
    return keys;
  };

  /** An index may lag behind its table: the table's items decide. */
  const recordsOf = async (keys: readonly string[]): Promise<readonly IncidentRecord[]> => {
    const records = await inParallel(readTogether, [...new Set(keys)], (key) => find(key));
    return records.filter((record) => record !== undefined);
  };

  return {
    find: (key) => find(key),
    epoch: find,
    async openIncidents() {
      const keys = await Promise.all(playbookIds.map(openKeys));
      return (await recordsOf(keys.flat())).filter(isOpen);
    },
    async waitingPlans() {
      const records = await recordsOf(await openKeys(waiting));
      return records.filter(({ status }) => status === "planned");
    },
    async decidedSince(since) {
      const fields = ["id", "incident", "plannedAt", "objectedBy", "dryRun"];
      const decided: Decided[] = [];
      const pages = paginateScan(
        { client },
        {
          TableName: table,
          // Items of other partitions have no record.
          FilterExpression: "#record.plannedAt >= :since",
          // Not the plan, which is most of an item.
          ProjectionExpression: [...fields.map((field) => `#record.${field}`), "#status"].join(
            ", ",
          ),
          ExpressionAttributeNames: { "#record": "record", "#status": "status" },
          ExpressionAttributeValues: marshall({ ":since": since }),
        },
      );
      for await (const { Items = [] } of pages) {
        const found = Items.map((item) => unmarshall(item) as JournalItem);
        decided.push(...found.map(({ record, status }) => ({ ...record, status })));
      }
      return decided;
    },
    propose: (proposal) => write(proposal, "planned", "nobody", 0),
    begin: (proposal, runner) => write(proposal, "containing", runner, leaseEnd()),
    async beginCounted(proposal, runner, brakes) {
      const { record, item } = itemOf(proposal, {
        status: "containing",
        runner,
        leaseUntil: leaseEnd(),
        now: now(),
      });
      const refused = await transact([
        { Update: { TableName: table, Key: keyOf(proposal), ...replacing(item, runner) } },
        ...brakes.flatMap((brake) => countEntries(table, brake, proposal.id, now())),
      ]);
      if (refused.includes(0)) throw held(proposal.id);
      const refusedBy = brakes.filter((_, index) =>
        refused.some((entry) => (entry - 1) >> 1 === index),
      );
      return refused.length > 0 ? { refusedBy } : record;
    },
    async take(record, runner, move, more) {
      // A run that read the record before another one closed it has seen a state that is over.
      const from = ["containing", "contained", "releasing"].filter(
        (status) => move === "releasing" || status === record.status,
      );
      if (from.length === 0) throw held(record.id);
      const next = more && "plan" in more ? more : undefined;
      const order = more && "order" in more ? more.order : undefined;
      const names = from.map((_, index) => `:from${index}`);
      if (next !== undefined) checkSize({ ...record, ...next });
      const extension = next && {
        set: ", #record.#plan = :plan, #record.seal = :seal, #record.revision = :next",
        values: { ":plan": next.plan, ":seal": next.seal, ":next": revisionOf(next.plan) },
      };
      await change(
        record,
        `SET #status = :move, #open = :open, runner = :runner, leaseUntil = :until${extension?.set ?? ""}${order ? ", releaseOrder = :order" : ""}`,
        // Another run may have extended the plan since this record was read.
        `#status IN (${names.join(", ")}) AND (leaseUntil < :now OR runner = :runner) AND #record.revision = :revision`,
        {
          ":move": move,
          ":open": record.incident.playbook,
          ":runner": runner,
          ":until": leaseEnd(),
          ":now": now().getTime(),
          ...(order && { ":order": order }),
          ":revision": record.revision,
          ...extension?.values,
          ...Object.fromEntries(from.map((status, index) => [names[index], status])),
        },
      );
    },
    handBack: (record, runner, marks) =>
      change(record, "SET leaseUntil = :none, marks = :marks", "runner = :runner", {
        ":none": 0,
        ":marks": marks,
        ":runner": runner,
      }),
    finish: (record, runner, status, marks) =>
      change(
        record,
        `SET leaseUntil = :none, marks = :marks, #status = :status, finishedAt = :at, outdated = :outdated, changedAt = :at${isOpen({ status }) ? ", containedAt = :at" : " REMOVE #open"}`,
        "runner = :runner",
        {
          ":none": 0,
          ":marks": marks,
          ":status": status,
          ":at": now().toISOString(),
          ":outdated": outdatedIndex,
          ":runner": runner,
        },
      ),
    noteFinding: (record, finding) =>
      change(
        record,
        "SET alsoFound = list_append(if_not_exists(alsoFound, :none), :one), outdated = :outdated, changedAt = :at",
        // Nothing is lost but a note on the finding: whoever causes findings must not fill an item.
        "attribute_exists(incident) AND (attribute_not_exists(alsoFound) OR size(alsoFound) < :most)",
        {
          ":none": [],
          ":one": [finding],
          ":outdated": outdatedIndex,
          ":at": now().toISOString(),
          ":most": mostAlsoFound,
        },
      ).catch((error) => {
        if (!(error instanceof LeaseHeld)) throw error;
      }),
    notice: (record, what) =>
      change(
        record,
        "SET noticedAt.#what = :at",
        "attribute_exists(incident)",
        { ":at": now().toISOString() },
        { "#what": what },
      ),
    async noteExposed(accessKey, finding) {
      const item = { ...exposureKey(accessKey), finding, notedAt: now().toISOString() };
      // The first entry remains: the journal overwrites nothing.
      await tolerate(
        client.send(
          new PutItemCommand({
            TableName: table,
            Item: marshall(item),
            ConditionExpression: "attribute_not_exists(incident)",
          }),
        ),
        "ConditionalCheckFailedException",
      );
    },
    async isExposed(accessKey) {
      const { Count = 0 } = await client.send(
        new QueryCommand({
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: "incident = :incident",
          ExpressionAttributeValues: marshall({ ":incident": exposureKey(accessKey).incident }),
        }),
      );
      return Count > 0;
    },
  };
}

/**
 * An exposure outlives every incident of the key, so it is an item of its own. No incident's key has
 * a slash: they are sixteen hexadecimal digits.
 */
function exposureKey(accessKey: string) {
  return { incident: `${partitions.exposed}${accessKey}`, item: "0001" };
}

/** Translates a failed condition; every other error is thrown as it is. */
async function conditionally(id: string, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw error instanceof ConditionalCheckFailedException ? held(id, error) : error;
  }
}
