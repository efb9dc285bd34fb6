import { expect } from "chai";
import type { Incident } from "../../../../functions/model/incident";
import { AwsError } from "../../../support/aws-error";
import * as builders from "../../../support/builders";
import type { LoggedCall } from "../../../support/memory-account";
import { answered, deaths, lastDelivery, SimulatedWorld } from "../../../support/simulated-world";

const type = "CryptoCurrency:EC2/BitcoinTool.B";
const scope = `type/${type}`;
const subject = `[Cordon] Too many false positives, asks first: ${type}`;
const keyOf = (number: number) => number.toString(16).padStart(16, "0");

/** A world in which so many other targets were contained automatically in these days, and marked. */
function worldOf(contained: number, marked: number, day = "2026-11-18"): SimulatedWorld {
  const world = new SimulatedWorld(builders.standardAccount());
  world.brakes.counts[`${scope} ${day}`] = Array.from({ length: contained }, (_, n) => keyOf(n));
  for (let number = 0; number < marked; number++) {
    world.exceptions.push(
      builders.exception(
        { incident: keyOf(number), type },
        { kind: "false-positive", addedAt: "2026-11-19T09:00:00.000Z" },
      ),
    );
  }
  return world;
}

const alerts = ({ notices }: SimulatedWorld) => notices.filter((each) => each.subject === subject);
/** Another target of the type, of which nothing was contained before. */
const another: Incident = { ...builders.incident(), key: "f".repeat(16) };

describe("a finding type with false positives [C6]", () => {
  it("asks above 10 %, with one alert, and a notice for each plan", async () => {
    const world = worldOf(19, 2);
    const before = structuredClone(world.state);
    const first = answered(await world.answer(builders.incident()));
    expect(first).to.include({ outcome: "awaiting-approval" });
    expect(world.state).to.deep.equal(before);
    expect(world.notices.map((each) => each.subject)).to.deep.equal([
      `[Cordon] URGENT Approval required: no change made: ${builders.instanceId} (CryptoCurrency:EC2/Bitcoi...`,
      subject,
    ]);
    expect(world.notices[0]?.text).to.include(
      `Too many findings of type ${type} are false positives: 2 of 19 targets since 2026-11-14 (11 %)`,
    );
    const second = answered(await world.answer(another));
    expect(second.outcome).to.equal("awaiting-approval");
    expect(alerts(world)).to.have.lengthOf(1);
    expect(world.notices).to.have.lengthOf(3);
    expect(world.brakes.waiting[scope]).to.deep.equal([
      `${builders.incidentKey}-1`,
      `${another.key}-1`,
    ]);
  });

  it("says in the alert the type, the figures and how to end it", async () => {
    const world = worldOf(19, 2);
    await world.answer(builders.incident());
    const [{ text, incident } = { text: "", incident: undefined }] = alerts(world);
    expect(incident).to.equal(undefined);
    for (const line of [
      `Type       ${type}`,
      "Marked     2 of 19 targets since 2026-11-14 (11 %)",
      "Limit      10 % false positives in seven days, of at least 5 targets",
      "Tripped    2026-11-20T10:05:00.000Z",
      `npx cordon brake reset ${scope} --reason "WHY"`,
    ]) {
      expect(text).to.include(line);
    }
  });

  for (const [what, contained, marked] of [
    ["10 % of them", 20, 2],
    ["all of four", 4, 4],
    ["none", 30, 0],
  ] as const) {
    it(`is answered automatically where ${what} are false`, async () => {
      const world = worldOf(contained, marked);
      expect(answered(await world.answer(builders.incident())).outcome).to.equal("contained");
      expect(alerts(world)).to.deep.equal([]);
    });
  }

  it("is answered automatically where the others were contained more than a week ago", async () => {
    // Marked lately, but of two targets in all.
    const world = worldOf(19, 2, "2026-11-13");
    expect(answered(await world.answer(builders.incident())).outcome).to.equal("contained");
  });

  it("does not make another type ask", async () => {
    const world = worldOf(19, 2);
    const other = builders.incident({ type: "Backdoor:EC2/XORDDOS" });
    expect(answered(await world.answer(other)).outcome).to.equal("contained");
  });

  it("is counted where a containment begins by itself, not where a responder requests it", async () => {
    const world = worldOf(0, 0);
    await world.answer(builders.incident());
    expect(world.brakes.counts[`${scope} 2026-11-20`]).to.deep.equal([builders.incidentKey]);
    const asked = worldOf(0, 0);
    await asked.answer(builders.incident({ requestedAt: "2026-11-20T10:04:00.000Z" }));
    expect(asked.brakes.counts[`${scope} 2026-11-20`]).to.equal(undefined);
  });

  it("asks until responders reset it, although the share has fallen, and then counts anew", async () => {
    const world = worldOf(19, 2);
    await world.answer(builders.incident());
    world.exceptions.length = 0;
    const again = answered(await world.answer(another));
    expect(again.outcome).to.equal("awaiting-approval");
    expect(world.notices.at(-1)?.text).to.include(
      `Too many findings of type ${type} were false positives: brake ${scope} is tripped since 2026-11-20T10:05:00.000Z`,
    );
    delete world.brakes.tripped[scope]?.brake;
    expect(answered(await world.answer(another)).outcome).to.equal("contained");
    expect(alerts(world)).to.have.lengthOf(1);
  });

  it("does not hold a responder's request, whose notice says so", async () => {
    const world = worldOf(19, 2);
    const requested = builders.incident({ requestedAt: "2026-11-20T10:04:00.000Z" });
    expect(answered(await world.answer(requested)).outcome).to.equal("contained");
    expect(world.notices.at(-1)?.text).to.include(
      `Without the request Cordon would have asked first: Too many findings of type ${type} are false positives`,
    );
  });

  it("is alerted by the next finding where the run that tripped it died before", async () => {
    const world = worldOf(19, 2);
    const isAlert = ({ method, args }: LoggedCall) =>
      method === "topic.publish" && JSON.stringify(args).includes("asks first");
    const fault = (call: LoggedCall) =>
      isAlert(call) ? new AwsError("Throttling", "Rate exceeded") : undefined;
    expect((await world.answer(builders.incident(), { fault })).kind).to.equal("failed");
    world.pass(180_000);
    await world.answer(builders.incident(), { delivery: 2 });
    await world.answer(another);
    expect(alerts(world)).to.have.lengthOf(1);
  });

  it("is held, and alerted, wherever the run that meets it dies", async () => {
    const { calls } = await worldOf(19, 2).answer(builders.incident());
    for (const death of deaths(calls)) {
      const world = worldOf(19, 2);
      const before = structuredClone(world.state);
      await world.answer(builders.incident(), { death });
      world.pass(180_000);
      const next = answered(await world.answer(builders.incident(), { delivery: 2 }));
      const where = `${death.when} ${calls[death.at - 1]?.method}`;
      expect(next.outcome, where).to.equal("awaiting-approval");
      expect(world.state, where).to.deep.equal(before);
      // Twice where it died after the alert, before it was recorded.
      expect(alerts(world).length, where).to.be.oneOf([1, 2]);
      expect(world.brakes.waiting[scope], where).to.deep.equal([`${builders.incidentKey}-1`]);
    }
    expect(calls.filter(({ method }) => method === "brakes.trip")).to.have.lengthOf(1);
  });

  it("keeps a contained target contained", async () => {
    const world = worldOf(0, 0);
    await world.answer(builders.incident());
    Object.assign(world.brakes.counts, worldOf(19, 2).brakes.counts);
    world.exceptions.push(...worldOf(19, 2).exceptions);
    world.state.interfaces["eni-01"]!.groups = ["sg-web"];
    expect(answered(await world.watch(builders.incidentKey)).outcome).to.equal("contained");
  });
});

