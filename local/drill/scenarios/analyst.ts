/** Scenario: an analyst plans, contains and releases by custom actions in Security Hub. */
import type { CustomAction } from "../../../functions/catalogue/security-hub-actions";
import { members } from "../../gateway/accounts";
import { sentInstance } from "../../samples/security-hub";
import { type SeededInstance, seedInstance, seedVpc } from "../../seeds/networks";
import { readInstance } from "../instance-state";
import type { DrillSession, Injected } from "../session";
import { notices, subjects } from "./credential-checks";
import { isDryRun, restored, type Scenario, sameState, touchesTarget } from "./scenario";

const [, platform] = members as [(typeof members)[number], (typeof members)[number]];

/** The instance is in another region than the finding's Security Hub, which is in the home region. */
export const analyst: Scenario = {
  name: "analyst",
  title: "An analyst uses custom actions in Security Hub: dry run, contain, release",
  async seed({ organization: { gateway } }) {
    const site = { account: platform.id, region: "eu-west-1" };
    const vpc = await seedVpc(gateway, site, { groups: ["reports"], ssmEndpoints: true });
    return seedInstance(gateway, vpc, { interfaces: [["reports"]], volumes: 1 });
  },
  async run(session, seeded) {
    const target = seeded as SeededInstance;
    const { gateway } = session.organization;
    const choose = async (action: CustomAction, what: string, outcome: string) => {
      const answered = await chosen(session, target, action);
      session.check(
        `${what}: ${outcome}`,
        answered.results.length === 1 && answered.results[0]?.outcome === outcome,
      );
      return answered;
    };
    const unchanged = ({ calls }: Injected, what: string) =>
      session.check(
        `${what}; nothing changes`,
        calls.every((call) => !touchesTarget(call.action) || !call.mutating),
      );
    const before = await readInstance(gateway, target);

    const early = await choose("CordonRelease", "a release before containment", "notified");
    unchanged(early, "the responders are notified that there is no incident");
    const asked = await choose("CordonDryRun", "a dry run", "dry-run");
    unchanged(asked, "the responders are notified of the plan");
    session.check(
      "the notice contains the plan",
      subjects(asked).some((subject) =>
        subject.includes(`Dry run: no change made: ${target.id}`),
      ) && notices(asked).some((text) => text.includes("Planned steps")),
    );
    if (isDryRun(session)) return;

    const contained = await choose("CordonContain", "contain, at medium severity", "contained");
    const incident = contained.results[0]?.incident;
    session.check(
      "it is the first incident of the instance: the dry run opened none",
      /-1$/.test(incident ?? ""),
    );
    if (incident == null) return;
    const { state } = await readInstance(gateway, target);
    session.check(
      "the instance has left its groups",
      target.interfaces.every(
        (id) =>
          state.groups[id]?.length === 1 && state.groups[id]?.[0] !== before.state.groups[id]?.[0],
      ),
    );
    const late = await choose("CordonDryRun", "a dry run after containment", "notified");
    unchanged(late, "the responders are notified that the instance is contained");

    const released = await choose("CordonRelease", "a release", "released");
    const after = await readInstance(gateway, target);
    const { SecurityStatus } = after.state.tags;
    session.check(
      "every field of the instance is restored, except for the release tags",
      sameState(restored(after.state), before.state) && SecurityStatus === "Restored",
    );
    session.check(
      "the release function released it, not a responder",
      released.invocations.some(({ functionName }) => functionName === "cordon-release") &&
        released.invocations.every(({ functionName }) => !functionName.includes("respond")),
    );
    const again = await choose("CordonRelease", "the same release again", "notified");
    unchanged(again, "the responders are notified that it was released");
    session.check(
      "the notice names the incident and the time of its release",
      notices(again).some((text) => text.includes(`Incident ${incident} was released at `)),
    );
  },
};

/** Sends a finding about the instance, dated by the functions' clock. */
function chosen(session: DrillSession, target: SeededInstance, action: CustomAction) {
  const { account, region, id: instance } = target;
  const at = session.organization.lambda.now();
  const event = sentInstance({ action, account, region, instance, at });
  return session.inject(event, `scenario analyst, ${action}`);
}
