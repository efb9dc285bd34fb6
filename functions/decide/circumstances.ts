/** The inputs of a decision besides the finding. Types only. */

import type { Account } from "../model/ports";
import type { Known } from "../model/verdict";
import type { TargetState } from "../remediate/facts/reader";
import type { PlaybookOptions } from "../remediate/playbook";
import type { Exceptions } from "./exceptions";

export interface Circumstances {
  /** The finding's account; undefined when the organization has no such account. */
  readonly account: Known<Account | undefined>;
  readonly target: Known<TargetState>;
  /** When this incident was last released, ISO 8601. */
  readonly releasedAt: Known<string | undefined>;
  /** The exceptions in effect; unknown also where a unit could not be looked up. */
  readonly exceptions: Known<Exceptions>;
}

/** What the deployment allows. */
export interface ResponsePolicy extends PlaybookOptions {
  readonly mode: "dry-run" | "enforce";
  readonly sampleFindings: "act" | "log";
  readonly governedRegions: readonly string[];
  /** ARNs that are never changed automatically. */
  readonly protectedResources: readonly string[];
}
