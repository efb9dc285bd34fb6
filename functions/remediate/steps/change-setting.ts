import { type ControlId, controlIds, controlOf } from "../../catalogue/controls";
import type { StepKind } from "../../model/step";
import { type SettingStep, settingKind, stateOf, valueText, widestSetting } from "./shared/setting";

/** Gives a setting the value that its control wants. */
export interface ChangeSetting extends SettingStep {
  readonly kind: "change-setting";
  readonly control: ControlId;
}

export const changeSetting: StepKind<ChangeSetting> = {
  ...settingKind<ChangeSetting>(
    ({ control }) => control,
    ({ control }) => controlOf(control),
  ),
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
  widest: controlIds.map(widest) as [ChangeSetting, ...ChangeSetting[]],
};

function widest(control: ControlId): ChangeSetting {
  return { kind: "change-setting", control, ...widestSetting };
}
