/** What serves evidence or traffic alone and could not be read: isolation goes on without it. */
import { command } from "../../model/command";
import type { InstanceAttribute } from "../../model/member-account";
import type { Place } from "../../model/resource";

type Wanted =
  | InstanceAttribute
  | "autoScalingGroup"
  | "groupSize"
  | "targetGroups"
  | "unusedTargetGroups"
  | "registrations"
  | "loadBalancers";

export interface Unread {
  readonly what: Wanted;
  /** The error, or how many were not read. */
  readonly why: string;
  /** AWS refused it: no later delivery will read it. */
  readonly refused?: true;
}

/** The effect of what was not read, and the command that makes up for it. */
const gaps: Readonly<Record<Wanted, readonly [gap: string, command: (id: string) => string]>> = {
  disableApiTermination: [
    "termination protection is as it was",
    (id) =>
      command`aws ec2 modify-instance-attribute --instance-id=${id} --disable-api-termination`,
  ],
  disableApiStop: [
    "stop protection is as it was",
    (id) => command`aws ec2 modify-instance-attribute --instance-id=${id} --disable-api-stop`,
  ],
  instanceInitiatedShutdownBehavior: [
    "a shutdown from within may terminate the instance",
    (id) =>
      command`aws ec2 modify-instance-attribute --instance-id=${id} --instance-initiated-shutdown-behavior stop`,
  ],
  autoScalingGroup: [
    "an Auto Scaling group may replace and terminate the instance",
    (id) => command`aws autoscaling describe-auto-scaling-instances --instance-ids=${id}`,
  ],
  groupSize: [
    "no brake counts how many of its Auto Scaling group are contained",
    (id) => command`aws autoscaling describe-auto-scaling-instances --instance-ids=${id}`,
  ],
  targetGroups: [
    "target groups may send it traffic until their health checks fail",
    () => "aws elbv2 describe-target-groups",
  ],
  unusedTargetGroups: [
    "target groups that no load balancer uses may list it",
    () => "aws elbv2 describe-target-groups",
  ],
  registrations: [
    "target groups that list it on many ports may send it traffic until their health checks fail",
    () => "aws elbv2 describe-target-health --target-group-arn ARN",
  ],
  loadBalancers: [
    "Classic Load Balancers may send it traffic until their health checks fail",
    () => "aws elb describe-load-balancers",
  ],
};

const aboutService: readonly Wanted[] = ["autoScalingGroup", "groupSize", "targetGroups"];

export function isAttribute(what: Wanted): what is InstanceAttribute {
  return ![...aboutService, "unusedTargetGroups", "loadBalancers"].includes(what);
}

/**
 * Checks for what shows who would miss the instance: unread, it is read again, and at last Cordon asks.
 * Nobody misses it through a target group that no load balancer uses.
 */
export function isAboutService(what: Wanted): boolean {
  return aboutService.includes(what);
}

/** Says what is left open, as a residual risk. */
export function residualOf({ what, why }: Unread): string {
  return `Cordon could not read ${what} in time, so ${gaps[what][0]}: ${why}`;
}

/** Names the command that reads or sets it. */
export function followUpOf({ what }: Unread, id: string, { region }: Place): string {
  return `Make up for ${what}, which Cordon could not read: ${gaps[what][1](id)} ${command`--region ${region}`}`;
}
