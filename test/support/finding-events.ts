/** Writes an event of each documented finding type of GuardDuty, about each kind of resource that it may be about. */
import { cases, fixture } from "./cases";
import { type Json, spoiled } from "./events";

const arn = (what: string) => `arn:aws:${what.replace(":", ":us-east-1:222233334444:")}`;
const credentials = (userType: string, principalId: string, accessKeyId: string) => ({
  accessKeyDetails: { accessKeyId, principalId, userType, userName: "deploy" },
});
const recoveryPoint = [
  {
    recoveryPointDetails: {
      recoveryPointArn: arn("backup:recovery-point:1"),
      backupVaultName: "daily",
    },
  },
  "recovery-point:1",
] as const;

/**
 * What findings about each kind of resource have, and what people must read of it. Members as in the
 * service model of GuardDuty, shape Resource.
 */
export const kinds: Readonly<
  Record<string, readonly [details: object, ...names: readonly string[]]>
> = {
  Instance: [{ instanceDetails: { instanceId: "i-0a1b2c3d4e5f60718" } }, "i-0a1b2c3d4e5f60718"],
  AccessKey: [
    credentials("IAMUser", "AIDAEXAMPLEUSER000001", "AKIAEXAMPLEKEY000001"),
    "user deploy",
    "AKIAEXAMPLEKEY000001",
  ],
  S3Bucket: [{ s3BucketDetails: [{ name: "reports" }] }, "bucket reports"],
  S3Object: [
    { s3BucketDetails: [{ name: "reports", s3ObjectDetails: [{ key: "q1.csv" }] }] },
    "s3://reports/q1.csv",
  ],
  EKSCluster: [
    {
      eksClusterDetails: { name: "shop" },
      kubernetesDetails: {
        kubernetesWorkloadDetails: { type: "deployments", namespace: "web", name: "cart" },
      },
    },
    "EKS cluster shop",
    "deployments web/cart",
  ],
  ECSCluster: [
    {
      ecsClusterDetails: {
        name: "batch",
        taskDetails: {
          arn: arn("ecs:task/batch/0a1b"),
          group: "service:nightly",
          startedBy: "ecs-svc/1234567890123456789",
        },
      },
    },
    "ECS cluster batch",
    arn("ecs:task/batch/0a1b"),
  ],
  Container: [{ containerDetails: { name: "cart", image: "cart:2" } }, "container cart", "cart:2"],
  RDSDBInstance: [
    {
      rdsDbInstanceDetails: { dbInstanceIdentifier: "orders" },
      rdsDbUserDetails: { user: "admin", database: "shop" },
    },
    "database orders",
    "database user admin in shop",
  ],
  RDSLimitlessDB: [
    { rdsLimitlessDbDetails: { dbShardGroupIdentifier: "shards" } },
    "database shard group shards",
  ],
  Lambda: [
    { lambdaDetails: { functionArn: arn("lambda:function:thumbs"), functionName: "thumbs" } },
    "function:thumbs",
  ],
  EC2Image: [
    { ec2ImageDetails: { imageArn: "arn:aws:ec2:us-east-1::image/ami-0a1b2c3d4e5f60718" } },
    "image/ami-0a1b2c3d4e5f60718",
  ],
  EBSSnapshot: [
    {
      ebsSnapshotDetails: {
        snapshotArn: "arn:aws:ec2:us-east-1::snapshot/snap-0a1b2c3d4e5f60718",
      },
    },
    "snapshot/snap-0a1b2c3d4e5f60718",
  ],
  EBSRecoveryPoint: recoveryPoint,
  EC2RecoveryPoint: recoveryPoint,
  S3RecoveryPoint: recoveryPoint,
};

/** Owners of credentials, by the type of user as a finding has it. */
const owners: Readonly<Record<string, object>> = {
  IAMUser: kinds.AccessKey?.[0] ?? {},
  AssumedRole: credentials("AssumedRole", "AROAEXAMPLEROLE000001:ana", "ASIAEXAMPLEKEY000001"),
  Root: credentials("Root", "222233334444", "AKIAEXAMPLEKEY000002"),
};

/** An attack sequence names nothing in its resource. */
const sequence = {
  detection: {
    sequence: {
      actors: [{ id: "a1", user: { name: "deploy", type: "IAMUser" } }],
      resources: [
        { uid: "arn:aws:s3:::reports", name: "reports", resourceType: "S3_BUCKET" },
        { uid: "i-0a1b2c3d4e5f60718", resourceType: "EC2_INSTANCE" },
      ],
    },
  },
};

/** Writes a finding of a type about one kind of resource, as EventBridge delivers it. */
export function findingEvent(
  type: string,
  resourceType: string,
  severity: number,
  details: object = kinds[resourceType]?.[0] ?? {},
): Json {
  const plain = fixture<{ detail: Json & { service: Json } }>("guardduty-instance");
  const { detail } = plain;
  const isSequence = resourceType === "AttackSequence";
  return spoiled(plain as unknown as Json, ["detail"], {
    ...detail,
    type,
    severity,
    resource: { resourceType, ...details },
    service: { ...detail.service, ...(isSequence && sequence) },
  });
}

interface Documented {
  readonly type: string;
  /** The default severity. */
  readonly severity: string;
  readonly does: Readonly<Record<string, string>>;
  readonly asks?: true;
}

export interface TypeEvent {
  readonly name: string;
  readonly type: string;
  /** A kind of resource, or the type of user who owns credentials. */
  readonly about: string;
  /** The type's default severity in figures: the lowest, where it varies. */
  readonly severity: number;
  /** A playbook, "notify" or "log". */
  readonly does: string;
  readonly asks: boolean;
  readonly event: Json;
}

const figures: Readonly<Record<string, number>> = { Low: 2, Medium: 5, High: 8, Critical: 9 };

/** Lists them, with what Cordon must do about each. */
export function typeEvents(severity?: number): readonly TypeEvent[] {
  return cases<Documented>("guardduty-types").flatMap(({ type, severity: word, does, asks }) => {
    const [first = ""] = word.split("-");
    const figure = severity ?? figures[first] ?? 5;
    return Object.entries(does)
      .flatMap(([about, what]) =>
        aboutEach(about).map((each) => [each, each === "Root" ? "notify" : what] as const),
      )
      .map(([about, what]) => {
        const owner = owners[about];
        return {
          name: `${type} about ${about}`,
          type,
          about,
          severity: figure,
          does: what,
          asks: asks === true && about !== "Root",
          event: findingEvent(type, owner === undefined ? about : "AccessKey", figure, owner),
        };
      });
  });
}

/** Of credentials each owner; root beside the user, since no playbook contains root. */
function aboutEach(about: string): readonly string[] {
  switch (about) {
    case "any":
      return [...Object.keys(kinds).filter((kind) => kind !== "AccessKey"), ...Object.keys(owners)];
    case "AccessKey":
      return Object.keys(owners);
    case "IAMUser":
      return ["IAMUser", "Root"];
    default:
      return [about];
  }
}
