/** The journal in DynamoDB: one item for the record, one for each step; conditional writes only. */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DynamoDBClient,
  paginateQuery,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import type { Plan } from "../plan";
import {
  type IncidentRecord,
  type Journal,
  LeaseHeld,
  leaseSeconds,
  type Mark,
  type Marks,
  type Proposal,
  revisionOf,
  type Status,
} from "../record/journal";
import type { Step } from "../step";
import { clientConfig } from "./client";

/** DynamoDB takes at most 100 items in one transaction; one is the record. */
const stepLimit = 99;

interface RecordItem extends Omit<IncidentRecord, "plan" | "marks"> {
  /** Partition key: the incident's key, without its epoch. */
  readonly incidentKey: string;
  readonly stages: readonly {
    name: string;
    onFailure: string;
    limitSeconds?: number;
    steps: number;
  }[];
  readonly residual: readonly string[];
  readonly nextSteps: readonly string[];
  readonly runner: string;
  /** Milliseconds since 1970; 0 when nobody holds the lease. */
  readonly leaseUntil: number;
}

/**
 * Opens the journal. The table's keys are `incident` (the incident's key) and `item`: `0001#record`
 * for epoch 1, `0001#step#<revision>#007` for its eighth step.
 */
export function journalTable(region: string, table: string, now: () => Date): Journal {
  const client = new DynamoDBClient(clientConfig(region));

  const keyOf = (record: Pick<IncidentRecord, "epoch" | "incident">, item: string) =>
    marshall({ incident: record.incident.key, item: `${epochPrefix(record.epoch)}#${item}` });

  /** Writes record and steps at once; refused when the incident was begun or lies in the past. */
  const write = async (
    proposal: Proposal,
    status: Status,
    runner: string,
    leaseUntil: number,
  ): Promise<IncidentRecord> => {
    const { plan } = proposal;
    const steps = plan.stages.flatMap((stage): readonly Step[] => stage.steps);
    if (steps.length > stepLimit) {
      throw new Error(`The plan has ${steps.length} steps; the journal takes ${stepLimit} at once`);
    }
    const revision = revisionOf(plan);
    const record: IncidentRecord = {
      ...proposal,
      revision,
      status,
      plannedAt: now().toISOString(),
      marks: {},
    };
    const { plan: _plan, marks: _marks, ...stored } = record;
    const item: RecordItem = {
      ...stored,
      incidentKey: proposal.incident.key,
      stages: plan.stages.map(({ steps: some, ...stage }) => ({ ...stage, steps: some.length })),
      residual: plan.residual,
      nextSteps: plan.nextSteps,
      runner,
      leaseUntil,
    };
    const put = (key: Record<string, AttributeValue>, content: object) => ({
      Put: {
        TableName: table,
        Item: { ...marshall(content, { removeUndefinedValues: true }), ...key },
      },
    });
    const recordPut = put(keyOf(proposal, "record"), { record: item, status, runner, leaseUntil });
    try {
      await client.send(
        new TransactWriteItemsCommand({
          TransactItems: [
            {
              Put: {
                ...recordPut.Put,
                // A retry of our own write whose answer was lost must not look like a rival.
                ConditionExpression:
                  "attribute_not_exists(incident) OR #status = :planned OR runner = :runner",
                ExpressionAttributeNames: { "#status": "status" },
                ExpressionAttributeValues: marshall({ ":planned": "planned", ":runner": runner }),
              },
            },
            ...steps.map((step, index) =>
              put(keyOf(proposal, stepItem(revision, index)), { step }),
            ),
          ],
        }),
      );
    } catch (error) {
      throw lost(error, proposal.id);
    }
    return record;
  };

  /**
   * Ends a run in one transaction: the lease goes back and the marks are kept, or neither. Only
   * here do marks reach the table, so a runner that lost its lease leaves none.
   */
  const close = async (
    record: IncidentRecord,
    runner: string,
    marks: Marks,
    status?: "contained" | "released",
  ): Promise<void> => {
    const closing = {
      ":none": 0,
      ":runner": runner,
      ...(status !== undefined && { ":status": status, ":at": now().toISOString() }),
    };
    try {
      await client.send(
        new TransactWriteItemsCommand({
          TransactItems: [
            {
              Update: {
                TableName: table,
                Key: keyOf(record, "record"),
                UpdateExpression:
                  status === undefined
                    ? "SET leaseUntil = :none"
                    : "SET leaseUntil = :none, #status = :status, finishedAt = :at",
                ConditionExpression: "runner = :runner",
                ...(status !== undefined && { ExpressionAttributeNames: { "#status": "status" } }),
                ExpressionAttributeValues: marshall(closing),
              },
            },
            ...Object.entries(marks).map(([step, mark]) => ({
              Update: {
                TableName: table,
                Key: keyOf(record, stepItem(record.revision, Number(step))),
                UpdateExpression: "SET mark = :mark",
                ExpressionAttributeValues: marshall({ ":mark": mark }),
              },
            })),
          ],
        }),
      );
    } catch (error) {
      throw lost(error, record.id);
    }
  };

  return {
    async find(key) {
      const items: { item: string; [field: string]: unknown }[] = [];
      const pages = paginateQuery(
        { client },
        {
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: "incident = :incident",
          ExpressionAttributeValues: marshall({ ":incident": key }),
        },
      );
      for await (const page of pages) {
        items.push(...(page.Items ?? []).map((item) => unmarshall(item) as (typeof items)[number]));
      }
      return assemble(items);
    },
    propose: (proposal) => write(proposal, "planned", "nobody", 0),
    begin: (proposal, runner) =>
      write(proposal, "containing", runner, now().getTime() + leaseSeconds * 1_000),
    async take(record, runner, move) {
      const from =
        move === "containing" ? ["containing"] : ["containing", "contained", "releasing"];
      const at = now().getTime();
      try {
        await client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: keyOf(record, "record"),
            UpdateExpression: "SET #status = :move, runner = :runner, leaseUntil = :until",
            ConditionExpression: `#status IN (${from.map((_, n) => `:from${n}`).join(", ")}) AND (leaseUntil < :now OR runner = :runner)`,
            ExpressionAttributeNames: { "#status": "status" },
            ExpressionAttributeValues: marshall({
              ":move": move,
              ":runner": runner,
              ":until": at + leaseSeconds * 1_000,
              ":now": at,
              ...Object.fromEntries(from.map((status, n) => [`:from${n}`, status])),
            }),
          }),
        );
      } catch (error) {
        throw lost(error, record.id);
      }
    },
    handBack: (record, runner, marks) => close(record, runner, marks),
    finish: (record, runner, status, marks) => close(record, runner, marks, status),
  };
}

