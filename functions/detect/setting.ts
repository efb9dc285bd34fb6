/** Names the setting that a finding of posture is about. */
import { type ControlId, controlOf } from "../catalogue/controls";
import { filled } from "../catalogue/controls/control";
import type { Place, Resource } from "../model/resource";

/** Makes the resource of an incident of posture, from an id that the control can have. */
export function settingOf(
  control: ControlId,
  id: string,
  place: Place,
): Extract<Resource, { readonly kind: "posture" }> {
  const { arn, names } = controlOf(control);
  return {
    kind: "posture",
    control,
    id,
    arn: filled(arn, { id, ...place }),
    name: filled(names, { id }),
  };
}
