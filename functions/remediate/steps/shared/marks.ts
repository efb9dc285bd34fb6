/** Tags that mark a resource as contained: setting them, reading them back, restoring the earlier. */
import { type principalTags, quarantined, restored, restoredTags } from "../../../catalogue/tags";
import type { Finding } from "../../../model/finding";
import type { MemberAccount } from "../../../model/member-account";
import type { StepKind, StepState } from "../../../model/step";

type Tags = Readonly<Record<string, string>>;

/** A change of tags: the values after it, and those of the same keys before, null for none. */
export interface Marking {
  readonly before: Readonly<Record<string, string | null>>;
  readonly after: Tags;
}

/** Writes the values that every contained resource gets, whatever its kind. */
export function containmentTags(
  incidentId: string,
  finding: Finding,
  now: Date,
): Record<(typeof principalTags)[number], string> {
  return {
    SecurityStatus: quarantined,
    QuarantinedAt: now.toISOString(),
    CordonIncident: incidentId,
    GuardDutyFindingId: finding.id,
    GuardDutyFindingType: finding.type,
  };
}

/** Writes the marking that sets these values and remembers the current ones of the same keys. */
export function marking(current: Tags, after: Tags): Marking {
  const before = Object.keys(after).map((key) => [key, current[key] ?? null]);
  return { before: Object.fromEntries(before), after };
}

/** How one kind of resource is named and tagged. */
interface Tagged<S> {
  name(step: S): string;
  /** Reads the resource's tags; undefined when it no longer exists. */
  read(step: S, account: MemberAccount): Promise<Tags | undefined>;
  set(step: S, account: MemberAccount, tags: Tags): Promise<void>;
  remove(step: S, account: MemberAccount, keys: readonly string[]): Promise<void>;
}

/** Carries out every step whose whole effect is a marking. */
export function markingStep<S extends Marking & { readonly kind: string }>(tagged: Tagged<S>) {
  return {
    undonePart: "marks",
    describe: (step) => `tag ${tagged.name(step)} SecurityStatus=${step.after.SecurityStatus}`,
    describeUndo: (step) => `tag ${tagged.name(step)} SecurityStatus=${restored}`,
    sides: ({ before, after }) => [
      Object.entries(before)
        .map(([key, value]) => (value === null ? `no tag ${key}` : `${key}=${value}`))
        .join(", "),
      Object.entries(after)
        .map(([key, value]) => `${key}=${value}`)
        .join(", "),
    ],
    async inspect(step, account) {
      const tags = await tagged.read(step, account);
      return tags === undefined ? "gone" : stateOf(step, tags);
    },
    apply: (step, account) => tagged.set(step, account, step.after),
    async undo(step, account, now) {
      const { remove, set } = restoration(step, now);
      await tagged.remove(step, account, remove);
      await tagged.set(step, account, set);
    },
    manual: (step) => restoreManually(tagged.name(step), step),
  } satisfies Partial<StepKind<S>>;
}

/** Compares a resource's tags with both sides of a marking. */
function stateOf({ before, after }: Marking, tags: Tags): StepState {
  const has = (key: string, ...values: (string | null | undefined)[]) =>
    values.includes(tags[key] ?? null);
  const keys = Object.keys(after);
  if (keys.every((key) => has(key, after[key]))) return "after";
  // What a release sets counts as "before": another run of it must not take that for a change.
  const earlier = (key: string) => [
    before[key] ?? null,
    ...(key === "SecurityStatus" ? [restored] : []),
  ];
  if (keys.every((key) => has(key, ...earlier(key)))) return "before";
  // Removing and setting tags are two calls: a release that died between them leaves a mixture.
  return keys.every((key) => has(key, after[key], ...earlier(key))) ? "half" : "other";
}

/** Lists the tags that a release removes, and those it sets. */
function restoration({ before }: Marking, now: Date) {
  const entries = Object.entries(before);
  const had = entries.filter((entry): entry is [string, string] => entry[1] !== null);
  return {
    remove: entries
      .filter(([key, value]) => value === null && !isSetByRelease(key))
      .map(([key]) => key),
    set: {
      ...Object.fromEntries(had),
      SecurityStatus: restored,
      RestoredAt: now.toISOString(),
    },
  };
}

/** Describes the manual way to restore the tags. */
function restoreManually(what: string, { after }: Marking): string {
  const removed = Object.keys(after).filter((key) => !isSetByRelease(key));
  return `Set the tags of ${what} to SecurityStatus=${restored} and RestoredAt=<now>; remove ${removed.join(", ")}.`;
}

function isSetByRelease(key: string): boolean {
  return restoredTags.some((each) => each === key);
}
