import { command } from "../../model/command";
import { NotVisibleYet } from "../../model/not-visible-yet";
import type { StepKind } from "../../model/step";
import { reads } from "./shared/arns";

/**
 * Takes an instance out of its Auto Scaling group, which would otherwise replace and terminate it
 * as unhealthy. Detached, not in standby: an instance refresh can terminate standby instances.
 */
export interface DetachFromGroup {
  readonly kind: "detach-from-group";
  readonly instance: string;
  readonly group: string;
}

export const detachFromGroup: StepKind<DetachFromGroup> = {
  undonePart: "traffic",
  target: (step) => step.group,
  describe: (step) =>
    `detach ${step.instance} from Auto Scaling group ${step.group}, which starts a replacement`,
  describeUndo: (step) =>
    `attach ${step.instance} to Auto Scaling group ${step.group}, which raises its desired capacity by one`,
  sides: ({ group }) => [`in Auto Scaling group ${group}`, "in no Auto Scaling group"],
  // It is in service in another group.
  regained: async () => true,
  async inspect(step, account) {
    const membership = await account.scaling.groupOf(step.instance);
    if (membership === undefined || membership.state.startsWith("Detach")) return "after";
    return membership.name === step.group ? "before" : "other";
  },
  apply: (step, account) => account.scaling.detach(step.instance, step.group),
  async undo(step, { scaling }) {
    if ((await scaling.groupOf(step.instance))?.state.startsWith("Detach")) {
      throw new NotVisibleYet(`${step.instance} is still being detached from ${step.group}`);
    }
    await scaling.attach(step.instance, step.group);
  },
  manual: (step) =>
    `Attach the running instance: ${command`aws autoscaling attach-instances --instance-ids=${step.instance} --auto-scaling-group-name=${step.group}`}. The desired capacity rises by one. If that exceeds the group's maximum, raise the maximum by one first: ${command`aws autoscaling update-auto-scaling-group --auto-scaling-group-name=${step.group} --max-size MAXIMUM`}`,
  permissions: (step, place) => [
    { actions: ["autoscaling:DetachInstances"], resources: [groupArn(step, place)] },
    reads("autoscaling:DescribeAutoScalingInstances"),
  ],
  undoPermissions: (step, place) => [
    { actions: ["autoscaling:AttachInstances"], resources: [groupArn(step, place)] },
    reads("autoscaling:DescribeAutoScalingInstances", "ec2:DescribeInstances"),
  ],
  widest: [{ kind: "detach-from-group", instance: "*", group: "*" }],
};

function groupArn(
  step: DetachFromGroup,
  place: { readonly region: string; readonly account: string },
): string {
  return `arn:aws:autoscaling:${place.region}:${place.account}:autoScalingGroup:*:autoScalingGroupName/${step.group}`;
}
