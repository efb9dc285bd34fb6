/** The notices of a storm: how many were published in a while, and those that wait to be published together. */
import type { Urgency } from "../notify/urgency";

/** A notice that was not published on its own. */
export interface HeldNotice {
  /** Hash of what it says and of its minute: delivered twice, it is one. */
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly urgency: Urgency;
  readonly heading: string;
  readonly account: string;
  readonly region: string;
  readonly severity: number;
  /** The finding's type. */
  readonly type: string;
  readonly incident?: string;
  /** Whose finding Security Hub imported. */
  readonly imported?: "aws" | "others";
  /** What other teams' programs read of it, as JSON. */
  readonly news?: string;
}

/** Notices that are counted together: of what detectors send, of what is imported, and of an account's own. */
export type StormCount = Urgency | `${"aws" | "others"}-${Urgency}` | `of-${string}`;

export interface StormLog {
  /** Counts a notice among its like in the window of a time; returns how many there are. */
  count(of: StormCount, at: Date): Promise<number>;
  /** Keeps a notice until it is published with others. */
  hold(notice: HeldNotice): Promise<void>;
  /** Lists what was held between two times, and was not published yet. */
  unpublished(from: Date, to: Date): Promise<readonly HeldNotice[]>;
  /** Remembers that these were published. */
  markPublished(notices: readonly HeldNotice[]): Promise<void>;
}

/** Minutes of a window: it begins at :00, :10 and so on. */
export const windowMinutes = 10;

/** Names the window of a time: "2026-11-30T10:2". */
export function stormWindow(at: Date): string {
  return at.toISOString().slice(0, 15);
}
