import { expect } from "chai";
import { principalProblem } from "../../../../functions/flows/approval/decide";
import type { ReleaseReport } from "../../../../functions/flows/release/release";
import type { Resource } from "../../../../functions/model/resource";
import { type Step, step } from "../../../../functions/remediate/steps";
import * as builders from "../../../support/builders";
import { type AccountState, AwsError } from "../../../support/memory-account";
import type { Item } from "../../../support/memory-journal";
import { answered, type Faults, SimulatedWorld } from "../../../support/simulated-world";
import { sorted } from "../../../support/sorted";

const incident = builders.incident();
const id = `${builders.incidentKey}-1`;

const attach = `attach ${builders.instanceId} to Auto Scaling group web-asg, which raises its desired capacity by one`;
const registerTarget = `register ${builders.instanceId} with target group web, port 8080`;
const registerClassic = `register ${builders.instanceId} with load balancer web-classic`;
const deny = `delete the policy Cordon-${id}-5eed0001 of role web`;
const marks = [
  "remove the tag cordon from eni-01",
  "remove the tag cordon from eni-02",
  `tag ${builders.instanceId} SecurityStatus=Restored`,
];
const protection = [
  `set disableApiTermination of ${builders.instanceId} back to false`,
  `set disableApiStop of ${builders.instanceId} back to false`,
  `set instanceInitiatedShutdownBehavior of ${builders.instanceId} back to terminate`,
  `set DeleteOnTermination of /dev/xvda of ${builders.instanceId} back to true`,
];
const waitsFor = (what: string) => `kept in place because this is not done: ${what}`;

async function contained(): Promise<SimulatedWorld> {
  const world = new SimulatedWorld(builders.standardAccount());
  await world.answer(incident);
  return world;
}

/** The answer to a finding about the same instance that is newer than its release. */
async function containedAgain(world: SimulatedWorld) {
  world.pass(60_000);
  return answered(await world.answer(builders.incident({ lastSeen: "2026-11-20T10:30:00.000Z" })));
}

function throttled(method: string): Pick<Faults, "fault"> {
  const error = new AwsError("RequestLimitExceeded", "Request limit exceeded.");
  return { fault: (call) => (call.method === method ? error : undefined) };
}

/** What a release did not revert, each with its reason. */
function leftOver(report: ReleaseReport) {
  if (report.outcome === "refused") throw new Error(report.reason);
  const { outcome, drifted, byHand, problems, keptInPlace } = report;
  const of = (each: typeof drifted) => each.map(({ what, why }) => [what, why]);
  return {
    outcome,
    drifted: of(drifted),
    byHand: of(byHand),
    problems: of(problems),
    keptInPlace: of(keptInPlace),
  };
}
const nothingLeft = { outcome: "released", drifted: [], byHand: [], problems: [], keptInPlace: [] };

