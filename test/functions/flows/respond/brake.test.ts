import { expect } from "chai";
import fc from "fast-check";
import type { Incident } from "../../../../functions/model/incident";
import { AwsError } from "../../../support/aws-error";
import * as builders from "../../../support/builders";
import type { AccountState } from "../../../support/memory-account";
import { answered, type Faults, SimulatedWorld } from "../../../support/simulated-world";

const scope = `playbook/contain-instance/${builders.account}`;
const requestedAt = "2026-11-20T10:04:00.000Z";

/** An account with so many instances of one interface each, in front of nothing. */
function fleet(size: number): AccountState {
  const state = builders.youngAccount();
  const [shape, card] = [state.instances[builders.instanceId]!, state.interfaces["eni-01"]!];
  state.instances = {};
  state.interfaces = {};
  for (let number = 0; number < size; number++) {
    state.instances[idOf(number)] = structuredClone(shape);
    state.interfaces[`eni-${number}`] = { ...structuredClone(card), instance: idOf(number) };
  }
  return state;
}

function idOf(number: number): string {
  return `i-${String(number).padStart(17, "0")}`;
}

/** A finding about one of the fleet. The key is any of its own. */
function about(number: number, changes: Parameters<typeof builders.incident>[0] = {}): Incident {
  const key = number.toString(16).padStart(16, "0");
  return {
    ...builders.incident(changes),
    key,
    resource: { kind: "instance", id: idOf(number) },
  };
}

const limits = (perPlaybookAndAccount: number, organization = 50): Faults => ({
  policy: { brakes: { perPlaybookAndAccount, organization, groupPercent: 30 } },
});
const isolated = ({ state }: SimulatedWorld) =>
  Object.values(state.interfaces).filter(({ groups }) =>
    groups.every((group) => state.groups[group]?.name.startsWith("cordon-quarantine")),
  ).length;
const alerts = ({ notices }: SimulatedWorld) =>
  notices.map(({ subject }) => subject).filter((subject) => subject.includes("Brake"));

describe("a storm of findings [C7]", () => {
  it("contains up to the limit, plans the rest, and alerts once", async () => {
    const world = new SimulatedWorld(fleet(100));
    const outcomes: Record<string, number> = {};
    for (let number = 0; number < 100; number++) {
      const { outcome } = answered(await world.answer(about(number), limits(10)));
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
    expect(outcomes).to.deep.equal({ contained: 10, "awaiting-approval": 90 });
    expect(isolated(world)).to.equal(10);
    expect(alerts(world)).to.deep.equal([`[Cordon] URGENT Brake tripped: ${scope}`]);
    // Ten containments and the alert: none for what waits.
    expect(world.notices).to.have.lengthOf(11);
    const planned = Object.values(world.items).filter(({ status }) => status === "planned");
    expect(planned).to.have.lengthOf(90);
    expect(world.brakes.waiting[scope]).to.have.lengthOf(90);
    // People may answer each, and none is escalated by itself.
    expect(world.asked.map(({ quiet }) => quiet)).to.deep.equal(Array(90).fill(true));
    expect(world.brakes.tripped[scope]?.brake).to.include({
      limit: 10,
      incident: "000000000000000a-1",
    });
  });

  it("never contains more than the limit, side by side, duplicated and in any order", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 1, maxLength: 24 }),
        async (limit, order) => {
          const world = new SimulatedWorld(fleet(8));
          await Promise.all(order.map((number) => world.answer(about(number), limits(limit))));
          const targets = new Set(order).size;
          expect(isolated(world)).to.equal(Math.min(limit, targets));
          expect(alerts(world)).to.have.lengthOf(targets > limit ? 1 : 0);
          // None is lost: what is not contained has its plan.
          expect(Object.keys(world.items)).to.have.lengthOf(targets);
        },
      ),
      { numRuns: 25 },
    );
  });

  it("trips the organization's brake where the accounts' have room", async () => {
    const world = new SimulatedWorld(fleet(5));
    for (let number = 0; number < 5; number++) await world.answer(about(number), limits(10, 3));
    expect(isolated(world)).to.equal(3);
    expect(alerts(world)).to.deep.equal(["[Cordon] URGENT Brake tripped: organization"]);
  });

  it("takes no more of an Auto Scaling group in a day than its share, at least one", async () => {
    for (const [size, most] of [
      [1, 1],
      [3, 1],
      [10, 3],
    ] as const) {
      const state = fleet(size);
      const instances = Object.keys(state.instances);
      state.scalingGroups = { web: { instances, detaching: [], desired: size, max: size } };
      const world = new SimulatedWorld(state);
      for (let number = 0; number < size; number++) await world.answer(about(number), limits(50));
      expect(isolated(world), `${size}`).to.equal(most);
    }
  });
});

