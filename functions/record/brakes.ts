/** Brakes: limits on automatic containments, counted in the journal's table. */
import type { BrakeScope } from "../catalogue/brake-scopes";

/** Most automatic containments of a scope in a window. */
export interface Brake {
  readonly scope: BrakeScope;
  /** Of a finding type, the percentage of false positives, which no count of containments reaches. */
  readonly limit: number;
}

/** A brake that stopped a containment, and stops every other one until responders reset it. */
export interface TrippedBrake extends Brake {
  /** ISO 8601. */
  readonly trippedAt: string;
  /** The incident that it stopped first. */
  readonly incident: string;
  /** When responders were alerted, ISO 8601; absent until the alert is sent. */
  readonly alertedAt?: string;
}

/** A tripped brake, as responders see it. */
export interface HeldBrake extends TrippedBrake {
  /** Incidents whose plans it holds back, by id; at most `mostWaiting`. */
  readonly waiting: readonly string[];
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
  /**
   * Counts an incident with all of these brakes, or with none.
   *
   * @returns the brakes that refuse it; empty where it is counted
   */
  take(brakes: readonly Brake[], incident: string): Promise<readonly Brake[]>;
  /** Lists what was counted in seven days, today included, of a scope that counts by the day. */
  lately(scope: BrakeScope): Promise<Counted>;
  /** Trips a brake. @returns whether this call did, and its caller is to alert responders */
  trip(brake: Brake, incident: string): Promise<boolean>;
  /** Claims an alert whose first sender died; false while another claim lasts, and once it is sent. */
  claimAlert(scope: BrakeScope): Promise<boolean>;
  /** Records that the alert is sent. */
  alerted(scope: BrakeScope): Promise<void>;
  /** Lists an incident among those that a brake holds back. */
  hold(scope: BrakeScope, incident: string): Promise<void>;
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

/**
 * Seconds until another run may send an alert that was claimed: longer than the function's timeout of
 * 120, and shorter than the queue's visibility timeout of 180, after which the message comes again.
 */
export const alertClaimSeconds = 125;
