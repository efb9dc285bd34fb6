/** Attributes of a classic load balancer. */
import {
  type ConnectionDraining,
  DescribeLoadBalancerAttributesCommand,
  DescribeTagsCommand,
  ElasticLoadBalancingClient,
  type LoadBalancerAttributes,
  ModifyLoadBalancerAttributesCommand,
} from "@aws-sdk/client-elastic-load-balancing";
import type { Value } from "../../catalogue/controls/control";
import type { SettingState } from "../../model/member-account";
import { memberConfig } from "../client";
import { orUndefined } from "../errors";
import { tagsOf } from "../tags";
import type { OpenSetting } from "./setting";

/** Whether open requests end before an instance leaves, and how many seconds they have for it. */
export const draining = classic(
  ({ ConnectionDraining: found }) => {
    // Elastic Load Balancing's default.
    const { Enabled = false, Timeout = 300 } = found ?? {};
    return { value: { Enabled, Timeout }, wanted: { Enabled: true, Timeout } };
  },
  (value) => ({ ConnectionDraining: value as unknown as ConnectionDraining }),
);

/** Whether it spreads requests over the instances of all zones alike. */
export const crossZone = classic(
  ({ CrossZoneLoadBalancing }) => ({ value: CrossZoneLoadBalancing?.Enabled === true }),
  (value) => ({ CrossZoneLoadBalancing: { Enabled: value === true } }),
);

const mode = "elb.http.desyncmitigationmode";

/** What it does with requests that two servers may read differently. */
export const desync = classic(
  ({ AdditionalAttributes = [] }) => ({
    value: AdditionalAttributes.find(({ Key }) => Key === mode)?.Value ?? null,
  }),
  (value) => ({ AdditionalAttributes: [{ Key: mode, Value: String(value) }] }),
);

function classic(
  read: (attributes: LoadBalancerAttributes) => Pick<SettingState, "value" | "wanted">,
  attributesOf: (value: Value) => LoadBalancerAttributes,
): OpenSetting {
  return (region, credentials) => {
    const client = new ElasticLoadBalancingClient(memberConfig(region, credentials));
    return {
      async read(name) {
        const found = await orUndefined(
          client.send(new DescribeTagsCommand({ LoadBalancerNames: [name] })),
          "AccessPointNotFoundException",
          "LoadBalancerNotFound",
        );
        if (found === undefined) return undefined;
        const { LoadBalancerAttributes = {} } = await client.send(
          new DescribeLoadBalancerAttributesCommand({ LoadBalancerName: name }),
        );
        return { ...read(LoadBalancerAttributes), tags: tagsOf(found.TagDescriptions?.[0]?.Tags) };
      },
      async write(LoadBalancerName, value) {
        await client.send(
          new ModifyLoadBalancerAttributesCommand({
            LoadBalancerName,
            LoadBalancerAttributes: attributesOf(value),
          }),
        );
      },
    };
  };
}
