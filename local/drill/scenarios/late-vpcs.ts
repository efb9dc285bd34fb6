/** Scenarios about VPCs created after the deployment, with and without CloudTrail's event. */
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateVpcEndpointCommand,
  DeleteVpcEndpointsCommand,
  DescribeSecurityGroupsCommand,
} from "@aws-sdk/client-ec2";
import { homeRegion, members } from "../../gateway/accounts";
import { instanceFinding } from "../../samples/guardduty";
import { endpointsChanged, vpcCreated } from "../../samples/network";
import { seedInstance, seedVpc, type Vpc } from "../../seeds/networks";
import { ownerOf } from "../../seeds/owner";
import { readInstance } from "../instance-state";
import type { DrillSession } from "../session";
import { containAndRelease } from "./instances";
import { isDryRun, release, type Scenario } from "./scenario";

const site = { account: members[0]?.id ?? "", region: homeRegion };

const lateVpc: Scenario = {
  name: "late-vpc",
  title: "A VPC created after the deployment: its event creates the quarantine group",
  async run(session) {
    const { gateway } = session.organization;
    const vpc = await seedVpc(gateway, site, { groups: ["new", "endpoints"] });
    session.check(
      "before: the VPC has no quarantine group",
      (await groupOf(session, vpc)) === undefined,
    );
    const created = await session.inject(vpcCreated(vpc), "scenario late-vpc, the VPC is created");
    const made = await groupOf(session, vpc);
    session.check(
      "the event creates the group: no traffic in, none out",
      made?.rules.join() === "" && created.results.every(({ outcome }) => outcome === "logged"),
    );
    const again = await session.inject(vpcCreated(vpc), "scenario late-vpc, the same event again");
    session.check(
      "the same event again changes nothing",
      again.calls.every(({ action, mutating }) => !mutating || !action.startsWith("ec2:")),
    );

    const target = await seedInstance(gateway, vpc, { interfaces: [["new"]], volumes: 1 });
    const finding = instanceFinding({ ...target, instance: target.id });
    if (!isDryRun(session)) {
      const { results, calls } = await session.inject(finding, "scenario late-vpc");
      const incident = results.find(({ outcome }) => outcome === "contained")?.incident;
      const { state } = await readInstance(gateway, target);
      session.check(
        "a containment uses the group unchanged",
        target.interfaces.every((id) => state.groups[id]?.join() === made?.id) &&
          !calls.some(({ action }) => action === "ec2:RevokeSecurityGroupEgress"),
      );
      if (incident != null) {
        const report = await release(session, incident);
        session.check("one command releases it", report.outcome === "released");
      }
    }

    const { ec2 } = ownerOf(gateway, site);
    const { VpcEndpoint } = await ec2.send(
      new CreateVpcEndpointCommand({
        VpcId: vpc.id,
        VpcEndpointType: "Interface",
        ServiceName: `com.amazonaws.${site.region}.ssm`,
        SubnetIds: [vpc.subnet],
        SecurityGroupIds: [vpc.groups.endpoints ?? ""],
      }),
    );
    await session.inject(
      endpointsChanged(site, "CreateVpcEndpoint"),
      "scenario late-vpc, an endpoint",
    );
    session.check(
      "an SSM endpoint is created: the group allows HTTPS to its address, and no other traffic",
      /^out tcp 443-443 \d+\.\d+\.\d+\.\d+\/32$/.test(
        (await groupOf(session, vpc))?.rules.join() ?? "",
      ),
    );
    const id = VpcEndpoint?.VpcEndpointId ?? "";
    await ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [id] }));
    await session.inject(
      endpointsChanged(site, "DeleteVpcEndpoints"),
      "scenario late-vpc, the endpoint is deleted",
    );
    session.check(
      "the endpoint is deleted: the group allows no traffic",
      (await groupOf(session, vpc))?.rules.join() === "",
    );

    await ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId: made?.id ?? "",
        IpPermissions: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }],
      }),
    );
    await session.organization.sweep();
    session.check(
      "a user opens the group, and the next sweep closes it",
      (await groupOf(session, vpc))?.rules.join() === "",
    );
  },
};

const unseenVpc: Scenario = {
  name: "unseen-vpc",
  title: "An instance in a VPC without its event: the responder creates the group",
  async run(session) {
    const { gateway } = session.organization;
    const vpc = await seedVpc(gateway, site, { groups: ["new"], ssmEndpoints: true });
    const target = await seedInstance(gateway, vpc, { interfaces: [["new"]], volumes: 1 });
    await containAndRelease(session, target, "unseen-vpc");
  },
};

export const lateVpcScenarios: readonly Scenario[] = [lateVpc, unseenVpc];

/** Reads a VPC's quarantine group and its rules as text, as the VPC's owner sees it. */
async function groupOf(
  session: DrillSession,
  vpc: Vpc,
): Promise<{ readonly id: string; readonly rules: readonly string[] } | undefined> {
  const { ec2 } = ownerOf(session.organization.gateway, vpc);
  const { SecurityGroups = [] } = await ec2.send(
    new DescribeSecurityGroupsCommand({
      Filters: [
        { Name: "vpc-id", Values: [vpc.id] },
        { Name: "group-name", Values: ["cordon-quarantine"] },
      ],
    }),
  );
  const [found] = SecurityGroups;
  if (found === undefined) return undefined;
  const words = (way: string, permissions: typeof found.IpPermissions = []) =>
    permissions.flatMap(({ IpProtocol, FromPort, ToPort, IpRanges, UserIdGroupPairs }) =>
      [
        ...(IpRanges ?? []).map(({ CidrIp }) => CidrIp),
        ...(UserIdGroupPairs ?? []).map(({ GroupId }) => GroupId),
      ].map((peer) => `${way} ${IpProtocol} ${FromPort}-${ToPort} ${peer}`),
    );
  return {
    id: found.GroupId ?? "",
    rules: [...words("in", found.IpPermissions), ...words("out", found.IpPermissionsEgress)],
  };
}
