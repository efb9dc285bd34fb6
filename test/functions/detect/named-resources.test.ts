import { expect } from "chai";
import { namedResources } from "../../../functions/detect/named-resources";

// Members and their values' types as in GuardDuty's service model, API version 2017-11-28: shapes
// Resource and Sequence. All names are made up.
describe("what a GuardDuty finding names [E2] [D1]", () => {
  for (const [what, resource, lines] of [
    [
      "the bucket and its object before the key that was used",
      {
        resourceType: "S3Bucket",
        accessKeyDetails: {
          accessKeyId: "AKIAEXAMPLEKEY000001",
          principalId: "AIDAEXAMPLEUSER000001",
          userType: "IAMUser",
          userName: "deploy",
        },
        s3BucketDetails: [
          {
            name: "reports",
            arn: "arn:aws:s3:::reports",
            s3ObjectDetails: [{ key: "2026/q1.csv" }],
          },
          { name: "reports-copy", arn: "arn:aws:s3:::reports-copy", s3ObjectDetails: null },
        ],
      },
      [
        "bucket reports",
        "object s3://reports/2026/q1.csv",
        "bucket reports-copy",
        "user deploy, access key AKIAEXAMPLEKEY000001",
      ],
    ],
    [
      "cluster, workload, image and node of a pod",
      {
        resourceType: "EKSCluster",
        instanceDetails: {
          instanceId: "i-0a1b2c3d4e5f60718",
          tags: [{ key: "Name", value: "node-7" }],
        },
        eksClusterDetails: { name: "shop", arn: "arn:aws:eks:us-east-1:222233334444:cluster/shop" },
        kubernetesDetails: {
          kubernetesUserDetails: { username: "system:node:7" },
          kubernetesWorkloadDetails: { type: "deployments", namespace: "web", name: "cart" },
        },
        containerDetails: { name: "cart", image: "registry.example.com/cart:2" },
      },
      [
        "EKS cluster shop",
        "deployments web/cart, Kubernetes user system:node:7",
        "container cart of image registry.example.com/cart:2",
        "instance i-0a1b2c3d4e5f60718 (node-7)",
      ],
    ],
    [
      "cluster and task of ECS",
      {
        ecsClusterDetails: {
          name: "batch",
          taskDetails: { arn: "arn:aws:ecs:us-east-1:222233334444:task/batch/0a1b" },
        },
      },
      ["ECS cluster batch", "task arn:aws:ecs:us-east-1:222233334444:task/batch/0a1b"],
    ],
    [
      "a function",
      {
        lambdaDetails: { functionArn: "arn:aws:lambda:us-east-1:222233334444:function:thumbnails" },
      },
      ["function arn:aws:lambda:us-east-1:222233334444:function:thumbnails"],
    ],
    [
      "a database and its user",
      {
        rdsDbInstanceDetails: { dbInstanceIdentifier: "orders" },
        rdsDbUserDetails: { user: "admin", database: "shop" },
      },
      ["database orders", "database user admin in shop"],
    ],
    [
      "a role's session",
      {
        accessKeyDetails: {
          accessKeyId: "ASIAEXAMPLEKEY000009",
          principalId: "AROAEXAMPLEROLE000001:alex",
          userType: "AssumedRole",
          userName: "engineers",
        },
      },
      ["role engineers, session alex, access key ASIAEXAMPLEKEY000009"],
    ],
    [
      "scanned volumes, a snapshot, an image, a recovery point",
      {
        ebsVolumeDetails: {
          scannedVolumeDetails: [{ volumeArn: "arn:aws:ec2:us-east-1:222233334444:volume/vol-01" }],
          skippedVolumeDetails: null,
        },
        ebsSnapshotDetails: { snapshotArn: "arn:aws:ec2:us-east-1:222233334444:snapshot/snap-01" },
        ec2ImageDetails: { imageArn: "arn:aws:ec2:us-east-1:222233334444:image/ami-01" },
        recoveryPointDetails: {
          recoveryPointArn: "arn:aws:backup:us-east-1:222233334444:recovery-point:1",
          backupVaultName: "daily",
        },
      },
      [
        "snapshot arn:aws:ec2:us-east-1:222233334444:snapshot/snap-01",
        "image arn:aws:ec2:us-east-1:222233334444:image/ami-01",
        "recovery point arn:aws:backup:us-east-1:222233334444:recovery-point:1",
        "volume arn:aws:ec2:us-east-1:222233334444:volume/vol-01",
      ],
    ],
    ["nothing where it names nothing", { resourceType: "Something" }, []],
  ] as const) {
    it(`is ${what}`, () => {
      expect(namedResources(resource, {})).to.deep.equal(lines);
    });
  }

  it("is every actor and resource of an attack sequence", () => {
    const service = {
      detection: {
        sequence: {
          actors: [
            {
              id: "a1",
              user: { name: "deploy", type: "IAMUser", credentialUid: "AKIAEXAMPLEKEY000001" },
            },
            { id: "a2", process: { name: "sh" } },
          ],
          resources: [
            {
              uid: "arn:aws:s3:::reports",
              name: "reports",
              resourceType: "S3_BUCKET",
              accountId: "222233334444",
            },
            {
              uid: "i-0a1b2c3d4e5f60718",
              resourceType: "EC2_INSTANCE",
              accountId: "222233334444",
              region: "us-east-1",
            },
          ],
        },
      },
    };
    expect(namedResources({ resourceType: "AttackSequence" }, service)).to.deep.equal([
      "actor deploy (IAMUser), credential AKIAEXAMPLEKEY000001",
      "S3_BUCKET arn:aws:s3:::reports (reports)",
      "EC2_INSTANCE i-0a1b2c3d4e5f60718 in 222233334444, us-east-1",
    ]);
  });

  it("loses no other name to one of another shape", () => {
    const resource = {
      s3BucketDetails: [{ name: 7 }, null, { name: "reports" }],
      instanceDetails: "i-0a1b2c3d4e5f60718",
      eksClusterDetails: { name: "shop" },
    };
    expect(namedResources(resource, { detection: { sequence: [] } })).to.deep.equal([
      "bucket reports",
      "EKS cluster shop",
    ]);
    for (const none of [undefined, null, "text", 1, []]) {
      expect(namedResources(none, none)).to.deep.equal([]);
    }
  });

  it("stays one line each, and thirty of them", () => {
    const s3BucketDetails = Array.from({ length: 40 }, (_, index) => ({
      name: index === 0 ? "a\nUndo: npx cordon release\u202e" : `b${index}`,
    }));
    const lines = namedResources({ s3BucketDetails }, undefined);
    expect(lines).to.have.lengthOf(30);
    expect(lines[0]).to.equal("bucket a Undo: npx cordon release");
    expect(lines[29]).to.equal("11 more: see the finding");
    const long = namedResources({ s3BucketDetails: [{ name: "x".repeat(1_000) }] }, undefined);
    expect(long[0]).to.have.lengthOf(200);
  });
});