/** Turns a failed condition into what it means here; everything else stays what it is. */
function lost(error: unknown, id: string): unknown {
  const refused =
    error instanceof ConditionalCheckFailedException ||
    (error instanceof TransactionCanceledException &&
      error.CancellationReasons?.some((reason) => reason.Code === "ConditionalCheckFailed"));
  return refused
    ? new LeaseHeld(`Incident ${id} is in the hands of another run`, { cause: error })
    : error;
}

function epochPrefix(epoch: number): string {
  return String(epoch).padStart(4, "0");
}

function stepItem(revision: string, index: number): string {
  return `step#${revision}#${String(index).padStart(3, "0")}`;
}

/** Puts the newest epoch together again; items of replaced plans carry another revision. */
function assemble(
  items: readonly { item: string; [field: string]: unknown }[],
): IncidentRecord | undefined {
  const records = items.filter((item) => item.item.endsWith("#record"));
  const newest = records.sort((a, b) => b.item.localeCompare(a.item))[0];
  if (newest === undefined) return undefined;
  const stored = newest.record as RecordItem;
  const prefix = `${epochPrefix(stored.epoch)}#step#${stored.revision}#`;
  const steps = items
    .filter((item) => item.item.startsWith(prefix))
    .sort((a, b) => a.item.localeCompare(b.item));
  const marks: Record<number, Mark> = {};
  for (const [index, item] of steps.entries()) {
    if (item.mark !== undefined) marks[index] = item.mark as Mark;
  }
  let taken = 0;
  const stages = stored.stages.map(({ steps: count, ...stage }) => {
    const some = steps.slice(taken, taken + count).map((item) => item.step as Step);
    taken += count;
    if (some.length !== count) {
      throw new Error(`The journal of ${stored.id} lacks steps of plan ${stored.revision}`);
    }
    return { ...stage, steps: some };
  });
  const status = newest.status as Status;
  return {
    id: stored.id,
    epoch: stored.epoch,
    incident: stored.incident,
    accountName: stored.accountName,
    reasons: stored.reasons,
    plan: { stages, residual: stored.residual, nextSteps: stored.nextSteps } as Plan,
    revision: stored.revision,
    status,
    plannedAt: stored.plannedAt,
    ...(status === "released" && { releasedAt: newest.finishedAt as string }),
    marks,
  };
}
