/** Puts seeded instances into service: behind load balancers, in an Auto Scaling group. */
import {
  AttachInstancesCommand as AttachToGroupCommand,
  CreateAutoScalingGroupCommand,
  CreateLaunchConfigurationCommand,
  DeleteAutoScalingGroupCommand,
  PutLifecycleHookCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import {
  CreateLoadBalancerCommand,
  DeleteLoadBalancerCommand,
  RegisterInstancesWithLoadBalancerCommand,
} from "@aws-sdk/client-elastic-load-balancing";
import {
  CreateTargetGroupCommand,
  DeleteTargetGroupCommand,
  DescribeTargetGroupsCommand,
  RegisterTargetsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Gateway } from "../gateway/gateway";
import { image, type SeededInstance, seedInstance, type Vpc } from "./networks";
import { ownerOf, type Site } from "./owner";

/**
 * Puts instances behind one target group and Classic Load Balancer, in one Auto Scaling group. The
 * target group has a further target: Cordon asks before it contains the last healthy one.
 */
export async function seedService(
  gateway: Gateway,
  vpc: Vpc,
  instance: SeededInstance | readonly SeededInstance[],
  name: string,
): Promise<{ readonly targetGroup: string }> {
  const ids = [instance].flat().map(({ id }) => id);
  const { autoScaling, balancing, classic } = ownerOf(gateway, vpc);
  const { TargetGroups = [] } = await balancing.send(
    new CreateTargetGroupCommand({ Name: name, Protocol: "HTTP", Port: 8080, VpcId: vpc.id }),
  );
  const targetGroup = TargetGroups[0]?.TargetGroupArn ?? "";
  const spare = await seedInstance(gateway, vpc, {
    interfaces: [Object.keys(vpc.groups).slice(0, 1)],
    volumes: 0,
  });
  await balancing.send(
    new RegisterTargetsCommand({
      TargetGroupArn: targetGroup,
      Targets: [...ids, spare.id].map((Id) => ({ Id, Port: 8080 })),
    }),
  );
  await classic.send(
    new CreateLoadBalancerCommand({
      LoadBalancerName: name,
      Listeners: [{ Protocol: "HTTP", LoadBalancerPort: 80, InstancePort: 8080 }],
      Subnets: [vpc.subnet],
    }),
  );
  await classic.send(
    new RegisterInstancesWithLoadBalancerCommand({
      LoadBalancerName: name,
      Instances: ids.map((InstanceId) => ({ InstanceId })),
    }),
  );
  await autoScaling.send(
    new CreateLaunchConfigurationCommand({
      LaunchConfigurationName: name,
      ImageId: image,
      InstanceType: "t3.large",
    }),
  );
  await autoScaling.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: name,
      LaunchConfigurationName: name,
      MinSize: 0,
      MaxSize: ids.length + 3,
      DesiredCapacity: 0,
      VPCZoneIdentifier: vpc.subnet,
    }),
  );
  // Auto Scaling attaches twenty instances a call.
  for (let first = 0; first < ids.length; first += 20) {
    await autoScaling.send(
      new AttachToGroupCommand({
        AutoScalingGroupName: name,
        InstanceIds: ids.slice(first, first + 20),
      }),
    );
  }
  return { targetGroup };
}

/** Has an Auto Scaling group terminate an instance, which waits for a lifecycle hook of the group. */
export async function terminateInGroup(
  gateway: Gateway,
  instance: SeededInstance,
  group: string,
): Promise<void> {
  const { autoScaling } = ownerOf(gateway, instance);
  await autoScaling.send(
    new PutLifecycleHookCommand({
      AutoScalingGroupName: group,
      LifecycleHookName: "drain",
      LifecycleTransition: "autoscaling:EC2_INSTANCE_TERMINATING",
    }),
  );
  await autoScaling.send(
    new TerminateInstanceInAutoScalingGroupCommand({
      InstanceId: instance.id,
      ShouldDecrementDesiredCapacity: false,
    }),
  );
}

/** Removes what seedService made, so that one story's groups do not slow the next one's reads. */
export async function removeService(gateway: Gateway, site: Site, name: string): Promise<void> {
  const { autoScaling, balancing, classic } = ownerOf(gateway, site);
  await autoScaling.send(
    new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: name, ForceDelete: true }),
  );
  await classic.send(new DeleteLoadBalancerCommand({ LoadBalancerName: name }));
  const { TargetGroups = [] } = await balancing.send(
    new DescribeTargetGroupsCommand({ Names: [name] }),
  );
  for (const { TargetGroupArn } of TargetGroups) {
    await balancing.send(new DeleteTargetGroupCommand({ TargetGroupArn }));
  }
}
