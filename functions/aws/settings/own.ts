/** What a setting leaves alone, because Cordon made its resource. */
import { cordonTag } from "../../catalogue/quarantine-group";
import type { SettingState } from "../../model/member-account";

/** Stack sets put their prefix before the names of their stacks. */
const ownName = /^(StackSet-)?cordon-/;

/**
 * Says of what has Cordon's tag, or a name as Cordon gives them, why it is left alone.
 *
 * @param kind such as "Bucket"
 * @param why what Cordon does with its own
 */
export function leftIfOwn(
  kind: string,
  id: string,
  tags: SettingState["tags"],
  why = "it keeps",
): Pick<SettingState, "left"> {
  const tagged = Object.hasOwn(tags, cordonTag);
  if (!tagged && !ownName.test(id)) return {};
  const mark = tagged ? `has the tag ${cordonTag}` : "is named as Cordon names its own";
  const way = tagged ? "have the tag removed" : "fix it by hand";
  return {
    left: `${kind} ${id} ${mark}: it may be Cordon's own, which ${why}. If it is not, ${way}`,
  };
}
