import { expect } from "chai";
import { detectGuardDuty } from "../../../functions/detect/guardduty";
import { type Subject, subjectOf } from "../../../functions/notify/incident-news";
import { announcement } from "../../../functions/notify/notice";
import { cases, fixture } from "../../support/cases";
import { spoiled } from "../../support/events";

const arn = (what: string) => `arn:aws:${what.replace(":", ":us-east-1:222233334444:")}`;

/** What findings about each kind of resource have, and what people must read of it. */
const kinds: Readonly<Record<string, readonly [details: object, ...names: readonly string[]]>> = {
  Instance: [{ instanceDetails: { instanceId: "i-0a1b2c3d4e5f60718" } }, "i-0a1b2c3d4e5f60718"],
  AccessKey: [
    {
      accessKeyDetails: {
        accessKeyId: "AKIAEXAMPLEKEY000001",
        principalId: "AIDAEXAMPLEUSER000001",
        userType: "IAMUser",
        userName: "deploy",
      },
    },
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
    { ecsClusterDetails: { name: "batch", taskDetails: { arn: arn("ecs:task/batch/0a1b") } } },
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
  Lambda: [{ lambdaDetails: { functionArn: arn("lambda:function:thumbs") } }, "function:thumbs"],
  EC2Image: [{ ec2ImageDetails: { imageArn: arn("ec2:image/ami-01") } }, "image/ami-01"],
  EBSSnapshot: [
    { ebsSnapshotDetails: { snapshotArn: arn("ec2:snapshot/snap-01") } },
    "snapshot/snap-01",
  ],
  ...Object.fromEntries(
    ["EBSRecoveryPoint", "EC2RecoveryPoint", "S3RecoveryPoint"].map((kind) => [
      kind,
      [
        {
          recoveryPointDetails: {
            recoveryPointArn: arn("backup:recovery-point:1"),
            backupVaultName: "daily",
          },
        },
        "recovery-point:1",
      ] as const,
    ]),
  ),
};
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

/** Writes the notice of a finding, whether a playbook covers it or not. */
function noticeOf(type: string, kind: string, details: object, service: object = {}): string {
  const plain = fixture("guardduty-instance") as { detail: { service: object } };
  const event = spoiled(
    spoiled(spoiled(plain, ["detail", "type"], type), ["detail", "resource"], {
      resourceType: kind,
      ...details,
    } as never),
    ["detail", "service"],
    { ...plain.detail.service, ...service } as never,
  );
  const detected = detectGuardDuty(event, "123456789012");
  if (detected.kind !== "incident" && detected.kind !== "unanswered") {
    throw new Error(`${type} about ${kind} is ${detected.kind}`);
  }
  const subject: Subject =
    detected.kind === "incident"
      ? subjectOf(detected.incident, "Web shop")
      : { ...detected, accountName: "Web shop" };
  return announcement(subject, "notified", ["Because"]).text;
}

describe("the notice of every documented finding type [E2] [D1]", () => {
  const documented = cases<{ type: string; resource: string }>("guardduty-types");
  const about = documented.flatMap(({ type, resource }) =>
    Object.keys(kinds)
      // Where the guide does not say what a type is about, it may be any of them.
      .filter((kind) => resource.includes(kind) || resource.startsWith("unknown"))
      .map((kind) => [type, kind] as const),
  );

  it("covers each of them", () => {
    const sequences = documented.filter(({ resource }) => resource.startsWith("AttackSequence"));
    expect(sequences).to.have.length(5);
    const types = new Set([...about, ...sequences.map(({ type }) => [type])].map(([type]) => type));
    expect(types.size).to.equal(new Set(documented.map(({ type }) => type)).size);
  });

  for (const kind of Object.keys(kinds)) {
    it(`names the ${kind} that it is about, its account, type and evidence`, () => {
      const [details, ...names] = kinds[kind] ?? [{}];
      const types = about.filter(([, each]) => each === kind).map(([type]) => type);
      expect(types).not.to.deep.equal([]);
      for (const type of types) {
        const text = noticeOf(type, kind, details);
        for (const name of [...names, type, "Web shop (222233334444)", "203.0.113.77"]) {
          expect(text, `${type} about ${kind}`).to.include(name);
        }
      }
    });
  }

  it("names every actor and resource of an attack sequence", () => {
    for (const { type, resource } of documented) {
      if (!resource.startsWith("AttackSequence")) continue;
      const text = noticeOf(type, "AttackSequence", {}, sequence);
      for (const name of ["deploy", "arn:aws:s3:::reports", "i-0a1b2c3d4e5f60718", type]) {
        expect(text, type).to.include(name);
      }
    }
  });
});
