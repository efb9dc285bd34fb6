/** The decision about an incident, with its reasons. Types only. */

/** A circumstance that may have been unreadable. Unknown never permits a change. */
export type Known<T> =
  | { readonly known: true; readonly value: T }
  | { readonly known: false; readonly why: string };

/** How far a response may go by itself. */
export type Tier = "auto" | "approve" | "notify" | "log";

export interface Verdict {
  readonly decision: Tier | "refuse";
  /** Sentences for the notice and the journal; the first one carries the decision. */
  readonly reasons: readonly [string, ...string[]];
  /** Manual steps in place of the response, if any are known. */
  readonly manualSteps?: readonly string[];
  /** Why nothing may be changed, whatever the decision is: a dry run. */
  readonly dryRun?: string;
  /** Responders must look at once: nothing was contained. */
  readonly urgent?: true;
  /** Responders are alerted once for many: this verdict is not announced by itself. */
  readonly isAnnounced?: true;
  /** Names of the guards that did not object, in the order in which they were checked. */
  readonly checked: readonly string[];
  /** Name of the guard that objected, if any did. */
  readonly objectedBy?: string;
}
