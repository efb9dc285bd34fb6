/** Counts the false positives of a finding type, and says from which share on Cordon asks. Pure. */
import { fewestTargets, mostPercent, typeScope, weekBegan } from "../catalogue/brake-scopes";
import type { Incident } from "../model/incident";
import type { Brake, Counted } from "../record/brakes";
import type { Exception } from "../record/exceptions";

/** Of one finding type, in seven days or since the last reset. */
export interface FalsePositives {
  /** Targets that responders marked. */
  readonly marked: number;
  /** Targets that were contained automatically, or marked; not counted while none is marked. */
  readonly of: number;
  /** ISO 8601. */
  readonly since: string;
}

/** Gives the brake that counts an incident's finding type. */
export function typeBrake({ finding }: Incident): Brake {
  return { scope: typeScope(finding.type), limit: mostPercent };
}

/**
 * Lists what responders marked as false positives of a finding type.
 *
 * @param entries of the register, ended ones included: a mark counts longer than its target is left alone
 * @param since ISO 8601. @default seven days, today included
 * @returns keys of incidents, each once
 */
export function markedOf(
  entries: readonly Exception[],
  type: string,
  now: Date,
  since = weekBegan(now).toISOString(),
): readonly string[] {
  const marks = entries.filter(
    ({ kind, covers, addedAt }) =>
      // A time that cannot be read counts.
      kind === "false-positive" &&
      covers.type === type &&
      !(Date.parse(addedAt) < Date.parse(since)),
  );
  return [...new Set(marks.flatMap(({ covers }) => covers.incident ?? []))];
}

/** Counts what was marked among what was contained or marked: each target once. */
export function falsePositivesAmong(
  { incidents, since }: Counted,
  entries: readonly Exception[],
  type: string,
  now: Date,
): FalsePositives {
  const marked = markedOf(entries, type, now, since);
  return { marked: marked.length, of: new Set([...incidents, ...marked]).size, since };
}

/** Checks whether a finding type has too many false positives to be answered automatically. */
export function areTooMany({ marked, of }: FalsePositives): boolean {
  return of >= fewestTargets && marked * 100 > mostPercent * of;
}

/** Says how many there are: "2 of 12 targets since 2026-11-14 (17 %)". */
export function shareText({ marked, of, since }: FalsePositives): string {
  const percent = Math.round((marked * 100) / of);
  return `${marked} of ${of} targets since ${since.slice(0, 10)} (${percent} %)`;
}