describe("a tripped brake [C7]", () => {
  async function tripped() {
    const world = new SimulatedWorld(fleet(4));
    for (const number of [0, 1]) await world.answer(about(number), limits(1));
    expect(alerts(world)).to.have.lengthOf(1);
    return world;
  }

  it("says in its alert what it counts, what happens now and what to do", async () => {
    const { notices } = await tripped();
    const { text, incident } = notices.find(({ subject }) => subject.includes("Brake"))!;
    expect(incident).to.equal(undefined);
    for (const line of [
      `Brake      ${scope}`,
      "Limit      1 automatic containment in one hour",
      "Tripped    2026-11-20T10:05:00.000Z",
      "Stopped    0000000000000001-1: CryptoCurrency:EC2/BitcoinTool.B, severity 8, in 222233334444, eu-central-1",
      `npx cordon brake reset ${scope} --reason "WHY"`,
    ]) {
      expect(text).to.include(line);
    }
  });

  it("stays tripped through later hours, until responders reset it", async () => {
    const world = await tripped();
    world.pass(26 * 60 * 60_000);
    const lastSeen = world.now().toISOString();
    const report = { sentAt: lastSeen, region: builders.place.region, updatedAt: lastSeen };
    const next = about(2, { lastSeen, report });
    expect(answered(await world.answer(next, limits(1)))).to.deep.equal({
      outcome: "awaiting-approval",
      reason: `Brake ${scope} is tripped since 2026-11-20T10:05:00.000Z, at 1 automatic containment in one hour`,
      incident: "0000000000000002-1",
    });
    // What is held back since is alerted again: whoever tripped it must not be left in peace by it.
    expect(alerts(world).slice(1)).to.deep.equal([`[Cordon] URGENT Brake holds back 2: ${scope}`]);
    const { text = "" } = world.notices.at(-1) ?? {};
    for (const line of [
      "Severity   8 is the highest since 2026-11-20T10:05:00.000Z",
      `  - 2026-11-21T12:05:00.000Z 0000000000000002-1: ${idOf(2)} (CryptoCurrency:EC2/BitcoinTool.B), severity 8, in 222233334444, eu-central-1`,
      `npx cordon brake reset ${scope} --reason "WHY"`,
    ]) {
      expect(text).to.include(line);
    }
    delete world.brakes.tripped[scope]?.brake;
    expect(answered(await world.answer(next, limits(1))).outcome).to.equal("contained");
  });

  it("alerts once an hour at most, naming how many wait and the worst of them, however many come", async () => {
    const world = new SimulatedWorld(fleet(40));
    for (const number of [0, 1]) await world.answer(about(number), limits(1));
    // One finding every five minutes, for three hours, thrice each.
    for (let number = 2; number < 38; number++) {
      world.pass(5 * 60_000);
      const lastSeen = world.now().toISOString();
      const report = { sentAt: lastSeen, region: builders.place.region, updatedAt: lastSeen };
      const severity = number === 20 ? 9.4 : 7.5;
      for (let sent = 0; sent < 3; sent++) {
        await world.answer(about(number, { lastSeen, report, severity }), limits(1));
      }
    }
    expect(alerts(world)).to.deep.equal([
      `[Cordon] URGENT Brake tripped: ${scope}`,
      `[Cordon] URGENT Brake holds back 13: ${scope}`,
      `[Cordon] URGENT Brake holds back 25: ${scope}`,
      `[Cordon] URGENT Brake holds back 37: ${scope}`,
    ]);
    const texts = world.notices.slice(-3).map(({ text }) => text);
    expect(texts.map((text) => /Severity +(\S+)/.exec(text)?.[1])).to.deep.equal([
      "8",
      "9.4",
      "7.5",
    ]);
    // Ten targets at most, each once.
    expect(texts[1]?.match(/\(CryptoCurrency/g)).to.have.lengthOf(10);
    // The containment, the alerts, and no notice of what waits.
    expect(world.notices).to.have.lengthOf(5);
  });

  it("is alerted again by another run where the one that was to do so died", async () => {
    const world = await tripped();
    world.pass(26 * 60 * 60_000);
    const lastSeen = world.now().toISOString();
    const report = { sentAt: lastSeen, region: builders.place.region, updatedAt: lastSeen };
    const next = about(2, { lastSeen, report });
    const fault = (call: { method: string }) =>
      call.method === "topic.publish" ? new AwsError("Throttling", "Rate exceeded") : undefined;
    expect((await world.answer(next, { ...limits(1), fault })).kind).to.equal("failed");
    world.pass(180_000);
    await world.answer(next, { ...limits(1), delivery: 2 });
    expect(alerts(world)).to.deep.equal([
      `[Cordon] URGENT Brake tripped: ${scope}`,
      `[Cordon] URGENT Brake holds back 2: ${scope}`,
    ]);
  });

  it("of a small group asks urgently about each instance: members choose which are in it", async () => {
    const scratch = `group/${builders.account}/eu-central-1/scratch`;
    for (const [size, asked] of [
      [10, 7],
      [11, 0],
    ] as const) {
      const state = fleet(size);
      const instances = Object.keys(state.instances);
      state.scalingGroups = { scratch: { instances, detaching: [], desired: size, max: size } };
      const world = new SimulatedWorld(state);
      const brake = { scope: scratch, limit: 1, trippedAt: "2026-11-20T10:04:00.000Z" };
      const alerted = { incident: "0f3a9c1d2b4e5f61-1", alertedAt: "2026-11-20T10:04:00.000Z" };
      world.brakes.tripped[scratch] = { brake: { ...brake, ...alerted }, alertUntil: 0 };
      for (let number = 0; number < 7; number++) await world.answer(about(number), limits(50));
      const subjects = world.notices.map(({ subject }) => subject);
      expect(
        subjects.filter((subject) => subject.startsWith("[Cordon] URGENT Approval required: ")),
        `${size}`,
      ).to.have.lengthOf(asked);
      expect(subjects).to.have.lengthOf(asked);
      expect(world.brakes.waiting[scratch]).to.have.lengthOf(7);
    }
  });

  it("of a small group stays one alert where the account's brake holds a storm, too", async () => {
    const state = fleet(6);
    const instances = Object.keys(state.instances);
    state.scalingGroups = { scratch: { instances, detaching: [], desired: 6, max: 6 } };
    const world = new SimulatedWorld(state);
    for (const each of [scope, `group/${builders.account}/eu-central-1/scratch`]) {
      const at = "2026-11-20T10:04:00.000Z";
      const brake = { scope: each, limit: 1, trippedAt: at, alertedAt: at };
      world.brakes.tripped[each] = {
        brake: { ...brake, incident: "0f3a9c1d2b4e5f61-1" },
        alertUntil: 0,
      };
    }
    for (let number = 0; number < 6; number++) await world.answer(about(number), limits(50));
    expect(world.notices).to.deep.equal([]);
  });

  it("does not hold up a responder's request, whose notice names it", async () => {
    const world = await tripped();
    const ending = answered(await world.answer(about(2, { requestedAt }), limits(1)));
    expect(ending.outcome).to.equal("contained");
    expect(world.notices.at(-1)?.text).to.include(
      `Without the request Cordon would have asked first: Brake ${scope} is tripped`,
    );
    // It counts against no brake either.
    expect(Object.values(world.brakes.counts).flat()).not.to.include("0000000000000002-1");
  });

  it("lets what is contained be contained again", async () => {
    const world = await tripped();
    world.state.interfaces["eni-0"]!.groups = ["sg-web"];
    expect(answered(await world.watch("0".repeat(16), limits(1))).outcome).to.equal("contained");
    expect(isolated(world)).to.equal(1);
  });

  it("is alerted by the next delivery where the run that tripped it died before", async () => {
    const world = new SimulatedWorld(fleet(3));
    await world.answer(about(0), limits(1));
    const isAlert = (call: { method: string; args: readonly unknown[] }) =>
      call.method === "topic.publish" && JSON.stringify(call.args).includes("Brake tripped");
    const failed = await world.answer(about(1), {
      ...limits(1),
      fault: (call) => (isAlert(call) ? new AwsError("Throttling", "Rate exceeded") : undefined),
    });
    expect(failed.kind).to.equal("failed");
    // Another finding does not announce it while the first run may still do so.
    await world.answer(about(2), limits(1));
    expect(alerts(world)).to.have.lengthOf(0);
    world.pass(180_000);
    await world.answer(about(1), { ...limits(1), delivery: 2 });
    await world.answer(about(2), { ...limits(1), delivery: 2 });
    expect(alerts(world)).to.have.lengthOf(1);
  });
});

describe("brakes that cannot be reached [C7] [C3]", () => {
  // They count with the write that begins the incident.
  for (const method of ["brakes.tripped", "journal.begin"]) {
    const refused = (call: { method: string }) =>
      call.method === method ? new AwsError("AccessDeniedException", "not yours") : undefined;

    it(`let nothing happen by itself, and notify: ${method}`, async () => {
      const world = new SimulatedWorld(builders.standardAccount());
      const before = structuredClone(world.state);
      const ending = answered(await world.answer(builders.incident(), { fault: refused }));
      expect(ending).to.deep.equal({
        outcome: "notified",
        reason: "Reading the brakes failed: AccessDeniedException: not yours",
      });
      expect(world.state).to.deep.equal(before);
      expect(world.notices).to.have.lengthOf(1);
      expect(world.items).to.deep.equal({});
    });

    it(`are tried again while the failure may pass: ${method}`, async () => {
      const world = new SimulatedWorld(builders.standardAccount());
      const passing = (call: { method: string }) =>
        call.method === method ? new AwsError("ThrottlingException", "slow down") : undefined;
      const first = await world.answer(builders.incident(), { fault: passing });
      expect(first.kind).to.equal("failed");
      const last = await world.answer(builders.incident(), { fault: passing, delivery: 5 });
      expect(answered(last).outcome).to.equal("notified");
      expect(world.items).to.deep.equal({});
    });
  }

  it("do not hold up a responder's request", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const fault = (call: { method: string }) =>
      call.method === "brakes.tripped" ? new AwsError("AccessDenied", "not yours") : undefined;
    const ending = await world.answer(builders.incident({ requestedAt }), { fault });
    expect(answered(ending).outcome).to.equal("contained");
    expect(world.brakes.counts).to.deep.equal({});
  });

  it("count a containment once whose answer was lost", async () => {
    const world = new SimulatedWorld(fleet(1));
    const fault = (call: { method: string }) =>
      call.method === "journal.begin" ? new AwsError("TimeoutError", "no answer") : undefined;
    await world.answer(about(0), { ...limits(1), fault, lost: true });
    world.outlastLease();
    const ending = await world.answer(about(0), { ...limits(1), delivery: 2 });
    expect(answered(ending).outcome).to.equal("contained");
    expect(alerts(world)).to.deep.equal([]);
  });

  it("do not keep a contained target from being contained again", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(builders.incident());
    world.state.interfaces["eni-01"]!.groups = ["sg-web"];
    const fault = (call: { method: string }) =>
      call.method === "brakes.tripped" ? new AwsError("ThrottlingException", "slow") : undefined;
    expect(answered(await world.answer(builders.incident(), { fault })).outcome).to.equal(
      "contained",
    );
  });
});

