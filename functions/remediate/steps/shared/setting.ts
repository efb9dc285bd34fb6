/** What the kinds of steps share that give a setting a value. */
import { isDeepStrictEqual } from "node:util";
import { type Change, filled, type Grant, type Value } from "../../../catalogue/controls/control";
import type { SettingId, SettingState } from "../../../model/member-account";
import { plain } from "../../../model/plain-text";
import type { Place } from "../../../model/resource";
import type { Statement } from "../../../model/statement";
import type { StepKind, StepState } from "../../../model/step";

/** The fields of such a step. */
export interface SettingStep {
  /** Id of the resource that has the setting. */
  readonly id: string;
  readonly region: string;
  readonly before: Value;
  readonly after: Value;
}

/** Characters of a value in a sentence. */
const longestValue = 300;

/** Makes such a kind of step: how its setting is found, and how two of its values are compared. */
export function settingKind<S extends SettingStep & { readonly kind: string }>(
  settingOf: (step: S) => SettingId,
  changeOf: (step: S) => Change,
  isSame: (one: Value, other: Value) => boolean = isDeepStrictEqual,
): Omit<StepKind<S>, "widest"> {
  return {
    undonePart: "network",
    cuts: true,
    target: (step) => `${step.id} ${settingOf(step)}`,
    describe: (step) => filled(changeOf(step).does, step),
    describeUndo: (step) => filled(changeOf(step).undoes, step),
    sides: ({ before, after }) => [valueText(before), valueText(after)],
    inspect: async (step, account) =>
      stateOf(step, await account.settings.read(settingOf(step), step.id), isSame),
    apply: (step, account) => account.settings.write(settingOf(step), step.id, step.after),
    undo: (step, account) => account.settings.write(settingOf(step), step.id, step.before),
    manual: (step) =>
      `To ${filled(changeOf(step).undoes, step)} by hand: before the incident it was ${valueText(step.before)}.`,
    permissions: (step, place) => {
      const { changes, reads } = changeOf(step);
      return [...granted(changes, step.id, place), ...granted(reads, step.id, place)];
    },
    undoPermissions: (step, place) => {
      const { undoing, changes, reads } = changeOf(step);
      return [...granted(undoing ?? changes, step.id, place), ...granted(reads, step.id, place)];
    },
  };
}

/** Tells a setting's state relative to a step. */
export function stateOf(
  { before, after }: Pick<SettingStep, "before" | "after">,
  found: SettingState | undefined,
  isSame: (one: Value, other: Value) => boolean = isDeepStrictEqual,
): StepState {
  if (found === undefined) return "gone";
  if (isSame(found.value, after)) return "after";
  if (isSame(found.value, before)) return "before";
  return isPartOf(found.value, before) ? "half" : "other";
}

/** The fields of a step about any resource. */
export const widestSetting: SettingStep = { id: "*", region: "*", before: null, after: null };

/** Makes the statements of an entry for one resource. */
export function granted(grants: readonly Grant[], id: string, place: Place): readonly Statement[] {
  const fill = (text: string) => filled(text, { id, ...place });
  return grants.map(({ actions, resources, conditions }) => ({
    actions,
    resources: resources.map(fill),
    ...(conditions && {
      conditions: Object.fromEntries(
        Object.entries(conditions).map(([operator, keys]) => [
          operator,
          Object.fromEntries(Object.entries(keys).map(([key, value]) => [key, fill(value)])),
        ]),
      ),
    }),
  }));
}

/** Checks whether a list is what a run that died has left of another one. */
function isPartOf(value: Value, of: Value): boolean {
  return (
    Array.isArray(value) &&
    Array.isArray(of) &&
    value.every((each) => of.some((other) => isDeepStrictEqual(each, other)))
  );
}

/** Says a value in words: "none", "on", or each of its parts. */
export function valueText(value: Value): string {
  return plain(said(value), longestValue);
}

function said(value: Value): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) return "none";
  if (typeof value === "boolean") return value ? "on" : "off";
  if (Array.isArray(value)) return value.map(said).join("; ");
  if (typeof value !== "object") return String(value);
  return Object.entries(value)
    .map(([key, part]) => `${key}: ${said(part as Value)}`)
    .join(", ");
}
