import { type ClosingId, closingIds, closingOf } from "../../catalogue/containments";
import type { StepKind } from "../../model/step";
import { isAlike } from "./shared/alike";
import { type SettingStep, settingKind, widestSetting } from "./shared/setting";

/**
 * Gives a setting the value that takes access from its resource, or stops it. It is not "change-setting",
 * so that the roles that fix posture may contain nothing.
 */
export interface CloseSetting extends SettingStep {
  readonly kind: "close-setting";
  readonly setting: ClosingId;
}

export const closeSetting: StepKind<CloseSetting> = {
  ...settingKind<CloseSetting>(
    ({ setting }) => setting,
    ({ setting }) => closingOf(setting),
    isAlike,
  ),
  // It is kept so until the release, although it was so before.
  changesNothing: ({ before, after }) => isAlike(before, after),
  widest: closingIds.map(widest) as [CloseSetting, ...CloseSetting[]],
};

function widest(setting: ClosingId): CloseSetting {
  return { kind: "close-setting", setting, ...widestSetting };
}
