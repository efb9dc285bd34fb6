/** SDK clients through the gateway with the rights of an account's owner. */
import { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import { EC2Client } from "@aws-sdk/client-ec2";
import { ElasticLoadBalancingClient } from "@aws-sdk/client-elastic-load-balancing";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { IAMClient } from "@aws-sdk/client-iam";
import { ownerConfig } from "../gateway/client";
import type { Gateway } from "../gateway/gateway";

export interface Site {
  readonly account: string;
  readonly region: string;
}

/** SDK clients of one account and region, with the rights of its owner. */
export interface Owner {
  readonly ec2: EC2Client;
  readonly iam: IAMClient;
  readonly autoScaling: AutoScalingClient;
  readonly balancing: ElasticLoadBalancingV2Client;
  readonly classic: ElasticLoadBalancingClient;
}

// A client costs more to set up than its first calls do, and keeps its connections.
const owners = new WeakMap<Gateway, Map<string, Owner>>();

/** Gives clients that act as the owner of an account; the same ones each time. */
export function ownerOf(gateway: Gateway, site: Site): Owner {
  const known = owners.get(gateway) ?? new Map<string, Owner>();
  owners.set(gateway, known);
  const key = `${site.account}/${site.region}`;
  const owner = known.get(key) ?? makeOwner(gateway, site);
  known.set(key, owner);
  return owner;
}

function makeOwner(gateway: Gateway, { account, region }: Site): Owner {
  const config = ownerConfig(gateway, account, region);
  return {
    ec2: new EC2Client(config),
    iam: new IAMClient(config),
    autoScaling: new AutoScalingClient(config),
    balancing: new ElasticLoadBalancingV2Client(config),
    classic: new ElasticLoadBalancingClient(config),
  };
}
