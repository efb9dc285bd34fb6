/** What Cordon last wrote of incidents in GuardDuty and Security Hub, and which findings there are outdated. */
import { createHash } from "node:crypto";
import type { SecurityHubName } from "../model/finding";

/** A workflow status of Security Hub that Cordon sets. */
export type WorkflowStatus = "NOTIFIED" | "RESOLVED" | "SUPPRESSED";

/** What was last written of one finding. */
export interface LastUpdate {
  /** Hash of what was to be said: it is said once, whatever people make of it then. */
  readonly says?: string;
  /** The status that Cordon set last. Another one that closes the finding is a person's. */
  readonly status?: WorkflowStatus;
  /** By which entry of the register GuardDuty has archived it. */
  readonly archivedBy?: string;
}

/** Findings of one incident besides the one that began it: GuardDuty has some ten types about an instance. */
export const mostAlsoFound = 20;

/** One epoch of an incident. */
export interface Epoch {
  readonly incident: { readonly key: string };
  readonly epoch: number;
}

/** The incidents whose findings do not say yet what became of them. */
export interface FindingUpdates {
  /** Lists at most so many of them, the newest change first. One that changed a moment ago may be missing. */
  outdated(most: number): Promise<readonly Epoch[]>;
  /** Has the findings of an incident updated again, though it did not change. */
  updateAgain(epoch: Epoch): Promise<void>;
  /** Remembers what was written. */
  noteUpdates(epoch: Epoch, updates: Readonly<Record<string, LastUpdate>>): Promise<void>;
  /** Takes an incident off the list, unless it changed since it was read, with the time of its last change. */
  settle(epoch: Epoch & { readonly changedAt?: string }): Promise<void>;
}

/** Names a finding in the journal. */
export function nameOf({ id, product }: SecurityHubName): string {
  return createHash("sha256").update(`${product}\n${id}`).digest("hex").slice(0, 16);
}

/** Who writes Cordon's notes in Security Hub. A note of anybody else stays. */
export const noteAuthor = "Cordon";

/** A finding as Security Hub has it. */
export interface HubFinding extends SecurityHubName {
  readonly status: "NEW" | WorkflowStatus;
  /** Who wrote its note, if it has one. */
  readonly noteBy?: string;
}

/** What is written of a finding. */
export interface HubUpdate {
  readonly status: WorkflowStatus;
  /** @default the finding keeps the note that it has */
  readonly note?: string;
}

/** The two detectors, as their administrator calls them in a region. */
export interface Detectors {
  /** Reads the findings that Security Hub has of these. */
  read(region: string, names: readonly SecurityHubName[]): Promise<readonly HubFinding[]>;
  /** Updates one; returns in one word why it was not. */
  update(region: string, name: SecurityHubName, update: HubUpdate): Promise<string | undefined>;
  /** Has GuardDuty archive a finding, as one that was not useful. */
  archive(region: string, finding: string): Promise<void>;
}
