/** By what checks an Auto Scaling group tells that an instance is unhealthy, such as "EC2" or "EBS,ELB". */
import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  UpdateAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import { memberConfig } from "../client";
import { tagsOf } from "../tags";
import type { OpenSetting } from "./setting";

const balancer = "ELB";

export const open: OpenSetting = (region, credentials) => {
  const client = new AutoScalingClient(memberConfig(region, credentials));
  // The id is the last two parts of the ARN.
  const nameOf = (id: string) => id.slice(id.indexOf("/") + 1);
  return {
    async read(id) {
      const { AutoScalingGroups: [found] = [] } = await client.send(
        new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [nameOf(id)] }),
      );
      if (!found?.AutoScalingGroupARN?.endsWith(`:${id}`)) return undefined;
      const value = found.HealthCheckType ?? "EC2";
      const checks = value.split(",").filter((check) => check !== "EC2" && check !== balancer);
      const { LoadBalancerNames = [], TargetGroupARNs = [], TrafficSources = [] } = found;
      const balanced = [...LoadBalancerNames, ...TargetGroupARNs, ...TrafficSources].length > 0;
      return {
        value,
        // EC2's own check is always made.
        wanted: value.split(",").includes(balancer) ? value : [...checks, balancer].join(),
        tags: tagsOf(found.Tags),
        ...(!balanced && { left: `Auto Scaling group ${nameOf(id)} has no load balancer` }),
      };
    },
    async write(id, value) {
      await client.send(
        new UpdateAutoScalingGroupCommand({
          AutoScalingGroupName: nameOf(id),
          HealthCheckType: String(value),
        }),
      );
    },
  };
};
