/** Load balancing of a member account: target groups (v2) and Classic Load Balancers. */
import {
  DeregisterInstancesFromLoadBalancerCommand,
  ElasticLoadBalancingClient,
  paginateDescribeLoadBalancers,
  RegisterInstancesWithLoadBalancerCommand,
} from "@aws-sdk/client-elastic-load-balancing";
import {
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  paginateDescribeTargetGroups,
  RegisterTargetsCommand,
  type TargetHealthDescription,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Balancing, TargetGroup } from "../model/member-account";
import { type Credentials, memberConfig } from "./client";
import { hasCode, tolerate } from "./errors";

export function loadBalancing(region: string, credentials: Credentials): Balancing {
  const v2 = new ElasticLoadBalancingV2Client(memberConfig(region, credentials));
  const classic = new ElasticLoadBalancingClient(memberConfig(region, credentials));

  /** Lists registered targets; a group deleted in between has none. */
  const registered = async (group: string): Promise<TargetHealthDescription[]> => {
    try {
      const { TargetHealthDescriptions = [] } = await v2.send(
        new DescribeTargetHealthCommand({ TargetGroupArn: group }),
      );
      return TargetHealthDescriptions.filter((each) => each.TargetHealth?.State !== "draining");
    } catch (error) {
      if (hasCode(error, "TargetGroupNotFound", "TargetGroupNotFoundException")) return [];
      throw error;
    }
  };

  return {
    async targetGroups() {
      const found: TargetGroup[] = [];
      for await (const page of paginateDescribeTargetGroups({ client: v2 }, {})) {
        for (const group of page.TargetGroups ?? []) {
          const { TargetGroupArn, TargetType, VpcId, LoadBalancerArns = [] } = group;
          if (TargetGroupArn === undefined || TargetType !== "instance") continue;
          const isUsed = LoadBalancerArns.length > 0;
          found.push({ arn: TargetGroupArn, vpc: VpcId ?? "", isUsed });
        }
      }
      return found;
    },
    async registration(group, instance) {
      const targets = await registered(group);
      const own = targets.filter(({ Target }) => Target?.Id === instance);
      // Without a healthy target a load balancer sends traffic to all: an unhealthy one may serve, too.
      const mayServe = own.some(({ TargetHealth }) => TargetHealth?.State !== "unused");
      const hasOther = targets.some(
        ({ Target, TargetHealth }) => Target?.Id !== instance && TargetHealth?.State === "healthy",
      );
      return {
        ports: own.flatMap(({ Target }) => Target?.Port ?? []),
        isLast: mayServe && !hasOther,
      };
    },
    async deregisterTarget(group, instance, port) {
      await v2.send(
        new DeregisterTargetsCommand({
          TargetGroupArn: group,
          Targets: [{ Id: instance, Port: port }],
        }),
      );
    },
    async registerTarget(group, instance, port) {
      await v2.send(
        new RegisterTargetsCommand({
          TargetGroupArn: group,
          Targets: [{ Id: instance, Port: port }],
        }),
      );
    },
    async classicLoadBalancersOf(instance) {
      const names: string[] = [];
      for await (const page of paginateDescribeLoadBalancers({ client: classic }, {})) {
        for (const balancer of page.LoadBalancerDescriptions ?? []) {
          const holds = (balancer.Instances ?? []).some((each) => each.InstanceId === instance);
          if (holds && balancer.LoadBalancerName !== undefined) {
            names.push(balancer.LoadBalancerName);
          }
        }
      }
      return names;
    },
    async deregisterFromLoadBalancer(name, instance) {
      await tolerate(
        classic.send(
          new DeregisterInstancesFromLoadBalancerCommand({
            LoadBalancerName: name,
            Instances: [{ InstanceId: instance }],
          }),
        ),
        "InvalidEndPointException",
      );
    },
    async registerWithLoadBalancer(name, instance) {
      await classic.send(
        new RegisterInstancesWithLoadBalancerCommand({
          LoadBalancerName: name,
          Instances: [{ InstanceId: instance }],
        }),
      );
    },
  };
}
