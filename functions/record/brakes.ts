/** Brakes: limits on automatic containments, counted in the journal's table. */
import type { BrakeScope } from "../catalogue/brake-scopes";

/** Most automatic containments of a scope in a window. */
export interface Brake {
  readonly scope: BrakeScope;
  /** Of a finding type, the percentage of false positives, which no count of containments reaches. */
  readonly limit: number;
  /** Keys of the targets that an incident counts as, each as one of its own. @default the incident */
  readonly targets?: readonly string[];
}

/** A brake that stopped a containment, and stops every other one until responders reset it. */
export interface TrippedBrake extends Brake {
  /** ISO 8601. */
  readonly trippedAt: string;
  /** The incident that it stopped first. */
  readonly incident: string;
  /** When responders were last alerted, ISO 8601; absent until the first alert is sent. */
  readonly alertedAt?: string;
}

/** A tripped brake, as responders see it. */
export interface HeldBrake extends TrippedBrake {
  /** Incidents whose plans it holds back, by id; at most `mostWaiting`. */
  readonly waiting: readonly string[];
}

/** A finding about an incident that a brake holds back. Its texts are short and plain. */
export interface HeldFinding {
  /** When it was held back, ISO 8601. */
  readonly at: string;
  /** The incident's id. */
  readonly incident: string;
  readonly severity: number;
  readonly type: string;
  /** The target, as notices call it. */
  readonly resource: string;
  readonly account: string;
  readonly region: string;
}

/** What a brake has held back. */
export interface HeldBack {
  /** How many incidents wait; at most `mostWaiting` are counted. */
  readonly waiting: number;
  /** Since the last alert, the newest first; at most `mostRemembered`. */
  readonly findings: readonly HeldFinding[];
  /** Severities since the last alert, to one decimal. */
  readonly severities: readonly number[];
}

/** Who resets a brake, and why. */
export interface BrakeReset {
  /** As the requester states it; only CloudTrail's data events show who invoked the function. */
  readonly by: string;
  readonly reason: string;
}

/** What was counted lately. */
export interface Counted {
  /** From when on: the beginning of the day six days ago in UTC, or the last reset if it is newer; ISO 8601. */
  readonly since: string;
  /** Keys of incidents. */
  readonly incidents: readonly string[];
}

/** Counts automatic containments. Every incident counts once, however often it is delivered. */
export interface Brakes {
  /** Lists the tripped brakes of the organization. */
  tripped(): Promise<readonly TrippedBrake[]>;
  /** Lists what was counted in seven days, today included, of a scope that counts by the day. */
  lately(scope: BrakeScope): Promise<Counted>;
  /** Trips a brake. @returns whether this call did, and its caller is to alert responders */
  trip(brake: Brake, incident: string): Promise<boolean>;
  /**
   * Claims an alert whose first sender died, or the next one an hour after the last; false while another
   * claim lasts, and until then.
   */
  claimAlert(scope: BrakeScope): Promise<boolean>;
  /** Records that an alert is sent, and forgets what it told of. */
  alerted(scope: BrakeScope, told?: HeldBack): Promise<void>;
  /** Lists an incident among those that a brake holds back, and remembers the finding for the next alert. */
  hold(scope: BrakeScope, finding: HeldFinding): Promise<void>;
  /** Reads what a brake holds back. */
  heldBack(scope: BrakeScope): Promise<HeldBack>;
}

/** What responders do with tripped brakes. */
export interface BrakeControl {
  held(): Promise<readonly HeldBrake[]>;
  /**
   * Resets a brake and begins its count anew.
   *
   * @returns the brake as it was; undefined where it is not tripped
   */
  reset(scope: BrakeScope, reset: BrakeReset): Promise<HeldBrake | undefined>;
}

/** Incidents that one brake lists as waiting: an item holds 400 KB, and an id takes some 20 bytes. */
export const mostWaiting = 10_000;

/** Findings that one brake remembers for its next alert, of at most some 600 bytes each. */
export const mostRemembered = 200;

/** Milliseconds after an alert until the next one, if something is held back by then. */
export const alertAgainMs = 60 * 60_000;

/**
 * Seconds until another run may send an alert that was claimed: longer than the function's timeout of
 * 120, and shorter than the queue's visibility timeout of 180, after which the message comes again.
 */
export const alertClaimSeconds = 125;
