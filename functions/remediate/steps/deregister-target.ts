import type { StepKind } from "../../model/step";
import { reads } from "./shared/arns";

/** Takes an instance out of one target group on one port. */
export interface DeregisterTarget {
  readonly kind: "deregister-target";
  readonly instance: string;
  /** ARN of the target group. */
  readonly group: string;
  readonly port: number;
}

export const deregisterTarget: StepKind<DeregisterTarget> = {
  undonePart: "traffic",
  target: (step) => `${step.group.split("/")[1] ?? step.group}:${step.port}`,
  describe: (step) =>
    `deregister ${step.instance} from target group ${step.group.split("/")[1]}, port ${step.port}`,
  describeUndo: (step) =>
    `register ${step.instance} with target group ${step.group.split("/")[1]}, port ${step.port}`,
  sides: ({ group, port }) => [
    `registered with ${group.split("/")[1]}, port ${port}`,
    "not registered",
  ],
  inspect: async (step, account) =>
    (await account.balancing.registration(step.group, step.instance)).ports.includes(step.port)
      ? "before"
      : "after",
  apply: (step, account) =>
    account.balancing.deregisterTarget(step.group, step.instance, step.port),
  undo: (step, account) => account.balancing.registerTarget(step.group, step.instance, step.port),
  manual: (step) => `Register ${step.instance} with ${step.group} on port ${step.port}.`,
  permissions: (step) => [
    { actions: ["elasticloadbalancing:DeregisterTargets"], resources: [step.group] },
    reads("elasticloadbalancing:DescribeTargetHealth"),
  ],
  undoPermissions: (step) => [
    { actions: ["elasticloadbalancing:RegisterTargets"], resources: [step.group] },
    reads("elasticloadbalancing:DescribeTargetHealth", "ec2:DescribeInstances"),
  ],
  widest: [
    {
      kind: "deregister-target",
      instance: "*",
      group: "arn:aws:elasticloadbalancing:*:*:targetgroup/*",
      port: 0,
    },
  ],
};
