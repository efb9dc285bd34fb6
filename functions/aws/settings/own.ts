/** What a setting leaves alone, because Cordon made its resource. */
import { cordonTag } from "../../catalogue/quarantine-group";
import type { SettingState } from "../../model/member-account";

/** Says of a resource with Cordon's tag why it is left alone. */
export function leftIfOwn(
  name: string,
  tags: SettingState["tags"],
  keptFor = "it keeps",
): Pick<SettingState, "left"> {
  if (!Object.hasOwn(tags, cordonTag)) return {};
  return {
    left: `${name} has the tag ${cordonTag}: it may be Cordon's own, which ${keptFor}. If it is not, have the tag removed`,
  };
}