describe("a release [E4]", () => {
  it("restores the instance in safe order: network, credentials, traffic, protection, marks", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(incident);
    const before = world.changes.length;
    await world.release(id);
    const calls = world.changes.slice(before).map(({ method, args }) => [method, ...args]);
    expect([
      calls.slice(0, 2),
      calls.slice(2, 3),
      sorted(calls.slice(3, 6)),
      sorted(calls.slice(6, 10)),
      calls.slice(10),
    ]).to.deep.equal([
      [
        ["network.setGroups", "eni-01", ["sg-admin", "sg-web"]],
        ["network.setGroups", "eni-02", ["sg-data"]],
      ],
      [["identity.deleteRolePolicy", "web", `Cordon-${id}-5eed0001`]],
      sorted([
        ["scaling.attach", builders.instanceId, "web-asg"],
        ["balancing.registerTarget", builders.targetGroupArn, builders.instanceId, 8080],
        ["balancing.registerWithLoadBalancer", "web-classic", builders.instanceId],
      ]),
      sorted([
        ["compute.setAttribute", builders.instanceId, "disableApiTermination", false],
        ["compute.setAttribute", builders.instanceId, "disableApiStop", false],
        [
          "compute.setAttribute",
          builders.instanceId,
          "instanceInitiatedShutdownBehavior",
          "terminate",
        ],
        ["compute.setDeleteOnTermination", builders.instanceId, ["/dev/xvda"], true],
      ]),
      [
        [
          "compute.removeTags",
          builders.instanceId,
          [
            "QuarantinedAt",
            "CordonIncident",
            "GuardDutyFindingId",
            "GuardDutyFindingType",
            "OriginalSecurityGroups",
          ],
        ],
        [
          "compute.setTags",
          builders.instanceId,
          { SecurityStatus: "Restored", RestoredAt: "2026-11-20T10:05:00.000Z" },
        ],
        ["compute.removeTags", "eni-01", ["cordon"]],
        ["compute.removeTags", "eni-02", ["cordon"]],
      ],
    ]);
    expect(world.items[id]?.status).to.equal("released");
    expect(Object.values(world.items[id]?.marks ?? {}).sort()).to.deep.equal([
      ...Array.from({ length: 2 }, () => "kept"),
      ...Array.from({ length: 16 }, () => "restored"),
    ]);
  });

  it("keeps the protection while a step fails that may pass, and finishes when it is run again", async () => {
    const world = await contained();
    const report = leftOver(answered(await world.release(id, throttled("scaling.attach"))));
    expect(report).to.deep.equal({
      outcome: "unfinished",
      drifted: [],
      byHand: [],
      problems: [[attach, "RequestLimitExceeded: Request limit exceeded."]],
      keptInPlace: protection.map((what) => [what, waitsFor(attach)]),
    });
    expect(world.items[id]).to.deep.include({ status: "releasing", leaseUntil: 0 });
    expect(Object.values(world.items[id]?.marks ?? {})).not.to.include("by-hand");
    expect(world.state.interfaces["eni-01"]?.groups).to.deep.equal(["sg-admin", "sg-web"]);
    expect(world.state.instances[builders.instanceId]).to.deep.include({
      attributes: {
        disableApiTermination: true,
        disableApiStop: true,
        instanceInitiatedShutdownBehavior: "stop",
      },
    });
    // It is in no quarantine any more, and says so.
    expect(world.state.instances[builders.instanceId]?.tags.SecurityStatus).to.equal("Restored");
    expect(leftOver(answered(await world.release(id)))).to.deep.equal(nothingLeft);
  });

  it("ends with --close although a step fails: what is left is done manually", async () => {
    const world = await contained();
    const faults = { ...throttled("scaling.attach"), close: true };
    expect(leftOver(answered(await world.release(id, faults)))).to.deep.equal({
      outcome: "released-in-part",
      drifted: [],
      byHand: [[attach, "RequestLimitExceeded: Request limit exceeded."]],
      problems: [],
      keptInPlace: protection.map((what) => [what, waitsFor(attach)]),
    });
    expect(world.items[id]?.status).to.equal("released");
    expect(
      Object.values(world.items[id]?.marks ?? {}).filter((mark) => mark === "by-hand"),
    ).to.have.lengthOf(5);
    expect((await containedAgain(world)).incident).to.equal(`${builders.incidentKey}-2`);
  });

  it("reverts everything with --close where nothing fails", async () => {
    const world = await contained();
    expect(leftOver(answered(await world.release(id, { close: true })))).to.deep.equal(nothingLeft);
  });

  // R3: each of them never ended, and its target could not be contained again.
  const final: readonly (readonly [
    string,
    (state: AccountState) => void,
    byHand: readonly (readonly [string, RegExp])[],
    waiting: readonly string[],
  ])[] = [
    [
      "an Auto Scaling group at its maximum",
      (state) => {
        state.scalingGroups["web-asg"]!.max = 1;
      },
      [[attach, /^ValidationError: web-asg would exceed its maximum 1$/]],
      protection,
    ],
    [
      "a deleted Auto Scaling group",
      (state) => {
        delete state.scalingGroups["web-asg"];
      },
      [[attach, /^ValidationError: There is no group web-asg$/]],
      protection,
    ],
    [
      "a deleted target group",
      (state) => {
        delete state.targetGroups[builders.targetGroupArn];
      },
      [[registerTarget, /^TargetGroupNotFoundException: /]],
      protection,
    ],
    [
      "a deleted load balancer",
      (state) => {
        delete state.loadBalancers["web-classic"];
      },
      [[registerClassic, /^AccessPointNotFoundException: web-classic$/]],
      protection,
    ],
    [
      "a stopped instance",
      (state) => {
        state.instances[builders.instanceId]!.state = "stopped";
      },
      [
        [attach, /^ValidationError: .* cannot be attached to web-asg$/],
        [registerTarget, /^InvalidTargetException: .* is not running$/],
        [registerClassic, /^InvalidEndPointException: .* is not running$/],
      ],
      protection,
    ],
    [
      "a deleted security group",
      (state) => {
        delete state.groups["sg-data"];
      },
      [["move eni-02 back to sg-data", /^InvalidGroup.NotFound: There is no sg-data$/]],
      [...protection, deny, attach, registerTarget, registerClassic, ...marks],
    ],
  ];
  for (const [what, change, byHand, waiting] of final) {
    it(`ends as released in part, and its target can be contained again: ${what}`, async () => {
      const world = await contained();
      change(world.state);
      const report = answered(await world.release(id));
      if (report.outcome === "refused") throw new Error(report.reason);
      const [first] = byHand;
      expect(report.outcome).to.equal("released-in-part");
      expect(report.byHand.map((each) => each.what)).to.deep.equal(byHand.map(([each]) => each));
      for (const [index, [, why]] of byHand.entries()) {
        expect(report.byHand[index]?.why).to.match(why);
      }
      expect(report.keptInPlace.map((each) => each.what).sort()).to.deep.equal([...waiting].sort());
      for (const { why } of report.keptInPlace) expect(why).to.equal(waitsFor(first?.[0] ?? ""));
      expect([report.drifted, report.problems]).to.deep.equal([[], []]);
      const { subject, text } = world.notices.at(-1)!;
      expect(subject).to.equal(`[Cordon] URGENT Released in part: ${builders.instanceId} (${id})`);
      expect(text).to.include("\nFailed permanently: do it manually, in eu-central-1\n");
      const { status, marks: kept } = world.items[id]!;
      expect(status).to.equal("released");
      expect(Object.values(kept).filter((mark) => mark === "by-hand")).to.have.lengthOf(
        byHand.length + waiting.length,
      );
      // Evidence outlives what may now terminate the instance.
      expect(world.state.instances[builders.instanceId]?.volumes[0]?.deleteOnTermination).to.equal(
        false,
      );
      const refused = answered(await world.release(id));
      expect(refused.outcome === "refused" && refused.reason).to.match(/was released at/);
      expect(await containedAgain(world)).to.deep.include({
        outcome: "contained",
        incident: `${builders.incidentKey}-2`,
      });
    });
  }

  it("waits for an instance that is still being detached from its Auto Scaling group", async () => {
    const world = await contained();
    const group = world.state.scalingGroups["web-asg"]!;
    group.detaching.push(builders.instanceId);
    const report = leftOver(answered(await world.release(id)));
    expect(report).to.deep.include({
      outcome: "unfinished",
      problems: [
        [attach, `NotVisibleYet: ${builders.instanceId} is still being detached from web-asg`],
      ],
    });
    group.detaching = [];
    expect(leftOver(answered(await world.release(id)))).to.deep.equal(nothingLeft);
  });

  it("goes on where a responder reopened an interface, and reports it", async () => {
    const world = await contained();
    world.state.interfaces["eni-01"]!.groups = ["sg-web", "sg-data"];
    expect(leftOver(answered(await world.release(id)))).to.deep.equal({
      ...nothingLeft,
      outcome: "released-in-part",
      drifted: [["move eni-01 back to sg-admin, sg-web", "it was changed after the containment"]],
    });
    expect(world.state.scalingGroups["web-asg"]?.instances).to.include(builders.instanceId);
  });

  it("keeps the rest in place where an interface is in groups that it did not have", async () => {
    const world = await contained();
    // An analyst's own isolation: a load balancer would find the instance unhealthy.
    world.state.interfaces["eni-01"]!.groups = ["sg-data"];
    const moved = "move eni-01 back to sg-admin, sg-web";
    expect(leftOver(answered(await world.release(id)))).to.deep.equal({
      outcome: "released-in-part",
      drifted: [[moved, "it was changed after the containment"]],
      byHand: [],
      problems: [],
      keptInPlace: [...protection, deny, attach, registerTarget, registerClassic, ...marks].map(
        (what) => [what, waitsFor(moved)],
      ),
    });
    expect(world.state.scalingGroups["web-asg"]?.instances).not.to.include(builders.instanceId);
    expect(world.state.interfaces["eni-02"]?.groups).to.deep.equal(["sg-data"]);
  });

  it("keeps the rest in place where the role's deny was changed", async () => {
    const world = await contained();
    world.state.roles.web!.policies[`Cordon-${id}-5eed0001`] = {
      Version: "2012-10-17",
      Statement: [],
    };
    const report = leftOver(answered(await world.release(id)));
    expect(report).to.deep.include({
      outcome: "released-in-part",
      drifted: [[deny, "it was changed after the containment"]],
    });
    expect(report.keptInPlace).to.have.lengthOf(10);
  });

  it("waits until AWS shows an interface in its groups before traffic returns", async () => {
    const world = await contained();
    let stale = 3;
    let staleAtAttach: number | undefined;
    const seen: string[] = [];
    const report = await world.release(id, {
      fault: ({ method, args }) => {
        seen.push(method);
        if (method === "scaling.attach") staleAtAttach ??= stale;
        const written = seen.includes("network.setGroups");
        const late = method === "network.networkInterface" && args[0] === "eni-02" && written;
        return late && stale-- > 0 ? new AwsError("RequestLimitExceeded", "later") : undefined;
      },
    });
    expect(answered(report).outcome).to.equal("released");
    expect(staleAtAttach).to.be.below(0);
  });

  it("does not take an undone step for restored while AWS does not show it", async () => {
    const world = await contained();
    let written = false;
    const report = await world.release(id, {
      fault: ({ method, args }) => {
        written ||= method === "network.setGroups" && args[0] === "eni-02";
        const read = method === "network.networkInterface" && args[0] === "eni-02";
        return read && written ? new AwsError("RequestLimitExceeded", "later") : undefined;
      },
    });
    expect(leftOver(answered(report))).to.deep.include({
      outcome: "unfinished",
      problems: [["move eni-02 back to sg-data", "it was reverted, but AWS does not show it yet"]],
    });
    expect(world.state.scalingGroups["web-asg"]?.instances).not.to.include(builders.instanceId);
    expect(answered(await world.release(id)).outcome).to.equal("released");
  });

  it("does not end where the release role cannot be assumed", async () => {
    const world = await contained();
    const report = await world.release(id, {
      fault: ({ method }) =>
        method === "sts.assume" ? new AwsError("AccessDenied", "no such role") : undefined,
    });
    expect(answered(report).outcome).to.equal("unfinished");
    expect(answered(await world.release(id)).outcome).to.equal("released");
  });

  it("keeps who requested it and why, in the journal, the report and the notice", async () => {
    const world = await contained();
    const report = answered(await world.release(id, { reason: "a false positive  (CASE-7)" }));
    const order = {
      by: "arn:aws:sts::444455556666:assumed-role/responders/ana",
      reason: "a false positive (CASE-7)",
      at: "2026-11-20T10:05:00.000Z",
    };
    expect(report).to.deep.include({ order });
    expect(world.items[id]?.release).to.deep.equal(order);
    expect(world.notices.at(-1)?.text).to.include(
      "\nRequester  arn:aws:sts::444455556666:assumed-role/responders/ana\nReason     a false positive (CASE-7)\n",
    );
  });

  it("names the other open incidents of the instance and of its role", async () => {
    const world = await contained();
    // R29: the instance's release left its role's sessions denied, and did not say so.
    const { record } = world.items[id]!;
    const other = (key: string, about: Partial<typeof record>): Item => ({
      ...world.items[id]!,
      record: {
        ...record,
        id: `${key}-1`,
        incident: { ...record.incident, key },
        ...about,
      },
    });
    const role = { name: "web", arn: builders.roleArn };
    const plan = (...steps: readonly Step[]) => ({
      plan: {
        stages: [{ name: "cut", onFailure: "continue" as const, steps }],
        residual: [],
        nextSteps: [],
      },
    });
    const about = (resource: Resource) => ({
      incident: {
        ...record.incident,
        key: "aaaaaaaaaaaaaaa1",
        playbook: "revoke-sessions" as const,
        resource,
      },
    });
    const session = { kind: "role", id: "web", accessKey: "ASIA1", session: "cli" } as const;
    const revoke = step("revoke-sessions", { role, policy: "p", issuedBefore: "2026" });
    Object.assign(world.items, {
      "aaaaaaaaaaaaaaa1-1": other("aaaaaaaaaaaaaaa1", { ...about(session), ...plan(revoke) }),
      // Another instance of the role: the deny of its sessions does not concern this one.
      "aaaaaaaaaaaaaaa2-1": other("aaaaaaaaaaaaaaa2", {
        incident: {
          ...record.incident,
          key: "aaaaaaaaaaaaaaa2",
          resource: { kind: "instance", id: "i-0bbbbbbbbbbbbbbbb" },
        },
        ...plan(
          step("deny-instance-credentials", {
            role,
            policy: "p",
            instanceArn: "arn:aws:ec2:eu-central-1:222233334444:instance/i-0bbbbbbbbbbbbbbbb",
            endpoints: [],
          }),
        ),
      }),
    });
    const line = "aaaaaaaaaaaaaaa1-1 (Revoke sessions, role web) is contained";
    expect(answered(await world.release(id))).to.deep.include({
      outcome: "released",
      others: [line],
    });
    expect(world.notices.at(-1)?.text).to.include(`\nOther open incidents here\n  - ${line}\n`);
  });

  it("says that it could not list the open incidents, and releases all the same", async () => {
    const world = await contained();
    expect(answered(await world.release(id, throttled("journal.openIncidents")))).to.deep.include({
      outcome: "released",
      others: [
        "Cordon could not list the open incidents: RequestLimitExceeded: Request limit exceeded.",
      ],
    });
  });

  it("finds nothing to restore of an interface that no longer exists", async () => {
    const world = await contained();
    delete world.state.interfaces["eni-02"];
    const report = answered(await world.release(id));
    expect(report).to.deep.include({
      outcome: "released",
      gone: [
        "remove the tag cordon from eni-02",
        "move eni-02 back to sg-data",
        "move eni-02 back into quarantine, if it is in the untrack group",
      ],
    });
    const { marks } = world.items[id]!;
    expect(Object.values(marks).filter((mark) => mark === "gone")).to.have.lengthOf(3);
    expect(world.notices.at(-1)?.text).to.include(
      "\nNo longer exists, nothing to revert\n  - remove the tag cordon from eni-02\n  - move eni-02 back to sg-data\n",
    );
  });

  it("refuses whom the incident is about, and undoes nothing", async () => {
    const world = await contained();
    const before = structuredClone(world.state);
    const suspect = `arn:aws:sts::${builders.account}:assumed-role/web/${builders.instanceId}`;
    const own = {
      securityAccount: "444455556666",
      rolePath: "/",
      deploymentRole: "CordonDeployer",
    };
    const report = answered(
      await world.release(id, {
        objection: (record) => principalProblem(suspect, record, own, "release it"),
      }),
    );
    expect(report).to.deep.equal({
      outcome: "refused",
      incident: id,
      reason: `${suspect} may not release it: the incident is about this principal`,
    });
    expect(world.state).to.deep.equal(before);
  });

  it("refuses a plan with a step that this version does not know, and changes nothing", async () => {
    const world = await contained();
    const { record } = world.items[id]!;
    const unknown = { kind: "freeze-disk", instance: builders.instanceId } as unknown as Step;
    world.items[id]!.record = {
      ...record,
      plan: { ...record.plan, stages: [{ name: "x", onFailure: "stop", steps: [unknown] }] },
    };
    const before = structuredClone([world.state, world.items]);
    expect(answered(await world.release(id))).to.deep.equal({
      outcome: "refused",
      incident: id,
      reason: `This version of Cordon does not know the step freeze-disk of incident ${id}: deploy the version that contained it, and release with that`,
    });
    expect([world.state, world.items]).to.deep.equal(before);
  });

  it("does not take a lost reply for a failure where one read shows that it took effect", async () => {
    for (const method of ["scaling.attach", "balancing.registerTarget", "network.setGroups"]) {
      const world = new SimulatedWorld(builders.standardAccount());
      await world.answer(incident);
      const ending = await world.release(id, {
        lost: true,
        fault: (call) =>
          call.method === method ? new AwsError("TimeoutError", "socket hang up") : undefined,
      });
      expect(answered(ending), method).to.deep.include({ outcome: "released", problems: [] });
    }
  });

  it("notifies before it closes the journal", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(incident);
    const { calls } = await world.release(id);
    expect(calls.slice(-2).map((call) => call.method)).to.deep.equal([
      "topic.publish",
      "journal.finish",
    ]);
    expect(world.notices.at(-1)?.subject).to.equal(
      `[Cordon] Released: ${builders.instanceId} (${id})`,
    );
  });

  const refusals: readonly (readonly [
    string,
    string,
    RegExp,
    (world: SimulatedWorld) => Promise<unknown>,
  ])[] = [
    ["a name that is none", "i-1", /^"i-1" is not an incident id/, async () => {}],
    ["an unknown incident", id, /^The journal has no incident/, async () => {}],
    [
      "a plan that was only announced",
      id,
      /was only planned/,
      (world) => world.answer(incident, { policy: { mode: "dry-run" } }),
    ],
    [
      "an incident that was released",
      id,
      /was released at 2026-11-20T10:05:00.000Z by arn:aws:sts::444455556666:assumed-role\/responders\/ana: a false positive$/,
      async (world) => {
        await world.answer(incident);
        await world.release(id);
      },
    ],
    [
      "an incident that has a newer epoch",
      id,
      /the newest is f306fc2273fcd649-2$/,
      async (world) => {
        await world.answer(incident);
        await world.release(id);
        await world.answer(builders.incident({ lastSeen: "2026-11-20T11:00:00.000Z" }));
      },
    ],
    [
      "an incident on which another run works",
      id,
      /^Another run works on f306fc2273fcd649-1; try again in three minutes$/,
      async (world) => {
        await world.answer(incident, { death: { at: 40, when: "after" } });
      },
    ],
  ];
  const reason = "The reason for the release must be one line of 1 to 1,000 characters, but";
  for (const [what, text, problem] of [
    ["no reason", " ", `${reason} none was given`],
    ["a reason of 10,000 characters", "x".repeat(10_000), `${reason} it has 10000`],
    ["a reason of two lines", "one\ntwo", `${reason} it has line breaks or control characters`],
  ] as const) {
    it(`refuses ${what} in one sentence, and changes nothing`, async () => {
      const world = await contained();
      const before = structuredClone([world.state, world.items, world.notices]);
      expect(answered(await world.release(id, { reason: text }))).to.deep.equal({
        outcome: "refused",
        incident: id,
        reason: problem,
      });
      expect([world.state, world.items, world.notices]).to.deep.equal(before);
    });
  }

  it("takes a reason of 1,000 characters", async () => {
    const world = await contained();
    expect(answered(await world.release(id, { reason: "x".repeat(1_000) })).outcome).to.equal(
      "released",
    );
  });

  for (const [what, name, reason, before] of refusals) {
    it(`refuses ${what} and changes nothing`, async () => {
      const world = new SimulatedWorld(builders.standardAccount());
      await before(world);
      const { length } = world.changes;
      const report = answered(await world.release(name));
      expect(report.outcome).to.equal("refused");
      expect(report.outcome === "refused" && report.reason).to.match(reason);
      expect(world.changes).to.have.lengthOf(length);
    });
  }
});
