/** Rules of security groups that are not those of one port, read and written at the emulator. */
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateManagedPrefixListCommand,
  CreateSecurityGroupCommand,
  CreateVpcCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { settings } from "../../../../functions/aws/settings";
import { startEmulator } from "../../../support/local/adapters";

const region = "us-east-1";
const account = "123456789012";
const credentials = { accessKeyId: "AKIAEXAMPLEFUNCTION1", secretAccessKey: "secret" };
const everywhere = { IpRanges: [{ CidrIp: "0.0.0.0/0" }] };
const tcp = (from: number, to = from) => ({ IpProtocol: "tcp", FromPort: from, ToPort: to });

describe("functions/aws/settings/group-rules", () => {
  let emulator: Awaited<ReturnType<typeof startEmulator>>;
  before(async () => {
    emulator = await startEmulator();
  });
  after(() => emulator.close());
  const open = () => settings(region, credentials, account);
  const ec2 = () => new EC2Client({ region });

  async function vpc() {
    const { Vpc } = await ec2().send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }));
    const VpcId = Vpc?.VpcId ?? "";
    const { SecurityGroups = [] } = await ec2().send(
      new DescribeSecurityGroupsCommand({ Filters: [{ Name: "vpc-id", Values: [VpcId] }] }),
    );
    return { VpcId, defaultGroup: SecurityGroups[0]?.GroupId ?? "" };
  }

  async function groupIn(VpcId: string, name: string, tag?: string) {
    const { GroupId = "" } = await ec2().send(
      new CreateSecurityGroupCommand({
        GroupName: name,
        Description: name,
        VpcId,
        ...(tag && {
          TagSpecifications: [{ ResourceType: "security-group", Tags: [{ Key: tag, Value: "x" }] }],
        }),
      }),
    );
    return GroupId;
  }

  it("takes all rules of a default group, in both directions, and gives them back", async () => {
    const { VpcId, defaultGroup } = await vpc();
    const other = await groupIn(VpcId, "other");
    const { PrefixList } = await ec2().send(
      new CreateManagedPrefixListCommand({
        PrefixListName: "offices",
        MaxEntries: 1,
        AddressFamily: "IPv4",
      }),
    );
    const prefixList = PrefixList?.PrefixListId ?? "";
    await ec2().send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId: defaultGroup,
        IpPermissions: [
          { ...tcp(443), UserIdGroupPairs: [{ GroupId: other }] },
          { ...tcp(22), PrefixListIds: [{ PrefixListId: prefixList }] },
          { ...tcp(53), Ipv6Ranges: [{ CidrIpv6: "2001:db8::/32", Description: "names" }] },
        ],
      }),
    );
    const found = await open().read("default-group-rules", defaultGroup);
    const rules = found?.value as Record<string, unknown>[];
    expect(rules).to.deep.include.members([
      {
        protocol: "tcp",
        from: 443,
        to: 443,
        group: other,
        owner: account,
        description: "",
      },
      { protocol: "tcp", from: 22, to: 22, prefixList, description: "" },
      { protocol: "tcp", from: 53, to: 53, cidr: "2001:db8::/32", description: "names" },
      {
        protocol: "-1",
        from: -1,
        to: -1,
        cidr: "0.0.0.0/0",
        description: "",
        outbound: true,
      },
    ]);
    expect(found).not.to.have.property("left");
    await open().write("default-group-rules", defaultGroup, []);
    expect((await open().read("default-group-rules", defaultGroup))?.value).to.deep.equal([]);
    await open().write("default-group-rules", defaultGroup, rules as never);
    await open().write("default-group-rules", defaultGroup, rules as never);
    expect(await open().read("default-group-rules", defaultGroup)).to.deep.equal(found);
  });

  it("leaves groups alone that are not a default group, and Cordon's own", async () => {
    const { VpcId } = await vpc();
    const web = await groupIn(VpcId, "web");
    expect((await open().read("default-group-rules", web))?.left).to.equal(
      `Security group ${web} is not the default group of its VPC`,
    );
    const own = await groupIn(VpcId, "quarantine", "cordon");
    expect((await open().read("open-ssh", own))?.left).to.equal(
      `Security group ${own} has the tag cordon: it may be Cordon's own, which the sweeper keeps. If it is not, have the tag removed`,
    );
  });

  it("takes the rules of several ports, and asks where a rule opens more than one", async () => {
    const { VpcId } = await vpc();
    const GroupId = await groupIn(VpcId, "several");
    const open3306 = {
      protocol: "tcp",
      from: 3306,
      to: 3306,
      cidr: "0.0.0.0/0",
      description: "",
    };
    await ec2().send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId,
        IpPermissions: [
          { ...tcp(443), ...everywhere },
          { ...tcp(3306), ...everywhere },
        ],
      }),
    );
    const found = await open().read("open-risky-ports", GroupId);
    expect(found).to.deep.equal({ value: [open3306], tags: {} });
    expect((await open().read("open-administration", GroupId))?.value).to.deep.equal([]);
    await open().write("open-risky-ports", GroupId, []);
    expect((await open().read("open-risky-ports", GroupId))?.value).to.deep.equal([]);
    await open().write("open-risky-ports", GroupId, [open3306]);
    expect(await open().read("open-risky-ports", GroupId)).to.deep.equal(found);

    await ec2().send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId,
        IpPermissions: [{ ...tcp(3380, 3400), ...everywhere }],
      }),
    );
    for (const control of ["open-risky-ports", "open-administration"] as const) {
      expect((await open().read(control, GroupId))?.asks).to.equal(
        `A rule of security group ${GroupId} opens ports 3380 to 3400 to 0.0.0.0/0, which would be closed as a whole`,
      );
    }
  });
});
