import { controlOf } from "../../catalogue/controls";
import { filled } from "../../catalogue/controls/control";
import { wantedOf } from "../facts/posture";
import type { Playbook } from "../playbook";
import { step } from "../steps";

/** Gives the setting that a control is about the value that the control wants. */
export const fixPosture: Playbook<"fix-posture"> = ({ place, resource }, { setting }) => {
  const { control: id } = resource;
  const control = controlOf(id);
  if (setting === undefined)
    throw new Error(`${resource.name} does not exist, so that no plan can be made for it`);
  return {
    stages: [
      {
        name: "change",
        onFailure: "stop",
        steps: [
          step("change-setting", {
            control: id,
            id: resource.id,
            region: place.region,
            before: setting.value,
            after: wantedOf(id, setting),
          }),
        ],
      },
    ],
    residual: [control.residual],
    nextSteps: [
      filled(control.nextStep, { id: resource.id, ...place }),
      "If it has to be as it was, release the incident: Cordon does not fix it again.",
    ],
  };
};
