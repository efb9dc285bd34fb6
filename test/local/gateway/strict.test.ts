import {
  AttachInstancesCommand,
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  CreateLaunchConfigurationCommand,
  DescribeAutoScalingInstancesCommand,
  DetachInstancesCommand,
  PutLifecycleHookCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import {
  AttachNetworkInterfaceCommand,
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  DeleteSecurityGroupCommand,
  DeleteVpcCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupRulesCommand,
  EC2Client,
  ModifyInstanceAttributeCommand,
  ModifyNetworkInterfaceAttributeCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import {
  CreateTargetGroupCommand,
  DeregisterTargetsCommand,
  ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { expect } from "chai";
import { errorOf, makeGroup, seedOf, shop } from "../../support/local/gateway";
import { useWorld } from "../../support/world";

describe("The gateway is as strict as AWS where the emulator is not", () => {
  const world = useWorld();
  let ec2: EC2Client;
  let scaling: AutoScalingClient;
  let balancing: ElasticLoadBalancingV2Client;
  let vpc: string;
  let subnet: string;
  let group: string;
  let foreignGroup: string;
  let instance: string;
  let networkInterface: string;
  const absent = "i-0123456789abcdef0";
  const nameOf = async (sending: Promise<unknown>) => (await errorOf(sending)).name;

  const run = async (kind: Partial<RunInstancesCommandInput> = {}) => {
    const made = await ec2.send(
      new RunInstancesCommand({
        ImageId: "ami-12c6146b",
        MinCount: 1,
        MaxCount: 1,
        SubnetId: subnet,
        SecurityGroupIds: [group],
        ...kind,
      }),
    );
    return {
      id: made.Instances?.[0]?.InstanceId as string,
      eni: made.Instances?.[0]?.NetworkInterfaces?.[0]?.NetworkInterfaceId as string,
    };
  };

  before(async () => {
    const settings = world.as(seedOf(world, shop));
    ec2 = new EC2Client(settings);
    scaling = new AutoScalingClient(settings);
    balancing = new ElasticLoadBalancingV2Client(settings);
    const vpcOf = async (block: string) =>
      (await ec2.send(new CreateVpcCommand({ CidrBlock: block }))).Vpc?.VpcId as string;
    vpc = await vpcOf("10.0.0.0/16");
    const made = await ec2.send(new CreateSubnetCommand({ VpcId: vpc, CidrBlock: "10.0.0.0/24" }));
    subnet = made.Subnet?.SubnetId as string;
    group = await makeGroup(ec2, vpc, "web");
    foreignGroup = await makeGroup(ec2, await vpcOf("10.1.0.0/16"), "elsewhere");
    const started = await run();
    instance = started.id;
    networkInterface = started.eni;
  });

  it("keeps a group that an interface holds", async () => {
    const remove = (id: string) => ec2.send(new DeleteSecurityGroupCommand({ GroupId: id }));
    expect(await nameOf(remove(group))).to.equal("DependencyViolation");
    await remove(await makeGroup(ec2, vpc, "unused"));
  });

  it("keeps a group that another group's rule names, and the VPC with a group of its own", async () => {
    const named = await makeGroup(ec2, vpc, "endpoints");
    const naming = await makeGroup(ec2, vpc, "clients");
    const toNamed = [
      { IpProtocol: "tcp", FromPort: 443, ToPort: 443, UserIdGroupPairs: [{ GroupId: named }] },
    ];
    const rule = { GroupId: naming, IpPermissions: toNamed };
    const deleteNamed = () => ec2.send(new DeleteSecurityGroupCommand({ GroupId: named }));
    for (const [allow, revoke] of [
      [new AuthorizeSecurityGroupEgressCommand(rule), new RevokeSecurityGroupEgressCommand(rule)],
      [new AuthorizeSecurityGroupIngressCommand(rule), new RevokeSecurityGroupIngressCommand(rule)],
    ] as const) {
      await ec2.send(allow as AuthorizeSecurityGroupEgressCommand);
      expect(await nameOf(deleteNamed())).to.equal("DependencyViolation");
      await ec2.send(revoke as RevokeSecurityGroupEgressCommand);
    }
    // A rule of its own does not keep it.
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ ...rule, GroupId: named }));
    await deleteNamed();

    const block = new CreateVpcCommand({ CidrBlock: "10.9.0.0/16" });
    const other = (await ec2.send(block)).Vpc?.VpcId as string;
    const last = await makeGroup(ec2, other, "quarantine");
    const deleteVpc = () => ec2.send(new DeleteVpcCommand({ VpcId: other }));
    expect(await errorOf(deleteVpc())).to.include({
      name: "DependencyViolation",
      message: `The vpc '${other}' has dependencies and cannot be deleted.`,
    });
    await ec2.send(new DeleteSecurityGroupCommand({ GroupId: last }));
    await deleteVpc();
  });

  it("revokes no rule of a call in which one does not match, by id and by properties", async () => {
    const GroupId = await makeGroup(ec2, vpc, "rules");
    const everywhere = [{ CidrIp: "0.0.0.0/0" }];
    const ping = { IpProtocol: "icmp", FromPort: 8, ToPort: -1, IpRanges: everywhere };
    const all = { IpProtocol: "-1", IpRanges: everywhere };
    await ec2.send(
      new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [ping, all] }),
    );
    const idsOf = async (egress: boolean) => {
      const Filters = [{ Name: "group-id", Values: [GroupId] }];
      const answer = await ec2.send(new DescribeSecurityGroupRulesCommand({ Filters }));
      return (answer.SecurityGroupRules ?? [])
        .filter((rule) => rule.IsEgress === egress)
        .map((rule) => rule.SecurityGroupRuleId ?? "");
    };
    const rules = await idsOf(false);
    expect(rules).to.have.lengthOf(2);
    const revoke = (what: object) =>
      ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, ...what }));
    // The type of ICMP is a part of the rule, and a call with a rule that is none revokes no other.
    const { FromPort: _, ToPort: __, ...untyped } = ping;
    for (const wrong of [untyped, { ...ping, FromPort: 0 }, { ...all, IpProtocol: "tcp" }]) {
      expect(await nameOf(revoke({ IpPermissions: [all, wrong] }))).to.equal(
        "InvalidPermission.NotFound",
      );
    }
    for (const other of [...(await idsOf(true)), "sgr-0123456789abcdef0"]) {
      expect(await errorOf(revoke({ SecurityGroupRuleIds: [...rules, other] }))).to.include({
        name: "InvalidSecurityGroupRuleId.NotFound",
        message: `The security group rule ID '${other}' does not exist`,
      });
    }
    expect(await idsOf(false)).to.deep.equal(rules);
    await revoke({ IpPermissions: [ping] });
    await revoke({ SecurityGroupRuleIds: await idsOf(false) });
    expect(await idsOf(false)).to.deep.equal([]);
  });

  it("changes no interface that an AWS service manages", async () => {
    // ECS describes an interface of a task by the ARN of its attachment.
    const { NetworkInterface } = await ec2.send(
      new CreateNetworkInterfaceCommand({
        SubnetId: subnet,
        Groups: [group],
        Description: `arn:aws:ecs:us-east-1:${shop}:attachment/2d2d7e28-6b5f-4b3c-8a1a-0123456789ab`,
      }),
    );
    const id = NetworkInterface?.NetworkInterfaceId as string;
    const shown = await ec2.send(
      new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [id, networkInterface] }),
    );
    const managed = shown.NetworkInterfaces?.filter(({ RequesterManaged }) => RequesterManaged);
    expect(managed?.map(({ NetworkInterfaceId }) => NetworkInterfaceId)).to.deep.equal([id]);
    const change = { NetworkInterfaceId: id, Groups: [group] };
    expect(await nameOf(ec2.send(new ModifyNetworkInterfaceAttributeCommand(change)))).to.equal(
      "AuthFailure",
    );
  });

  // Types and their names on the wire: a node of EKS, as DescribeNetworkInterfaces shows it.
  it("finds interfaces by their type, and knows trunks and branches besides ordinary ones", async () => {
    const make = async (type: "trunk" | "branch") => {
      const made = await ec2.send(
        new CreateNetworkInterfaceCommand({
          SubnetId: subnet,
          Groups: [group],
          InterfaceType: type,
          TagSpecifications: [
            { ResourceType: "network-interface", Tags: [{ Key: "node", Value: "a" }] },
          ],
        }),
      );
      return made.NetworkInterface?.NetworkInterfaceId as string;
    };
    const [trunk, branch] = [await make("trunk"), await make("branch")];
    const find = async (...Values: string[]) => {
      const found = await ec2.send(
        new DescribeNetworkInterfacesCommand({
          Filters: [
            { Name: "interface-type", Values },
            { Name: "tag:node", Values: ["a"] },
          ],
        }),
      );
      return found.NetworkInterfaces?.map((each) => [
        each.NetworkInterfaceId,
        each.InterfaceType,
        each.Status,
      ]);
    };
    expect(await find("branch")).to.deep.equal([[branch, "branch", "in-use"]]);
    expect(await find("trunk")).to.deep.equal([[trunk, "trunk", "available"]]);
    expect(await find("interface")).to.deep.equal([]);
    const shown = await ec2.send(
      new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [networkInterface] }),
    );
    expect(shown.NetworkInterfaces?.[0]?.InterfaceType).to.equal("interface");
    for (const refused of [
      new DescribeNetworkInterfacesCommand({
        Filters: [{ Name: "interface-type", Values: ["branch", "efa"] }],
      }),
      new CreateNetworkInterfaceCommand({ SubnetId: subnet, InterfaceType: "efa" }),
      new AttachNetworkInterfaceCommand({
        NetworkInterfaceId: branch,
        InstanceId: instance,
        DeviceIndex: 1,
      }),
    ] as const) {
      const { name } = await errorOf(ec2.send(refused as DescribeNetworkInterfacesCommand));
      expect(name, refused.constructor.name).to.equal("CordonLocalUnknownOperation");
    }
  });

  it("puts at most five groups on an interface, and fifty tags on a resource", async () => {
    const groups = await Promise.all(
      ["one", "two", "three", "four", "five"].map((name) => makeGroup(ec2, vpc, name)),
    );
    const put = (Groups: string[]) =>
      ec2.send(
        new ModifyNetworkInterfaceAttributeCommand({
          NetworkInterfaceId: networkInterface,
          Groups,
        }),
      );
    expect(await nameOf(put([...groups, group]))).to.equal(
      "SecurityGroupsPerInterfaceLimitExceeded",
    );
    await put(groups);
    await put([group]);
    const tag = (count: number, prefix: string) =>
      ec2.send(
        new CreateTagsCommand({
          Resources: [group],
          Tags: Array.from({ length: count }, (_, index) => ({
            Key: `${prefix}${index}`,
            Value: "",
          })),
        }),
      );
    await tag(50, "a");
    expect(await nameOf(tag(1, "b"))).to.equal("TagLimitExceeded");
    await tag(50, "a");
  });

  it("refuses a second group of the same name in a VPC, and any in no VPC", async () => {
    expect(await nameOf(makeGroup(ec2, vpc, "web"))).to.equal("InvalidGroup.Duplicate");
    expect(await nameOf(makeGroup(ec2, "vpc-0123456789abcdef0", "web"))).to.equal(
      "InvalidVpcID.NotFound",
    );
  });

  it("puts no group of another VPC on an interface", async () => {
    const change = (groups: string[]) =>
      ec2.send(
        new ModifyNetworkInterfaceAttributeCommand({
          NetworkInterfaceId: networkInterface,
          Groups: groups,
        }),
      );
    const error = await errorOf(change([foreignGroup]));
    expect(error.name).to.equal("InvalidGroup.NotFound");
    expect(error.message).to.contain("different networks");
    expect(await nameOf(change(["sg-0123456789abcdef0"]))).to.equal("InvalidGroup.NotFound");
  });

  it("tags nothing that does not exist, and nothing that exists no more", async () => {
    const tag = (id: string) =>
      ec2.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: "a", Value: "b" }] }));
    expect(await nameOf(tag(absent))).to.equal("InvalidInstanceID.NotFound");
    const former = await makeGroup(ec2, vpc, "former");
    await tag(former);
    await ec2.send(new DeleteSecurityGroupCommand({ GroupId: former }));
    expect(await nameOf(tag(former))).to.equal("InvalidGroup.NotFound");
  });

  it("changes no device that is not mapped", async () => {
    const change = new ModifyInstanceAttributeCommand({
      InstanceId: instance,
      BlockDeviceMappings: [{ DeviceName: "/dev/xvdz", Ebs: { DeleteOnTermination: false } }],
    });
    expect(await nameOf(ec2.send(change))).to.equal("InvalidInstanceAttributeValue");
  });

  // EC2's own words and codes; its guide has the same of stop protection.
  it("sets only the protections that EC2 takes for the kind of instance", async () => {
    const set = (id: string, attribute: object) =>
      errorOf(ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: id, ...attribute })));
    const spot = await run({ InstanceMarketOptions: { MarketType: "spot" } });
    for (const Value of [true, false]) {
      for (const name of ["DisableApiTermination", "DisableApiStop"]) {
        const error = await set(spot.id, { [name]: { Value } });
        expect(error.name, name).to.equal("UnsupportedOperation");
        expect(error.message).to.match(/^Modifying '\w+' is not supported for spot instances\.$/);
      }
    }
    // INSTANCE_STORE_IMAGE of the emulator.
    const stored = await run({ ImageId: "ami-04681a1dbd79675b6" });
    expect((await set(stored.id, { DisableApiStop: { Value: true } })).name).to.equal(
      "UnsupportedOperation",
    );
    const stop = { InstanceInitiatedShutdownBehavior: { Value: "stop" } };
    expect((await set(stored.id, stop)).name).to.equal("InvalidParameterCombination");
    const protect = { DisableApiTermination: { Value: true } };
    await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: stored.id, ...protect }));
    await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: spot.id, ...stop }));
  });

  it("takes no name and no description that EC2 refuses", async () => {
    const make = (GroupName: string, Description: string) =>
      ec2.send(new CreateSecurityGroupCommand({ GroupName, Description, VpcId: vpc }));
    for (const [name, description] of [
      ["drill", "Target of Cordon's drills"],
      ["drill", "x".repeat(256)],
      ["drill's", "Target of the drills"],
      ["sg-drill", "Target of the drills"],
    ] as const) {
      expect(await nameOf(make(name, description)), name).to.equal("InvalidParameterValue");
    }
    const { GroupId } = await make("a-._:/()#,@[]+=&;{}!$*Z 9", "x".repeat(255));
    const rule = (peer: object) =>
      ec2.send(
        new AuthorizeSecurityGroupIngressCommand({
          GroupId,
          IpPermissions: [{ IpProtocol: "tcp", FromPort: 443, ToPort: 443, ...peer }],
        }),
      );
    for (const peer of [
      { IpRanges: [{ CidrIp: "10.0.0.0/8", Description: "what's inside" }] },
      { Ipv6Ranges: [{ CidrIpv6: "fd00::/8", Description: "what's inside" }] },
      { UserIdGroupPairs: [{ GroupId: group, Description: "what's inside" }] },
    ]) {
      expect(await nameOf(rule(peer))).to.equal("InvalidParameterValue");
    }
    await rule({ IpRanges: [{ CidrIp: "10.0.0.0/8", Description: "what is inside" }] });
  });

  it("refuses by name to change groups through the instance", async () => {
    const change = new ModifyInstanceAttributeCommand({ InstanceId: instance, Groups: [group] });
    expect(await nameOf(ec2.send(change))).to.equal("CordonLocalUnknownOperation");
  });

  it("changes no terminated instance and none of its interfaces", async () => {
    const ended = await run();
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [ended.id] }));
    const protect = new ModifyInstanceAttributeCommand({
      InstanceId: ended.id,
      DisableApiTermination: { Value: true },
    });
    expect(await nameOf(ec2.send(protect))).to.equal("IncorrectInstanceState");
  });

  it("detaches and attaches only what a group has and can take", async () => {
    await scaling.send(
      new CreateLaunchConfigurationCommand({
        LaunchConfigurationName: "web",
        ImageId: "ami-12c6146b",
        InstanceType: "t3.micro",
      }),
    );
    await scaling.send(
      new CreateAutoScalingGroupCommand({
        AutoScalingGroupName: "web",
        LaunchConfigurationName: "web",
        MinSize: 0,
        MaxSize: 1,
        DesiredCapacity: 0,
        VPCZoneIdentifier: subnet,
      }),
    );
    const detach = (name: string) =>
      scaling.send(
        new DetachInstancesCommand({
          AutoScalingGroupName: name,
          InstanceIds: [instance],
          ShouldDecrementDesiredCapacity: false,
        }),
      );
    const attach = (id: string) =>
      scaling.send(new AttachInstancesCommand({ AutoScalingGroupName: "web", InstanceIds: [id] }));
    const stranger = await errorOf(detach("web"));
    expect(stranger.name).to.equal("ValidationError");
    expect(stranger.message).to.contain("is not part of Auto Scaling group web");
    expect(await nameOf(detach("nowhere"))).to.equal("ValidationError");
    await attach(instance);
    expect((await errorOf(attach(instance))).message).to.contain("already part of");
    const full = await errorOf(attach((await run()).id));
    expect(full.message).to.contain("has max-size=1, and desired-size=1");
    await detach("web");
  });

  it("detaches no instance that its group is terminating, and keeps it while a hook waits", async () => {
    const AutoScalingGroupName = "hooked";
    await scaling.send(
      new CreateLaunchConfigurationCommand({
        LaunchConfigurationName: "hooked",
        ImageId: "ami-12c6146b",
        InstanceType: "t3.micro",
      }),
    );
    await scaling.send(
      new CreateAutoScalingGroupCommand({
        AutoScalingGroupName,
        LaunchConfigurationName: "hooked",
        MinSize: 0,
        MaxSize: 2,
        DesiredCapacity: 0,
        VPCZoneIdentifier: subnet,
      }),
    );
    const { id } = await run();
    const InstanceIds = [id];
    await scaling.send(new AttachInstancesCommand({ AutoScalingGroupName, InstanceIds }));
    await scaling.send(
      new PutLifecycleHookCommand({
        AutoScalingGroupName,
        LifecycleHookName: "evidence",
        LifecycleTransition: "autoscaling:EC2_INSTANCE_TERMINATING",
      }),
    );
    await scaling.send(
      new TerminateInstanceInAutoScalingGroupCommand({
        InstanceId: id,
        ShouldDecrementDesiredCapacity: true,
      }),
    );
    const { AutoScalingInstances } = await scaling.send(
      new DescribeAutoScalingInstancesCommand({ InstanceIds }),
    );
    expect(AutoScalingInstances?.map((each) => each.LifecycleState)).to.deep.equal([
      "Terminating:Wait",
    ]);
    const ShouldDecrementDesiredCapacity = false;
    const detach = { AutoScalingGroupName, InstanceIds, ShouldDecrementDesiredCapacity };
    const error = await errorOf(scaling.send(new DetachInstancesCommand(detach)));
    expect([error.name, error.message]).to.deep.equal([
      "ValidationError",
      `The instance ${id} is not in InService or Standby.`,
    ]);
  });

  it("registers only running instances, and lets go of unknown targets silently", async () => {
    const made = await balancing.send(
      new CreateTargetGroupCommand({ Name: "web", Port: 80, Protocol: "HTTP", VpcId: vpc }),
    );
    const arn = made.TargetGroups?.[0]?.TargetGroupArn as string;
    const register = (id: string) =>
      balancing.send(new RegisterTargetsCommand({ TargetGroupArn: arn, Targets: [{ Id: id }] }));
    expect(await nameOf(register(absent))).to.match(/^InvalidTarget/);
    await register(instance);
    await balancing.send(
      new DeregisterTargetsCommand({
        TargetGroupArn: arn,
        Targets: [{ Id: instance, Port: 8080 }],
      }),
    );
  });
});
