/** Scenario: instances in a VPC that another account owns and shares. */
import { DescribeSecurityGroupsCommand } from "@aws-sdk/client-ec2";
import { homeRegion, members } from "../../gateway/accounts";
import { instanceFinding } from "../../samples/guardduty";
import {
  type SeededInstance,
  seedInstance,
  seedVpc,
  shareVpc,
  type Vpc,
} from "../../seeds/networks";
import { ownerOf } from "../../seeds/owner";
import { readInstance } from "../instance-state";
import type { DrillSession } from "../session";
import { contained, notices, subjects } from "./credential-checks";
import { isDryRun, release, restored, type Scenario, sameState } from "./scenario";

const [participant, owner] = members as [(typeof members)[number], (typeof members)[number]];
const quarantine = "cordon-quarantine";

interface Seeded {
  /** As each account has it. */
  readonly owned: Vpc;
  readonly shared: Vpc;
  readonly ownersInstance: SeededInstance;
  readonly participantsInstance: SeededInstance;
}

export const sharedVpc: Scenario = {
  name: "shared-vpc",
  title: "A VPC of another account: each account isolates its instances by a group of its own",
  seed: (session) => seedShared(session, "web"),
  async run(session, seeded) {
    if (isDryRun(session)) return;
    const { owned, shared, ownersInstance, participantsInstance } = seeded as Seeded;
    const groups = await groupsNamed(session, shared, quarantine);
    session.check(
      "before: owner and participant each have a quarantine group in the VPC, of one name",
      groups.map((each) => each.owner).join() === [participant.id, owner.id].sort().join(),
    );
    const text = await isolate(session, shared, participantsInstance, "the participant's instance");
    session.check(
      "the notice says that Session Manager does not reach it: the endpoints are the owner's",
      text.includes("no SSM interface endpoints of this account: Session Manager cannot reach"),
    );
    await isolate(session, owned, ownersInstance, "the owner's instance");

    const late = await seedShared(session, "late");
    session.check(
      "before: no account has a quarantine group in a VPC that is shared later",
      (await groupsNamed(session, late.shared, quarantine)).length === 0,
    );
    await isolate(session, late.shared, late.participantsInstance, "an instance in that one");
  },
};

async function seedShared({ organization }: DrillSession, group: string): Promise<Seeded> {
  const { gateway } = organization;
  const site = { account: owner.id, region: homeRegion };
  const owned = await seedVpc(gateway, site, { groups: [group], ssmEndpoints: true });
  const shared = await shareVpc(gateway, owned, participant.id, [group]);
  const shape = { interfaces: [[group]], volumes: 1 };
  const ownersInstance = await seedInstance(gateway, owned, shape);
  const participantsInstance = await seedInstance(gateway, shared, shape);
  return { owned, shared, ownersInstance, participantsInstance };
}

/** Contains an instance by a group of its account, and releases it; returns the notice. */
async function isolate(
  session: DrillSession,
  vpc: Vpc,
  target: SeededInstance,
  what: string,
): Promise<string> {
  const { gateway } = session.organization;
  const before = await readInstance(gateway, target);
  const finding = instanceFinding({ ...target, instance: target.id });
  const { incident, injected } = await contained(session, finding, `shared-vpc, ${what}`);
  const text = notices(injected).join("\n");
  if (incident === undefined) return text;
  const { state, untrackGroups } = await readInstance(gateway, target);
  const own = (await groupsNamed(session, vpc, quarantine)).filter(
    (each) => each.owner === target.account,
  );
  session.check(
    `${what}: isolated by the quarantine group of its own account, which is closed`,
    own.length === 1 &&
      own[0]?.ingress === 0 &&
      target.interfaces.every((id) => state.groups[id]?.join() === own[0]?.id) &&
      untrackGroups.length === 0 &&
      subjects(injected).some((each) => each.startsWith(`[Cordon] Isolated: ${target.id}`)),
  );
  const report = await release(session, incident);
  const after = await readInstance(gateway, target);
  session.check(
    `${what}: one command releases it, and every field is restored`,
    report.outcome === "released" && sameState(restored(after.state), before.state),
  );
  return text;
}

/** Lists the groups of a name in a VPC by their owners, as one of its accounts sees them. */
async function groupsNamed({ organization }: DrillSession, vpc: Vpc, name: string) {
  const { SecurityGroups = [] } = await ownerOf(organization.gateway, vpc).ec2.send(
    new DescribeSecurityGroupsCommand({
      Filters: [
        { Name: "vpc-id", Values: [vpc.id] },
        { Name: "group-name", Values: [name] },
      ],
    }),
  );
  return SecurityGroups.map(({ GroupId, OwnerId, IpPermissions = [] }) => ({
    id: GroupId,
    owner: OwnerId ?? "",
    ingress: IpPermissions.length,
  })).sort((a, b) => (a.owner < b.owner ? -1 : 1));
}
