/** The inputs of a decision besides the finding. Types only. */

import type { Account } from "../model/ports";
import type { Known } from "../model/verdict";
import type { TrippedBrake } from "../record/brakes";
import type { TargetState } from "../remediate/facts/reader";
import type { PlaybookOptions } from "../remediate/playbook";
import type { Exceptions } from "./exceptions";
import type { FalsePositives } from "./false-positives";
import type { StagePolicy } from "./stage-policy";

/**
 * What GuardDuty says of a finding: as the event has it, archived, updated since, or unknown to it.
 * "not-asked": the finding is not old enough.
 */
export type Currency = "current" | "archived" | "updated" | "missing" | "not-asked";

export interface Circumstances {
  /** The finding's account; undefined when the organization has no such account. */
  readonly account: Known<Account | undefined>;
  /** Units above the account, the nearest first; read only where the policy asks for them. */
  readonly units: Known<readonly string[]>;
  readonly target: Known<TargetState>;
  /** When this incident was last released, ISO 8601. */
  readonly releasedAt: Known<string | undefined>;
  /** The exceptions in effect; unknown also where a unit could not be looked up. */
  readonly exceptions: Known<Exceptions>;
  /** Age of the finding, in milliseconds (decide/age.ts); 0 for an incident that is open. */
  readonly ageMs: number;
  /** Read only where the age asks for it. */
  readonly stillCurrent: Known<Currency>;
  /** Of the finding type; unknown also where the register of exceptions is. */
  readonly falsePositives: Known<FalsePositives>;
  /** The brakes of the organization that are tripped. */
  readonly brakes: Known<readonly TrippedBrake[]>;
}

/** Most automatic containments before Cordon asks. */
interface BrakeLimits {
  /** Of one playbook in one account and hour. */
  readonly perPlaybookAndAccount: number;
  /** In the whole organization and an hour. */
  readonly organization: number;
  /** Percentage of an Auto Scaling group's instances in service in a day, at least one of them. */
  readonly groupPercent: number;
}

/** What the deployment allows. */
export interface ResponsePolicy extends PlaybookOptions {
  readonly mode: "dry-run" | "enforce";
  /** How far responses go by themselves. */
  readonly stage: StagePolicy;
  readonly sampleFindings: "act" | "log";
  readonly governedRegions: readonly string[];
  /** ARNs that are never changed automatically. */
  readonly protectedResources: readonly string[];
  readonly brakes: BrakeLimits;
  /** ARNs, possibly with "*", of what Cordon asks about before it acts by itself. */
  readonly criticalResources: readonly string[];
  /** The same of instances that resolve, relay or forward for others, or `tag:KEY=VALUE`. */
  readonly forwarders: readonly string[];
}
