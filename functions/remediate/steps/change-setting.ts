import { isDeepStrictEqual } from "node:util";
import { type ControlId, controlIds, controlOf } from "../../catalogue/controls";
import { filled, type Grant, type Value } from "../../catalogue/controls/control";
import type { SettingState } from "../../model/member-account";
import { plain } from "../../model/plain-text";
import type { Place } from "../../model/resource";
import type { Statement } from "../../model/statement";
import type { StepKind, StepState } from "../../model/step";

/** Gives a setting the value that its control wants. */
export interface ChangeSetting {
  readonly kind: "change-setting";
  readonly control: ControlId;
  /** Id of the resource that has the setting. */
  readonly id: string;
  readonly region: string;
  readonly before: Value;
  readonly after: Value;
}

/** Characters of a value in a sentence. */
const longestValue = 300;

export const changeSetting: StepKind<ChangeSetting> = {
  undonePart: "network",
  cuts: true,
  target: ({ control, id }) => `${id} ${control}`,
  describe: (step) => filled(controlOf(step.control).does, step),
  describeUndo: (step) => filled(controlOf(step.control).undoes, step),
  sides: ({ before, after }) => [valueText(before), valueText(after)],
  inspect: async (step, account) =>
    stateOf(step, await account.settings.read(step.control, step.id)),
  async apply(step, account) {
    const { control, id, after } = step;
    // Right before the change: a release could not give back what the plan does not know.
    const found = await account.settings.read(control, id);
    const state = stateOf(step, found);
    if (state === "after") return;
    if (found === undefined) throw new Error("It does not exist any more. Nothing was changed");
    if (state === "other") {
      throw new Error(
        `Since the plan was made it was changed to: ${valueText(found.value)}. Nothing was changed`,
      );
    }
    await account.settings.write(control, id, after);
  },
  undo: ({ control, id, before }, account) => account.settings.write(control, id, before),
  manual: (step) =>
    `To ${filled(controlOf(step.control).undoes, step)} by hand: before the incident it was ${valueText(step.before)}.`,
  permissions: ({ control, id }, place) => [
    ...granted(controlOf(control).changes, id, place),
    ...granted(controlOf(control).reads, id, place),
  ],
  undoPermissions: ({ control, id }, place) => {
    const { undoing, changes, reads } = controlOf(control);
    return [...granted(undoing ?? changes, id, place), ...granted(reads, id, place)];
  },
  widest: controlIds.map(widest) as [ChangeSetting, ...ChangeSetting[]],
};

function stateOf(
  { before, after }: Pick<ChangeSetting, "before" | "after">,
  found: SettingState | undefined,
): StepState {
  if (found === undefined) return "gone";
  if (isDeepStrictEqual(found.value, after)) return "after";
  if (isDeepStrictEqual(found.value, before)) return "before";
  return isPartOf(found.value, before) ? "half" : "other";
}

function widest(control: ControlId): ChangeSetting {
  return { kind: "change-setting", control, id: "*", region: "*", before: null, after: null };
}

/** Makes the statements of a control for one resource. */
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
