/** Scenario: responders mark false positives of a finding type, until Cordon asks about it. */
import { metrics } from "../../../functions/catalogue/metrics";
import type { HeldBrake } from "../../../functions/record/brakes";
import type { Exception } from "../../../functions/record/exceptions";
import { homeRegion, members, security } from "../../gateway/accounts";
import { instanceFinding } from "../../samples/guardduty";
import { type SeededInstance, seedInstance, seedVpc } from "../../seeds/networks";
import type { DrillSession, Injected } from "../session";
import { cordon, isolatedAmong, requested } from "./command";
import { contained, notices, subjects } from "./credential-checks";
import { isDryRun, release, type Scenario } from "./scenario";

const name = "false-positives";
/** No other scenario finds it: what is counted of a type is the organization's. */
const type = "Trojan:EC2/DropPoint!DNS";
const scope = `type/${type}`;
const alert = `[Cordon] Too many false positives, asks first: ${type}`;
const [, platform] = members as [(typeof members)[number], (typeof members)[number]];

export const falsePositives: Scenario = {
  name,
  title: "Too many false positives of a finding type: it asks, one alert says so, a reset ends it",
  async seed({ organization: { gateway } }) {
    const site = { account: platform.id, region: homeRegion };
    const vpc = await seedVpc(gateway, site, { groups: ["mail"] });
    const targets: SeededInstance[] = [];
    for (let number = 0; number < 6; number++) {
      targets.push(await seedInstance(gateway, vpc, { interfaces: [["mail"]], volumes: 0 }));
    }
    return targets;
  },
  async run(session, seeded) {
    if (isDryRun(session)) return;
    const targets = seeded as readonly SeededInstance[];
    const first = targets.slice(0, 4);
    const [fifth, sixth] = targets.slice(4) as [SeededInstance, SeededInstance];
    const about = (target: SeededInstance) =>
      instanceFinding({ ...target, instance: target.id, type });

    await Promise.all(
      first.map((target) => session.organization.emit(target.region, about(target))),
    );
    const begun = await session.settle(`scenario ${name}, four targets`);
    const incidents = begun.results.flatMap(({ outcome, incident }) =>
      outcome === "contained" && incident !== null ? [incident] : [],
    );
    session.check("four targets of the type are contained automatically", incidents.length === 4);
    const [wrong = ""] = incidents;
    const options = ["--days", "1", "--reason", "the newsletter"];
    const mark = await cordon<Exception & { readonly markedIn7Days: number }>(
      session,
      ...["mark", wrong, "false-positive", "--type", type],
      ...options,
    );
    session.check("one of them is marked as a false positive", mark.markedIn7Days === 1);
    const before = countedIn(session);
    await session.organization.watch();
    await session.organization.watch();
    session.check("the metric counts it once", countedIn(session) === before + 1);
    try {
      const next = await contained(session, about(fifth), name);
      if (next.incident !== undefined) incidents.push(next.incident);
      session.check("one of four said too little: the fifth is isolated", next.incident != null);

      const asked = await contained(session, about(sixth), name, "awaiting-approval");
      session.check(
        "with five of them the type asks, with one alert beside the plan's notice",
        subjects(asked.injected).length === 2 &&
          subjects(asked.injected).filter((subject) => subject === alert).length === 1 &&
          (await isolatedAmong(session, [sixth])).length === 0,
      );
      session.check(
        "the alert says the type, the figures and how to end it",
        notices(asked.injected).some(
          (text) =>
            text.includes(`Type       ${type}`) &&
            /Marked {5}1 of 5 targets since \d{4}-\d\d-\d\d \(20 %\)/.test(text) &&
            text.includes(`npx cordon brake reset '${scope}' --reason "WHY"`),
        ),
      );
      const again = await contained(session, about(sixth), name, "awaiting-approval");
      session.check(
        "another finding sends no second alert",
        !subjects(again.injected).includes(alert),
      );
      const held = await cordon<readonly HeldBrake[]>(session, "brake", "list");
      session.check(
        "the list of brakes has the type, and what waits",
        held.some((brake) => brake.scope === scope && brake.waiting.length === 1),
      );
      const request = await requested(session, sixth, name, type);
      const passed = incidentOf(request);
      session.check("a person's request is carried out", passed !== undefined);
      if (passed !== undefined) await release(session, passed);
    } finally {
      const held = await cordon<readonly HeldBrake[]>(session, "brake", "list");
      if (held.some((brake) => brake.scope === scope)) {
        await cordon(session, "brake", "reset", scope, "--reason", "the filter is in place");
      }
    }
    const last = await contained(session, about(sixth), name);
    session.check(
      "after the reset the type is answered automatically, although the mark is still there",
      last.incident !== undefined && (await isolatedAmong(session, [sixth])).length === 1,
    );
    await cordon(session, "except", "remove", mark.id);
    if (last.incident !== undefined) incidents.push(last.incident);
    for (const incident of incidents) await release(session, incident);
    session.check("all of them are released", (await isolatedAmong(session, targets)).length === 0);
  },
};

/** Reads the metric of false positives. */
function countedIn({ organization }: DrillSession): number {
  const home = { account: security.id, region: homeRegion };
  const points = organization.lambda.metrics.of(home, metrics.falsePositives);
  return points.reduce((sum, { value }) => sum + value, 0);
}

function incidentOf({ results }: Injected): string | undefined {
  return results.find(({ outcome }) => outcome === "contained")?.incident ?? undefined;
}
