/** The interface of every kind of change: describe, inspect, apply, undo. */

import type { GroupKey, MemberAccount } from "./member-account";
import type { Place } from "./resource";
import type { Statement } from "./statement";

/**
 * A target's state relative to one step. "half": a run that died left it between the two, unchanged
 * by anyone else; it can be applied and undone. "other": changed by another principal, or not to be
 * distinguished from that. "gone": the target no longer exists, so nothing is to be done.
 */
export type StepState = "before" | "after" | "half" | "other" | "gone";

/**
 * Ids of the security groups that this run has made, by VPC and name: EC2 may not find one by its name
 * yet.
 */
export type MadeGroups = Map<string, string>;

/**
 * Parts of a release, in order. The network comes first: an instance that is back in service while
 * its network is closed fails health checks, and is terminated with its evidence. Protection goes
 * last.
 */
export const undoParts = ["network", "credentials", "traffic", "protection", "marks"] as const;
export type UndoPart = (typeof undoParts)[number];

/** What a step shows of another one that is not in effect. */
export interface PendingStep {
  readonly kind: string;
  readonly networkInterface?: string;
  readonly quarantine?: GroupKey;
  readonly vpc?: string;
}

/** How one kind of step is carried out: one file per kind, in remediate/steps. */
export interface StepKind<S extends { readonly kind: string }> {
  /** Names the target for the journal and the timeline: an id a person can search for. */
  target(step: S): string;
  /**
   * Names what the step is about, where each plan chooses the name of its target anew: a plan made
   * later has the same step if kind and identity agree. @default its target
   */
  identity?(step: S): string;
  /** Says in one line what the step does, for the approver, the notice and the runbook. */
  describe(step: S): string;
  /** Says in one line what undoing it does, for the notice of a release. */
  describeUndo(step: S): string;
  /** Says what it changes, as it is before and after, for the approver. */
  sides(step: S): readonly [before: string, after: string];
  /** Reads the target's state. Checks "after" first: it may have been so before the incident. */
  inspect(step: S, account: MemberAccount): Promise<StepState>;
  /** Converges on "after" from any state: a crash may have left half of it. */
  apply(step: S, account: MemberAccount, made?: MadeGroups): Promise<void>;
  /**
   * Takes the change off another holder of the target's name, who got it while the step was applied:
   * called where the target is "gone" right after. Fails where the change had hit that holder, and says
   * what became of it.
   */
  takeBack?(step: S, account: MemberAccount): Promise<void>;
  /** Restores "before"; "keep" for what must outlive the incident. */
  readonly undo: "keep" | ((step: S, account: MemberAccount, now: Date) => Promise<void>);
  /** Checks whether "before" and "after" are the same, so that there is nothing to undo. */
  changesNothing?(step: S): boolean;
  /** Undone only when the release requests it explicitly: undoing restores access. */
  readonly onRequest?: true;
  /** Which part of a release undoes it: a part begins only when all earlier parts are undone. */
  readonly undonePart: UndoPart;
  /**
   * Checks of a target in the state "other" whether it has back what the step took, although not as
   * before: later parts of a release are then undone, too. Without it, they are kept.
   */
  regained?(step: S, account: MemberAccount): Promise<boolean>;
  /** Takes access from the target: where no such step is in effect, the target is not contained. */
  readonly cuts?: true;
  /** Seconds after which "after" has no effect any more, as with a deny of older sessions. */
  readonly lastsSeconds?: number;
  /**
   * Takes over what the step depends on and does not change, such as the id of a group, from the same
   * step of a plan that is made today.
   */
  adapted?(step: S, today: S): S;
  /** Serves more than this incident: a plan that is made today says whether it is needed, and how. */
  readonly onlyToday?: true;
  /** Sets the values of time to the moment of applying: the journal gets them right before. */
  atTime?(step: S, now: Date): S;
  /** Describes how to restore "before" manually, when drift keeps Cordon from doing it. */
  manual(step: S): string;
  /** Least privilege for exactly this step: the policy of the session that contains with it. */
  permissions(step: S, place: Place): readonly Statement[];
  /** The same for the session that undoes it, which may touch what containment may not. */
  undoPermissions(step: S, place: Place): readonly Statement[];
  /** One sample per shape of permissions, with wildcards: what the deployed roles are made from. */
  readonly widest: readonly [S, ...S[]];
  /**
   * Opens the target for an instant. Begun only while the run has this many seconds left, and a later
   * delivery may close what it left open; otherwise `residual` says what was left out.
   */
  readonly opens?: { readonly seconds: number; residual(step: S): string };
  /** Doing it twice does harm: never applied again because a read does not show it yet. */
  readonly once?: true;
  /**
   * Checks whether "after" will not show: a later step of the same plan reverts it, or nothing marks it.
   */
  transient?(step: S): boolean;
  /**
   * Checks whether a transient step must be done again because these are: an interface that came out
   * of quarantine has made connections since.
   */
  redoneWith?(step: S, pending: readonly PendingStep[]): boolean;
  /** Makes, or removes, what other steps need for a moment: notices leave it out where it went well. */
  readonly scaffolds?: true;
  /** Checks whether it cannot be carried out without another step of the same plan, or must not be. */
  needs?(step: S, other: PendingStep): boolean;
}
