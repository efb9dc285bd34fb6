/** Writes the excerpt of an approval for people, wherever they read it. */
import { oneLine } from "../model/plain-text";
import type { Approval } from "./approvals";

interface ExcerptRow {
  /** ISO 8601, in UTC. */
  readonly at: string;
  readonly region: string;
  readonly call: string;
  /** "198.51.100.23", or "198.51.100.23 and 2 more". */
  readonly from: string;
  /** "done", "read", or AWS's error code. */
  readonly outcome: string;
  readonly times: number;
}

export interface ExcerptView {
  /** What the rows are, in one sentence. */
  readonly title: string;
  /** Refused calls and changes first, the newest first. */
  readonly rows: readonly ExcerptRow[];
  /** What the rows lack, a sentence each. */
  readonly notes: readonly string[];
}

/** Gives the rows of what the principal did before; undefined where nobody was asked about a principal. */
export function excerptView({ excerpt }: Pick<Approval, "excerpt">): ExcerptView | undefined {
  if (excerpt === undefined) return undefined;
  const { from, to, calls, found, missing } = excerpt;
  const shown = calls.reduce((sum, { times }) => sum + times, 0);
  return {
    title: oneLine(`What the principal did from ${from} to ${to}, by CloudTrail`),
    rows: calls.map(({ at, region, call, address, addresses, error, changes, times }) => ({
      at: oneLine(at),
      region: oneLine(region),
      call: oneLine(call),
      from: oneLine(addresses > 1 ? `${address} and ${addresses - 1} more` : address),
      outcome: oneLine(error) || (changes ? "done" : "read"),
      times,
    })),
    notes: [
      ...(calls.length === 0 && missing.length === 0 ? ["CloudTrail has no call of it."] : []),
      ...(found > shown ? [`Not listed: ${found - shown} of ${found} calls that were read.`] : []),
      ...missing.map(oneLine),
      "Calls come into CloudTrail up to 15 minutes late, and reads and writes of data do not.",
    ],
  };
}
