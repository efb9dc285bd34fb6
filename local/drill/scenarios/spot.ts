/** Scenario: Spot Instances of an Auto Scaling group, one in service and one being terminated. */
import { DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import { homeRegion, members } from "../../gateway/accounts";
import { instanceFinding } from "../../samples/guardduty";
import { type SeededInstance, seedInstance, seedVpc } from "../../seeds/networks";
import { ownerOf } from "../../seeds/owner";
import { seedService, terminateInGroup } from "../../seeds/services";
import { readInstance } from "../instance-state";
import type { DrillSession, Injected } from "../session";
import { contained, notices, subjects } from "./credential-checks";
import { isDryRun, release, restored, type Scenario, sameState } from "./scenario";

const [production] = members as [(typeof members)[number]];
const fleets = { inService: "batch", terminating: "batch-leaving" };

interface Seeded {
  readonly inService: SeededInstance;
  readonly terminating: SeededInstance;
}

export const spot: Scenario = {
  name: "spot",
  title: "Spot Instances of Auto Scaling groups: isolated without the protections that EC2 refuses",
  async seed({ organization: { gateway } }): Promise<Seeded> {
    const site = { account: production.id, region: homeRegion };
    const vpc = await seedVpc(gateway, site, { groups: ["batch"], ssmEndpoints: true });
    const instance = () =>
      seedInstance(gateway, vpc, { interfaces: [["batch"]], volumes: 2, spot: true });
    const seeded = { inService: await instance(), terminating: await instance() };
    await seedService(gateway, vpc, seeded.inService, fleets.inService);
    await seedService(gateway, vpc, seeded.terminating, fleets.terminating);
    await terminateInGroup(gateway, seeded.terminating, fleets.terminating);
    return seeded;
  },
  async run(session, seeded) {
    if (isDryRun(session)) return;
    await inService(session, (seeded as Seeded).inService);
    await terminating(session, (seeded as Seeded).terminating);
  },
};

const refused =
  "EC2 refuses termination and stop protection for a Spot Instance, and may interrupt it.";

async function inService(session: DrillSession, target: SeededInstance): Promise<void> {
  const { gateway } = session.organization;
  const fleet = () => readFleet(session, target, fleets.inService);
  const before = await readInstance(gateway, target);
  const fleetBefore = await fleet();
  const finding = instanceFinding({ ...target, instance: target.id });
  const { incident, injected } = await contained(session, finding, "spot, in service");
  if (incident === undefined) return;
  const { state, snapshots } = await readInstance(gateway, target);
  session.check(
    "it is isolated, and the subject says so",
    isMoved(target, before.state.groups, state.groups) &&
      subjects(injected).some((each) => each.startsWith(`[Cordon] Isolated: ${target.id}`)),
  );
  session.check(
    "no protection that EC2 refuses is asked for, and the notice names them",
    attributes(injected).every((name) => !name.startsWith("DisableApi")) &&
      notices(injected).some((each) => each.includes(refused)),
  );
  session.check(
    "every volume has a snapshot and outlives an interruption",
    Object.values(snapshots).flat().length === 2 &&
      Object.values(state.deleteOnTermination).every((doomed) => !doomed) &&
      state.state === "running",
  );
  const during = await fleet();
  session.check(
    "its group has the same capacity, with a replacement in its place",
    during.desired === fleetBefore.desired &&
      during.instances.length === fleetBefore.instances.length &&
      !during.instances.includes(`${target.id} InService`),
  );

  const { length } = gateway.record.entries;
  const report = await release(session, incident);
  const calls = gateway.record.entries.slice(length);
  const after = await readInstance(gateway, target);
  session.check(
    "one command releases it, and every field is restored",
    report.outcome === "released" && sameState(restored(after.state), before.state),
  );
  const { desired, instances } = await fleet();
  session.check(
    "it is in service again beside its replacement: the capacity is one more, and the notice says so",
    desired === fleetBefore.desired + 1 &&
      instances.includes(`${target.id} InService`) &&
      notices({ calls }).some((each) => each.includes("which raises its desired capacity by one")),
  );
}

async function terminating(session: DrillSession, target: SeededInstance): Promise<void> {
  const { gateway } = session.organization;
  const fleet = () => readFleet(session, target, fleets.terminating);
  const before = await readInstance(gateway, target);
  const fleetBefore = await fleet();
  session.check(
    "before: its group is terminating another, which waits for a hook",
    fleetBefore.instances.includes(`${target.id} Terminating:Wait`),
  );
  const finding = instanceFinding({ ...target, instance: target.id });
  const { incident, injected } = await contained(session, finding, "spot, terminating");
  if (incident === undefined) return;
  const { state, snapshots } = await readInstance(gateway, target);
  const first = (action: string) => injected.calls.findIndex((call) => call.action === action);
  session.check(
    "it is isolated, and the evidence was taken first",
    isMoved(target, before.state.groups, state.groups) &&
      Object.values(snapshots).flat().length === 2 &&
      first("ec2:CreateSnapshots") < first("ec2:ModifyNetworkInterfaceAttribute"),
  );
  session.check(
    "its group is not asked to detach it, and is as before",
    first("autoscaling:DetachInstances") === -1 && sameState(await fleet(), fleetBefore),
  );
  const text = notices(injected).join("\n");
  session.check(
    "the notice says that it will be terminated, and how to put that off",
    text.includes(
      `stays in Auto Scaling group ${fleets.terminating}: in the state Terminating:Wait EC2 Auto Scaling refuses to detach it, and terminates it whatever its protection.`,
    ) && text.includes("aws autoscaling record-lifecycle-action-heartbeat"),
  );
  const report = await release(session, incident);
  const after = await readInstance(gateway, target);
  session.check(
    "one command releases it; its group is as before",
    report.outcome === "released" &&
      sameState(restored(after.state), before.state) &&
      sameState(await fleet(), fleetBefore),
  );
}

/** Reads a group's capacity, and its instances with the state of each. */
async function readFleet({ organization }: DrillSession, target: SeededInstance, name: string) {
  const { AutoScalingGroups = [] } = await ownerOf(organization.gateway, target).autoScaling.send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }),
  );
  const [group] = AutoScalingGroups;
  return {
    desired: group?.DesiredCapacity ?? 0,
    instances: (group?.Instances ?? [])
      .map(({ InstanceId, LifecycleState }) => `${InstanceId} ${LifecycleState}`)
      .sort(),
  };
}

type Groups = Readonly<Record<string, readonly string[]>>;

function isMoved({ interfaces }: SeededInstance, before: Groups, after: Groups): boolean {
  return interfaces.every(
    (id) => after[id]?.length === 1 && after[id]?.join() !== before[id]?.join(),
  );
}

/** Lists the attributes of instances that calls set. */
function attributes({ calls }: Injected): string[] {
  return calls
    .filter((call) => call.action === "ec2:ModifyInstanceAttribute")
    .flatMap((call) => Object.keys(call.request as object));
}
