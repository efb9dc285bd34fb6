/** Every setting that a posture control or a containment is about, by file, which is loaded when it is first used. */
import { riskyPorts } from "../../catalogue/controls/ec2";
import { customPlaybooks } from "../../catalogue/custom";
import type { SettingId, Settings } from "../../model/member-account";
import type { Credentials } from "../client";
import { once } from "../deferred";
import type { OpenSetting } from "./setting";

const database = once(() => import("./database"));
const redshift = once(() => import("./redshift-cluster"));
const snapshots = once(() => import("./db-snapshot-sharing"));
const stream = once(() => import("./stream"));

const openers: { readonly [S in SettingId]: () => Promise<OpenSetting> } = {
  "account-public-access": once(async () => (await import("./account-public-access")).open),
  "automation-log": once(async () =>
    (await import("./service-setting")).serviceSetting(
      "/ssm/automation/customer-script-log-destination",
    ),
  ),
  "bucket-acls": once(async () => (await import("./bucket-acls")).open),
  "bucket-policy": once(async () => (await import("./bucket-policy")).open),
  "bucket-public-access": once(async () => (await import("./bucket-public-access")).open),
  "bucket-tls": once(async () => (await import("./bucket-tls")).open),
  "classic-balancer-cross-zone": once(
    async () => (await import("./classic-load-balancer")).crossZone,
  ),
  "classic-balancer-desync": once(async () => (await import("./classic-load-balancer")).desync),
  "classic-balancer-draining": once(async () => (await import("./classic-load-balancer")).draining),
  "cluster-insights": once(async () => (await import("./cluster-insights")).open),
  "db-cluster-backups": async () => (await database()).cluster("backups"),
  "db-cluster-deletion-protection": async () => (await database()).cluster("deletionProtection"),
  "db-cluster-iam-authentication": async () => (await database()).cluster("iamAuthentication"),
  "db-cluster-minor-upgrades": async () => (await database()).cluster("minorUpgrades"),
  "db-cluster-snapshot-sharing": async () => (await snapshots()).ofClusters,
  "db-cluster-snapshot-tags": async () => (await database()).cluster("snapshotTags"),
  "db-instance-backups": async () => (await database()).instance("backups"),
  "db-instance-deletion-protection": async () => (await database()).instance("deletionProtection"),
  "db-instance-iam-authentication": async () => (await database()).instance("iamAuthentication"),
  "db-instance-minor-upgrades": async () => (await database()).instance("minorUpgrades"),
  "db-instance-public-access": async () => (await database()).instance("publicAccess"),
  "db-instance-snapshot-tags": async () => (await database()).instance("snapshotTags"),
  "db-snapshot-sharing": async () => (await snapshots()).ofInstances,
  "default-group-rules": once(async () => (await import("./group-rules")).defaultGroup),
  "document-public-sharing": once(async () =>
    (await import("./service-setting")).serviceSetting(
      "/ssm/documents/console/public-sharing-permission",
    ),
  ),
  "document-sharing": once(async () => (await import("./document-sharing")).open),
  "function-concurrency": once(async () => (await import("./function-concurrency")).open),
  "function-policy": once(async () => (await import("./function-policy")).open),
  "group-health-check": once(async () => (await import("./group-health-check")).open),
  "image-sharing": once(async () => (await import("./sharing")).image),
  "instance-metadata": once(async () => (await import("./instance-metadata")).open),
  "kms-key-rotation": once(async () => (await import("./kms-key-rotation")).open),
  "load-balancer-desync": once(async () =>
    (await import("./load-balancer")).attribute("routing.http.desync_mitigation_mode"),
  ),
  "load-balancer-headers": once(async () =>
    (await import("./load-balancer")).attribute("routing.http.drop_invalid_header_fields.enabled"),
  ),
  "load-balancer-protection": once(async () =>
    (await import("./load-balancer")).attribute("deletion_protection.enabled"),
  ),
  "log-retention": once(async () => (await import("./log-retention")).open),
  "open-administration": once(async () => (await import("./group-rules")).openPorts(22, 3389)),
  "open-rdp": once(async () => (await import("./group-rules")).openPorts(3389)),
  "open-risky-ports": once(async () => (await import("./group-rules")).openPorts(...riskyPorts)),
  "open-ssh": once(async () => (await import("./group-rules")).openPorts(22)),
  "password-policy": once(async () => (await import("./password-policy")).open),
  "public-snapshots": once(async () => (await import("./sharing")).publicSnapshots),
  "queue-encryption": once(async () => (await import("./queue-encryption")).open),
  "redshift-public-access": async () => (await redshift()).cluster("publicAccess"),
  "redshift-snapshots": async () => (await redshift()).cluster("snapshots"),
  "redshift-upgrades": async () => (await redshift()).cluster("upgrades"),
  "redshift-vpc-routing": async () => (await redshift()).cluster("vpcRouting"),
  "repository-scanning": once(async () => (await import("./repository")).scanning),
  "repository-tags": once(async () => (await import("./repository")).mutability),
  "secret-policy": once(async () => (await import("./secret-policy")).open),
  "service-count": once(async () => (await import("./service-count")).open),
  "snapshot-public-sharing": once(async () => (await import("./snapshot-public-sharing")).open),
  "snapshot-sharing": once(async () => (await import("./sharing")).snapshot),
  "source-destination-check": once(async () => (await import("./source-destination-check")).open),
  "stack-protection": once(async () => (await import("./stack-protection")).open),
  "stage-tracing": once(async () => (await import("./stage-tracing")).open),
  "stream-encryption": async () => (await stream()).encryption,
  "stream-retention": async () => (await stream()).retention,
  "subnet-public-addresses": once(async () => (await import("./subnet-public-addresses")).open),
  "table-deletion-protection": once(async () => (await import("./table-deletion-protection")).open),
  "table-recovery": once(async () => (await import("./table-recovery")).open),
  "topic-encryption": once(async () => (await import("./topic-encryption")).open),
  "trail-validation": once(async () => (await import("./trail-validation")).open),
  "transit-gateway-sharing": once(async () => (await import("./transit-gateway-sharing")).open),
  "volume-encryption-by-default": once(
    async () => (await import("./volume-encryption-by-default")).open,
  ),
};

/** Reads and writes settings with a session's credentials. */
export function settings(region: string, credentials: Credentials, account: string): Settings {
  const setting = async (id: SettingId) => {
    const opener = customPlaybooks().get(id)?.open ?? openers[id];
    return (await opener())(region, credentials, account);
  };
  return {
    read: async (name, id) => (await setting(name)).read(id),
    write: async (name, id, value) => (await setting(name)).write(id, value),
  };
}
