import { containmentOf } from "../../catalogue/containments";
import { filled } from "../../catalogue/controls/control";
import type { Playbook } from "../playbook";
import { step } from "../steps";

/** Gives a resource's settings the values that contain it, one after the other. */
export const containResource: Playbook<"contain-resource"> = (
  { place, resource, finding },
  { settings },
) => {
  if (settings === undefined)
    throw new Error(`${resource.name} does not exist, so that no plan can be made for it`);
  const { id, type } = resource;
  const { residual, nextSteps } = containmentOf(type);
  return {
    stages: settings.map(({ setting, value, wanted }) => ({
      name: setting,
      // Each closes a way of its own.
      onFailure: "continue",
      steps: [
        step("close-setting", { setting, id, region: place.region, before: value, after: wanted }),
      ],
    })),
    residual,
    nextSteps: [
      ...(finding.actorSteps ?? []),
      ...nextSteps.map((text) => filled(text, { id, ...place })),
    ],
  };
};
