/** Scenario: an account joins the organization after the deployment. */
import { CloudFormationClient, paginateListStackInstances } from "@aws-sdk/client-cloudformation";
import { DescribeSecurityGroupsCommand } from "@aws-sdk/client-ec2";
import { EventBridgeClient, ListRulesCommand } from "@aws-sdk/client-eventbridge";
import { paginateListRoles } from "@aws-sdk/client-iam";
import { quarantineGroupName } from "../../../functions/catalogue/quarantine-group";
import { governedRegions, homeRegion, newcomer, security } from "../../gateway/accounts";
import { allOf, ownerConfig, trustedConfig } from "../../gateway/client";
import { instanceFinding } from "../../samples/guardduty";
import { seedInstance, seedVpc } from "../../seeds/networks";
import { ownerOf } from "../../seeds/owner";
import type { DrillSession } from "../session";
import { containAndRelease } from "./instances";
import { isDryRun, type Scenario } from "./scenario";

const site = { account: newcomer.id, region: homeRegion };

export const newAccount: Scenario = {
  name: "new-account",
  title: "An account joins the organization: StackSets deploys Cordon's baseline to it",
  async run(session) {
    const { gateway } = session.organization;
    const vpc = await seedVpc(gateway, site, { groups: ["first"], ssmEndpoints: true });
    const target = await seedInstance(gateway, vpc, { interfaces: [["first"]], volumes: 1 });
    const finding = instanceFinding({ ...target, instance: target.id });
    const early = await session.inject(finding, "scenario new-account, before it joins");
    session.check(
      "before it joins, a finding about it is refused, and it has no Cordon resources",
      early.results.every((each) => each.outcome === "refused") &&
        (await baselineOf(session)).roles.length === 0,
    );

    await session.organization.join(newcomer);
    const wanted = ["global", "resources", "regional"].map(
      (part) => `cordon-baseline-${part}-local`,
    );
    const instances = await Promise.all(wanted.map((name) => instancesOf(session, name)));
    session.check(
      "StackSets deploys its stacks: two in the home region, one in each region",
      instances.slice(0, 2).every((each) => each.join() === `${homeRegion} CURRENT`) &&
        instances[2]?.join() ===
          [...governedRegions]
            .sort()
            .map((at) => `${at} CURRENT`)
            .join(),
    );
    const { roles, rules } = await baselineOf(session);
    const expected = session.organization.contract.memberRoleNames;
    session.check(
      "it has every role of the contract and forwards its exposures",
      expected.every((name) => roles.includes(name)) && rules.includes("cordon-forward-exposures"),
    );
    session.check(
      "its VPC has no quarantine group yet",
      (await quarantineGroupsOf(session, vpc.id)).length === 0,
    );
    await containAndRelease(session, target, "new-account");
    const made = await quarantineGroupsOf(session, vpc.id);
    if (isDryRun(session)) session.check("no quarantine group was made", made.length === 0);
    else session.check("one quarantine group was made, just in time", made.length === 1);
  },
};

/** Lists where the account has a stack of a stack set, each with its status. */
async function instancesOf(session: DrillSession, StackSetName: string): Promise<string[]> {
  const { gateway } = session.organization;
  const administrator = new CloudFormationClient(trustedConfig(gateway, security.id, "observer"));
  const found = await allOf(
    paginateListStackInstances(
      { client: administrator },
      { StackSetName, CallAs: "DELEGATED_ADMIN", StackInstanceAccount: newcomer.id },
    ),
    ({ Summaries }) => Summaries,
  );
  return found.map(({ Region, Status }) => `${Region} ${Status}`).sort();
}

/** Names Cordon's roles in the account, and its rule that forwards exposures. */
async function baselineOf(session: DrillSession) {
  const { gateway } = session.organization;
  const events = new EventBridgeClient(ownerConfig(gateway, newcomer.id));
  const { iam } = ownerOf(gateway, site);
  const [roles, { Rules = [] }] = await Promise.all([
    allOf(paginateListRoles({ client: iam }, {}), ({ Roles }) => Roles),
    // By its whole name, as rules are not paginated by the SDK.
    events.send(new ListRulesCommand({ NamePrefix: "cordon-forward-exposures" })),
  ]);
  return {
    roles: roles.map(({ RoleName = "" }) => RoleName).filter((name) => name.startsWith("cordon-")),
    rules: Rules.map(({ Name = "" }) => Name),
  };
}

async function quarantineGroupsOf(session: DrillSession, vpc: string): Promise<string[]> {
  const { SecurityGroups = [] } = await ownerOf(session.organization.gateway, site).ec2.send(
    new DescribeSecurityGroupsCommand({
      Filters: [
        { Name: "vpc-id", Values: [vpc] },
        { Name: "group-name", Values: [quarantineGroupName] },
      ],
    }),
  );
  return SecurityGroups.map(({ GroupId = "" }) => GroupId);
}
