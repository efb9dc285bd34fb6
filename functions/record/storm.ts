/** The notices of a storm: how many were published in a while, and those that wait to be told together. */
import type { Urgency } from "../notify/urgency";

/** A notice that was not published on its own. */
export interface HeldNotice {
  /** Hash of what it says: held twice, it is one. */
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly urgency: Urgency;
  readonly heading: string;
  readonly account: string;
  readonly region: string;
  readonly severity: number;
  readonly incident?: string;
}

export interface StormLog {
  /** Counts a notice among those of its urgency in the window of a time; returns how many there are. */
  count(urgency: Urgency, at: Date): Promise<number>;
  /** Keeps a notice until it is told. */
  hold(notice: HeldNotice): Promise<void>;
  /** Lists what was held between two times, and was not told yet. */
  untold(from: Date, to: Date): Promise<readonly HeldNotice[]>;
  /** Remembers that these were told. */
  told(notices: readonly HeldNotice[]): Promise<void>;
}

/** Minutes of a window: it begins at :00, :10 and so on. */
export const windowMinutes = 10;

/** Names the window of a time: "2026-11-30T10:2". */
export function stormWindow(at: Date): string {
  return at.toISOString().slice(0, 15);
}
