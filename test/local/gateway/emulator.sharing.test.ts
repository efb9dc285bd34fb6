import {
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcEndpointCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  EC2Client,
  ModifyNetworkInterfaceAttributeCommand,
} from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { seedVpc, shareVpc, type Vpc } from "../../../local/seeds/networks";
import {
  allow,
  data,
  errorOf,
  makeRole,
  policy,
  region,
  seedOf,
  shop,
  trustLambda,
} from "../../support/local/gateway";
import { useWorld } from "../../support/world";

// Amazon VPC User Guide, "Share your VPC with other accounts".
describe("A subnet that is shared with another account", () => {
  const world = useWorld();
  let owner: EC2Client;
  let participant: EC2Client;
  let owned: Vpc;
  let shared: Vpc;
  let networkInterface: string;

  before("share a subnet of the data account with the shop's", async () => {
    owner = new EC2Client(world.as(seedOf(world, data)));
    participant = new EC2Client(world.as(seedOf(world, shop)));
    owned = await seedVpc(world, { account: data, region }, { groups: ["web"] });
    shared = await shareVpc(world, owned, shop, ["web"]);
    const { NetworkInterface } = await participant.send(
      new CreateNetworkInterfaceCommand({
        SubnetId: shared.subnet,
        Groups: [shared.groups.web ?? ""],
      }),
    );
    networkInterface = NetworkInterface?.NetworkInterfaceId ?? "";
  });

  it("is the owner's for both, as is its VPC", async () => {
    for (const client of [owner, participant]) {
      const { Vpcs } = await client.send(new DescribeVpcsCommand({ VpcIds: [owned.id] }));
      const { Subnets } = await client.send(
        new DescribeSubnetsCommand({ SubnetIds: [owned.subnet] }),
      );
      expect([Vpcs?.[0]?.OwnerId, Subnets?.[0]?.OwnerId]).to.deep.equal([data, data]);
    }
  });

  it("has groups of one name in each account, which see each other's but not the owner's tags", async () => {
    const make = (client: EC2Client, of: string) =>
      client.send(
        new CreateSecurityGroupCommand({
          GroupName: "same",
          Description: "same",
          VpcId: owned.id,
          TagSpecifications: [{ ResourceType: "security-group", Tags: [{ Key: "of", Value: of }] }],
        }),
      );
    await make(owner, "owner");
    await make(participant, "participant");
    const seen = async (client: EC2Client) => {
      const { SecurityGroups = [] } = await client.send(
        new DescribeSecurityGroupsCommand({
          Filters: [
            { Name: "vpc-id", Values: [owned.id] },
            { Name: "group-name", Values: ["same"] },
          ],
        }),
      );
      return SecurityGroups.map(({ OwnerId, Tags }) => [OwnerId, Tags?.[0]?.Value]).sort();
    };
    expect(await seen(owner)).to.deep.equal([
      [shop, "participant"],
      [data, "owner"],
    ]);
    expect(await seen(participant)).to.deep.equal([
      [shop, "participant"],
      [data, undefined],
    ]);
    expect((await errorOf(make(participant, "again"))).name).to.equal("InvalidGroup.Duplicate");
  });

  it("lets no account use another's group", async () => {
    const use = (group: string) =>
      errorOf(
        participant.send(
          new ModifyNetworkInterfaceAttributeCommand({
            NetworkInterfaceId: networkInterface,
            Groups: [group],
          }),
        ),
      );
    expect((await use(owned.groups.web ?? "")).name).to.equal("InvalidGroup.NotFound");
    const make = { SubnetId: shared.subnet, Groups: [owned.groups.web ?? ""] };
    expect(
      (await errorOf(participant.send(new CreateNetworkInterfaceCommand(make)))).name,
    ).to.equal("InvalidGroup.NotFound");
  });

  it("has participants make nothing there but interfaces and groups", async () => {
    const unnamed = new CreateNetworkInterfaceCommand({ SubnetId: shared.subnet });
    const endpoint = new CreateVpcEndpointCommand({
      VpcId: shared.id,
      ServiceName: `com.amazonaws.${region}.ssm`,
    });
    const subnet = new CreateSubnetCommand({ VpcId: shared.id, CidrBlock: "10.20.9.0/24" });
    const refusals = await Promise.all([
      errorOf(participant.send(unnamed)),
      errorOf(participant.send(endpoint)),
      errorOf(participant.send(subnet)),
    ]);
    expect(refusals.map(({ name }) => name)).to.deep.equal(
      Array(3).fill("CordonLocalUnknownOperation"),
    );
  });

  it("bears its owner's account for IAM, as its VPC does", async () => {
    const arn = (account: string, what: string) => `arn:aws:ec2:${region}:${account}:${what}`;
    const act = async (name: string, vpcOf: string, subnetOf: string) => {
      const role = await makeRole(
        world,
        shop,
        name,
        trustLambda,
        policy(
          allow("ec2:CreateSecurityGroup", [
            arn(vpcOf, `vpc/${owned.id}`),
            arn(shop, "security-group/*"),
          ]),
          allow("ec2:ModifyNetworkInterfaceAttribute", [
            arn(subnetOf, `subnet/${owned.subnet}`),
            arn(shop, "network-interface/*"),
            arn(shop, "security-group/*"),
          ]),
        ),
      );
      const client = new EC2Client(
        world.as(await world.callers.serviceSession("lambda", role, "run", "cordon")),
      );
      const group = { GroupName: name, Description: name, VpcId: owned.id };
      const { GroupId = "" } = await client.send(new CreateSecurityGroupCommand(group));
      await client.send(
        new ModifyNetworkInterfaceAttributeCommand({
          NetworkInterfaceId: networkInterface,
          Groups: [GroupId],
        }),
      );
    };
    for (const [name, vpcOf, subnetOf, denied] of [
      ["own-vpc", shop, data, "CreateSecurityGroup"],
      ["own-subnet", data, shop, "ModifyNetworkInterfaceAttribute"],
    ] as const) {
      const error = await errorOf(act(name, vpcOf, subnetOf));
      expect(error.name).to.equal("UnauthorizedOperation");
      expect(error.message).to.contain(`ec2:${denied} on resource: arn:aws:ec2:us-east-1:${data}:`);
    }
    await act("owners", data, data);
  });
});
