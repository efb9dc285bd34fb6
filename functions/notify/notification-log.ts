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

/** One notification about key rotation, to one target. */
export interface KeyRotationNotification {
  readonly account: string;
  /** Name of the user, or one of `accountWide`. */
  readonly userName: string;
  /** ISO week, "2026-W47". */
  readonly week: string;
  readonly target: string;
}

/** Replaces the user's name in a notification about a whole account. IAM allows no such names. */
export const accountWide = {
  /** The account's automations fail. */
  failing: "*",
  /** Cordon cannot read the account's access keys. */
  unreadable: "?",
  /** More users must rotate access keys than Cordon sends notices about in a week. */
  overLimit: "#",
} as const;

/** The notifications about key rotation, and the users they count. */
export interface KeyRotationNotificationLog extends NotificationLog<KeyRotationNotification> {
  /** Counts a user among those of an account and week; false when as many others were before it. */
  admit(user: Omit<KeyRotationNotification, "target">, most: number): Promise<boolean>;
}

/** A notice that an exception ends soon. */
export interface EndingException {
  readonly id: string;
  /** Its last day. */
  readonly expires: string;
}

/** A false positive that the metric counts, by its entry of the register. */
export interface CountedMark {
  readonly id: string;
}

/** A notice that a resource violates an AWS Config rule. */
export interface BreachNotice {
  readonly account: string;
  /** As Cordon calls it. */
  readonly rule: string;
  /** "2026-11-21", in UTC. */
  readonly day: string;
}

/** A notice of a finding about which Cordon changes nothing. */
export interface FindingNotice {
  readonly account: string;
  /** The finding's id. */
  readonly finding: string;
  /** Hash of what the notice says. */
  readonly says: string;
  /** "once", or of a severe finding the hour, "2026-11-21T10", in UTC. */
  readonly period: string;
}
