/**
 * Scenario: AWS Config and Security Hub find settings as they ought not to be; what the policy allows is
 * fixed, once, and given back.
 */
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DescribeSecurityGroupRulesCommand,
  GetEbsEncryptionByDefaultCommand,
} from "@aws-sdk/client-ec2";
import {
  CreateDBInstanceCommand,
  CreateDBSnapshotCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotAttributesCommand,
  ModifyDBSnapshotAttributeCommand,
  RDSClient,
} from "@aws-sdk/client-rds";
import {
  CreateBucketCommand,
  GetPublicAccessBlockCommand,
  PutBucketWebsiteCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { homeRegion, members } from "../../gateway/accounts";
import { ownerConfig } from "../../gateway/client";
import { importedAsff } from "../../samples/imported-findings";
import { seedVpc } from "../../seeds/networks";
import { ownerOf } from "../../seeds/owner";
import { complianceChange } from "../../services/compliance-change";
import type { DrillSession } from "../session";
import { release, type Scenario } from "./scenario";

const [shop] = members as [(typeof members)[number]];
const site = { account: shop.id, region: homeRegion };
const bucket = "posture-reports";
const website = "posture-website";
const database = { DBInstanceIdentifier: "posture-orders" };
const snapshot = { DBSnapshotIdentifier: "posture-orders-may" };

const policy = {
  notifyFrom: 3,
  automaticFrom: 7,
  playbooks: { "fix-posture": { response: "automatic", automaticFrom: 3 } },
};

export const posture: Scenario = {
  name: "posture",
  title:
    "AWS Config and Security Hub find open ports, buckets and snapshots: fixed once, given back, asked where in use",
  config: { policy: JSON.stringify(policy) },
  async seed({ organization: { gateway } }) {
    const { ec2 } = ownerOf(gateway, site);
    const vpc = await seedVpc(gateway, site, { groups: ["web"], ssmEndpoints: false });
    const open = async (GroupName: string) => {
      const { GroupId = "" } = await ec2.send(
        new CreateSecurityGroupCommand({
          GroupName,
          Description: "Open to the internet",
          VpcId: vpc.id,
        }),
      );
      const port = (from: number, to = from) => ({ IpProtocol: "tcp", FromPort: from, ToPort: to });
      const world = { IpRanges: [{ CidrIp: "0.0.0.0/0" }] };
      await ec2.send(
        new AuthorizeSecurityGroupIngressCommand({
          GroupId,
          IpPermissions: [
            {
              ...port(22),
              IpRanges: [{ CidrIp: "0.0.0.0/0", Description: "for the move" }],
              Ipv6Ranges: [{ CidrIpv6: "::/0" }],
            },
            { ...port(22), IpRanges: [{ CidrIp: "10.0.0.0/8" }] },
            { ...port(443), ...world },
            { ...port(3000, 4000), ...world },
          ],
        }),
      );
      return GroupId;
    };
    const groups = [await open("posture"), await open("posture-again")];
    const s3 = new S3Client({ ...ownerConfig(gateway, shop.id), forcePathStyle: true });
    for (const Bucket of [bucket, website]) await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(
      new PutPublicAccessBlockCommand({
        Bucket: bucket,
        PublicAccessBlockConfiguration: { BlockPublicAcls: true },
      }),
    );
    await s3.send(
      new PutBucketWebsiteCommand({
        Bucket: website,
        WebsiteConfiguration: { IndexDocument: { Suffix: "index.html" } },
      }),
    );
    const rds = new RDSClient(ownerConfig(gateway, shop.id));
    await rds.send(
      new CreateDBInstanceCommand({
        ...database,
        DBInstanceClass: "db.t4g.micro",
        Engine: "postgres",
      }),
    );
    await rds.send(new CreateDBSnapshotCommand({ ...database, ...snapshot }));
    await rds.send(
      new ModifyDBSnapshotAttributeCommand({
        ...snapshot,
        AttributeName: "restore",
        ValuesToAdd: ["444455556666", "all"],
      }),
    );
    return groups;
  },
  async run(session, seeded) {
    const [group, other] = seeded as [string, string];
    await openPort(session, group, other);
    await publicBucket(session);
    await databases(session);
    await inUse(session, group);
  },
};

async function openPort(session: DrillSession, group: string, other: string): Promise<void> {
  const { ec2 } = ownerOf(session.organization.gateway, site);
  const rules = async (id: string) => {
    const found = await ec2.send(
      new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: "group-id", Values: [id] }] }),
    );
    return (found.SecurityGroupRules ?? [])
      .filter(({ IsEgress }) => !IsEgress)
      .map(({ FromPort, ToPort, CidrIpv4, CidrIpv6, Description = "" }) =>
        `${FromPort}-${ToPort} ${CidrIpv4 ?? CidrIpv6} ${Description}`.trim(),
      )
      .sort()
      .join();
  };
  const find = (id: string) => breach(session, "restricted-ssh", "AWS::EC2::SecurityGroup", id);
  const before = await rules(group);
  const { incident } = await find(group);
  session.check("the finding about the open port is answered with a fix", incident != null);
  session.check(
    "the rules that open it to the internet are gone, and no others",
    (await rules(group)) === "22-22 10.0.0.0/8,3000-4000 0.0.0.0/0,443-443 0.0.0.0/0",
  );
  session.check(
    "a late finding about what is fixed changes nothing and notifies nobody",
    (await find(group)).outcome === "duplicate",
  );
  const report = await release(session, incident ?? "");
  session.check(
    "one command gives the group its rules back, with what they said",
    report.outcome === "released" && (await rules(group)) === before,
  );
  // The looks that the fix asked for are over.
  await session.organization.pass(60);
  await session.settle("scenario posture, a minute later");
  session.check(
    "AWS Config finds again what was given back: people are notified, and it stays",
    (await find(group)).outcome === "notified" && (await rules(group)) === before,
  );

  const { incident: second } = await find(other);
  await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: other,
      IpPermissions: [
        { IpProtocol: "tcp", FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: "0.0.0.0/0" }] },
      ],
    }),
  );
  session.check(
    "who opens it again is not fought with: people are notified",
    (await find(other)).outcome === "notified" && (await rules(other)).includes("22-22 0.0.0.0/0"),
  );
  const drifted = await release(session, second ?? "");
  session.check(
    "its release leaves what somebody changed since, and says so",
    drifted.outcome === "released-in-part" && drifted.drifted.length === 1,
  );
}