describe("false positives that cannot be counted [C6] [C3]", () => {
  const fails = (name: string) => (call: LoggedCall) =>
    call.method === "brakes.lately" ? new AwsError(name, "no") : undefined;

  it("let nothing happen by itself, and notify", async () => {
    const world = worldOf(19, 1);
    const before = structuredClone(world.state);
    const ending = await world.answer(builders.incident(), {
      fault: fails("AccessDeniedException"),
    });
    expect(answered(ending)).to.deep.equal({
      outcome: "notified",
      reason: "Counting the false positives of the finding type failed: AccessDeniedException: no",
    });
    expect(world.state).to.deep.equal(before);
    expect(world.notices).to.have.lengthOf(1);
  });

  it("are counted again while the failure may pass", async () => {
    const world = worldOf(19, 1);
    const fault = fails("ThrottlingException");
    expect((await world.answer(builders.incident(), { fault })).kind).to.equal("failed");
    const last = await world.answer(builders.incident(), { fault, delivery: lastDelivery });
    expect(answered(last).outcome).to.equal("notified");
  });

  it("do not hold up a responder's request", async () => {
    const world = worldOf(19, 2);
    const requested = builders.incident({ requestedAt: "2026-11-20T10:04:00.000Z" });
    const fault = fails("ThrottlingException");
    expect(answered(await world.answer(requested, { fault })).outcome).to.equal("contained");
  });

  it("are not asked for where none is marked", async () => {
    const { calls } = await worldOf(19, 0).answer(builders.incident());
    expect(calls.filter(({ method }) => method === "brakes.lately")).to.deep.equal([]);
  });
});
