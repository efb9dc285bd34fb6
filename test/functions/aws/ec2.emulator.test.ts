import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateManagedPrefixListCommand,
  CreateSecurityGroupCommand,
  CreateVpcCommand,
  EC2Client,
  type IpPermission,
} from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { ec2 } from "../../../functions/aws/ec2";
import { isClosed } from "../../../functions/catalogue/quarantine-group";
import type { Network } from "../../../functions/model/member-account";
import { provideQuarantineGroup } from "../../../functions/remediate/steps/provide-quarantine-group";
import { errorOf, region, seedOf, shop } from "../../support/local/gateway";
import { useWorld } from "../../support/world";

/** Of an SSM endpoint. */
const addresses = ["10.0.0.5/32"];
const everywhere = [{ CidrIp: "0.0.0.0/0" }];

describe("security group rules by EC2's API", () => {
  const world = useWorld();
  let client: EC2Client;
  let network: Network;
  let vpc: string;
  let endpoints: string;
  let before: string | undefined;

  beforeEach(async () => {
    const { endpoint, credentials } = world.as(seedOf(world, shop));
    client = new EC2Client(world.as(seedOf(world, shop)));
    before = process.env.AWS_ENDPOINT_URL;
    process.env.AWS_ENDPOINT_URL = String(endpoint);
    network = ec2(region, credentials as never, shop).network;
    const { Vpc } = await client.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }));
    vpc = Vpc?.VpcId ?? "";
    endpoints = await group("endpoints");
  });
  afterEach(() => {
    if (before === undefined) delete process.env.AWS_ENDPOINT_URL;
    else process.env.AWS_ENDPOINT_URL = before;
  });

  const group = async (GroupName: string) =>
    (
      await client.send(
        new CreateSecurityGroupCommand({
          GroupName,
          VpcId: vpc,
          Description: "A group",
          TagSpecifications: [
            { ResourceType: "security-group", Tags: [{ Key: "cordon", Value: "quarantine" }] },
          ],
        }),
      )
    ).GroupId ?? "";
  const quarantine = () => network.group({ vpc, name: "cordon-quarantine" });
  const close = async () => {
    const name = "cordon-quarantine";
    const step = { kind: "provide-quarantine-group", vpc, name, addresses } as const;
    await provideQuarantineGroup.apply(step, { network } as never);
  };

  const odd: readonly (readonly [string, IpPermission])[] = [
    ["all traffic", { IpProtocol: "-1", IpRanges: everywhere }],
    ["every ICMP", { IpProtocol: "icmp", FromPort: -1, ToPort: -1, IpRanges: everywhere }],
    ["one type of ICMP", { IpProtocol: "icmp", FromPort: 8, ToPort: -1, IpRanges: everywhere }],
    [
      "ICMP of IPv6",
      { IpProtocol: "icmpv6", FromPort: -1, ToPort: -1, Ipv6Ranges: [{ CidrIpv6: "::/0" }] },
    ],
    ["a protocol by number", { IpProtocol: "50", FromPort: -1, ToPort: -1, IpRanges: everywhere }],
    ["a port", { IpProtocol: "tcp", FromPort: 22, ToPort: 22, IpRanges: everywhere }],
  ];

  it("are revoked whatever they are like: a group with every odd rule is closed", async () => {
    const id = await group("cordon-quarantine");
    const { PrefixList } = await client.send(
      new CreateManagedPrefixListCommand({
        PrefixListName: "partners",
        AddressFamily: "IPv4",
        MaxEntries: 1,
      }),
    );
    const all: IpPermission[] = [
      ...odd.map(([, permission]) => permission),
      {
        IpProtocol: "tcp",
        FromPort: 1,
        ToPort: 2,
        PrefixListIds: [{ PrefixListId: PrefixList?.PrefixListId }],
      },
      { IpProtocol: "udp", FromPort: 1, ToPort: 2, UserIdGroupPairs: [{ GroupId: endpoints }] },
    ];
    await client.send(
      new AuthorizeSecurityGroupIngressCommand({ GroupId: id, IpPermissions: all }),
    );
    await client.send(
      // A new group has all traffic in this direction.
      new AuthorizeSecurityGroupEgressCommand({ GroupId: id, IpPermissions: all.slice(1) }),
    );
    await close();
    const closed = await quarantine();
    expect(closed?.ingress).to.deep.equal([]);
    expect(closed?.egress).to.deep.equal([
      { protocol: "tcp", fromPort: 443, toPort: 443, peer: { cidr: "10.0.0.5/32" } },
    ]);
  });

  for (const [what, permission] of odd.slice(1)) {
    it(`are revoked beside all traffic: ${what}`, async () => {
      const id = await group("cordon-quarantine");
      await client.send(
        new AuthorizeSecurityGroupIngressCommand({
          GroupId: id,
          IpPermissions: [{ IpProtocol: "-1", IpRanges: everywhere }, permission],
        }),
      );
      await close();
      expect(isClosed((await quarantine())!, addresses)).to.equal(true);
    });
  }

  it("need no ids while the group is closed", async () => {
    await group("cordon-quarantine");
    await close();
    const { entries } = world.record;
    const earlier = entries.length;
    await close();
    expect(entries.slice(earlier).map((call) => call.action)).to.deep.equal([
      "ec2:DescribeSecurityGroups",
      "ec2:DescribeSecurityGroups",
    ]);
  });

  it("are revoked one by one when one of them is gone, and the others first when one is refused", async () => {
    const rules = ["sgr-1", "sgr-gone", "sgr-2", "sgr-denied"].map(
      (id) =>
        `<item><securityGroupRuleId>${id}</securityGroupRuleId><isEgress>false</isEgress><ipProtocol>icmp</ipProtocol></item>`,
    );
    const revoked: string[] = [];
    const server = createServer(async (request, response) => {
      let body = "";
      for await (const part of request.setEncoding("utf8")) body += part;
      const parameters = new URLSearchParams(body);
      const action = parameters.get("Action");
      const ids = [...parameters].filter(([name]) => name.includes("RuleId")).map(([, id]) => id);
      const wrong = ids.length > 1 ? "sgr-gone" : ids.find((id) => /gone|denied/.test(id));
      response.setHeader("content-type", "text/xml");
      if (action === "DescribeSecurityGroupRules") {
        const set = `<securityGroupRuleSet>${rules.join("")}</securityGroupRuleSet>`;
        response.end(`<${action}Response>${set}</${action}Response>`);
      } else if (wrong !== undefined) {
        const code = wrong.endsWith("gone")
          ? "InvalidSecurityGroupRuleId.NotFound"
          : "OperationNotPermitted";
        response.statusCode = 400;
        response.end(
          `<Response><Errors><Error><Code>${code}</Code><Message>no</Message></Error></Errors></Response>`,
        );
      } else {
        revoked.push(...ids);
        response.end(`<${action}Response><return>true</return></${action}Response>`);
      }
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const keys = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "s", sessionToken: "t" };
    try {
      const failed = ec2(region, keys, shop).network.revokeAllBut("sg-1", "ingress", []);
      expect((await errorOf(failed)).name).to.equal("OperationNotPermitted");
      expect(revoked.sort()).to.deep.equal(["sgr-1", "sgr-2"]);
      rules.length = 0;
      const invisible = ec2(region, keys, shop).network.revokeAllBut("sg-1", "ingress", []);
      expect((await errorOf(invisible)).name).to.equal("NotVisibleYet");
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
