/** Auto Scaling of a member account. */
import {
  AttachInstancesCommand,
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
  DetachInstancesCommand,
} from "@aws-sdk/client-auto-scaling";
import type { Scaling } from "../model/member-account";
import { type Credentials, memberConfig } from "./client";

export function autoScaling(region: string, credentials: Credentials): Scaling {
  const client = new AutoScalingClient(memberConfig(region, credentials));
  return {
    async groupOf(instance) {
      const { AutoScalingInstances = [] } = await client.send(
        new DescribeAutoScalingInstancesCommand({ InstanceIds: [instance] }),
      );
      const found = AutoScalingInstances[0];
      if (found?.AutoScalingGroupName === undefined) return undefined;
      return { name: found.AutoScalingGroupName, state: found.LifecycleState ?? "" };
    },
    async group(name) {
      const { AutoScalingGroups = [] } = await client.send(
        new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }),
      );
      const found = AutoScalingGroups[0];
      if (found === undefined) return undefined;
      const { Instances = [], TargetGroupARNs = [] } = found;
      // Not the desired capacity: whoever may raise it would raise the brake's limit.
      const size = Instances.filter((each) => each.LifecycleState === "InService").length;
      return { size, targetGroups: TargetGroupARNs };
    },
    async detach(instance, group) {
      await client.send(
        new DetachInstancesCommand({
          InstanceIds: [instance],
          AutoScalingGroupName: group,
          // Keeping the desired capacity lets the group start a replacement: the service lives on.
          ShouldDecrementDesiredCapacity: false,
        }),
      );
    },
    async attach(instance, group) {
      await client.send(
        new AttachInstancesCommand({ InstanceIds: [instance], AutoScalingGroupName: group }),
      );
    },
  };
}
