import { instanceTags } from "../../catalogue/tags";
import type { StepKind } from "../../model/step";
import { ec2Arn, onlyTags, reads } from "./shared/arns";
import { type Marking, markingStep } from "./shared/marks";

/** Shows on the instance itself what the journal records. */
export interface TagInstance extends Marking {
  readonly kind: "tag-instance";
  readonly instance: string;
}

export const tagInstance: StepKind<TagInstance> = {
  ...markingStep<TagInstance>({
    name: (step) => step.instance,
    read: async (step, { compute }) => (await compute.instance(step.instance))?.tags,
    set: (step, { compute }, tags) => compute.setTags(step.instance, tags),
    remove: (step, { compute }, keys) => compute.removeTags(step.instance, keys),
  }),
  target: (step) => step.instance,
  permissions: (step, place) => [
    tagging("ec2:CreateTags", step.instance, instanceTags, place),
    reads("ec2:DescribeInstances"),
  ],
  undoPermissions: (step, place) => [
    tagging("ec2:CreateTags", step.instance, [...instanceTags, "RestoredAt"], place),
    tagging("ec2:DeleteTags", step.instance, instanceTags, place),
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
