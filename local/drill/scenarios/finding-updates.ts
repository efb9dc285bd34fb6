/** Scenario: Security Hub and GuardDuty hear what became of their findings. */
import {
  DisableSecurityHubCommand,
  EnableSecurityHubCommand,
  SecurityHubClient,
} from "@aws-sdk/client-securityhub";
import type { Exception } from "../../../functions/record/exceptions";
import { homeRegion, members, security } from "../../gateway/accounts";
import { trustedConfig } from "../../gateway/client";
import { instanceFinding } from "../../samples/guardduty";
import { sentInstance } from "../../samples/security-hub";
import { type SeededInstance, seedInstance, seedVpc } from "../../seeds/networks";
import type { DrillSession } from "../session";
import { cordon } from "./command";
import { contained } from "./credential-checks";
import { isDryRun, release, type Scenario } from "./scenario";

const name = "finding-updates";
/** Counted apart from the other scenarios' types. */
const type = "Backdoor:EC2/C&CActivity.B";
const elsewhere = "eu-west-1";
const [, platform] = members as [(typeof members)[number], (typeof members)[number]];

export const findingUpdates: Scenario = {
  name,
  title:
    "Security Hub and GuardDuty hear what became of their findings; a person has the last word",
  async seed({ organization: { gateway } }) {
    const targets: SeededInstance[] = [];
    for (const region of [homeRegion, homeRegion, homeRegion, elsewhere]) {
      const vpc = await seedVpc(gateway, { account: platform.id, region }, { groups: ["api"] });
      targets.push(await seedInstance(gateway, vpc, { interfaces: [["api"]], volumes: 0 }));
    }
    return targets;
  },
  async run(session, seeded) {
    if (isDryRun(session)) return;
    const targets = seeded as readonly [
      SeededInstance,
      SeededInstance,
      SeededInstance,
      SeededInstance,
    ];
    const first = await begin(session, targets[0]);
    const second = await begin(session, targets[1]);
    const third = await begin(session, targets[2]);
    const fourth = await begin(session, targets[3]);
    const all = [first, second, third, fourth];
    const { gateway } = session.organization;
    const { hubFindings } = gateway;

    await session.organization.watch();
    session.check(
      "findings that Security Hub does not have yet hold up nothing",
      all.every(({ finding, region }) => hubFindings.find(region, finding) === undefined),
    );
    hubFindings.arrive();
    await session.organization.watch();
    const note = noteOf(session, first);
    session.check(
      "once they have come, they are NOTIFIED, with a note that names the incident and how to undo it",
      statusOf(session, first) === "NOTIFIED" &&
        note?.UpdatedBy === "Cordon" &&
        note.Text.includes(`npx cordon release ${first.incident} --reason "WHY"`),
    );
    session.check(
      "where Security Hub is off, nothing fails and nothing is written",
      statusOf(session, fourth) === "NEW",
    );
    session.check(
      "what Security Hub sends of its own update begins nothing",
      await beginsNothing(session, first),
    );

    const hub = new SecurityHubClient({
      ...trustedConfig(gateway, security.id, "administrator"),
      region: elsewhere,
    });
    await hub.send(new EnableSecurityHubCommand({ EnableDefaultStandards: false }));
    await session.organization.watch();
    session.check(
      "once it is on there, its finding is updated, too",
      statusOf(session, fourth) === "NOTIFIED",
    );

    hubFindings.set(second.region, second.finding, "RESOLVED", "ours, it may stay");
    const mark = await cordon<Exception>(
      session,
      ...["mark", third.incident, "false-positive", "--type", type],
      ...["--days", "1", "--reason", "a drill"],
    );
    for (const { incident } of [first, second]) await release(session, incident);
    await session.organization.watch();
    session.check("a release resolves the finding", statusOf(session, first) === "RESOLVED");
    session.check(
      "what a person resolved stays as the person left it",
      statusOf(session, second) === "RESOLVED" &&
        noteOf(session, second)?.Text === "ours, it may stay",
    );
    const { archived, feedback } = gateway.findings.stateOf(third.region, third.finding);
    session.check(
      "a false positive is suppressed in Security Hub, and archived in GuardDuty as not useful",
      statusOf(session, third) === "SUPPRESSED" && archived && feedback === "NOT_USEFUL",
    );
    session.check(
      "no other finding is archived",
      [first, second, fourth].every(
        ({ region, finding }) => !gateway.findings.stateOf(region, finding).archived,
      ),
    );

    await cordon(session, "except", "remove", mark.id);
    for (const { incident } of [third, fourth]) await release(session, incident);
    await session.organization.watch();
    const before = gateway.record.entries.length;
    await session.organization.watch();
    session.check(
      "a round in which nothing is new calls neither of them",
      // Findings of other scenarios may be late for days.
      gateway.record.entries
        .slice(before)
        .every(
          ({ action, request }) =>
            !/^(securityhub|guardduty):/.test(action) ||
            ![first, second, third, fourth].some(({ finding }) =>
              JSON.stringify(request).includes(finding),
            ),
        ),
    );
    await hub.send(new DisableSecurityHubCommand({}));
  },
};

interface Begun {
  readonly incident: string;
  readonly finding: string;
  readonly region: string;
}

async function begin(session: DrillSession, target: SeededInstance): Promise<Begun> {
  const event = instanceFinding({ ...target, instance: target.id, type });
  const { incident = "" } = await contained(session, event, name);
  return { incident, finding: (event.detail as { readonly id: string }).id, region: target.region };
}

function statusOf({ organization }: DrillSession, { region, finding }: Begun): string | undefined {
  return organization.gateway.hubFindings.find(region, finding)?.Workflow.Status;
}

function noteOf({ organization }: DrillSession, { region, finding }: Begun) {
  return organization.gateway.hubFindings.find(region, finding)?.Note;
}

/** Emits what Security Hub sends of each update, and says whether no rule takes it. */
async function beginsNothing({ organization }: DrillSession, { region }: Begun): Promise<boolean> {
  const sent = sentInstance({
    action: "CordonContain",
    account: platform.id,
    region,
    instance: "i-0123456789abcdef0",
    at: organization.lambda.now(),
  });
  const imported = { ...sent, "detail-type": "Security Hub Findings - Imported" };
  return (await organization.emit(region, imported)).length === 0;
}
