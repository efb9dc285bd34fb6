/** Attributes of DB instances and clusters: of RDS, Aurora, DocumentDB and Neptune, which share an API. */
import {
  type DBCluster,
  type DBInstance,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  ModifyDBClusterCommand,
  ModifyDBInstanceCommand,
  RDSClient,
} from "@aws-sdk/client-rds";
import { memberConfig } from "../client";
import { orUndefined } from "../errors";
import { tagsOf } from "../tags";
import { type Attribute, attributeSetting, unlessAvailable } from "./attribute";
import type { OpenSetting } from "./setting";

/** Attributes that instances and clusters have. */
const attributes = {
  backups: { name: "BackupRetentionPeriod", atLeast: 7, waits: true },
  deletionProtection: { name: "DeletionProtection" },
  iamAuthentication: {
    name: "IAMDatabaseAuthenticationEnabled",
    parameter: "EnableIAMDatabaseAuthentication",
    waits: true,
  },
  minorUpgrades: { name: "AutoMinorVersionUpgrade" },
  snapshotTags: { name: "CopyTagsToSnapshot" },
} as const satisfies Record<string, Attribute<DBCluster> & Attribute<DBInstance>>;

const instanceAttributes = { ...attributes, publicAccess: { name: "PubliclyAccessible" } } as const;

/** Attributes that an instance has for itself, also where it is one of a cluster. */
const ofItsOwn: readonly string[] = ["AutoMinorVersionUpgrade", "PubliclyAccessible"];
/** Engines whose clusters are made of instances: those of a Multi-AZ DB cluster can only be rebooted. */
const ofInstances = /^(aurora|docdb|neptune)/;

export const instance =
  (which: keyof typeof instanceAttributes): OpenSetting =>
  (region, credentials) => {
    const client = new RDSClient(memberConfig(region, credentials));
    const attribute = instanceAttributes[which];
    return attributeSetting<DBInstance>(attribute, {
      async find(DBInstanceIdentifier) {
        const found = client.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier }));
        return (await orUndefined(found, "DBInstanceNotFoundFault"))?.DBInstances?.[0];
      },
      modify: (DBInstanceIdentifier, change) =>
        client.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier, ...change })),
      about: (found, id) => ({
        tags: tagsOf(found.TagList),
        ...unlessAvailable(`DB instance ${id}`, found.DBInstanceStatus),
        ...(found.DBClusterIdentifier !== undefined &&
          !(ofItsOwn.includes(attribute.name) && ofInstances.test(found.Engine ?? "")) && {
            left: `DB instance ${id} belongs to DB cluster ${found.DBClusterIdentifier}, which has this setting for all its instances`,
          }),
        ...(which === "backups" &&
          found.BackupRetentionPeriod === 0 && {
            asks: `RDS stops DB instance ${id} for seconds to minutes while it turns backups on, and again where they are turned off, and AWS charges for their storage`,
          }),
      }),
    });
  };

export const cluster =
  (which: keyof typeof attributes): OpenSetting =>
  (region, credentials) => {
    const client = new RDSClient(memberConfig(region, credentials));
    return attributeSetting<DBCluster>(attributes[which], {
      async find(DBClusterIdentifier) {
        const found = client.send(new DescribeDBClustersCommand({ DBClusterIdentifier }));
        return (await orUndefined(found, "DBClusterNotFoundFault"))?.DBClusters?.[0];
      },
      modify: (DBClusterIdentifier, change) =>
        client.send(new ModifyDBClusterCommand({ DBClusterIdentifier, ...change })),
      about: (found, id) => ({
        tags: tagsOf(found.TagList),
        ...unlessAvailable(`DB cluster ${id}`, found.Status),
        ...(which === "iamAuthentication" &&
          found.Engine === "neptune" && {
            asks: `Neptune then answers no request to DB cluster ${id} that is not signed with IAM credentials`,
          }),
      }),
    });
  };
