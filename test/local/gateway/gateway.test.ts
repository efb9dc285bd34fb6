import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import {
  AuthorizeSecurityGroupEgressCommand,
  CreateSecurityGroupCommand,
  CreateSnapshotsCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeTrunkInterfaceAssociationsCommand,
  EC2Client,
  ModifyInstanceAttributeCommand,
  ModifyNetworkInterfaceAttributeCommand,
  RunInstancesCommand,
  StartInstancesCommand,
} from "@aws-sdk/client-ec2";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { ListDeadLetterSourceQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { expect } from "chai";
import type { Credentials } from "../../../local/gateway/iam/caller";
import {
  allow,
  allowing,
  assume,
  errorOf,
  makeGroup,
  makeRole,
  policy,
  region,
  security,
  seedOf,
  shop,
  trustEc2,
  trustLambda,
} from "../../support/local/gateway";
import { useWorld } from "../../support/world";

describe("The gateway", () => {
  const world = useWorld();
  let seed: EC2Client;
  let instance: string;
  let volume: string;
  let first: string;
  let second: string;
  let group: string;
  let quarantine: string;
  let vpc: string;

  const ec2Arn = (type: string, id: string) => `arn:aws:ec2:${region}:${shop}:${type}/${id}`;
  const session = async (name: string, permissions: object) => {
    const roleArn = await makeRole(world, shop, name, trustLambda, permissions);
    return world.callers.serviceSession("lambda", roleArn, "run", "cordon");
  };
  const last = () => world.record.entries.at(-1);

  before(async () => {
    seed = new EC2Client(world.as(seedOf(world, shop)));
    vpc = (await seed.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }))).Vpc
      ?.VpcId as string;
    const subnet = await seed.send(
      new CreateSubnetCommand({ VpcId: vpc, CidrBlock: "10.0.0.0/24" }),
    );
    group = await makeGroup(seed, vpc, "web");
    quarantine = await makeGroup(seed, vpc, "quarantine", { cordon: "quarantine" });
    const run = await seed.send(
      new RunInstancesCommand({
        ImageId: "ami-12c6146b",
        MinCount: 1,
        MaxCount: 1,
        SubnetId: subnet.Subnet?.SubnetId as string,
        SecurityGroupIds: [group],
      }),
    );
    instance = run.Instances?.[0]?.InstanceId as string;
    const other = await seed.send(
      new RunInstancesCommand({
        ImageId: "ami-12c6146b",
        MinCount: 1,
        MaxCount: 1,
        SubnetId: subnet.Subnet?.SubnetId as string,
        SecurityGroupIds: [group],
      }),
    );
    const described = await seed.send(new DescribeInstancesCommand({ InstanceIds: [instance] }));
    volume = described.Reservations?.[0]?.Instances?.[0]?.BlockDeviceMappings?.[0]?.Ebs
      ?.VolumeId as string;
    const interfacesOf = async (id: string) =>
      (
        await seed.send(
          new DescribeNetworkInterfacesCommand({
            Filters: [{ Name: "attachment.instance-id", Values: [id] }],
          }),
        )
      ).NetworkInterfaces?.[0]?.NetworkInterfaceId as string;
    first = await interfacesOf(instance);
    second = await interfacesOf(other.Instances?.[0]?.InstanceId as string);
  });

  describe("callers", () => {
    it("refuses a key it has not issued, in each service's own words", async () => {
      const stranger = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "x" };
      const settings = world.as(stranger);
      const refusals = [
        new S3Client({ ...settings, forcePathStyle: true }).send(new ListBucketsCommand({})),
        new STSClient(settings).send(new GetCallerIdentityCommand({})),
        new DynamoDBClient(settings).send(new GetItemCommand({ TableName: "t", Key: {} })),
      ];
      expect(
        await Promise.all(refusals.map(async (one) => (await errorOf(one)).name)),
      ).to.deep.equal([
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
      ]);
      const error = await errorOf(new EC2Client(settings).send(new DescribeInstancesCommand({})));
      expect(error.name).to.equal("AuthFailure");
      expect(last()).to.include({ allowed: false, status: 401, account: "" });
    });

    it("refuses a session's key without the session's token", async () => {
      const given = await session("token", policy(allow("*", "*")));
      const bare = { accessKeyId: given.accessKeyId, secretAccessKey: given.secretAccessKey };
      const error = await errorOf(
        new STSClient(world.as(bare)).send(new GetCallerIdentityCommand({})),
      );
      expect(error.name).to.equal("InvalidClientTokenId");
    });

    it("answers each caller its identity", async () => {
      const given = await session("identity", policy(allow("s3:*", "*")));
      const answer = await new STSClient(world.as(given)).send(new GetCallerIdentityCommand({}));
      expect(answer.Account).to.equal("222233334444");
      expect(answer.Arn).to.equal("arn:aws:sts::222233334444:assumed-role/identity/run");
    });

    it("opens no service session for a role that does not trust the service", async () => {
      const roleArn = await makeRole(world, shop, "for-ec2", trustEc2);
      const error = await errorOf(world.callers.serviceSession("lambda", roleArn, "s", "cordon"));
      expect(error.message).to.contain("lambda.amazonaws.com cannot assume");
    });

    it("opens no service session for a role that does not exist", async () => {
      const roleArn = `arn:aws:iam::${shop}:role/nowhere`;
      const error = await errorOf(world.callers.serviceSession("lambda", roleArn, "s", "cordon"));
      expect(error.message).to.contain("cannot assume");
    });

    it("acts in the account of the caller", async () => {
      const elsewhere = new EC2Client(world.as(seedOf(world, security)));
      const described = await elsewhere.send(new DescribeInstancesCommand({}));
      expect(described.Reservations).to.deep.equal([]);
    });
  });

  describe("operations", () => {
    it("refuses one that the table does not list, by name", async () => {
      const given = await session("unlisted", policy(allow("*", "*")));
      const error = await errorOf(
        new EC2Client(world.as(given)).send(new StartInstancesCommand({ InstanceIds: [instance] })),
      );
      expect(error.name).to.equal("CordonLocalUnknownOperation");
      expect(error.message).to.equal(
        "CordonLocalUnknownOperation: ec2:StartInstances is not available in the local organization",
      );
      expect(world.record.unknown.at(-1)?.action).to.equal("ec2:StartInstances");
    });

    it("refuses one that the emulator lacks by name, for trusted callers too", async () => {
      const error = await errorOf(seed.send(new DescribeTrunkInterfaceAssociationsCommand({})));
      expect(error.name).to.equal("CordonLocalUnknownOperation");
      expect(error.message).to.contain("ec2:DescribeTrunkInterfaceAssociations");
      expect(world.record.unknown.at(-1)?.origin).to.equal("seed");
    });

    it("records account, action, parameters and permissions of a call", async () => {
      const given = await session("recorded", policy(allow("ec2:DescribeInstances", "*")));
      await new EC2Client(world.as(given)).send(
        new DescribeInstancesCommand({ InstanceIds: [instance] }),
      );
      expect(last()).to.deep.include({
        principal: "arn:aws:sts::222233334444:assumed-role/recorded/run",
        origin: "cordon",
        account: "222233334444",
        region: "us-east-1",
        service: "ec2",
        action: "ec2:DescribeInstances",
        resource: ["*"],
        checks: [{ action: "ec2:DescribeInstances", resource: "*" }],
        request: { InstanceId: [instance] },
        allowed: true,
        status: 200,
        mutating: false,
      });
    });
  });

  describe("resource-scoped permissions", () => {
    const change = (given: Credentials, id: string, groups: string[]) =>
      new EC2Client(world.as(given)).send(
        new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: id, Groups: groups }),
      );

    it("allow one interface and deny the next", async () => {
      const given = await session(
        "one-interface",
        policy(
          allow("ec2:ModifyNetworkInterfaceAttribute", [
            ec2Arn("network-interface", first),
            ec2Arn("security-group", "*"),
            ec2Arn("subnet", "*"),
          ]),
        ),
      );
      await change(given, first, [group]);
      const error = await errorOf(change(given, second, [group]));
      expect(error.name).to.equal("UnauthorizedOperation");
      expect(error.message).to.equal(
        `You are not authorized to perform this operation. User: arn:aws:sts::222233334444:assumed-role/one-interface/run is not authorized to perform: ec2:ModifyNetworkInterfaceAttribute on resource: ${ec2Arn("network-interface", second)} because no identity-based policy allows the ec2:ModifyNetworkInterfaceAttribute action`,
      );
      expect(last()).to.include({ allowed: false, status: 403, mutating: true });
    });

    it("allow only groups that carry a tag", async () => {
      const given = await session(
        "tagged-groups",
        policy(
          allow("ec2:ModifyNetworkInterfaceAttribute", [
            ec2Arn("network-interface", "*"),
            ec2Arn("subnet", "*"),
          ]),
          allow("ec2:ModifyNetworkInterfaceAttribute", ec2Arn("security-group", "*"), {
            StringEquals: { "aws:ResourceTag/cordon": "quarantine" },
          }),
        ),
      );
      await change(given, first, [quarantine]);
      const error = await errorOf(change(given, first, [group]));
      expect(error.name).to.equal("UnauthorizedOperation");
      await seed.send(
        new CreateTagsCommand({
          Resources: [group],
          Tags: [{ Key: "cordon", Value: "quarantine" }],
        }),
      );
      await change(given, first, [group]);
    });

    it("are narrowed by a session policy", async () => {
      const security1 = await makeRole(
        world,
        security,
        "caller",
        trustLambda,
        policy(allow("sts:AssumeRole", "*")),
      );
      const wide = await makeRole(
        world,
        shop,
        "wide",
        allowing({ AWS: `arn:aws:iam::${security}:root` }, "sts:AssumeRole"),
        policy(allow("ec2:*", "*")),
      );
      const caller = await world.callers.serviceSession("lambda", security1, "f", "cordon");
      const narrow = await assume(world, caller, wide, {
        policy: policy(
          allow("ec2:ModifyNetworkInterfaceAttribute", [
            ec2Arn("network-interface", first),
            ec2Arn("security-group", "*"),
            ec2Arn("subnet", "*"),
          ]),
        ),
      });
      await change(narrow, first, [group]);
      const error = await errorOf(change(narrow, second, [group]));
      expect(error.message).to.contain("because no session policy allows");
      await change(await assume(world, caller, wide), second, [group]);
    });

    it("distinguish instance attributes", async () => {
      const given = await session(
        "attribute",
        policy(
          allow("ec2:ModifyInstanceAttribute", ec2Arn("instance", "*"), {
            StringEquals: { "ec2:Attribute": "DisableApiTermination" },
          }),
        ),
      );
      const ec2 = new EC2Client(world.as(given));
      await ec2.send(
        new ModifyInstanceAttributeCommand({
          InstanceId: instance,
          DisableApiTermination: { Value: false },
        }),
      );
      const error = await errorOf(
        ec2.send(
          new ModifyInstanceAttributeCommand({
            InstanceId: instance,
            UserData: { Value: Buffer.from("x") },
          }),
        ),
      );
      expect(error.name).to.equal("UnauthorizedOperation");
    });

    it("ask for the volume behind a changed device", async () => {
      const attributeOf = (given: Credentials) =>
        new EC2Client(world.as(given)).send(
          new ModifyInstanceAttributeCommand({
            InstanceId: instance,
            BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { DeleteOnTermination: false } }],
          }),
        );
      const without = await session(
        "no-volume",
        policy(allow("ec2:ModifyInstanceAttribute", ec2Arn("instance", "*"))),
      );
      const error = await errorOf(attributeOf(without));
      expect(error.message).to.contain(`on resource: ${ec2Arn("volume", volume)}`);
      await attributeOf(
        await session(
          "volume",
          policy(
            allow("ec2:ModifyInstanceAttribute", [
              ec2Arn("instance", "*"),
              ec2Arn("volume", volume),
            ]),
          ),
        ),
      );
    });

    it("ask for CreateTags, with its creating action, when snapshots are tagged", async () => {
      const snapshots = `arn:aws:ec2:${region}::snapshot/*`;
      const creating = allow("ec2:CreateSnapshots", [
        ec2Arn("instance", instance),
        ec2Arn("volume", "*"),
        snapshots,
      ]);
      const take = (given: Credentials) =>
        new EC2Client(world.as(given)).send(
          new CreateSnapshotsCommand({
            InstanceSpecification: { InstanceId: instance },
            TagSpecifications: [
              { ResourceType: "snapshot", Tags: [{ Key: "cordon", Value: "evidence" }] },
            ],
          }),
        );
      const untagged = await session("untagged-snapshots", policy(creating));
      const error = await errorOf(take(untagged));
      expect(error.message).to.contain("ec2:CreateTags");
      const tagging = (action: string) =>
        allow("ec2:CreateTags", snapshots, {
          StringEquals: { "ec2:CreateAction": action, "aws:RequestTag/cordon": "evidence" },
        });
      const wrong = await session("wrong-tagging", policy(creating, tagging("CreateSnapshot")));
      expect((await errorOf(take(wrong))).message).to.contain("ec2:CreateTags");
      const right = await session("right-tagging", policy(creating, tagging("CreateSnapshots")));
      const made = await take(right);
      expect(made.Snapshots?.map((snapshot) => snapshot.VolumeId)).to.deep.equal([volume]);
      expect(last()?.checks.map(({ action }) => action)).to.deep.equal([
        "ec2:CreateSnapshots",
        "ec2:CreateSnapshots",
        "ec2:CreateSnapshots",
        "ec2:CreateTags",
      ]);
    });

    it("hold a new group to its VPC and its tags", async () => {
      const given = await session(
        "groups",
        policy(
          allow(["ec2:CreateSecurityGroup"], ec2Arn("vpc", vpc)),
          allow(["ec2:CreateSecurityGroup", "ec2:CreateTags"], ec2Arn("security-group", "*"), {
            StringEquals: { "aws:RequestTag/cordon": "untrack" },
          }),
          allow("ec2:AuthorizeSecurityGroupEgress", ec2Arn("security-group", "*"), {
            StringEquals: { "aws:ResourceTag/cordon": "untrack" },
          }),
          allow("ec2:AuthorizeSecurityGroupEgress", ec2Arn("security-group-rule", "*")),
        ),
      );
      const ec2 = new EC2Client(world.as(given));
      const open = await makeGroup(ec2, vpc, "untrack", { cordon: "untrack" });
      const rule = {
        IpPermissions: [{ IpProtocol: "-1", Ipv6Ranges: [{ CidrIpv6: "::/0" }] }],
      };
      await ec2.send(new AuthorizeSecurityGroupEgressCommand({ GroupId: open, ...rule }));
      const error = await errorOf(
        ec2.send(new AuthorizeSecurityGroupEgressCommand({ GroupId: quarantine, ...rule })),
      );
      expect(error.name).to.equal("UnauthorizedOperation");
      const untagged = await errorOf(
        ec2.send(new CreateSecurityGroupCommand({ VpcId: vpc, GroupName: "x", Description: "x" })),
      );
      expect(untagged.name).to.equal("UnauthorizedOperation");
    });
  });

  describe("condition keys", () => {
    it("that the local organization does not supply refuse the call by name", async () => {
      const given = await session(
        "user-agent",
        policy(allow("s3:ListAllMyBuckets", "*"), {
          Effect: "Deny",
          Action: "s3:*",
          Resource: "*",
          Condition: { StringNotLike: { "aws:UserAgent": "Console*" } },
        }),
      );
      const error = await errorOf(new S3Client(world.as(given)).send(new ListBucketsCommand({})));
      expect(error.message).to.contain("does not supply the condition key aws:useragent");
    });
  });

  it("names no time after which it would end a connection that a client keeps", async () => {
    const { headers } = await fetch(world.url);
    expect([headers.get("connection"), headers.get("keep-alive")]).to.deep.equal([
      "keep-alive",
      null,
    ]);
  });

  it("keeps services apart that share a wire format", async () => {
    const given = await session("queues", policy(allow("sqs:GetQueueAttributes", "*")));
    const error = await errorOf(
      new SQSClient(world.as(given)).send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: "q" })),
    );
    expect(error.name).to.equal("CordonLocalUnknownOperation");
  });
});
