/** What reads facts. Types only. */
import type { Incident } from "../../model/incident";
import type { MemberAccount } from "../../model/member-account";
import type { ResourceKind } from "../../model/resource";
import type { Statement } from "../../model/statement";

/** What a decision needs to know of a target, whatever its kind. */
export interface TargetState {
  readonly state: "present" | "missing" | "terminated";
  /** The target's ARN where only reading tells it: IAM's have a path. */
  readonly arn?: string;
  readonly quarantined: boolean;
  /** What must have happened when an incident is contained and yet `quarantined` is false. */
  readonly drift?: string;
  /** The target carries AutoRemediation=disabled. */
  readonly optedOut: boolean;
  /** How far a response to this target may go at most, why, and what people do instead. */
  readonly limit?: {
    readonly tier: "approve" | "notify";
    readonly why: string;
    readonly instead: readonly string[];
  };
}

/** Reads what a plan must remember: once per incident, before anything changes. */
export interface FactsReader<R extends ResourceKind, F> {
  read(incident: Incident<R>, account: MemberAccount): Promise<F>;
  circumstances(facts: F, incident: Incident<R>): TargetState;
  permissions(): readonly Statement[];
}
