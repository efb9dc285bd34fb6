import { expect } from "chai";
import type { Incident } from "../../../../functions/model/incident";
import { digestOf } from "../../../../functions/record/seal";
import * as builders from "../../../support/builders";
import { answered, type Faults, SimulatedWorld } from "../../../support/simulated-world";

const id = `${builders.incidentKey}-1`;
const minute = 60_000;
const scope = `playbook/contain-instance/${builders.account}`;

/** An account whose instance an intruder marked as critical, with as many tags as EC2 allows: 50. */
function marked(): SimulatedWorld {
  const world = new SimulatedWorld(builders.standardAccount());
  const { tags } = world.state.instances[builders.instanceId]!;
  tags.Criticality = "critical";
  for (let number = Object.keys(tags).length; number < 50; number++) tags[`t${number}`] = "";
  return world;
}

/** Trips the brake of the account, which responders were alerted of. */
function trip({ brakes }: SimulatedWorld): void {
  const at = "2026-11-20T10:05:00.000Z";
  const brake = { scope, limit: 10, incident: "0f3a9c1d2b4e5f61-1", trippedAt: at, alertedAt: at };
  brakes.tripped[scope] = { brake, alertUntil: 0 };
}

/** A finding that is active now. */
function now(world: SimulatedWorld, changes: Parameters<typeof builders.incident>[0] = {}) {
  const lastSeen = world.now().toISOString();
  const report = { sentAt: lastSeen, region: builders.place.region, updatedAt: lastSeen };
  return builders.incident({ ...changes, lastSeen, report });
}

async function outcomeOf(world: SimulatedWorld, incident: Incident, faults: Faults = {}) {
  return answered(await world.answer(incident, faults)).outcome;
}

const subjects = ({ notices }: SimulatedWorld) => notices.map(({ subject }) => subject);
const asks = (type: string) =>
  `[Cordon] URGENT Approval required: no change made: ${builders.instanceId} (${type})`.slice(
    0,
    97,
  );

describe("a plan that waits [C5] [E2]", () => {
  it("is announced for each finding type, also where the plans are equal", async () => {
    const world = marked();
    const others = [
      builders.incident(),
      builders.incident({ id: "0".repeat(32), type: "Backdoor:EC2/DenialOfService.Dns" }),
      builders.incident({ id: "1".repeat(32), type: "Trojan:EC2/DNSDataExfiltration" }),
    ];
    for (const incident of others) {
      expect(await outcomeOf(world, incident)).to.equal("awaiting-approval");
    }
    expect(subjects(world).map((subject) => subject.slice(0, 97))).to.deep.equal([
      asks("CryptoCurrency:EC2/BitcoinTool.B"),
      asks("Backdoor:EC2/DenialOfService.Dns"),
      asks("Trojan:EC2/DNSDataExfiltration"),
    ]);
    // The plan that was announced first is the one that is approved.
    expect(new Set(world.notices.map(({ incident }) => incident?.revision)).size).to.equal(1);
    expect(new Set(world.notices.map(({ incident }) => incident?.plannedAt)).size).to.equal(1);
    expect(world.items[id]?.record.incident.finding.type).to.equal(
      "Trojan:EC2/DNSDataExfiltration",
    );
  });

  it("is announced and recorded again where it becomes more severe, and not where less", async () => {
    const world = marked();
    for (const severity of [8, 9, 8]) await world.answer(builders.incident({ severity }));
    expect(world.notices.map(({ text }) => /severity \d/.exec(text)?.[0])).to.deep.equal([
      "severity 8",
      "severity 9",
    ]);
    expect(world.items[id]?.record.incident.finding.severity).to.equal(9);
  });

  it("is announced once an hour while a severe finding goes on, however often that is sent", async () => {
    const world = marked();
    // From 10:05 on every quarter of an hour, for three hours.
    for (let sent = 0; sent < 12; sent++) {
      expect(await outcomeOf(world, now(world))).to.equal("awaiting-approval");
      world.pass(15 * minute);
    }
    expect(world.notices).to.have.lengthOf(3);
  });

  it("is announced by the delivery after one that died before its notice", async () => {
    const world = marked();
    const fault = ({ method }: { method: string }) =>
      method === "topic.publish" ? new Error("unreachable") : undefined;
    expect((await world.answer(builders.incident(), { fault })).kind).to.equal("failed");
    expect(world.notices).to.deep.equal([]);
    await world.answer(builders.incident(), { delivery: 2 });
    expect(world.notices).to.have.lengthOf(1);
  });

  it("is announced once the brake is reset that had held it back without a notice", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    trip(world);
    expect(await outcomeOf(world, builders.incident())).to.equal("awaiting-approval");
    expect([world.notices, world.items[id]?.record.objectedBy]).to.deep.equal([
      [],
      "noBrakeTripped",
    ]);
    delete world.brakes.tripped[scope];
    world.state.instances[builders.instanceId]!.tags.Criticality = "critical";
    world.pass(5 * minute);
    expect(await outcomeOf(world, now(world))).to.equal("awaiting-approval");
    expect(subjects(world)).to.have.lengthOf(1);
    expect(world.items[id]?.record).to.include({
      objectedBy: "notCritical",
      plannedAt: "2026-11-20T10:10:00.000Z",
    });
  });

  it("is not approved by a request while only a brake has held it back, without a notice", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    trip(world);
    await world.answer(builders.incident());
    const stage = builders.stagePolicy({ playbooks: { "contain-instance": { response: "ask" } } });
    const request = (requestedAt: string) =>
      outcomeOf(world, builders.incident({ requestedAt }), { policy: { stage } });
    expect(await request("2026-11-20T10:06:00Z")).to.equal("awaiting-approval");
    expect(subjects(world)).to.have.lengthOf(1);
    // Now there is a plan that people have read.
    expect(await request("2026-11-20T10:07:00Z")).to.equal("contained");
  });

  it("is announced with a link to the very plan that people are asked about", async () => {
    const world = marked();
    world.pageAddress = async (record) => `https://page/${digestOf(record)}`;
    for (const severity of [8, 9]) await world.answer(builders.incident({ severity }));
    const [, again] = world.notices;
    expect(world.asked).to.have.lengthOf(1);
    expect(again?.page).to.equal(
      `On a phone: npx cordon page ${id} prints a link to answer with, for example in AWS CloudShell. To read it only: https://page/${world.asked[0]?.digest}`,
    );
    expect(new Set(world.notices.map(({ page }) => page)).size).to.equal(1);
  });

  it("is announced no second time because its link is another one", async () => {
    const world = marked();
    let made = 0;
    world.pageAddress = async () => `https://page/${made++}`;
    for (let sent = 0; sent < 3; sent++) await world.answer(builders.incident());
    expect(world.notices).to.have.lengthOf(1);
  });

  it("is announced without a link where none can be made", async () => {
    const world = marked();
    world.pageAddress = () => Promise.reject(new Error("KMS does not answer"));
    expect(await outcomeOf(world, builders.incident())).to.equal("awaiting-approval");
    expect(world.notices[0]?.text).to.include("npx cordon approve");
    expect(world.notices[0]).not.to.have.property("page");
    expect(world.asked).to.have.lengthOf(1);
  });

  it("is announced although a dry run of it was", async () => {
    const world = marked();
    const dry = { policy: { mode: "dry-run" as const } };
    expect(await outcomeOf(world, builders.incident(), dry)).to.equal("dry-run");
    expect(await outcomeOf(world, builders.incident())).to.equal("awaiting-approval");
    expect(subjects(world).map((subject) => subject.slice(0, 34))).to.deep.equal([
      "[Cordon] URGENT Dry run: no change",
      "[Cordon] URGENT Approval required:",
    ]);
  });
});