describe("an instance that others depend on [C7]", () => {
  /** What becomes of the standard instance, after a change and where reads fail. */
  async function outcomeOf(change: (state: AccountState) => void, faults: Faults = {}) {
    const world = new SimulatedWorld(builders.standardAccount());
    change(world.state);
    const { outcome, reason } = answered(await world.answer(builders.incident(), faults));
    const [notice] = world.notices;
    return { outcome, reason, text: notice?.text ?? "" };
  }
  const group = (state: AccountState) => state.targetGroups[builders.targetGroupArn]!;

  it("is contained while another target is healthy", async () => {
    expect((await outcomeOf(() => undefined)).outcome).to.equal("contained");
  });

  for (const [what, change] of [
    ["it is the only one", (state) => group(state).targets.shift()],
    // Elastic Load Balancing routes to all targets where none is healthy (ALB user guide, health checks).
    [
      "all are unhealthy, itself, too",
      (state) => {
        for (const target of group(state).targets) target.health = "unhealthy";
      },
    ],
    ["the other one is unhealthy", (state) => (group(state).targets[0]!.health = "unhealthy")],
    [
      "the other one's health is not known yet",
      (state) => (group(state).targets[0]!.health = "initial"),
    ],
  ] as readonly (readonly [string, (state: AccountState) => void])[]) {
    it(`is asked about where it is the last healthy target: ${what}`, async () => {
      const { outcome, text } = await outcomeOf(change);
      expect(outcome).to.equal("awaiting-approval");
      expect(text).to.include("is the last target in service of target group web: without it");
    });
  }

  it("is contained where it takes no traffic itself", async () => {
    const { outcome } = await outcomeOf((state) => {
      group(state).targets = [{ instance: builders.instanceId, port: 8080, health: "unused" }];
    });
    expect(outcome).to.equal("contained");
  });

  for (const method of [
    "balancing.registration",
    "balancing.targetGroups",
    "scaling.groupOf",
    "scaling.group",
  ]) {
    it(`is asked about where its service could not be read: ${method}`, async () => {
      const fault = (call: { method: string }) =>
        call.method === method ? new AwsError("AccessDenied", "not yours") : undefined;
      // A refusal is final: responders are asked at once.
      const { outcome, text } = await outcomeOf(() => undefined, { fault });
      expect(outcome).to.equal("awaiting-approval");
      expect(text).to.include("What depends on the instance could not be read");
    });
  }

  it("is read once more by the next delivery where a read failed, then asked about", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const fault = (call: { method: string }) =>
      call.method === "balancing.registration" ? new AwsError("InternalFailure", "no") : undefined;
    const first = await world.answer(builders.incident(), { fault });
    expect([first.kind, world.notices]).to.deep.equal(["failed", []]);
    const second = answered(await world.answer(builders.incident(), { fault, delivery: 2 }));
    expect(second.outcome).to.equal("awaiting-approval");
  });

  /** Target groups that nothing routes to cost nothing: the quota is 3,000 in a region. */
  function withUnused(state: AccountState, count: number): void {
    for (let number = 0; number < count; number++) {
      state.targetGroups[`${builders.targetGroupArn}${number}`] = {
        vpc: "vpc-01",
        unused: true,
        targets: [{ instance: builders.instanceId, port: 9090, health: "unused" }],
      };
    }
  }

  it("is contained however many target groups there are that no load balancer uses", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    withUnused(world.state, 1_000);
    const slow = ({ method, args }: { method: string; args: readonly unknown[] }) =>
      method === "balancing.registration" && args[0] !== builders.targetGroupArn;
    expect(answered(await world.answer(builders.incident(), { slow })).outcome).to.equal(
      "contained",
    );
    // The one that serves was read, and the instance taken out of it.
    expect(group(world.state).targets).to.deep.equal([
      { instance: "i-0b2c3d4e5f6071829", port: 8080 },
    ]);
    expect(world.notices[0]?.text).to.include(
      "Cordon could not read unusedTargetGroups in time, so target groups that no load balancer uses may list it: ",
    );
  });

  it("is asked about, urgently, where one that a load balancer uses was not read", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    withUnused(world.state, 1_000);
    const slow = ({ method }: { method: string }) => method === "balancing.registration";
    expect((await world.answer(builders.incident(), { slow })).kind).to.equal("failed");
    const second = answered(await world.answer(builders.incident(), { slow, delivery: 2 }));
    expect(second.outcome).to.equal("awaiting-approval");
    expect(world.notices.map(({ subject }) => subject.slice(0, 35))).to.deep.equal([
      "[Cordon] URGENT Approval required: ",
    ]);
    expect(world.notices[0]?.text).to.include(
      "What depends on the instance could not be read: targetGroups: 1 of 1, NoAnswer",
    );
  });

  it("is asked about where it forwards for others, or is critical", async () => {
    const forwards = await outcomeOf((state) => {
      state.interfaces["eni-02"]!.forwards = true;
    });
    expect(forwards.outcome).to.equal("awaiting-approval");
    expect(forwards.text).to.include("(eni-02 does not check source and destination)");
    const critical = await outcomeOf((state) => {
      state.instances[builders.instanceId]!.tags.Criticality = "critical";
    });
    expect(critical.outcome).to.equal("awaiting-approval");
    expect(critical.text).to.include("The resource has the tag Criticality=critical");
  });

  it("is repaired once it is contained, whatever somebody marks it as", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(builders.incident());
    world.state.instances[builders.instanceId]!.tags.Criticality = "critical";
    world.state.interfaces["eni-01"]!.groups = ["sg-web"];
    expect(answered(await world.watch(builders.incidentKey)).outcome).to.equal("contained");
  });
});
