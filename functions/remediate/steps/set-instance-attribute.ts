import type { InstanceAttribute, InstanceAttributes } from "../../model/member-account";
import type { StepKind } from "../../model/step";
import { ec2Arn, reads } from "./shared/arns";

/** Sets one of the three attributes that keep an instance from being terminated or stopped. */
export interface SetInstanceAttribute {
  readonly kind: "set-instance-attribute";
  readonly instance: string;
  readonly attribute: InstanceAttribute;
  readonly before: InstanceAttributes[InstanceAttribute];
  readonly after: InstanceAttributes[InstanceAttribute];
}

export const setInstanceAttribute: StepKind<SetInstanceAttribute> = {
  undonePart: "protection",
  target: (step) => `${step.instance} ${step.attribute}`,
  describe: (step) => `set ${step.attribute} of ${step.instance} to ${step.after}`,
  describeUndo: (step) => `set ${step.attribute} of ${step.instance} back to ${step.before}`,
  sides: ({ before, after }) => [String(before), String(after)],
  async inspect(step, account) {
    const value = await account.compute.attribute(step.instance, step.attribute);
    if (value === step.after) return "after";
    return value === step.before ? "before" : "other";
  },
  apply: (step, account) => account.compute.setAttribute(step.instance, step.attribute, step.after),
  undo: (step, account) => account.compute.setAttribute(step.instance, step.attribute, step.before),
  manual: (step) => `Set ${step.attribute} of ${step.instance} back to ${step.before}.`,
  permissions: (step, place) => [
    {
      actions: ["ec2:ModifyInstanceAttribute"],
      resources: [ec2Arn(place, `instance/${step.instance}`)],
      // The same action replaces user data, which would be code execution: name the attribute.
      conditions: { StringEqualsIgnoreCase: { "ec2:Attribute": step.attribute } },
    },
    reads("ec2:DescribeInstanceAttribute"),
  ],
  undoPermissions: (step, place) => [
    ...setInstanceAttribute.permissions(step, place),
    reads("ec2:DescribeInstances"),
  ],
  widest: [
    widest("disableApiTermination", true),
    widest("disableApiStop", true),
    widest("instanceInitiatedShutdownBehavior", "stop"),
  ],
};

function widest(
  attribute: InstanceAttribute,
  after: InstanceAttributes[InstanceAttribute],
): SetInstanceAttribute {
  return { kind: "set-instance-attribute", instance: "*", attribute, before: after, after };
}