describe("a plan that waits for what an intruder may have arranged [C5] [E2]", () => {
  it("is announced every hour, of a medium finding too", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    world.state.instances[builders.instanceId]!.tags.AutoRemediation = "disabled";
    const policy = { stage: builders.stagePolicy({ askFrom: 4, automaticFrom: 5 }) };
    for (let hour = 0; hour < 3; hour++) {
      const answer = answered(await world.answer(now(world, { severity: 5 }), { policy }));
      expect(answer.outcome).to.equal("awaiting-approval");
      world.pass(60 * minute);
    }
    expect(subjects(world).map((subject) => subject.slice(0, 34))).to.deep.equal(
      Array(3).fill("[Cordon] URGENT Approval required:"),
    );
  });
});

describe("a dry run that repeats [C4]", () => {
  it("is announced once, however severe, and then in the digest", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const policy = { mode: "dry-run" as const };
    // 30 hours from 10:05 on, which are in two days of UTC.
    for (let hour = 0; hour < 30; hour++) {
      const answer = answered(await world.answer(now(world), { policy }));
      expect([answer.outcome, answer.isRepeated ?? false]).to.deep.equal(["dry-run", hour > 0]);
      world.pass(60 * minute);
    }
    expect(world.notices).to.have.lengthOf(1);
  });
});

describe("a finding that is not severe enough [E2]", () => {
  it("has the command that contains its target, and what somebody protects has none", async () => {
    const told = async (incident: Incident, faults: Faults = {}) => {
      const world = new SimulatedWorld(builders.identityAccount());
      expect(await outcomeOf(world, incident, faults)).to.equal("notified");
      return world.notices[0]?.text;
    };
    const contain = (target: string) =>
      `\nDo this\n  - If the finding is right, contain it: npx cordon contain ${target} --account=222233334444 --region=eu-central-1 --reason "WHY"\n`;
    const severity = { severity: 5 };
    expect(await told(builders.incident(severity))).to.include(contain(builders.instanceId));
    expect(await told(builders.userIncident(severity))).to.include(contain("user/deploy"));
    expect(await told(builders.roleIncident(severity))).to.include(
      contain("session/analyst/alice@example.com"),
    );
    const policy = { protectedResources: [builders.instanceArn] };
    expect(await told(builders.incident(), { policy })).to.not.include("npx cordon contain");
  });
});
