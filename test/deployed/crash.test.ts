import { expect } from "chai";
import {
  removeService,
  type SeededInstance,
  seedInstance,
  seedService,
  seedVpc,
  seedWorkloadRole,
  type Vpc,
} from "../../local/estate";
import { instanceFinding } from "../../local/findings";
import { type FaultKind, isOwnCall } from "../../local/gateway/faults";
import type { RecordedCall } from "../../local/gateway/record";
import { type InstanceState, readInstance } from "../../local/instance-state";
import { homeRegion, members } from "../../local/organization";
import { release } from "../../local/scenarios";
import { type Deployed, deployed } from "./deployed";

/** What a response changes, call by call, when nothing goes wrong. Written by hand from R1. */
const literalOrder = [
  // The journal first. Then the evidence, the credentials and the traffic, side by side.
  "dynamodb:PutItem",
  [
    "autoscaling:DetachInstances",
    "ec2:CreateSnapshots",
    "ec2:ModifyInstanceAttribute",
    "ec2:ModifyInstanceAttribute",
    "ec2:ModifyInstanceAttribute",
    "elasticloadbalancing:DeregisterInstancesFromLoadBalancer",
    "elasticloadbalancing:DeregisterTargets",
    "iam:PutRolePolicy",
  ],
  // Both interfaces into quarantine, while the all-open group is made.
  [
    "ec2:AuthorizeSecurityGroupEgress",
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:CreateSecurityGroup",
    "ec2:ModifyNetworkInterfaceAttribute",
    "ec2:ModifyNetworkInterfaceAttribute",
  ],
  // Each interface through the all-open group and back, and marked.
  [
    "ec2:CreateTags",
    "ec2:CreateTags",
    "ec2:ModifyNetworkInterfaceAttribute",
    "ec2:ModifyNetworkInterfaceAttribute",
    "ec2:ModifyNetworkInterfaceAttribute",
    "ec2:ModifyNetworkInterfaceAttribute",
  ],
  ["ec2:CreateTags", "ec2:DeleteSecurityGroup"],
  "sns:Publish",
  "dynamodb:UpdateItem",
];

