/** The journal in DynamoDB: one item for each epoch of an incident, written conditionally. */
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { partitions } from "../catalogue/journal-partitions";
import {
  type IncidentRecord,
  type Journal,
  LeaseHeld,
  leaseSeconds,
  type Marks,
  type Proposal,
  revisionOf,
  type Status,
} from "../record/journal";
import { clientConfig } from "./client";
import { tolerate } from "./errors";

/**
 * DynamoDB takes 400 KB an item. The largest instance EC2 allows, with 15 interfaces of 16 groups
 * and 28 volumes, has a plan of some 20 KB.
 */
const recordLimit = 300_000;

/** Attributes that change after the record is written, beside it, so that conditions can name them. */
interface JournalItem {
  readonly record: Omit<IncidentRecord, "status" | "marks" | "releasedAt">;
  readonly status: Status;
  readonly runner: string;
  /** Milliseconds since 1970; 0 when no run holds the lease. */
  readonly leaseUntil: number;
  readonly marks: Marks;
  readonly finishedAt?: string;
}

/** Opens the journal. The table's keys are `incident`, the incident's key, and `item`, its epoch. */
export function journalTable(region: string, table: string, now: () => Date): Journal {
  const client = new DynamoDBClient(clientConfig(region));
  const keyOf = ({ epoch, incident }: Pick<IncidentRecord, "epoch" | "incident">) =>
    marshall({ incident: incident.key, item: String(epoch).padStart(4, "0") });
  const leaseEnd = () => now().getTime() + leaseSeconds * 1_000;

  /** Claims and plans in one write; refused when the incident was begun. */
  const write = async (
    proposal: Proposal,
    status: Status,
    runner: string,
    leaseUntil: number,
  ): Promise<IncidentRecord> => {
    const revision = revisionOf(proposal.plan);
    const record = { ...proposal, revision };
    const size = JSON.stringify(record).length;
    if (size > recordLimit) {
      throw new Error(
        `The plan of ${proposal.id} has ${size} characters; the journal takes ${recordLimit}`,
      );
    }
    const item: JournalItem = { record, status, runner, leaseUntil, marks: {} };
    await conditionally(proposal.id, () =>
      client.send(
        new PutItemCommand({
          TableName: table,
          Item: { ...marshall(item, { removeUndefinedValues: true }), ...keyOf(proposal) },
          // A retry of our own write whose answer was lost must not look like a rival.
          ConditionExpression:
            "attribute_not_exists(incident) OR #status = :planned OR runner = :runner",
          ExpressionAttributeNames: { "#status": "status" },
          ExpressionAttributeValues: marshall({ ":planned": "planned", ":runner": runner }),
        }),
      ),
    );
    return { ...record, status, marks: {} };
  };

  /** Changes the attributes beside a record, under a condition; both name the attributes they use. */
  const change = (
    record: IncidentRecord,
    update: string,
    condition: string,
    values: Readonly<Record<string, unknown>>,
  ): Promise<void> =>
    conditionally(record.id, () =>
      client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: keyOf(record),
          UpdateExpression: update,
          ConditionExpression: condition,
          ...(`${update} ${condition}`.includes("#status") && {
            ExpressionAttributeNames: { "#status": "status" },
          }),
          ExpressionAttributeValues: marshall(values),
        }),
      ),
    );

  return {
    async find(key) {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: table,
          ConsistentRead: true,
          ScanIndexForward: false,
          // An epoch begins after a release; the epoch before it has the time.
          Limit: 2,
          KeyConditionExpression: "incident = :incident",
          ExpressionAttributeValues: marshall({ ":incident": key }),
        }),
      );
      const [newest, before] = Items.map((item) => unmarshall(item) as JournalItem);
      return newest && recordOf(newest, before);
    },
    propose: (proposal) => write(proposal, "planned", "nobody", 0),
    begin: (proposal, runner) => write(proposal, "containing", runner, leaseEnd()),
    async take(record, runner, move) {
      const from =
        move === "containing" ? ["containing"] : ["containing", "contained", "releasing"];
      const names = from.map((_, index) => `:from${index}`);
      await change(
        record,
        "SET #status = :move, runner = :runner, leaseUntil = :until",
        `#status IN (${names.join(", ")}) AND (leaseUntil < :now OR runner = :runner)`,
        {
          ":move": move,
          ":runner": runner,
          ":until": leaseEnd(),
          ":now": now().getTime(),
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
        "SET leaseUntil = :none, marks = :marks, #status = :status, finishedAt = :at",
        "runner = :runner",
        {
          ":none": 0,
          ":marks": marks,
          ":status": status,
          ":at": now().toISOString(),
          ":runner": runner,
        },
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

function recordOf(newest: JournalItem, before: JournalItem | undefined): IncidentRecord {
  const { record, status, marks } = newest;
  const released = [newest, before].find((item) => item?.status === "released");
  const releasedAt = released?.finishedAt;
  return { ...record, status, marks, ...(releasedAt !== undefined && { releasedAt }) };
}

/** Translates a failed condition; every other error is thrown as it is. */
async function conditionally(id: string, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw error instanceof ConditionalCheckFailedException
      ? new LeaseHeld(`Incident ${id} is in the hands of another run`, { cause: error })
      : error;
  }
}
