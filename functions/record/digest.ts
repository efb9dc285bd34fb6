/** What no notice of its own tells: findings that go on after their notice, and those that are only logged. */
import type { Finding } from "../model/finding";
import type { Place } from "../model/resource";

/** The account of an entry that counts findings of all accounts. */
export const wholeOrganization = "*";

export interface DigestEntry {
  /** An account, or `wholeOrganization`. */
  readonly account: string;
  readonly region: string;
  /** The finding's id. */
  readonly finding: string;
  readonly type: string;
  readonly severity: number;
  /** In words: "user deploy". */
  readonly resource: string;
  /** "repeated": announced before, and goes on. "suppressed": archived by its detector's rules. */
  readonly kind: "repeated" | "logged" | "suppressed";
  readonly reason: string;
  /** How often it came on that day. */
  readonly times: number;
  /** ISO 8601: when it last came. */
  readonly lastAt: string;
}

export interface DigestLog {
  /** Counts an entry under the day of its time, in UTC; the last one's words stay. */
  note(entry: Omit<DigestEntry, "times">): Promise<void>;
  /** Lists the entries of a day, "2026-11-29": at most `most`, and whether there are more. */
  of(
    day: string,
    most: number,
  ): Promise<{ readonly entries: readonly DigestEntry[]; readonly more: boolean }>;
}

/** A digest that is sent once: of a day, "2026-11-29", or of a week, "2026-W48". */
export interface DigestNotice {
  readonly of: string;
}

/** Under what a finding is counted with its like: of some there are too many to list each. */
export interface CountedAs {
  readonly in: "account" | "organization";
  readonly under: string;
}

/** An answer to a finding, as far as the digest needs it. */
export interface Answered {
  readonly outcome: string;
  readonly reason: string;
  /** The same was announced before. */
  readonly isRepeated?: boolean;
}

const kinds: Readonly<Record<string, DigestEntry["kind"]>> = {
  duplicate: "repeated",
  logged: "logged",
  suppressed: "suppressed",
};

/** Makes the entry of a finding, if its answer is one that no notice tells. */
export function digestEntry(
  {
    finding,
    place,
    resource,
    countedAs,
  }: {
    readonly finding: Finding;
    readonly place: Place;
    readonly resource: string;
    /** @default by itself */
    readonly countedAs?: CountedAs;
  },
  { outcome, reason, isRepeated = false }: Answered,
  at: Date,
): Omit<DigestEntry, "times"> | undefined {
  const kind = isRepeated ? "repeated" : kinds[outcome];
  if (kind === undefined) return undefined;
  return {
    ...place,
    finding: finding.id,
    ...(countedAs && { finding: countedAs.under }),
    ...(countedAs?.in === "organization" && { account: wholeOrganization }),
    type: finding.type,
    severity: finding.severity,
    resource,
    kind,
    reason,
    lastAt: at.toISOString(),
  };
}
