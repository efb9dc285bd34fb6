/** Puts seeded instances into service: behind load balancers, in an Auto Scaling group. */
import {
  AttachInstancesCommand as AttachToGroupCommand,
  CreateAutoScalingGroupCommand,
  CreateLaunchConfigurationCommand,
  DeleteAutoScalingGroupCommand,
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
import { image, type SeededInstance, type Vpc } from "./networks";
import { ownerOf, type Site } from "./owner";

/** Puts an instance behind a target group and a Classic Load Balancer, in an Auto Scaling group. */
export async function seedService(
  gateway: Gateway,
  vpc: Vpc,
  instance: SeededInstance,
  name: string,
): Promise<{ readonly targetGroup: string }> {
  const { autoScaling, balancing, classic } = ownerOf(gateway, vpc);
  const { TargetGroups = [] } = await balancing.send(
    new CreateTargetGroupCommand({ Name: name, Protocol: "HTTP", Port: 8080, VpcId: vpc.id }),
  );
  const targetGroup = TargetGroups[0]?.TargetGroupArn ?? "";
  await balancing.send(
    new RegisterTargetsCommand({
      TargetGroupArn: targetGroup,
      Targets: [{ Id: instance.id, Port: 8080 }],
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
      Instances: [{ InstanceId: instance.id }],
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
      MaxSize: 4,
      DesiredCapacity: 0,
      VPCZoneIdentifier: vpc.subnet,
    }),
  );
  await autoScaling.send(
    new AttachToGroupCommand({ AutoScalingGroupName: name, InstanceIds: [instance.id] }),
  );
  return { targetGroup };
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
