/** Attributes of Redshift clusters. Redshift applies them by itself, some after minutes. */
import {
  type Cluster,
  DescribeClustersCommand,
  ModifyClusterCommand,
  RedshiftClient,
} from "@aws-sdk/client-redshift";
import { memberConfig } from "../client";
import { orUndefined } from "../errors";
import { tagsOf } from "../tags";
import { type Attribute, attributeSetting, unlessAvailable } from "./attribute";
import type { OpenSetting } from "./setting";

const attributes = {
  publicAccess: { name: "PubliclyAccessible" },
  snapshots: { name: "AutomatedSnapshotRetentionPeriod", atLeast: 7 },
  upgrades: { name: "AllowVersionUpgrade" },
  vpcRouting: { name: "EnhancedVpcRouting" },
} as const satisfies Record<string, Attribute<Cluster>>;

export const cluster =
  (which: keyof typeof attributes): OpenSetting =>
  (region, credentials) => {
    const client = new RedshiftClient(memberConfig(region, credentials));
    return attributeSetting<Cluster>(attributes[which], {
      async find(ClusterIdentifier) {
        const found = client.send(new DescribeClustersCommand({ ClusterIdentifier }));
        return (await orUndefined(found, "ClusterNotFoundFault"))?.Clusters?.[0];
      },
      modify: (ClusterIdentifier, change) =>
        client.send(new ModifyClusterCommand({ ClusterIdentifier, ...change })),
      about: (found, id) => ({
        tags: tagsOf(found.Tags),
        ...unlessAvailable(`Redshift cluster ${id}`, found.ClusterStatus),
      }),
    });
  };
