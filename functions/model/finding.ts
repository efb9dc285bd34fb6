/** The parts of a detector's finding that a decision, a tag or a notice needs. */
export interface Finding {
  readonly id: string;
  readonly type: string;
  /** 0 to 10 as the detector scores it; 7 and above is high. */
  readonly severity: number;
  readonly title: string;
  /** Whether the resource did the deed or suffered it; not every finding says. */
  readonly role: "ACTOR" | "TARGET" | "unknown";
  readonly sample: boolean;
  /** ISO 8601: the newest activity the finding covers. */
  readonly lastSeen: string;
  /** Where people read it. @default its page in GuardDuty's console */
  readonly link?: string;
  /** The credential is public: it must never be put to use again. */
  readonly exposed?: true;
  /**
   * When a person asked for this response by a custom action, ISO 8601: neither severity nor an
   * earlier release holds it back.
   */
  readonly requestedAt?: string;
  /** That person asked what would be done, and for nothing to be done. */
  readonly dryRun?: true;
}
