import { expect } from "chai";
import type { Rule } from "../../../../functions/decide/stage-policy";
import * as builders from "../../../support/builders";
import { AwsError } from "../../../support/memory-account";
import { answered, lastDelivery, SimulatedWorld } from "../../../support/simulated-world";

const { incident } = builders;
const id = `${builders.incidentKey}-1`;
const unit = "ou-cord-22222222";

/** A policy of a new deployment with these rules. */
const ruled = (...rules: readonly Rule[]) => ({ stage: builders.stagePolicy({ rules }) });
const dryUnit = ruled({ units: [unit], response: "dry-run" });

function worldIn(...units: readonly string[]): SimulatedWorld {
  const world = new SimulatedWorld(builders.standardAccount());
  world.units.push(...units);
  return world;
}

describe("a dry run by the policy [C4]", () => {
  const reason = `Policy: dry run for contain-instance in unit ${unit}`;

  it("records and announces the whole plan once, and changes nothing", async () => {
    const world = worldIn("ou-cord-11111111", unit);
    for (const isRepeated of [false, true]) {
      expect(answered(await world.answer(incident(), { policy: dryUnit }))).to.deep.equal({
        outcome: "dry-run",
        reason,
        incident: id,
        ...(isRepeated && { isRepeated }),
      });
    }
    expect(world.changes).to.deep.equal([]);
    expect(world.notices).to.have.lengthOf(1);
    expect(world.notices[0]?.subject).to.match(/^\[Cordon\] URGENT Dry run: no change made/);
    expect(world.notices[0]?.text).to.include(`  - ${reason}\n  - Severity 8 meets the threshold`);
    const { record, status } = world.items[id]!;
    expect([status, record.dryRun, record.objectedBy]).to.deep.equal([
      "planned",
      reason,
      undefined,
    ]);
  });

  it("makes the plan that is carried out elsewhere", async () => {
    const [dry, other] = [worldIn(unit), worldIn("ou-cord-33333333")];
    await dry.answer(incident(), { policy: dryUnit });
    expect(answered(await other.answer(incident(), { policy: dryUnit })).outcome).to.equal(
      "contained",
    );
    expect(dry.items[id]?.record.plan).to.deep.equal(other.items[id]?.record.plan);
    expect(other.items[id]?.record.dryRun).to.equal(undefined);
  });

  it("holds a responder's request, too", async () => {
    const world = worldIn(unit);
    const requested = incident({ requestedAt: "2026-11-20T10:04:00Z" });
    expect(answered(await world.answer(requested, { policy: dryUnit })).outcome).to.equal(
      "dry-run",
    );
    expect(world.changes).to.deep.equal([]);
  });

  it("counts with no brake", async () => {
    const world = worldIn(unit);
    await world.answer(incident(), { policy: dryUnit });
    expect(world.brakes.counts).to.deep.equal({});
  });

  it("is announced again as a plan that waits, once the policy asks first", async () => {
    const world = worldIn(unit);
    await world.answer(incident(), { policy: dryUnit });
    const policy = ruled({ units: [unit], response: "ask" });
    for (const _ of [1, 2]) {
      const { outcome } = answered(await world.answer(incident(), { policy }));
      expect(outcome).to.equal("awaiting-approval");
    }
    expect(world.notices.map(({ subject }) => subject.split(":")[0])).to.deep.equal([
      "[Cordon] URGENT Dry run",
      "[Cordon] URGENT Approval required",
    ]);
    const { dryRun, objectedBy } = world.items[id]!.record;
    expect([dryRun, objectedBy]).to.deep.equal([undefined, "automaticByPolicy"]);
  });

  it("is over once the policy says so: the same finding is then contained", async () => {
    const world = worldIn(unit);
    await world.answer(incident(), { policy: dryUnit });
    expect(answered(await world.answer(incident())).outcome).to.equal("contained");
  });
});

describe("the units of an account [C4] [D6]", () => {
  const unitCalls = (calls: readonly { readonly method: string }[]) =>
    calls.filter(({ method }) => method === "organization.unitsOf").length;

  it("are looked up where the policy names one for the playbook, and of no foreign account", async () => {
    const other = ruled({ units: [unit], playbooks: ["revoke-sessions"], response: "ask" });
    for (const [policy, expected] of [
      [{}, 0],
      [other, 0],
      [dryUnit, 1],
    ] as const) {
      const { calls } = await worldIn(unit).answer(incident(), { policy });
      expect(unitCalls(calls)).to.equal(expected);
    }
    const foreign = await worldIn().answer(incident(), {
      policy: dryUnit,
      account: () => undefined,
    });
    expect(foreign.calls.map(({ method }) => method)).to.deep.equal(["organization.account"]);
  });

  const failing = (error: Error) => ({
    policy: dryUnit,
    fault: ({ method }: { readonly method: string }) =>
      method === "organization.unitsOf" ? error : undefined,
  });

  it("leave everything to responders where they are refused, and read nothing of the account", async () => {
    const world = worldIn(unit);
    const ending = await world.answer(incident(), failing(new AwsError("AccessDenied", "no")));
    expect(answered(ending).outcome).to.equal("notified");
    expect(answered(ending).reason).to.match(
      /^Policy: what it says of the units of account 222233334444 is unknown, because they could not be read: /,
    );
    expect([world.changes, world.sessions, world.items]).to.deep.equal([[], [], {}]);
    expect(world.notices[0]?.subject).to.match(/^\[Cordon\] URGENT /);
  });

  it("are read again by the next delivery, and are unknown at the last one", async () => {
    const throttled = failing(new AwsError("ThrottlingException", "slow down"));
    for (const [delivery, kind] of [
      [1, "failed"],
      [lastDelivery, "answered"],
    ] as const) {
      const world = worldIn(unit);
      expect((await world.answer(incident(), { ...throttled, delivery })).kind).to.equal(kind);
      expect(world.changes).to.deep.equal([]);
    }
  });
});

describe("what is contained, and its policy [R15] [C4]", () => {
  const contained = async () => {
    const world = worldIn(unit);
    expect(answered(await world.answer(incident())).outcome).to.equal("contained");
    world.state.interfaces["eni-02"]!.groups = ["sg-data"];
    return world;
  };

  it("is kept where the policy asks first since, or from a higher severity", async () => {
    for (const stance of [{ response: "ask" }, { askFrom: 7, automaticFrom: 9 }] as const) {
      const world = await contained();
      const policy = ruled({ units: [unit], ...stance });
      expect(answered(await world.watch(builders.incidentKey, { policy })).outcome).to.equal(
        "contained",
      );
    }
  });

  it("is left, and announced urgently, where the policy has it in dry run since", async () => {
    const world = await contained();
    const { length } = world.changes;
    const { outcome, reason } = answered(
      await world.watch(builders.incidentKey, { policy: dryUnit }),
    );
    expect([outcome, reason]).to.deep.equal([
      "notified",
      `Incident ${id} was contained, but is not any more: Policy: dry run for contain-instance in unit ${unit}`,
    ]);
    expect(world.changes).to.have.lengthOf(length);
    expect(world.notices.at(-1)?.subject).to.match(/^\[Cordon\] URGENT /);
  });
});