describe("a response that is broken at its k-th call", () => {
  let here: Deployed;
  let vpc: Vpc;
  let quarantine: string;
  let calls = 0;
  /** Number of the last call of each action in an undisturbed response. */
  const lastOfEach = new Map<string, number>();

  before("deploy, and count the calls of an undisturbed response", async function () {
    this.timeout(400_000);
    here = await deployed();
    const site = { account: members[0]?.id ?? "", region: homeRegion };
    vpc = await seedVpc(here.organization.gateway, site, {
      groups: ["web", "app", "admin"],
      ssmEndpoints: true,
    });
    await seedWorkloadRole(here.organization.gateway, site, "crash");
    // The VPC is younger than the deployment: the first response makes its quarantine group.
    await live("warm-up", () => undefined);
    const { counted, recorded } = await live("undisturbed", () => undefined);
    calls = counted;
    const own = recorded.filter((call) => isOwnCall(call, call.action)).slice(0, calls);
    for (const [index, call] of own.entries()) lastOfEach.set(call.action, index + 1);
    expect(orderOf(recorded)).to.deep.equal(literalOrder.map((stage) => [stage].flat()));
  });

  for (const [title, kind] of [
    ["the connection drops after the effect", "drop"],
    ["the process is killed after the effect", "kill"],
    ["the service throttles it once", "throttle"],
  ] as const satisfies readonly (readonly [string, FaultKind])[]) {
    it(`is finished by the next delivery, and released field by field: ${title}`, async function () {
      this.timeout(1_500_000);
      const broken = new Set<number>();
      for (let at = 1; at <= calls; at++) {
        const { fired } = await live(`${kind}-${at}`, () => arm(at, kind, false));
        if (fired) broken.add(at);
      }
      // A retry may save a call further on, so the last of them need not happen in every life.
      expect(broken.size).to.be.within(calls - 3, calls);
      console.log(`        ${broken.size} of ${calls} calls broken (${kind})`);
    });
  }

  it("is finished by the next delivery, whatever action is throttled until the run ends", async function () {
    this.timeout(1_500_000);
    // The SDK outlasts one throttled call by itself; this is what a run does not survive.
    let broken = 0;
    for (const [action, at] of lastOfEach) {
      const { fired } = await live(`lasting-${at}`, () => arm(at, "throttle", true));
      expect(fired, action).to.equal(true);
      broken += 1;
    }
    expect(broken).to.be.greaterThan(20);
    console.log(`        ${broken} actions throttled for the whole run`);
  });

  function arm(at: number, kind: FaultKind, lasting: boolean): void {
    here.organization.gateway.faults.arm({
      at,
      kind,
      lasting,
      onKill: (caller) => here.organization.lambda.kill(caller.accessKeyId),
    });
  }

  /** One instance contained, with whatever was armed, and released; throws where a promise fails. */
  async function live(label: string, disturb: () => void) {
    const { organization, session } = here;
    const { gateway } = organization;
    const target = await seedInstance(gateway, vpc, {
      interfaces: [["web", "app"], ["admin"]],
      volumes: 2,
      profile: "crash",
    });
    await seedService(gateway, vpc, target, label);
    const before = await readInstance(gateway, target);
    gateway.faults.arm({ at: 1_000_000, kind: "refuse" });
    disturb();
    await organization.emit(target.region, instanceFinding({ ...target, instance: target.id }));
    const first = gateway.record.entries.length;
    const { results } = await session.settle(label, {
      onRedelivery: () => gateway.faults.disarm(),
    });
    const { counted, fired } = gateway.faults;
    gateway.faults.disarm();
    const recorded = gateway.record.entries.slice(first);
    const outcomes = results.map((each) => `${each.outcome}: ${each.reason}`).join("; ");
    // A run that died after closing the journal has contained it: the redelivery is a duplicate.
    const answered = results.find((each) => ["contained", "duplicate"].includes(each.outcome));
    expect(answered, `${label} is contained; ${outcomes}`).to.not.equal(undefined);
    const incident = answered?.incident ?? "";
    await provesContained(label, target, incident, before.state);
    const report = await release(session, incident);
    expect(report.outcome, `${label}: ${JSON.stringify(report)}`).to.equal("released");
    await provesReleased(label, target, before.state);
    await removeService(gateway, vpc, label);
    return { counted, fired, recorded };
  }

  async function provesContained(
    label: string,
    target: SeededInstance,
    incident: string,
    before: InstanceState,
  ): Promise<void> {
    const record = await here.session.journal(incident);
    expect(record.status, label).to.equal("contained");
    const originals = record.steps.flatMap((step) =>
      step.kind === "quarantine-interface" ? [[step.networkInterface, [...step.before]]] : [],
    );
    expect(Object.fromEntries(originals), label).to.deep.equal(before.groups);
    const { state, snapshots, untrackGroups } = await readInstance(
      here.organization.gateway,
      target,
    );
    quarantine ??= state.groups[target.interfaces[0] ?? ""]?.[0] ?? "";
    expect(state.groups, label).to.deep.equal(
      Object.fromEntries(target.interfaces.map((id) => [id, [quarantine]])),
    );
    expect(untrackGroups, label).to.deep.equal([]);
    expect(
      Object.values(snapshots).map((each) => each.length),
      label,
    ).to.deep.equal([1, 1]);
    expect(state, label).to.deep.include({
      disableApiTermination: true,
      disableApiStop: true,
      shutdownBehavior: "stop",
      autoScalingGroup: null,
      targets: [],
      loadBalancers: [],
    });
    expect(Object.keys(state.rolePolicies), label).to.include(`Cordon-${incident}`);
  }

  async function provesReleased(
    label: string,
    target: SeededInstance,
    before: InstanceState,
  ): Promise<void> {
    const { state } = await readInstance(here.organization.gateway, target);
    const { SecurityStatus, RestoredAt, ...tags } = state.tags;
    expect({ ...state, tags }, label).to.deep.equal(before);
    expect(SecurityStatus, label).to.equal("Restored");
    expect(Date.parse(RestoredAt ?? ""), label).to.be.a("number").that.is.not.NaN;
  }
});

/** Groups the mutating calls into the plan's stages, sorted within each. */
function orderOf(recorded: readonly RecordedCall[]): string[][] {
  const names = recorded
    .filter((call) => call.origin === "cordon" && call.mutating)
    .map((call) => call.action)
    .filter((action) => !action.startsWith("sqs:"));
  let from = 0;
  return literalOrder.map((stage) => {
    const length = [stage].flat().length;
    const part = names.slice(from, from + length);
    from += length;
    return part.sort();
  });
}
