/** The interface of facts readers. Types only. */
import type { Incident } from "../../model/incident";
import type { MemberAccount } from "../../model/member-account";
import type { ResourceKind } from "../../model/resource";
import type { Statement } from "../../model/statement";
import type { Waiting } from "../../model/time-limit";

/** The state of a target that decisions depend on, whatever its kind. */
export interface TargetState {
  readonly state: "present" | "missing" | "terminated";
  /** The target's ARN if only reading shows it: IAM's ARNs have a path. */
  readonly arn?: string;
  readonly quarantined: boolean;
  /** The explanation if an incident is contained and yet `quarantined` is false. */
  readonly drift?: string;
  /** The target carries AutoRemediation=disabled. */
  readonly optedOut: boolean;
  /** The target's tags; absent where they were not read. */
  readonly tags?: Readonly<Record<string, string>>;
  /** The furthest response to this target, the reason, and the manual steps in place of more. */
  readonly limit?: {
    readonly tier: "approve" | "notify";
    readonly why: string;
    readonly manualSteps: readonly string[];
  };
}

/** What a reader may use beside the account. */
export interface Knowledge extends Waiting {
  readonly policy: { readonly disableKeys: "all" | "named" };
  /** Knows the access keys that any finding reported as public. */
  readonly journal: { isExposed(accessKey: string): Promise<boolean> };
}

/** Reads what a plan must remember: once per incident, before anything changes. */
export interface FactsReader<R extends ResourceKind, F> {
  read(incident: Incident<R>, account: MemberAccount, knowledge: Knowledge): Promise<F>;
  circumstances(facts: F, incident: Incident<R>): TargetState;
  permissions(): readonly Statement[];
}
