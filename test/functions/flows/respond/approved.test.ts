import { expect } from "chai";
import type { Answer, Approval } from "../../../../functions/record/approvals";
import { allSteps } from "../../../../functions/remediate/plan";
import { unclear } from "../../../support/asked";
import * as builders from "../../../support/builders";
import { answered, deaths, type RunResult, SimulatedWorld } from "../../../support/simulated-world";

const by = "arn:aws:sts::444455556666:assumed-role/Responders/alice@example.com";
const id = `${builders.incidentKey}-1`;

/** A world in which people were asked about an instance, and one answered. */
async function approved(
  changes: Partial<Answer> = {},
  state = builders.standardAccount(),
): Promise<{ world: SimulatedWorld; digest: string }> {
  const world = new SimulatedWorld(state);
  expect(answered(await world.answer(builders.incident(unclear))).outcome).to.equal(
    "awaiting-approval",
  );
  const digest = world.asked[0]?.digest ?? "";
  answer(world, digest, changes);
  return { world, digest };
}

function answer(world: SimulatedWorld, digest: string, changes: Partial<Answer> = {}): void {
  const at = world.now().toISOString();
  world.approvals.push({
    digest,
    incident: id,
    expiresAt: new Date(world.now().getTime() + 4 * 3_600_000).toISOString(),
    answer: { decision: "approve", by, reason: "seen in the logs", at, ...changes },
  } as Approval);
}

const groupsOf = ({ state }: SimulatedWorld) =>
  Object.fromEntries(Object.entries(state.interfaces).map(([eni, { groups }]) => [eni, groups]));

describe("a plan that waits for an approval [C5]", () => {
  it("is asked about once for each plan, also if the run that recorded it died before", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(builders.incident(unclear), {
      fault: ({ method }) =>
        method === "workflow.askApproval" ? new Error("Step Functions is down") : undefined,
    });
    expect(world.asked).to.deep.equal([]);
    expect(world.notices).to.have.lengthOf(1);
    await world.answer(builders.incident(unclear), { delivery: 2 });
    await world.answer(builders.incident(unclear));
    expect(world.asked).to.have.lengthOf(1);
    expect(world.asked[0]).to.deep.include({ incident: id, quiet: false });
    expect(world.notices).to.have.lengthOf(1);
    expect(world.notices[0]?.text).to.include(`npx cordon approve ${id} --plan `);
  });

  it("is asked about anew when it has become another one", async () => {
    const { world } = await approved();
    const [eni] = Object.values(world.state.interfaces);
    if (eni) eni.groups = ["sg-other"];
    await world.answer(builders.incident(unclear));
    expect(new Set(world.asked.map(({ digest }) => digest)).size).to.equal(2);
  });

  it("is not asked about in a dry run, and announced again when it may be approved", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(builders.incident(unclear), { policy: { mode: "dry-run" } });
    expect(world.asked).to.deep.equal([]);
    await world.answer(builders.incident(unclear));
    expect(world.asked).to.have.lengthOf(1);
    expect(world.notices.map(({ subject }) => subject.slice(0, 30))).to.deep.equal([
      "[Cordon] URGENT Dry run: no ch",
      "[Cordon] URGENT Approval requi",
    ]);
  });
});

