/** The write-ahead journal of an incident: its plan, what is in effect, and which run holds it. */
import { createHash } from "node:crypto";
import type { SecurityHubName } from "../model/finding";
import type { Incident } from "../model/incident";
import type { Plan } from "../remediate/plan";
import type { Given } from "./approvals";
import type { Brake } from "./brakes";
import type { LastUpdate } from "./finding-updates";
import type { ReleaseOrder } from "./release-order";

/** Until "containing", a plan has changed nothing and gives way to a fresher one. */
export type Status = "planned" | "containing" | "contained" | "releasing" | "released";

/**
 * Absent means: perhaps begun. Only "done" promises that the change was in effect at some time. Of
 * "gone" the target no longer existed; "by-hand" failed for good, and is left to a person.
 */
export type Mark = "done" | "gone" | "by-hand" | "restored" | "kept" | "drifted";
/** Marks by step number, counted through all stages. */
export type Marks = Readonly<Record<number, Mark>>;

/**
 * Shows that a responder wrote a plan, and that nobody changed it since (functions/record/seal.ts).
 * Base64 each.
 */
export interface Seal {
  /** The public key of the process that sealed, as SPKI in DER. */
  readonly publicKey: string;
  /** What KMS computed over that key: only responders may ask for it. */
  readonly mac: string;
  /** Made with the private key, which never leaves the process. */
  readonly signature: string;
}

export interface IncidentRecord {
  /** The incident's name everywhere: its key and epoch, for example 0f3a9c1d2b4e5f60-1. */
  readonly id: string;
  readonly epoch: number;
  readonly incident: Incident;
  readonly accountName: string;
  /** What the target's tags said of whose it is, one line each, when the plan was made. */
  readonly owner?: readonly string[];
  readonly reasons: readonly string[];
  /** Names of the guards that the incident passed, in order. */
  readonly checked?: readonly string[];
  /** Name of the guard that left the plan to a person, if one did. */
  readonly objectedBy?: string;
  /** Why the plan was only made, if it was a dry run. */
  readonly dryRun?: string;
  /** Other findings about the same target, as Security Hub names them. */
  readonly alsoFound?: readonly SecurityHubName[];
  readonly plan: Plan;
  /** Missing where nothing was to be changed, or an older version of Cordon wrote the record. */
  readonly seal?: Seal;
  /** Hash of the plan: an approval names the revision it approves. */
  readonly revision: string;
  readonly status: Status;
  readonly plannedAt: string;
  /** By whom the plan was approved, where somebody had to. */
  readonly approval?: Given;
  /** When the incident was last released, in this epoch or the one before; ISO 8601. */
  readonly releasedAt?: string;
  /** Who last requested this epoch's release, and why. */
  readonly release?: ReleaseOrder;
  /** When the plan was last carried out to its end; ISO 8601. */
  readonly containedAt?: string;
  /** When responders were last notified of something that may recur, by what it is; ISO 8601. */
  readonly noticedAt?: Readonly<Record<string, string>>;
  /** When its findings last became outdated in the detectors; ISO 8601. */
  readonly changedAt?: string;
  /** What was last written of its findings there, by `nameOf` the finding (functions/record/finding-updates.ts). */
  readonly updates?: Readonly<Record<string, LastUpdate>>;
  readonly marks: Marks;
}

/** What a caller supplies of a record; the journal adds the rest. */
export type Proposal = Pick<
  IncidentRecord,
  | "id"
  | "epoch"
  | "incident"
  | "accountName"
  | "owner"
  | "reasons"
  | "checked"
  | "objectedBy"
  | "dryRun"
  | "alsoFound"
  | "plan"
  | "seal"
  | "approval"
  | "plannedAt"
>;

/** An incident that brakes refuse: it is neither begun nor counted. */
export interface Braked {
  readonly refusedBy: readonly Brake[];
}

/** Another runner holds the lease, or has moved the incident on. Fail the message: do not delete it. */
export class LeaseHeld extends Error {
  override readonly name = "LeaseHeld";
}

/** Checks whether an incident is begun and not released. */
export function isOpen({ status }: Pick<IncidentRecord, "status">): boolean {
  return status !== "planned" && status !== "released";
}

