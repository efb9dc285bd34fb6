/** What was decided about an incident, and from what. Types only. */

/** A circumstance that may not have been readable. Unknown is never "go". */
export type Known<T> =
  | { readonly known: true; readonly value: T }
  | { readonly known: false; readonly why: string };

/** How far a playbook may go by itself. */
export type Tier = "auto" | "approve" | "notify" | "log";

export interface Verdict {
  readonly decision: Tier | "refuse";
  /** Sentences for the notice and the journal; the first one carries the decision. */
  readonly reasons: readonly [string, ...string[]];
  /** What people do in place of the response, where there is a known way. */
  readonly instead?: readonly string[];
  /** Names of the guards that did not object, in the order in which they were checked. */
  readonly checked: readonly string[];
}