async function publicBucket(session: DrillSession): Promise<void> {
  const { gateway } = session.organization;
  const s3 = new S3Client({ ...ownerConfig(gateway, shop.id), forcePathStyle: true });
  const settings = async () => {
    const found = await s3.send(new GetPublicAccessBlockCommand({ Bucket: bucket }));
    return Object.values(found.PublicAccessBlockConfiguration ?? {}).map(Boolean);
  };
  const { incident } = await breach(session, "bucket-public-read", "AWS::S3::Bucket", bucket);
  session.check(
    "public access to the bucket is blocked, in all four ways",
    incident != null && (await settings()).join() === "true,true,true,true",
  );
  const report = await release(session, incident ?? "");
  session.check(
    "one command gives it its former settings back",
    report.outcome === "released" && (await settings()).filter(Boolean).length === 1,
  );
}

async function databases(session: DrillSession): Promise<void> {
  const rds = new RDSClient(ownerConfig(session.organization.gateway, shop.id));
  const accounts = async () => {
    const found = await rds.send(new DescribeDBSnapshotAttributesCommand(snapshot));
    const [attribute] = found.DBSnapshotAttributesResult?.DBSnapshotAttributes ?? [];
    return attribute?.AttributeValues?.join();
  };
  const before = await accounts();
  const named = `snapshot:${snapshot.DBSnapshotIdentifier}`;
  const { incident } = await failure(session, "RDS.1", named);
  session.check(
    "Security Hub's control about a public snapshot is answered: it is shared with who is named alone",
    incident != null && (await accounts()) === "444455556666",
  );
  const report = await release(session, incident ?? "");
  session.check(
    "one command shares it with everybody again",
    report.outcome === "released" && (await accounts()) === before,
  );

  const isProtected = async () => {
    const { DBInstances } = await rds.send(new DescribeDBInstancesCommand(database));
    return DBInstances?.[0]?.DeletionProtection;
  };
  const { incident: other } = await failure(
    session,
    "RDS.8",
    `db:${database.DBInstanceIdentifier}`,
  );
  session.check(
    "and about a database: it is protected from deletion",
    (await isProtected()) === true,
  );
  const second = await release(session, other ?? "");
  session.check(
    "and one command takes the protection off",
    second.outcome === "released" && (await isProtected()) === false,
  );
}

async function inUse(session: DrillSession, group: string): Promise<void> {
  const { ec2 } = ownerOf(session.organization.gateway, site);
  const served = await breach(session, "bucket-public-write", "AWS::S3::Bucket", website);
  const range = await breach(session, "restricted-rdp", "AWS::EC2::SecurityGroup", group);
  const account = await breach(session, "volume-encryption-by-default", "AWS::::Account", shop.id);
  session.check(
    "what seems to be in use waits for an approval: a website, a range of ports, an account's default",
    [served, range, account].every(({ outcome }) => outcome === "awaiting-approval") &&
      (await ec2.send(new GetEbsEncryptionByDefaultCommand({}))).EbsEncryptionByDefault === false,
  );
  const gone = await breach(
    session,
    "restricted-rdp",
    "AWS::EC2::SecurityGroup",
    "sg-0123456789abcdef0",
  );
  session.check("a group that is gone is notified", gone.outcome === "target-missing");
}

/** Has AWS Config report a breach of a rule of the conformance pack. */
async function breach(session: DrillSession, rule: string, resourceType: string, resource: string) {
  const { lambda } = session.organization;
  const event = complianceChange({
    ...site,
    rule: `cordon-${rule}-conformance-pack-a1b2c3d4e`,
    resourceType,
    resource,
    before: "COMPLIANT",
    now: "NON_COMPLIANT",
    at: lambda.now(),
  });
  return answered(session, event, rule);
}

/** Has Security Hub report that a control fails for a database or a snapshot. */
async function failure(session: DrillSession, control: string, named: string) {
  const { account, region } = site;
  const event = importedAsff({
    ...site,
    product: "aws/securityhub",
    id: `arn:aws:securityhub:${region}:${account}:security-control/${control}/finding/4d5e6f70`,
    type: "Software and Configuration Checks/Industry and Regulatory Standards",
    title: `${control} fails`,
    severity: "CRITICAL",
    resource: `arn:aws:rds:${region}:${account}:${named}`,
    control,
  });
  return answered(session, event, control);
}

async function answered(
  session: DrillSession,
  event: Parameters<DrillSession["inject"]>[0],
  what: string,
) {
  const { results } = await session.inject(event, `scenario posture, ${what}`);
  const [answer] = results;
  return { outcome: answer?.outcome, incident: answer?.incident };
}
