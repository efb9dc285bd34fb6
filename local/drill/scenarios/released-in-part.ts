/** Scenario: a release meets a step that can never succeed, and ends all the same. */
import { UpdateAutoScalingGroupCommand } from "@aws-sdk/client-auto-scaling";
import { homeRegion, members } from "../../gateway/accounts";
import { instanceFinding } from "../../samples/guardduty";
import { type SeededInstance, seedInstance, seedVpc } from "../../seeds/networks";
import { ownerOf } from "../../seeds/owner";
import { seedService } from "../../seeds/services";
import { readInstance } from "../instance-state";
import { isDryRun, release, type Scenario } from "./scenario";

const [production] = members as [(typeof members)[number]];
const service = "fixed-size";

export const releasedInPart: Scenario = {
  name: "released-in-part",
  title: "An Auto Scaling group of fixed size: the release ends in part, the next finding contains",
  async seed({ organization: { gateway } }) {
    const site = { account: production.id, region: homeRegion };
    const vpc = await seedVpc(gateway, site, { groups: ["fixed"], ssmEndpoints: true });
    const target = await seedInstance(gateway, vpc, { interfaces: [["fixed"]], volumes: 1 });
    await seedService(gateway, vpc, target, service);
    return target;
  },
  async run(session, seeded) {
    if (isDryRun(session)) return;
    const target = seeded as SeededInstance;
    const { gateway, lambda } = session.organization;
    const before = await readInstance(gateway, target);
    const contain = async (what: string) => {
      const finding = { ...target, instance: target.id, lastSeen: lambda.now() };
      const { results } = await session.inject(
        instanceFinding(finding),
        `scenario released-in-part, ${what}`,
      );
      return results.find(({ outcome }) => outcome === "contained")?.incident;
    };
    const incident = await contain("a finding");
    session.check("the finding is answered with containment", incident != null);
    if (incident == null) return;

    // The replacement has started: the group is full.
    await ownerOf(gateway, target).autoScaling.send(
      new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: service, MaxSize: 1 }),
    );
    const report = await release(session, incident);
    if (report.outcome === "refused") return session.check("it can be released", false);
    session.check("it is released in part", report.outcome === "released-in-part");
    session.check(
      "the group's maximum is a manual step, with its command",
      report.byHand.length === 1 &&
        /max-size=1/.test(report.byHand[0]?.why ?? "") &&
        /aws autoscaling attach-instances /.test(report.byHand[0]?.manual ?? ""),
    );
    const { state } = await readInstance(gateway, target);
    session.check(
      "network and load balancers are restored",
      target.interfaces.every(
        (id) => state.groups[id]?.join() === before.state.groups[id]?.join(),
      ) &&
        state.targets.join() === before.state.targets.join() &&
        state.loadBalancers.join() === before.state.loadBalancers.join(),
    );
    session.check(
      "the instance is in no group, and its protection stays",
      state.autoScalingGroup === null &&
        state.disableApiTermination &&
        state.disableApiStop &&
        Object.values(state.deleteOnTermination).every((doomed) => !doomed) &&
        report.keptInPlace.length > 0,
    );
    const { status } = await session.journal(incident);
    session.check("the incident is closed", status === "released");
    const again = await release(session, incident);
    session.check("releasing it again is refused", again.outcome === "refused");
    const next = await contain("a newer finding");
    session.check("a newer finding contains it again", next?.endsWith("-2") === true);
  },
};
