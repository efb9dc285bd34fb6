/** Settings, read and written at the emulator: what is written back is what was read. */
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeSecurityGroupRulesCommand,
  EC2Client,
  type IpPermission,
  ModifySubnetAttributeCommand,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import { CreateKeyCommand, DisableKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  CreateBucketCommand,
  PutBucketTaggingCommand,
  PutBucketWebsiteCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { settings } from "../../../../functions/aws/settings";
import { startEmulator } from "../../../support/local/adapters";

const region = "us-east-1";
// Of keys that no role gave.
const account = "123456789012";
const credentials = { accessKeyId: "AKIAEXAMPLEFUNCTION1", secretAccessKey: "secret" };
const world = { cidr: "0.0.0.0/0", protocol: "tcp", description: "" };

describe("functions/aws/settings", () => {
  let emulator: Awaited<ReturnType<typeof startEmulator>>;
  before(async () => {
    emulator = await startEmulator();
  });
  after(() => emulator.close());
  const open = () => settings(region, credentials, account);

  async function groupWith(...IpPermissions: IpPermission[]): Promise<string> {
    const ec2 = new EC2Client({ region });
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }));
    const { GroupId = "" } = await ec2.send(
      new CreateSecurityGroupCommand({
        GroupName: "open",
        Description: "open",
        VpcId: Vpc?.VpcId ?? "",
      }),
    );
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
    return GroupId;
  }

  it("takes only the rules that open the port to everybody, and gives them back", async () => {
    const tcp = (port: number) => ({ IpProtocol: "tcp", FromPort: port, ToPort: port });
    const id = await groupWith(
      { ...tcp(22), IpRanges: [{ CidrIp: "0.0.0.0/0", Description: "for the move" }] },
      { ...tcp(22), Ipv6Ranges: [{ CidrIpv6: "::/0" }] },
      { ...tcp(22), IpRanges: [{ CidrIp: "192.0.2.0/24" }] },
      { ...tcp(443), IpRanges: [{ CidrIp: "0.0.0.0/0" }] },
    );
    const found = await open().read("open-ssh", id);
    const opening = [
      { protocol: "tcp", from: 22, to: 22, cidr: "0.0.0.0/0", description: "for the move" },
      { protocol: "tcp", from: 22, to: 22, cidr: "::/0", description: "" },
    ];
    expect(found).to.deep.equal({ value: opening, tags: {} });

    await open().write("open-ssh", id, []);
    await open().write("open-ssh", id, []);
    expect(await open().read("open-ssh", id)).to.deep.equal({ value: [], tags: {} });
    const { SecurityGroupRules = [] } = await new EC2Client({ region }).send(
      new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: "group-id", Values: [id] }] }),
    );
    expect(
      SecurityGroupRules.filter(({ IsEgress }) => !IsEgress).map(({ CidrIpv4 }) => CidrIpv4),
    ).to.have.members(["192.0.2.0/24", "0.0.0.0/0"]);

    await open().write("open-ssh", id, opening);
    // The journal returns the members of a value in another order.
    const reordered = opening.map((each) => Object.fromEntries(Object.entries(each).reverse()));
    await open().write("open-ssh", id, reordered);
    expect(await open().read("open-ssh", id)).to.deep.equal({ value: opening, tags: {} });
  });

  const wide: Readonly<Record<string, readonly [IpPermission, object, string]>> = {
    "a range of ports": [
      { IpProtocol: "tcp", FromPort: 20, ToPort: 30, IpRanges: [{ CidrIp: "0.0.0.0/0" }] },
      { ...world, from: 20, to: 30 },
      "ports 20 to 30",
    ],
    "all traffic": [
      { IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] },
      { ...world, protocol: "-1", from: -1, to: -1 },
      "every port",
    ],
  };
  for (const [what, [permission, rule, ports]] of Object.entries(wide)) {
    it(`asks about a rule of ${what}, and gives it back as it was`, async () => {
      const id = await groupWith(permission);
      const found = await open().read("open-ssh", id);
      expect(found).to.deep.equal({
        value: [rule],
        tags: {},
        asks: `A rule of security group ${id} opens ${ports} to 0.0.0.0/0, of which port 22 is one`,
      });
      await open().write("open-ssh", id, []);
      expect((await open().read("open-ssh", id))?.value).to.deep.equal([]);
      await open().write("open-ssh", id, [rule as never]);
      expect(await open().read("open-ssh", id)).to.deep.equal(found);
    });
  }

  it("leaves UDP and ports beside it alone", async () => {
    const everywhere = { IpRanges: [{ CidrIp: "0.0.0.0/0" }] };
    const id = await groupWith(
      { IpProtocol: "udp", FromPort: 22, ToPort: 22, ...everywhere },
      { IpProtocol: "tcp", FromPort: 23, ToPort: 80, ...everywhere },
    );
    expect((await open().read("open-ssh", id))?.value).to.deep.equal([]);
  });

  it("blocks public access to a bucket, and gives back what was set, or that nothing was", async () => {
    const s3 = new S3Client({ region, forcePathStyle: true });
    for (const Bucket of ["with", "without", "website"])
      await s3.send(new CreateBucketCommand({ Bucket: `posture-${Bucket}` }));
    await s3.send(
      new PutPublicAccessBlockCommand({
        Bucket: "posture-with",
        PublicAccessBlockConfiguration: { BlockPublicAcls: true },
      }),
    );
    await s3.send(
      new PutBucketTaggingCommand({
        Bucket: "posture-with",
        Tagging: { TagSet: [{ Key: "team", Value: "web" }] },
      }),
    );
    await s3.send(
      new PutBucketWebsiteCommand({
        Bucket: "posture-website",
        WebsiteConfiguration: { IndexDocument: { Suffix: "index.html" } },
      }),
    );
    const all = (value: boolean) => ({
      BlockPublicAcls: value,
      BlockPublicPolicy: value,
      IgnorePublicAcls: value,
      RestrictPublicBuckets: value,
    });
    const some = { ...all(false), BlockPublicAcls: true };
    const control = "bucket-public-access";
    for (const [id, before] of [
      ["posture-with", { value: some, tags: { team: "web" } }],
      ["posture-without", { value: null, tags: {} }],
    ] as const) {
      expect(await open().read(control, id)).to.deep.equal(before);
      await open().write(control, id, all(true));
      expect((await open().read(control, id))?.value).to.deep.equal(all(true));
      await open().write(control, id, before.value);
      expect(await open().read(control, id)).to.deep.equal(before);
    }
    expect((await open().read(control, "posture-website"))?.asks).to.equal(
      "Bucket posture-website serves a website, which nobody could read any more",
    );
  });

  it("encrypts new volumes by default, and no longer", async () => {
    const control = "volume-encryption-by-default";
    const id = "222233334444";
    for (const value of [false, true, false]) {
      await open().write(control, id, value);
      expect(await open().read(control, id)).to.deep.equal({ value, tags: {} });
    }
  });

  it("sets what an instance, a key, a subnet and a table have, and gives it back", async () => {
    const ec2 = new EC2Client({ region });
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.1.0.0/16" }));
    const { Subnet } = await ec2.send(
      new CreateSubnetCommand({ VpcId: Vpc?.VpcId ?? "", CidrBlock: "10.1.0.0/24" }),
    );
    const subnet = Subnet?.SubnetId ?? "";
    await ec2.send(
      new ModifySubnetAttributeCommand({ SubnetId: subnet, MapPublicIpOnLaunch: { Value: true } }),
    );
    const { Instances } = await ec2.send(
      new RunInstancesCommand({ ImageId: "ami-12c6146b", MinCount: 1, MaxCount: 1 }),
    );
    const { KeyMetadata } = await new KMSClient({ region }).send(
      new CreateKeyCommand({ Tags: [{ TagKey: "team", TagValue: "web" }] }),
    );
    await new DynamoDBClient({ region }).send(
      new CreateTableCommand({
        TableName: "orders",
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        BillingMode: "PAY_PER_REQUEST",
        Tags: [{ Key: "team", Value: "web" }],
      }),
    );
    const settable = [
      ["instance-metadata", Instances?.[0]?.InstanceId, "optional", "required", {}],
      ["kms-key-rotation", KeyMetadata?.KeyId, false, true, { team: "web" }],
      ["subnet-public-addresses", subnet, true, false, {}],
      ["table-recovery", "orders", false, true, { team: "web" }],
    ] as const;
    for (const [control, id = "", before, wanted, tags] of settable) {
      expect(await open().read(control, id), control).to.deep.equal({ value: before, tags });
      await open().write(control, id, wanted);
      expect((await open().read(control, id))?.value, control).to.equal(wanted);
      await open().write(control, id, before);
      expect(await open().read(control, id), control).to.deep.equal({ value: before, tags });
    }
  });

  it("leaves a key alone that KMS would not rotate", async () => {
    const kms = new KMSClient({ region });
    const { KeyMetadata: { KeyId = "" } = {} } = await kms.send(new CreateKeyCommand({}));
    await kms.send(new DisableKeyCommand({ KeyId }));
    expect((await open().read("kms-key-rotation", KeyId))?.left).to.equal(
      `KMS key ${KeyId} is Disabled: KMS rotates enabled keys alone`,
    );
  });

  it("knows what is gone", async () => {
    expect(await open().read("open-ssh", "sg-0123456789abcdef0")).to.equal(undefined);
    expect(await open().read("bucket-public-access", "posture-gone")).to.equal(undefined);
    expect(await open().read("instance-metadata", "i-0123456789abcdef0")).to.equal(undefined);
    const key = "1234abcd-12ab-34cd-56ef-1234567890ab";
    expect(await open().read("kms-key-rotation", key)).to.equal(undefined);
    const subnet = "subnet-0123456789abcdef0";
    expect(await open().read("subnet-public-addresses", subnet)).to.equal(undefined);
    expect(await open().read("table-recovery", "gone")).to.equal(undefined);
  });
});
