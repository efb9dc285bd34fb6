/** One attribute of an application, network or gateway load balancer, as its text; null where it has none. */
import {
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeTagsCommand,
  ElasticLoadBalancingV2Client,
  ModifyLoadBalancerAttributesCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { memberConfig } from "../client";
import { orUndefined } from "../errors";
import { tagsOf } from "../tags";
import type { OpenSetting } from "./setting";

export const attribute =
  (Key: string): OpenSetting =>
  (region, credentials, account) => {
    const client = new ElasticLoadBalancingV2Client(memberConfig(region, credentials));
    const arnOf = (id: string) =>
      `arn:aws:elasticloadbalancing:${region}:${account}:loadbalancer/${id}`;
    return {
      async read(id) {
        const LoadBalancerArn = arnOf(id);
        const found = await orUndefined(
          client.send(new DescribeLoadBalancersCommand({ LoadBalancerArns: [LoadBalancerArn] })),
          "LoadBalancerNotFoundException",
          "LoadBalancerNotFound",
        );
        if (found === undefined) return undefined;
        const [{ Attributes = [] }, { TagDescriptions = [] }] = await Promise.all([
          client.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn })),
          client.send(new DescribeTagsCommand({ ResourceArns: [LoadBalancerArn] })),
        ]);
        const value = Attributes.find((each) => each.Key === Key)?.Value ?? null;
        return {
          value,
          tags: tagsOf(TagDescriptions[0]?.Tags),
          ...(value === null && { left: `Load balancer ${id} has no attribute ${Key}` }),
        };
      },
      async write(id, value) {
        const Attributes = [{ Key, Value: String(value) }];
        await client.send(
          new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn: arnOf(id), Attributes }),
        );
      },
    };
  };
