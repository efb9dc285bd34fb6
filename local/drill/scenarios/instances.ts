/** Scenarios about instances. */
import { TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { homeRegion, members } from "../../gateway/accounts";
import { instanceFinding } from "../../samples/guardduty";
import {
  type SeededInstance,
  seedInstance,
  seedVpc,
  seedWorkloadRole,
  type Vpc,
} from "../../seeds/networks";
import { ownerOf } from "../../seeds/owner";
import { seedService } from "../../seeds/services";
import { readInstance } from "../instance-state";
import type { DrillSession } from "../session";
import { credentialsWork } from "./credential-checks";
import { isDryRun, release, restored, type Scenario, sameState, touchesTarget } from "./scenario";

interface Seeded {
  readonly vpc: Vpc;
  readonly target: SeededInstance;
  readonly sibling: SeededInstance;
}

const [production, platform] = members as [(typeof members)[number], (typeof members)[number]];
const profile = "web-server";

/** Seeds the hardest case: several interfaces, a shared role, an Auto Scaling group, load balancers. */
async function seedTargets(session: DrillSession, name: string): Promise<Seeded> {
  const { gateway } = session.organization;
  const site = { account: production.id, region: homeRegion };
  const groups = ["web", "app", "admin"];
  const vpc = await seedVpc(gateway, site, { groups, ssmEndpoints: true });
  const role = `${profile}-${name}`;
  await seedWorkloadRole(gateway, site, role);
  const target = await seedInstance(gateway, vpc, {
    interfaces: [["web", "app"], ["admin"]],
    volumes: 2,
    profile: role,
  });
  const sibling = await seedInstance(gateway, vpc, {
    interfaces: [["web", "app"]],
    volumes: 1,
    profile: role,
  });
  await seedService(gateway, vpc, target, name);
  return { vpc, target, sibling };
}

const compromisedInstance: Scenario = {
  name: "compromised-instance",
  title: "A web server mines cryptocurrency: contained, verified, released",
  seed: (session) => seedTargets(session, "shop"),
  async run(session, seeded) {
    const { vpc, target, sibling } = seeded as Seeded;
    const { gateway } = session.organization;
    if (isDryRun(session)) return planOnly(session, target, "compromised-instance");
    const before = await readInstance(gateway, target);
    session.check(
      "before: the credentials of the instance and of its sibling work",
      (await credentialsWork(session, target)) && (await credentialsWork(session, sibling)),
    );

    const finding = instanceFinding({ ...target, instance: target.id });
    const { results, calls } = await session.inject(finding, "scenario compromised-instance");
    const incident = results.find((each) => each.outcome === "contained")?.incident;
    const firstCall = (action: string) => calls.findIndex((call) => call.action === action);
    session.check("the finding is answered with containment", incident != null);
    if (incident == null) return;

    const quarantine =
      session.organization.contract.quarantineGroups[`${vpc.account}/${vpc.region}/${vpc.id}`];
    const { state, snapshots, untrackGroups } = await readInstance(gateway, target);
    session.check(
      "every interface has the quarantine group and no other",
      target.interfaces.every((id) => state.groups[id]?.join() === quarantine),
    );
    session.check("the untrack group is deleted", untrackGroups.length === 0);
    session.check(
      "one snapshot of each volume, taken before isolation",
      Object.keys(snapshots).length === 2 &&
        Object.values(snapshots).every((each) => each.length === 1) &&
        firstCall("ec2:CreateSnapshots") < firstCall("ec2:ModifyNetworkInterfaceAttribute"),
    );
    session.check(
      "termination and stop protection are on; every volume outlives the instance",
      state.disableApiTermination &&
        state.disableApiStop &&
        state.shutdownBehavior === "stop" &&
        Object.values(state.deleteOnTermination).every((doomed) => !doomed),
    );
    session.check(
      "removed from its Auto Scaling group, target group and load balancer",
      state.autoScalingGroup === null &&
        state.targets.length === 0 &&
        state.loadBalancers.length === 0,
    );
    session.check(
      "the instance's credentials are denied; its sibling's, of the same role, work",
      !(await credentialsWork(session, target)) && (await credentialsWork(session, sibling)),
    );
    session.check("the instance keeps running, for forensics", state.state === "running");

    const again = await session.inject(
      finding,
      "scenario compromised-instance, the same finding again",
    );
    session.check(
      "the same finding again is a duplicate and changes nothing",
      again.results.every((each) => each.outcome === "duplicate") &&
        again.calls.every((call) => !touchesTarget(call.action) || !call.mutating),
    );

    const report = await release(session, incident);
    session.check("one command releases it", report.outcome === "released");
    const after = await readInstance(gateway, target);
    const { SecurityStatus, RestoredAt } = after.state.tags;
    session.check(
      "every field of the instance is restored, except for the release tags",
      sameState(restored(after.state), before.state) &&
        SecurityStatus === "Restored" &&
        RestoredAt !== undefined,
    );
    session.check("its credentials work again", await credentialsWork(session, target));
    session.check(
      "the snapshots remain as evidence",
      Object.values(after.snapshots).flat().length === 2,
    );
  },
};

const otherRegion: Scenario = {
  name: "other-region",
  title: "A Spot Instance in another region, in a VPC without SSM endpoints",
  async seed(session) {
    const { gateway } = session.organization;
    const site = { account: platform.id, region: "eu-west-1" };
    const vpc = await seedVpc(gateway, site, { groups: ["batch"] });
    return seedInstance(gateway, vpc, { interfaces: [["batch"]], volumes: 1, spot: true });
  },
  run: (session, seeded) => containAndRelease(session, seeded as SeededInstance, "other-region"),
};

const notOurs: Scenario = {
  name: "left-alone",
  title:
    "Findings that change nothing: an attack on the instance, low severity, a terminated instance",
  seed: (session) => seedTargets(session, "alone"),
  async run(session, seeded) {
    const { target, sibling } = seeded as Seeded;
    const { gateway } = session.organization;
    const expected = async (
      what: string,
      shape: Partial<Parameters<typeof instanceFinding>[0]>,
      outcome: string,
    ) => {
      const event = instanceFinding({ ...target, instance: target.id, ...shape });
      const { results, calls } = await session.inject(event, `scenario left-alone, ${what}`);
      session.check(
        `${what}: ${outcome}, nothing changes`,
        results.length === 1 &&
          results[0]?.outcome === outcome &&
          calls.every((call) => !touchesTarget(call.action) || !call.mutating),
      );
    };
    await expected(
      "an outsider guesses the instance's passwords",
      { type: "UnauthorizedAccess:EC2/SSHBruteForce", direction: "INBOUND" },
      "notified",
    );
    await expected("medium severity", { severity: 5 }, "notified");
    await expected("low severity", { severity: 2 }, "logged");
    await expected(
      "an instance that does not exist",
      { instance: "i-0123456789abcdef0" },
      "target-missing",
    );
    await expected("an account outside the organization", { account: "999988887777" }, "refused");
    await ownerOf(gateway, sibling).ec2.send(
      new TerminateInstancesCommand({ InstanceIds: [sibling.id] }),
    );
    await expected("a terminated instance", { instance: sibling.id }, "notified");
  },
};

const storm: Scenario = {
  name: "duplicate-storm",
  title: "The same finding twenty times at once: one containment",
  seed: (session) => seedTargets(session, "storm"),
  async run(session, seeded) {
    const { target } = seeded as Seeded;
    const { gateway } = session.organization;
    if (isDryRun(session)) return planOnly(session, target, "duplicate-storm");
    const finding = instanceFinding({ ...target, instance: target.id });
    await Promise.all(
      Array.from({ length: 20 }, () => session.organization.emit(target.region, finding)),
    );
    const { results, calls } = await session.settle("scenario duplicate-storm");
    const contained = results.filter((each) => each.outcome === "contained");
    session.check("one delivery contains", contained.length === 1);
    session.check(
      "the other nineteen are duplicates",
      results.filter((each) => each.outcome === "duplicate").length === 19,
    );
    const { snapshots, untrackGroups } = await readInstance(gateway, target);
    session.check(
      "one snapshot of each volume, no untrack group remains",
      Object.values(snapshots).flat().length === 2 && untrackGroups.length === 0,
    );
    const swaps = calls.filter((call) => call.action === "ec2:ModifyNetworkInterfaceAttribute");
    session.check("exactly three group changes for each interface", swaps.length === 6);
  },
};

export const instanceScenarios: readonly Scenario[] = [
  compromisedInstance,
  otherRegion,
  notOurs,
  storm,
];

/** Injects a finding about an instance, checks the containment and releases it. */
export async function containAndRelease(
  session: DrillSession,
  target: SeededInstance,
  name: string,
): Promise<void> {
  if (isDryRun(session)) return planOnly(session, target, name);
  const { gateway } = session.organization;
  const before = await readInstance(gateway, target);
  const finding = instanceFinding({ ...target, instance: target.id });
  const { results } = await session.inject(finding, `scenario ${name}`);
  const incident = results.find((each) => each.outcome === "contained")?.incident;
  session.check("the finding is answered with containment", incident != null);
  if (incident == null) return;
  const { state } = await readInstance(gateway, target);
  const groups = Object.values(state.groups).map((each) => each.join());
  session.check(
    "one group replaces the groups of every interface",
    target.interfaces.every(
      (id) =>
        state.groups[id]?.length === 1 && state.groups[id]?.[0] !== before.state.groups[id]?.[0],
    ) && new Set(groups).size === 1,
  );
  const report = await release(session, incident);
  session.check("one command releases it", report.outcome === "released");
  const after = await readInstance(gateway, target);
  session.check("every field is restored", sameState(restored(after.state), before.state));
}

/** Checks a deployment in dry run: it records the whole plan, notifies, and changes nothing. */
async function planOnly(
  session: DrillSession,
  target: SeededInstance,
  name: string,
): Promise<void> {
  const before = await readInstance(session.organization.gateway, target);
  const finding = instanceFinding({ ...target, instance: target.id });
  const first = await session.inject(finding, `scenario ${name}`);
  const incident = first.results.find((each) => each.outcome === "dry-run")?.incident;
  session.check("the finding is answered with a dry run", incident != null);
  if (incident == null) return;
  const { status, steps } = await session.journal(incident);
  session.check(
    `the journal contains the whole plan of ${steps.length} steps, none started`,
    status === "planned" && steps.length > 5,
  );
  const notices = first.calls.filter((call) => call.action === "sns:Publish");
  session.check("the responders are notified of the plan", notices.length === 1);
  const again = await session.inject(finding, `scenario ${name}, the same finding again`);
  session.check(
    "the same finding again leads to the same plan, without a second notice",
    again.results.every((each) => each.outcome === "dry-run") &&
      again.calls.every((call) => call.action !== "sns:Publish"),
  );
  const after = await readInstance(session.organization.gateway, target);
  session.check("every field of the instance is unchanged", sameState(after.state, before.state));
}
