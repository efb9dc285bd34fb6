/** The tags by which a contained resource says so itself: how they are set, told and taken back. */
import type { Standing } from "../../../model/step";

/** A change of tags: the values after it, and those of the same keys before, null for none. */
export interface Marking {
  readonly before: Readonly<Record<string, string | null>>;
  readonly after: Readonly<Record<string, string>>;
}

/** What a release leaves behind. */
const restoredTags: readonly string[] = ["SecurityStatus", "RestoredAt"];

/** Writes the marking that sets these values, remembering what a resource bears under all keys. */
export function marking(
  keys: readonly string[],
  standing: Readonly<Record<string, string>>,
  after: Marking["after"],
): Marking {
  return { before: Object.fromEntries(keys.map((key) => [key, standing[key] ?? null])), after };
}

/** Tells where a resource with these tags stands relative to a marking. */
export function standingOf(
  { before, after }: Marking,
  tags: Readonly<Record<string, string>>,
): Standing {
  const stands = (key: string, ...values: (string | null | undefined)[]) =>
    values.includes(tags[key] ?? null);
  const keys = Object.keys(after);
  if (keys.every((key) => stands(key, after[key]))) return "after";
  // What a release sets counts as "before": another run of it must not take that for a change.
  const earlier = (key: string) => [
    before[key] ?? null,
    ...(key === "SecurityStatus" ? ["Restored"] : []),
  ];
  if (keys.every((key) => stands(key, ...earlier(key)))) return "before";
  // Removing and setting tags are two calls: a release that died between them leaves a mixture.
  return keys.every((key) => stands(key, after[key], ...earlier(key))) ? "half" : "other";
}

/** Says which tags a release removes, and which it sets. */
export function restoration({ before }: Marking, now: Date) {
  const entries = Object.entries(before);
  const had = entries.filter((entry): entry is [string, string] => entry[1] !== null);
  return {
    remove: entries
      .filter(([key, value]) => value === null && !restoredTags.includes(key))
      .map(([key]) => key),
    set: {
      ...Object.fromEntries(had),
      SecurityStatus: "Restored",
      RestoredAt: now.toISOString(),
    },
  };
}

/** Tells a person how to take a marking back. */
export function restoreByHand(what: string, { after }: Marking): string {
  const removed = Object.keys(after).filter((key) => !restoredTags.includes(key));
  return `Set the tags of ${what} to SecurityStatus=Restored and RestoredAt=<now>; remove ${removed.join(", ")}.`;
}
