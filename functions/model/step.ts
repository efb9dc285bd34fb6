/** What every kind of change must be able to do: say itself, look, apply, undo. */

import type { MemberAccount } from "./member-account";
import type { Place } from "./resource";
import type { Statement } from "./statement";

/**
 * Where a target stands relative to one step. "half": a run that died left it between the two, and
 * nobody else touched it; both ways are open. "other": changed by someone else, or not to be told
 * from that. "gone": the target no longer exists, so there is nothing to contain or to restore.
 */
export type Standing = "before" | "after" | "half" | "other" | "gone";

/** How one kind of step is carried out: one file per kind, in remediate/steps. */
export interface StepKind<S extends { readonly kind: string }> {
  /** Names the target for the journal and the timeline: an id a person can search for. */
  target(step: S): string;
  /** Says in one line what the step does, for the approver, the notice and the runbook. */
  describe(step: S): string;
  /** Reads where the target stands. Asks for "after" first: it may have stood there already. */
  inspect(step: S, account: MemberAccount): Promise<Standing>;
  /** Converges on "after" from any standing: a crash may have left half of it. */
  apply(step: S, account: MemberAccount): Promise<void>;
  /** Restores "before"; "keep" for what must outlive the incident. */
  readonly undo: "keep" | ((step: S, account: MemberAccount, now: Date) => Promise<void>);
  /** Undone only when the person who releases asks for it: it gives access back. */
  readonly onRequest?: true;
  /** Tells a person how to restore "before" by hand, when drift forbids doing it for them. */
  manual(step: S): string;
  /** Least privilege for exactly this step: the policy of the session that contains with it. */
  permissions(step: S, place: Place): readonly Statement[];
  /** The same for the session that undoes it, which may touch what containment may not. */
  undoPermissions(step: S, place: Place): readonly Statement[];
  /** One sample per shape of permissions, with wildcards: what the deployed roles are made from. */
  readonly widest: readonly [S, ...S[]];
  /** Doing it twice does harm: never applied again because a read does not show it yet. */
  readonly once?: true;
  /** A later step of the same plan takes its "after" away again: do not expect it to stand. */
  readonly transient?: true;
}
