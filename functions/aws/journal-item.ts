/** An incident's item in the journal: what it holds, and how it is written whole. */
import { marshall } from "@aws-sdk/util-dynamodb";
import { outdatedIndex, waiting } from "../catalogue/names";
import type { PlaybookId } from "../catalogue/playbooks";
import type { SecurityHubName } from "../model/finding";
import type { LastUpdate } from "../record/finding-updates";
import {
  type IncidentRecord,
  isOpen,
  LeaseHeld,
  type Marks,
  type Proposal,
  revisionOf,
  type Status,
} from "../record/journal";
import type { ReleaseOrder } from "../record/release-order";
import { assignments } from "./assignments";
import { epochItem } from "./partition";

/**
 * DynamoDB takes 400 KB an item. The largest instance EC2 allows, with 15 interfaces of 16 groups
 * and 28 volumes, has a plan of some 20 KB.
 */
const recordLimit = 300_000;

/** Attributes that change after the record is written, beside it, so that conditions can name them. */
export interface JournalItem {
  readonly record: Omit<
    IncidentRecord,
    | "status"
    | "marks"
    | "releasedAt"
    | "release"
    | "containedAt"
    | "noticedAt"
    | "alsoFound"
    | "changedAt"
    | "updates"
  >;
  readonly status: Status;
  readonly runner: string;
  /** Milliseconds since 1970; 0 when no run holds the lease. */
  readonly leaseUntil: number;
  readonly marks: Marks;
  readonly finishedAt?: string;
  readonly releaseOrder?: ReleaseOrder;
  readonly containedAt?: string;
  readonly noticedAt?: Readonly<Record<string, string>>;
  readonly alsoFound?: readonly SecurityHubName[];
  /** Present while its findings do not say what became of it. */
  readonly outdated?: typeof outdatedIndex;
  readonly changedAt?: string;
  readonly updates?: Readonly<Record<string, LastUpdate>>;
  /** The playbook, from the beginning until the release; before, "waiting". The index has no others. */
  readonly open?: PlaybookId | typeof waiting;
}

/** Names the item of an incident's epoch. */
export function keyOf({ epoch, incident }: Pick<IncidentRecord, "epoch" | "incident">) {
  return marshall({ incident: incident.key, item: epochItem(epoch) });
}

/** Makes the item of a plan, and the record that is read from it. */
export function itemOf(
  proposal: Proposal,
  { now, ...written }: Pick<JournalItem, "status" | "runner" | "leaseUntil"> & { now: Date },
): { readonly record: IncidentRecord; readonly item: JournalItem } {
  const { status } = written;
  const revision = revisionOf(proposal.plan);
  const { alsoFound = [], ...planned } = proposal;
  const record = { ...planned, revision };
  checkSize(record);
  const open = isOpen({ status }) ? proposal.incident.playbook : waiting;
  // A dry run changes nothing anywhere.
  const updates = isOpen({ status }) || proposal.dryRun === undefined;
  return {
    item: {
      ...{ record, ...written, marks: {}, noticedAt: {}, alsoFound, open },
      ...(updates && { outdated: outdatedIndex, changedAt: now.toISOString() }),
    },
    record: { ...record, status, marks: {}, ...(alsoFound.length > 0 && { alsoFound }) },
  };
}

/** That nobody else has begun the incident. */
export const isFree = {
  // A retry of our own write whose answer was lost must not look like a rival.
  condition: "attribute_not_exists(incident) OR #status = :planned OR runner = :runner",
  names: { "#status": "status" },
  values: (runner: string) => ({ ":planned": "planned", ":runner": runner }),
} as const;

/** Every attribute beside the keys. */
const attributes: { readonly [A in keyof Required<JournalItem>]: true } = {
  record: true,
  status: true,
  runner: true,
  leaseUntil: true,
  marks: true,
  finishedAt: true,
  releaseOrder: true,
  containedAt: true,
  noticedAt: true,
  alsoFound: true,
  outdated: true,
  changedAt: true,
  updates: true,
  open: true,
};

/**
 * Replaces an item, where the incident is free, by an update: within a transaction IAM judges each action by
 * the keys of all entries, and no responder may put an item in the place of a count.
 */
export function replacing(item: JournalItem, runner: string) {
  const { expression, names, values } = assignments(item);
  const absent = Object.keys(attributes).filter((name) => !(name in item));
  const removed = absent.map((name) => `#${name}`).join(", ");
  return {
    UpdateExpression: removed === "" ? expression : `${expression} REMOVE ${removed}`,
    ConditionExpression: isFree.condition,
    ExpressionAttributeNames: {
      ...names,
      ...Object.fromEntries(absent.map((name) => [`#${name}`, name])),
    },
    ExpressionAttributeValues: marshall(
      { ...values, ...isFree.values(runner) },
      { removeUndefinedValues: true },
    ),
  };
}

/** Reads the record out of an epoch's item, with what the one before it tells. */
export function recordOf(newest: JournalItem, before: JournalItem | undefined): IncidentRecord {
  const { record, status, marks, releaseOrder, containedAt, noticedAt, alsoFound = [] } = newest;
  const { changedAt } = newest;
  // A finding goes on through the epochs of its incident.
  const updates = { ...before?.updates, ...newest.updates };
  const released = [newest, before].find((item) => item?.status === "released");
  const releasedAt = released?.finishedAt;
  return {
    ...record,
    status,
    marks,
    ...(releasedAt !== undefined && { releasedAt }),
    ...(releaseOrder !== undefined && { release: releaseOrder }),
    ...(containedAt !== undefined && { containedAt }),
    ...(noticedAt !== undefined && { noticedAt }),
    ...(alsoFound.length > 0 && { alsoFound }),
    ...(changedAt !== undefined && { changedAt }),
    ...(Object.keys(updates).length > 0 && { updates }),
  };
}

/** @throws Error naming the plan that the journal does not take */
export function checkSize(record: Pick<IncidentRecord, "id" | "plan">): void {
  const size = JSON.stringify(record).length;
  if (size > recordLimit) {
    throw new Error(
      `The plan of ${record.id} has ${size} characters; the journal takes ${recordLimit}`,
    );
  }
}

/** Makes the error of an incident that another run works on. */
export function held(id: string, cause?: Error): LeaseHeld {
  return new LeaseHeld(`Incident ${id} is in the hands of another run`, { cause });
}
