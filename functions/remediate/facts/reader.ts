/** The interface of facts readers. Types only. */

import type { OwnRoles } from "../../catalogue/own-roles";
import type { Blocking } from "../../catalogue/unblockable";
import type { Incident } from "../../model/incident";
import type { MemberAccount } from "../../model/member-account";
import type { Refusals } from "../../model/ports";
import type { Part, Place, Resource, ResourceKind } from "../../model/resource";
import type { Statement } from "../../model/statement";
import type { Waiting } from "../../model/time-limit";

/** What would miss an instance. */
export interface Service {
  /** Interfaces that forward for others: EC2 does not check source and destination of their packets. */
  readonly forwarding: readonly string[];
  /** Target groups in which no other target is healthy. */
  readonly lastIn: readonly string[];
  /** The Auto Scaling group and how many of its instances are in service. */
  readonly group?: { readonly name: string; readonly size: number };
  /** What of this could not be read, and why. */
  readonly unread?: string;
  /** AWS refused all that was not read: no later delivery will read it. */
  readonly isRefused?: true;
}

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
  /** The target's own tags, which members write. */
  readonly tags?: Readonly<Record<string, string>>;
  /** What depends on an instance that is in service. */
  readonly service?: Service;
  /** The furthest response to this target, the reason, and the manual steps in place of more. */
  readonly limit?: {
    readonly tier: "approve" | "notify";
    readonly why: string;
    readonly manualSteps: readonly string[];
  };
  /** Of an attack sequence: what is, or may be, contained; each counts as a target of its own. */
  readonly parts?: readonly { readonly part: Part; readonly target: TargetState | undefined }[];
}

/** What a reader may use beside the account. */
export interface Knowledge extends Waiting, Refusals {
  readonly policy: {
    readonly disableKeys: "all" | "named";
    readonly blocking?: Blocking | undefined;
    /** Principals whom no containment of a resource may keep out: they release it. */
    readonly breakGlass: { readonly roles: readonly string[]; readonly users: readonly string[] };
    readonly ownRoles: OwnRoles;
  };
  /** Knows the access keys that any finding reported as public. */
  readonly journal: { isExposed(accessKey: string): Promise<boolean> };
}

/** Reads what a plan must remember: once per incident, before anything changes. */
export interface FactsReader<R extends ResourceKind, F> {
  read(incident: Incident<R>, account: MemberAccount, knowledge: Knowledge): Promise<F>;
  circumstances(facts: F, incident: Incident<R>): TargetState;
  /**
   * Leaves out what is the target's by nothing but a tag, which whoever may tag it writes, unless its
   * incident knows it.
   *
   * @param isKnown whether the incident's plan has a step about it
   * @returns the facts without it, and the ids of what was left out
   */
  withoutClaims?(
    facts: F,
    isKnown: (id: string) => boolean,
  ): { readonly facts: F; readonly claimed: readonly string[] };
  /**
   * Allows the reads.
   *
   * @param of the account, and what is read there. @default whatever it may be asked for
   */
  permissions(of?: { readonly place: Place; readonly resource?: Resource }): readonly Statement[];
}
