/** What reads facts. Types only. */
import type { Incident, ResourceKind } from "../../incident";
import type { MemberAccount } from "../../member-account";
import type { Statement } from "../../step";

/** What a decision needs to know of a target, whatever its kind. */
export interface TargetState {
  readonly state: "present" | "missing" | "terminated";
  readonly quarantined: boolean;
  /** The target carries AutoRemediation=disabled. */
  readonly optedOut: boolean;
}

/** Reads what a plan must remember: once per incident, before anything changes. */
export interface FactsReader<R extends ResourceKind, F> {
  read(incident: Incident<R>, account: MemberAccount): Promise<F>;
  circumstances(facts: F): TargetState;
  permissions(): readonly Statement[];
}
