import { DescribeSecurityGroupsCommand } from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { homeRegion, members, newcomer, security } from "../../local/gateway/accounts";
import type { FaultKind } from "../../local/gateway/faults";
import { vpcCreated } from "../../local/samples/network";
import { seedVpc, type Vpc } from "../../local/seeds/networks";
import { ownerOf } from "../../local/seeds/owner";
import { fireSchedule } from "../../local/services/eventbridge/events";
import { type Deployed, deployed } from "./deployed";

const site = { account: members[1]?.id ?? "", region: "eu-west-1" };

/** Ids of a VPC's quarantine groups, of closed ones alone; an open one is marked. */
async function groupsOf({ organization }: Deployed, vpc: Vpc): Promise<readonly string[]> {
  const { ec2 } = ownerOf(organization.gateway, vpc);
  const { SecurityGroups = [] } = await ec2.send(
    new DescribeSecurityGroupsCommand({
      Filters: [
        { Name: "vpc-id", Values: [vpc.id] },
        { Name: "group-name", Values: ["cordon-quarantine"] },
      ],
    }),
  );
  return SecurityGroups.map(({ GroupId, IpPermissions = [], IpPermissionsEgress = [] }) =>
    IpPermissions.length + IpPermissionsEgress.length === 0 ? `${GroupId}` : `${GroupId} is open`,
  );
}

describe("the deployed sweeper [P4]", () => {
  let here: Deployed;
  before("deploy into the local organization", async () => {
    here = await deployed();
  });

  it("is deployed only after the groups of the deployment exist", () => {
    const { entries } = here.organization.gateway.record;
    // By the deployment itself, or by the StackSets for it.
    const made = entries.filter(({ origin, status }) => origin !== "cordon" && status === 200);
    const text = (call: (typeof entries)[number]) => JSON.stringify(call.request);
    const schedule = made.findIndex(
      (call) => call.action === "events:PutRule" && text(call).includes("rate("),
    );
    expect(schedule).to.be.greaterThan(0);
    for (const account of [security.id, ...members.map(({ id }) => id)]) {
      const own = (action: string, named: string) =>
        made.flatMap((call, index) =>
          call.action === action && call.account === account && text(call).includes(named)
            ? [index]
            : [],
        );
      const groups = own("ec2:CreateSecurityGroup", "cordon-quarantine");
      const [role] = own("iam:CreateRole", "cordon-prepare-instance");
      expect(groups.length, account).to.be.greaterThan(1);
      expect(Math.max(...groups), account).to.be.lessThan(role ?? 0);
    }
  });

  it("makes one closed group, however often and at once the event comes", async () => {
    const { organization, session } = here;
    const vpc = await seedVpc(organization.gateway, site, { groups: [] });
    const event = vpcCreated(vpc);
    await Promise.all(Array.from({ length: 8 }, () => organization.emit(site.region, event)));
    const { results } = await session.settle("test");
    expect(results.map(({ outcome }) => outcome)).to.deep.equal(Array(8).fill("logged"));
    expect(await groupsOf(here, vpc)).to.have.length(1);
    expect((await groupsOf(here, vpc)).join()).to.match(/^sg-[0-9a-f]+$/);
  });

  for (const kind of ["kill", "throttle"] as const satisfies readonly FaultKind[]) {
    it(`has closed the group by the next delivery, whatever change ${kind === "kill" ? "it dies at" : "is throttled"}`, async () => {
      const { organization, session } = here;
      const { gateway, lambda } = organization;
      for (const action of [
        "sts:AssumeRole",
        "ec2:CreateSecurityGroup",
        "ec2:RevokeSecurityGroupEgress",
      ]) {
        const vpc = await seedVpc(gateway, site, { groups: [] });
        const [armed] = gateway.faults.arm({
          at: 1,
          action,
          kind,
          lasting: kind === "throttle",
          onKill: ({ accessKeyId }) => lambda.kill(accessKeyId),
          concerns: ({ origin }) => origin === "cordon",
        });
        try {
          await organization.emit(site.region, vpcCreated(vpc));
          await session.settle("test", { onRedelivery: () => gateway.faults.disarm() });
        } finally {
          gateway.faults.disarm();
        }
        expect(armed?.fired, action).to.equal(true);
        const groups = await groupsOf(here, vpc);
        expect(groups, action).to.have.length(1);
        expect(groups[0], action).to.match(/^sg-[0-9a-f]+$/);
      }
    });
  }

  it("is called by its schedule, and enters every account but the management account", async () => {
    const { gateway } = here.organization;
    // VPCs of other tests get their groups first.
    await here.organization.sweep();
    const first = gateway.record.entries.length;
    await here.organization.sweep();
    const entered = gateway.record.entries
      .slice(first)
      .filter(({ action, origin }) => action === "sts:AssumeRole" && origin === "cordon")
      .map(({ request }) => JSON.stringify(request).match(/iam::(\d{12}):role/)?.[1]);
    // Once to look, once for the sweep itself; of an account that joined, its new groups besides.
    expect(entered.filter((id) => id !== newcomer.id).sort()).to.deep.equal(
      [security.id, ...members.map(({ id }) => id)].flatMap((id) => [id, id]).sort(),
    );
    const [delivery] = await fireSchedule(
      gateway,
      { account: security.id, region: homeRegion },
      "cordon-sweep",
    );
    expect(delivery?.delivered).to.equal(true);
    await here.organization.lambda.drain();
  });

  it("leaves nothing that the next deployment would change, and it takes the groups over by name", async () => {
    const { organization } = here;
    const vpc = await seedVpc(organization.gateway, site, {
      groups: [],
      ssmEndpoints: true,
    });
    await organization.sweep();
    const { changes } = await organization.up();
    expect(changes).to.have.all.keys("same");
    const { quarantineGroups } = organization.contract;
    const key = `${site.account}/${site.region}/${vpc.id}`;
    expect(`${quarantineGroups[key]} is open`).to.equal((await groupsOf(here, vpc)).join());
  });
});