export interface Journal {
  /** Reads the newest epoch of an incident, with its steps and marks, and when the last release was. */
  find(key: string): Promise<IncidentRecord | undefined>;
  /** Lists the open incidents: begun, and not released. One begun a moment ago may be missing. */
  openIncidents(): Promise<readonly IncidentRecord[]>;
  /** Records a plan that is not begun; replaces an earlier one of the same kind. */
  propose(proposal: Proposal): Promise<IncidentRecord>;
  /**
   * Claims the incident, stores the plan with every before-value and takes the lease, in one write.
   * @throws LeaseHeld when the incident was begun by another.
   */
  begin(proposal: Proposal, runner: string): Promise<IncidentRecord>;
  /**
   * Does the same, and counts the incident with all of these brakes, in one write: it is begun and counted,
   * or neither.
   *
   * @returns the brakes that refuse it, where any does
   * @throws LeaseHeld when the incident was begun by another.
   */
  beginCounted(
    proposal: Proposal,
    runner: string,
    brakes: readonly Brake[],
  ): Promise<IncidentRecord | Braked>;
  /**
   * Takes over a record: to contain, once more or from where a run died, or to release.
   *
   * @param next replaces the record's plan, of which it keeps every before-value
   * @throws LeaseHeld while another runner's lease lasts, or when the record has moved on.
   */
  take(
    record: IncidentRecord,
    runner: string,
    move: "containing" | "releasing",
    /** The plan to go on with, or who requests the release. */
    more?: Required<Pick<IncidentRecord, "plan" | "seal">> | { readonly order: ReleaseOrder },
  ): Promise<void>;
  /** Gives the lease back with the move unfinished, so that the next delivery need not wait. */
  handBack(record: IncidentRecord, runner: string, marks: Marks): Promise<void>;
  /** Closes a move and gives the lease back. @throws LeaseHeld when the lease was lost meanwhile. */
  finish(
    record: IncidentRecord,
    runner: string,
    status: "contained" | "released",
    marks: Marks,
  ): Promise<void>;
  /** Remembers that responders have just been notified of this about the incident. */
  notice(record: IncidentRecord, what: string): Promise<void>;
  /** Remembers another finding about the target, of which an incident keeps a few. */
  noteFinding(record: IncidentRecord, finding: SecurityHubName): Promise<void>;
  /** Remembers for good that an access key is public: no release may make it active again. */
  noteExposed(accessKey: string, finding: string): Promise<void>;
  isExposed(accessKey: string): Promise<boolean>;
}

/** What the journal keeps of a decision. */
export type Decided = Pick<
  IncidentRecord,
  "id" | "incident" | "status" | "plannedAt" | "objectedBy" | "dryRun"
>;

/** What the command reads. */
export interface JournalReader extends Pick<Journal, "openIncidents"> {
  /** Reads one epoch of an incident. */
  epoch(key: string, epoch: number): Promise<IncidentRecord | undefined>;
  /** Lists the plans that wait for a person. Those that older versions of Cordon wrote are missing. */
  waitingPlans(): Promise<readonly IncidentRecord[]>;
  /**
   * Lists what was decided about every epoch that was planned since, released ones included. It reads
   * the whole table.
   *
   * @param since ISO 8601
   */
  decidedSince(since: string): Promise<readonly Decided[]>;
}

/**
 * Seconds from the journal's write until another runner may take over. Longer than the function's
 * timeout of 120, so that a slow runner cannot resume beside its successor; and so much shorter than
 * the queue's visibility timeout of 180 that the next delivery finds it over, although the write
 * comes some time after the receipt.
 */
export const leaseSeconds = 125;

export function incidentId(key: string, epoch: number): string {
  return `${key}-${epoch}`;
}

/** Splits an incident's name into key and epoch; undefined when it is no such name. */
export function parseIncidentId(id: string): { key: string; epoch: number } | undefined {
  const match = /^([0-9a-f]{16})-([1-9]\d*)$/.exec(id);
  return match ? { key: match[1]!, epoch: Number(match[2]) } : undefined;
}

/** Hashes a plan: equal plans have equal revisions, whatever run made them. */
export function revisionOf(plan: Plan): string {
  return createHash("sha256").update(JSON.stringify(plan)).digest("hex").slice(0, 8);
}
