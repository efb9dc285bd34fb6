/** What people were told of already, so that they hear of a thing once in its time. */

/** Who was told what. `K` says of what, and in which time. */
export interface Told<K> {
  /**
   * Claims a notice for the message that is being handled.
   *
   * @returns "told": it was told already; "claimed": another message is telling it at this moment
   */
  claim(key: K, message: string): Promise<"ours" | "told" | "claimed">;
  /** Notes that it was told, for good. */
  confirm(key: K): Promise<void>;
}

/** A notice about an old access key, to one target. */
export interface OldKeyNotice {
  readonly account: string;
  /** Name of the user, or one of `accountWide`. */
  readonly userName: string;
  /** ISO week, "2026-W47". */
  readonly week: string;
  readonly target: string;
}

/** What is told of an account in place of a user: names that IAM gives to none. */
export const accountWide = {
  /** Its automations fail. */
  failing: "*",
  /** It could not be asked for its users' keys. */
  closed: "?",
  /** It has more users with old keys than are told of one by one. */
  many: "#",
} as const;

/** Old access keys, and which users' were reported. */
export interface OldKeysTold extends Told<OldKeyNotice> {
  /** Counts a user among those of an account and week; false when as many others were before it. */
  admit(user: Omit<OldKeyNotice, "target">, most: number): Promise<boolean>;
}

/** A notice that something breaks a rule of AWS Config, to people. */
export interface BreachNotice {
  readonly account: string;
  /** As Cordon calls it. */
  readonly rule: string;
  /** "2026-11-21", in UTC. */
  readonly day: string;
}