describe("an approved plan [C5]", () => {
  it("is carried out in sessions that bear the approver's name, which the notice and the journal have", async () => {
    const { world, digest } = await approved();
    const before = world.sessions.length;
    const result = answered(await world.approved({ incident: id, digest }));
    expect(result.outcome).to.equal("contained");
    const sessions = world.sessions.slice(before);
    expect(sessions.length).to.be.greaterThan(3);
    expect(new Set(sessions.map(({ approver }) => approver))).to.deep.equal(
      new Set(["Responders-alice@example.com"]),
    );
    const { record } = world.items[id] ?? {};
    expect(record?.approval).to.deep.equal({
      by,
      at: "2026-11-20T10:05:00.000Z",
      reason: "seen in the logs",
      digest,
    });
    expect(world.notices.at(-1)?.text).to.include(
      `  - ${by} approved it at 2026-11-20T10:05:00.000Z: seen in the logs`,
    );
    expect(world.notices.at(-1)?.text).not.to.include("requested it in Security Hub");
  });

  it("is carried out only as far as it was narrowed, and the watch does not widen it", async () => {
    const first = await approved();
    const plan = first.world.items[id]?.record.plan;
    const steps = plan ? allSteps(plan) : [];
    const only = [steps.findIndex(({ kind }) => kind === "quarantine-interface")];
    const { world, digest } = await approved({ only });
    const before = groupsOf(world);
    const result = answered(await world.approved({ incident: id, digest }));
    expect(result.outcome).to.equal("contained-in-part");
    const moved = Object.keys(before).filter(
      (eni) => groupsOf(world)[eni]?.join() !== before[eni]?.join(),
    );
    expect(moved).to.have.lengthOf(1);
    expect(world.items[id]?.record.plan.stages.map((stage) => stage.steps.length)).to.deep.equal([
      1,
    ]);
    const changes = world.changes.length;
    world.pass(5 * 60_000);
    const looked = answered(await world.watch(builders.incidentKey));
    expect(looked.outcome).to.equal("logged");
    expect(world.changes.length).to.equal(changes);
  });

  it("is asked about again where the facts have changed since", async () => {
    const { world, digest } = await approved();
    const [eni] = Object.values(world.state.interfaces);
    if (eni) eni.groups = ["sg-other"];
    const result = answered(await world.approved({ incident: id, digest }));
    expect(result.outcome).to.equal("awaiting-approval");
    expect(world.changes).to.deep.equal([]);
    expect(world.asked.map((each) => each.digest === digest)).to.deep.equal([true, false]);
    expect(world.notices.at(-1)?.text).to.include("but the facts have changed since");
    // The first approval is over.
    expect(answered(await world.approved({ incident: id, digest })).outcome).to.equal("notified");
    expect(world.changes).to.deep.equal([]);
  });

  const unused: readonly (readonly [
    string,
    (here: { world: SimulatedWorld; digest: string }) => Promise<RunResult<unknown>>,
    string,
    RegExp,
  ])[] = [
    [
      "nobody answered",
      ({ world, digest }) => {
        world.approvals.length = 0;
        return world.approved({ incident: id, digest });
      },
      "refused",
      /^Nobody approved the plan/,
    ],
    [
      "it was rejected",
      ({ world, digest }) => {
        world.approvals.length = 0;
        answer(world, digest, { decision: "reject" });
        return world.approved({ incident: id, digest });
      },
      "refused",
      /^Nobody approved the plan/,
    ],
    [
      "it names another plan",
      ({ world }) => world.approved({ incident: id, digest: "0".repeat(64) }),
      "refused",
      /^Nobody approved the plan/,
    ],
    [
      "it names another incident",
      ({ world, digest }) => world.approved({ incident: "0123456789abcdef-1", digest }),
      "refused",
      /^Nobody approved the plan/,
    ],
    [
      "it is more than an hour old",
      ({ world, digest }) => {
        world.pass(3_600_000);
        return world.approved({ incident: id, digest });
      },
      "notified",
      /but it reached Cordon only now$/,
    ],
    [
      "its steps cannot be carried out alone",
      ({ world, digest }) => {
        world.approvals.length = 0;
        answer(world, digest, { only: [999] });
        return world.approved({ incident: id, digest });
      },
      "notified",
      /that cannot be carried out: The plan has no step 999/,
    ],
    [
      "somebody changed the plan in the journal",
      ({ world, digest }) => {
        const item = world.items[id];
        if (item?.record.seal)
          item.record = { ...item.record, seal: { ...item.record.seal, signature: "" } };
        return world.approved({ incident: id, digest });
      },
      "notified",
      /is not as a responder sealed it/,
    ],
    [
      "the account has left the organization",
      ({ world, digest }) => world.approved({ incident: id, digest }, { account: () => undefined }),
      "notified",
      /^Account 222233334444 is not in the organization/,
    ],
    [
      "the instance is gone",
      ({ world, digest }) => {
        world.state.instances = {};
        return world.approved({ incident: id, digest });
      },
      "target-missing",
      /no longer exists|does not exist/,
    ],
    [
      "the deployment runs in dry-run mode by now",
      ({ world, digest }) =>
        world.approved({ incident: id, digest }, { policy: { mode: "dry-run" } }),
      "dry-run",
      /dry-run mode/,
    ],
  ];
  for (const [what, run, outcome, reason] of unused) {
    it(`changes nothing, and says why: ${what}`, async () => {
      const here = await approved();
      const notices = here.world.notices.length;
      const result = answered(await run(here)) as { outcome: string; reason: string };
      expect(result.outcome).to.equal(outcome);
      expect(result.reason).to.match(reason);
      expect(here.world.changes).to.deep.equal([]);
      // What is refused becomes a dead letter, which has an alarm.
      expect(here.world.notices.length - notices).to.equal(outcome === "refused" ? 0 : 1);
    });
  }

  it("is used once: the same message changes nothing more, also after the release", async () => {
    const { world, digest } = await approved();
    await world.approved({ incident: id, digest });
    const changes = world.changes.length;
    const notices = world.notices.length;
    expect(answered(await world.approved({ incident: id, digest })).outcome).to.equal("logged");
    await world.release(id);
    const released = world.changes.length;
    expect(released).to.be.greaterThan(changes);
    expect(answered(await world.approved({ incident: id, digest })).outcome).to.equal("logged");
    expect(world.changes.length).to.equal(released);
    expect(world.notices.length).to.be.greaterThan(notices);
  });

  it("is over where a responder has contained the instance from Security Hub meanwhile", async () => {
    const { world, digest } = await approved();
    world.pass(1_000);
    const requestedAt = world.now().toISOString();
    await world.answer(builders.incident({ ...unclear, requestedAt }));
    const changes = world.changes.length;
    const result = answered(await world.approved({ incident: id, digest }));
    expect(result.outcome).to.equal("logged");
    expect(world.changes.length).to.equal(changes);
  });

  it("is finished by the next delivery wherever a run dies", async () => {
    const { world, digest } = await approved();
    const { calls } = await world.copy().approved({ incident: id, digest });
    for (const death of deaths(calls)) {
      const here = world.copy();
      await here.approved({ incident: id, digest }, { death });
      here.outlastLease();
      await here.approved({ incident: id, digest }, { delivery: 2 });
      expect(here.items[id]?.status, JSON.stringify(death)).to.equal("contained");
      expect(Object.values(groupsOf(here)).every((groups) => groups.length === 1)).to.equal(true);
    }
  });
});
