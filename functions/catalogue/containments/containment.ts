/** The shape of a kind of resource that Cordon contains by its settings. Types only. */
import type { Change, Named, Value } from "../controls/control";

/** A setting that takes access from a resource, or stops it. */
export interface Closing extends Change {
  /** The value that contains. Absent where `denies` says it. */
  readonly wanted?: Value;
  /**
   * What the resource's own policy denies everybody but Cordon and the break-glass principals. The deny
   * stands in place of the policy, which a release gives back: beside other statements it may be refused,
   * for want of room, or because one of them names a principal that is gone or lets the public in.
   */
  readonly denies?: { readonly actions: string; readonly resources: readonly string[] };
}

/** Findings of GuardDuty that a containment answers. */
interface Found {
  /** What they are about, as `resource.resourceType` has it. */
  readonly about: readonly string[];
  /** Beginnings of their types. */
  readonly types: readonly string[];
}

export interface Containment extends Named {
  /** Kind of the resource in words, such as "bucket". */
  readonly kind: string;
  readonly found: readonly Found[];
  /** The resource's type in the findings of Security Hub, where it has one. */
  readonly hubType?: string;
  /** The settings that contain it: one stage each, in order. A release goes the other way. */
  readonly settings: Readonly<Record<string, Closing>>;
  /** What the containment leaves open, in sentences for the notice. */
  readonly residual: readonly string[];
  /** What people do next. */
  readonly nextSteps: readonly string[];
}
