import type { StepKind } from "../../model/step";
import { ec2Arn, onlyTags, reads } from "./shared/arns";
import { type Marking, restoration, restoreByHand, standingOf } from "./shared/marks";

/** Repeats on the instance, for people, what the journal knows. */
export interface TagInstance extends Marking {
  readonly kind: "tag-instance";
  readonly instance: string;
}

/** Every key that containment may set. */
export const containmentTags = [
  "SecurityStatus",
  "QuarantinedAt",
  "CordonIncident",
  "GuardDutyFindingId",
  "GuardDutyFindingType",
  "OriginalSecurityGroups",
] as const;

export const tagInstance: StepKind<TagInstance> = {
  target: (step) => step.instance,
  describe: (step) => `tag ${step.instance} SecurityStatus=${step.after.SecurityStatus}`,
  async inspect(step, account) {
    const instance = await account.compute.instance(step.instance);
    return instance === undefined ? "gone" : standingOf(step, instance.tags);
  },
  apply: (step, account) => account.compute.setTags(step.instance, step.after),
  async undo(step, account, now) {
    const { remove, set } = restoration(step, now);
    await account.compute.removeTags(step.instance, remove);
    await account.compute.setTags(step.instance, set);
  },
  manual: (step) => restoreByHand(step.instance, step),
  permissions: (step, place) => [
    tagging("ec2:CreateTags", step.instance, containmentTags, place),
    reads("ec2:DescribeInstances"),
  ],
  undoPermissions: (step, place) => [
    tagging("ec2:CreateTags", step.instance, [...containmentTags, "RestoredAt"], place),
    tagging("ec2:DeleteTags", step.instance, containmentTags, place),
    reads("ec2:DescribeInstances"),
  ],
  widest: [{ kind: "tag-instance", instance: "*", before: {}, after: {} }],
};

function tagging(
  action: string,
  instance: string,
  keys: readonly string[],
  place: Parameters<typeof ec2Arn>[0],
) {
  return {
    actions: [action],
    resources: [ec2Arn(place, `instance/${instance}`)],
    conditions: onlyTags(keys),
  };
}
