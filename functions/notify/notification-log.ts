/** The log of sent notifications: each recipient gets one per subject and period. */

/** Records sent notifications. `K` identifies one: its subject, its recipient and its period. */
export interface NotificationLog<K> {
  /**
   * Claims a notice for the message that is being handled.
   *
   * @returns "notified": it was sent before; "claimed": another message is sending it at this moment
   */
  claim(key: K, message: string): Promise<"ours" | "notified" | "claimed">;
  /** Records permanently that it was sent. */
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

/** What a notification about a whole account has for a user: names that IAM gives to none. */
export const accountWide = {
  /** Its automations fail. */
  failing: "*",
  /** It could not be asked for its users' keys. */
  closed: "?",
  /** It has more users with old keys than are notified of one by one. */
  many: "#",
} as const;

/** Old access keys, and which users' were reported. */
export interface OldKeyNotificationLog extends NotificationLog<OldKeyNotice> {
  /** Counts a user among those of an account and week; false when as many others were before it. */
  admit(user: Omit<OldKeyNotice, "target">, most: number): Promise<boolean>;
}

/** A notice that a resource violates an AWS Config rule. */
export interface BreachNotice {
  readonly account: string;
  /** As Cordon calls it. */
  readonly rule: string;
  /** "2026-11-21", in UTC. */
  readonly day: string;
}
