/**
 * Kills responses and releases at every call they make, before and after the call takes effect, and
 * kills the life that follows at every call it makes. A life depends on nothing but what it finds,
 * so of the first deaths that leave the same account and journal behind, one is followed up.
 */
import { expect } from "chai";
import { incidentId } from "../../functions/record/journal";
import { allSteps } from "../../functions/remediate/engine";
import { untrackGroupName } from "../../functions/remediate/quarantine-group";
import type { Step } from "../../functions/step";
import * as builders from "../support/builders";
import { answered, deaths, Estate, type Fate } from "../support/life";
import type { AccountState } from "../support/memory-account";

const incident = builders.incident();
const id = incidentId(builders.incidentKey, 1);
const estates = [
  {
    name: "the standard instance",
    make: builders.standardAccount,
    originals: { "eni-01": ["sg-admin", "sg-web"], "eni-02": ["sg-data"] },
    snapshots: ["vol-01", "vol-02"],
  },
  {
    name: "an instance in two VPCs without quarantine groups",
    make: builders.youngAccount,
    originals: { "eni-01": ["sg-web"], "eni-02": ["sg-other"] },
    snapshots: ["vol-01", "vol-02"],
  },
  {
    name: "an instance with one interface in quarantine already",
    make: builders.halfIsolatedAccount,
    originals: { "eni-01": ["sg-admin", "sg-web"] },
    snapshots: ["vol-01", "vol-02"],
  },
] as const;

for (const estate of estates) {
  describe(`a response to ${estate.name} that dies`, () => {
    it("is finished by the next delivery, wherever it died", async () => {
      for (const death of await deathsOf(estate.make, [])) {
        const world = new Estate(estate.make());
        expect((await world.answer(incident, { death })).kind).to.equal("died");
        world.outlastLease();
        const ending = answered(await world.answer(incident, { delivery: 2 }));
        expect(ending.outcome).to.equal(
          ending.reason.includes("is contained") ? "duplicate" : "contained",
        );
        expectContained(world, estate, JSON.stringify(death));
      }
    });

    it("is finished by the third life when the second dies too, wherever both died", async () => {
      let lives = 0;
      const fresh = unseen();
      for (const first of await deathsOf(estate.make, [])) {
        const left = new Estate(estate.make());
        await left.answer(incident, { death: first });
        if (!fresh(left)) continue;
        for (const second of await deathsOf(estate.make, [first])) {
          const world = new Estate(estate.make());
          await world.answer(incident, { death: first });
          world.outlastLease();
          await world.answer(incident, { death: second, delivery: 2 });
          world.outlastLease();
          answered(await world.answer(incident, { delivery: 3 }));
          expectContained(world, estate, JSON.stringify([first, second]));
          lives += 3;
        }
      }
      console.log(`      ${lives} lives`);
    });

    it("is undone by a release without another delivery, wherever it died", async () => {
      for (const death of await deathsOf(estate.make, [])) {
        const world = new Estate(estate.make());
        await world.answer(incident, { death });
        world.outlastLease();
        const report = answered(await world.release(id));
        // Before the journal knew of it, nothing was changed and there is nothing to release.
        if (report.outcome === "refused") expect(report.reason).to.match(/has no incident/);
        else expectReleased(report, JSON.stringify(death));
        expectRestored(world, estate.make(), JSON.stringify(death));
      }
    });

    it("is not taken up again by a late delivery once it was released", async () => {
      for (const death of await deathsOf(estate.make, [])) {
        const world = new Estate(estate.make());
        await world.answer(incident, { death });
        world.outlastLease();
        if (answered(await world.release(id)).outcome === "refused") continue;
        const before = structuredClone(world.state);
        const ending = answered(await world.answer(incident, { delivery: 2 }));
        expect(ending.outcome, JSON.stringify(death)).to.equal("notified");
        expect(world.state, JSON.stringify(death)).to.deep.equal(before);
      }
    });
  });

  describe(`a release of ${estate.name} that dies`, () => {
    it("is finished by running it again, wherever it died", async () => {
      for (const death of await releaseDeathsOf(estate.make, [])) {
        const world = await contained(estate.make);
        expect((await world.release(id, { death })).kind).to.equal("died");
        world.outlastLease();
        const report = answered(await world.release(id));
        expectReleased(report, JSON.stringify(death));
        expectRestored(world, estate.make(), JSON.stringify(death));
      }
    });

    it("is finished by the third run when the second dies too, wherever both died", async () => {
      let lives = 0;
      const fresh = unseen();
      for (const first of await releaseDeathsOf(estate.make, [])) {
        const left = await contained(estate.make);
        await left.release(id, { death: first });
        if (!fresh(left)) continue;
        for (const second of await releaseDeathsOf(estate.make, [first])) {
          const world = await contained(estate.make);
          await world.release(id, { death: first });
          world.outlastLease();
          await world.release(id, { death: second });
          world.outlastLease();
          const where = JSON.stringify([first, second]);
          expectReleased(answered(await world.release(id)), where);
          expectRestored(world, estate.make(), where);
          lives += 3;
        }
      }
      console.log(`      ${lives} lives`);
    });

    it("does not make a re-emitted finding contain again", async () => {
      for (const death of await releaseDeathsOf(estate.make, [])) {
        const world = await contained(estate.make);
        await world.release(id, { death });
        world.outlastLease();
        const before = world.changes.length;
        const ending = answered(await world.answer(incident));
        // The run that died may have finished everything but its own reply.
        const released = world.items[id]?.status === "released";
        expect(ending.outcome, JSON.stringify(death)).to.be.oneOf(
          released ? ["notified"] : ["duplicate", "notified"],
        );
        expect(world.changes.length, JSON.stringify(death)).to.equal(before);
      }
    });
  });
}

describe("a dry run that dies", () => {
  it("is announced at least once and recorded by the next delivery, wherever it died", async () => {
    const policy = { mode: "dry-run" } as const;
    const whole = await new Estate(builders.standardAccount()).answer(incident, { policy });
    for (const death of deaths(whole.calls)) {
      const world = new Estate(builders.standardAccount());
      await world.answer(incident, { policy, death });
      const ending = answered(await world.answer(incident, { policy, delivery: 2 }));
      expect(ending.outcome).to.equal("dry-run");
      expect(world.notices.length, JSON.stringify(death)).to.be.within(1, 2);
      expect(world.items[id]?.status).to.equal("planned");
      expect(world.changes).to.deep.equal([]);
    }
  });
});

/** Tells of each world whether its account, journal and notices were not met before. */
function unseen(): (world: Estate) => boolean {
  const seen = new Set<string>();
  return ({ state, items, notices }) => {
    const world = JSON.stringify([state, items, notices]);
    return seen.size !== seen.add(world).size;
  };
}

/** Every way to die in the life that follows these deaths. */
async function deathsOf(make: () => AccountState, before: readonly Fate["death"][]) {
  const world = new Estate(make());
  for (const death of before) {
    await world.answer(incident, { ...(death && { death }) });
    world.outlastLease();
  }
  return deaths((await world.answer(incident)).calls);
}

async function releaseDeathsOf(make: () => AccountState, before: readonly Fate["death"][]) {
  const world = await contained(make);
  for (const death of before) {
    await world.release(id, { ...(death && { death }) });
    world.outlastLease();
  }
  return deaths((await world.release(id)).calls);
}

async function contained(make: () => AccountState): Promise<Estate> {
  const world = new Estate(make());
  expect(answered(await world.answer(incident)).outcome).to.equal("contained");
  return world;
}

function expectContained(world: Estate, estate: (typeof estates)[number], where: string): void {
  const { state } = world;
  const item = world.items[id];
  expect(item?.status, where).to.equal("contained");
  expect(item?.leaseUntil, where).to.equal(0);
  const steps: readonly Step[] = item === undefined ? [] : allSteps(item.record.plan);
  expect(Object.values(item?.marks ?? {}), where).to.deep.equal(steps.map(() => "done"));
  const originals = steps.flatMap((step) =>
    step.kind === "quarantine-interface" ? [[step.networkInterface, step.before]] : [],
  );
  expect(Object.fromEntries(originals), where).to.deep.equal(estate.originals);
  expect(
    state.snapshots.map((each) => each.volume),
    where,
  ).to.deep.equal(estate.snapshots);
  for (const [name, each] of Object.entries(state.interfaces)) {
    const group = state.groups[each.groups[0] ?? ""];
    expect(each.groups.length, `${where} ${name}`).to.equal(1);
    expect(group?.name, `${where} ${name}`).to.equal("cordon-quarantine");
    expect(group?.ingress, `${where} ${name}`).to.deep.equal([]);
    // Without SSM endpoints in the VPC nothing may leave; with them, only towards them.
    expect(group?.egress, `${where} ${name}`).to.deep.equal(
      state.endpoints.length === 0
        ? []
        : [{ protocol: "tcp", fromPort: 443, toPort: 443, peer: { group: "sg-endpoints" } }],
    );
    expect(each.tags.CordonConnectionsCut, `${where} ${name}`).to.equal(id);
  }
  expect(untrackGroups(state), where).to.deep.equal([]);
  expect(
    world.notices.filter((notice) => notice.subject.startsWith("[Cordon] Contained:")).length,
    where,
  ).to.be.at.least(1);
  const instance = state.instances[builders.instanceId]!;
  expect(instance.tags.SecurityStatus, where).to.equal("Quarantined");
  expect(instance.attributes, where).to.deep.equal({
    disableApiTermination: !instance.spot,
    disableApiStop: true,
    instanceInitiatedShutdownBehavior: "stop",
  });
  expect(
    instance.volumes.map((each) => each.deleteOnTermination),
    where,
  ).to.deep.equal([false, false]);
  for (const role of Object.values(state.roles)) {
    expect(Object.keys(role.policies), where).to.deep.equal(["app", `Cordon-${id}`]);
  }
  for (const group of Object.values(state.scalingGroups)) {
    expect(group.instances, where).to.have.lengthOf(1).and.not.include(builders.instanceId);
  }
  for (const group of Object.values(state.targetGroups))
    expect(group.targets, where).to.deep.equal([]);
  for (const one of Object.values(state.loadBalancers))
    expect(one.instances, where).to.deep.equal([]);
}

function expectReleased(report: { outcome: string }, where: string): void {
  // The run that died may have finished everything but its own reply.
  if (report.outcome === "refused") {
    expect((report as { reason?: string }).reason, where).to.match(/was released at/);
  } else {
    expect(report, where).to.deep.include({ outcome: "released", drifted: [], problems: [] });
  }
}

/** Field by field what it was, but for what a release leaves on purpose. */
function expectRestored(world: Estate, before: AccountState, where: string): void {
  const state = structuredClone(world.state);
  const instance = state.instances[builders.instanceId]!;
  if (world.changes.some((call) => JSON.stringify(call.args).includes("SecurityStatus"))) {
    expect(instance.tags.SecurityStatus, where).to.equal("Restored");
    expect(instance.tags.RestoredAt, where).to.match(/^2026-11-20T1/);
  }
  instance.tags = before.instances[builders.instanceId]!.tags;
  state.snapshots = [];
  expect(untrackGroups(state), where).to.deep.equal([]);
  for (const [group, each] of Object.entries(state.groups)) {
    if (each.tags.CordonMadeBy === "responder") delete state.groups[group];
  }
  for (const [name, group] of Object.entries(state.scalingGroups)) {
    const replacements = group.instances.filter((each) => each !== builders.instanceId);
    for (const each of replacements) delete state.instances[each];
    expect(replacements.length, where).to.be.at.most(1);
    expect(group.desired, where).to.equal(
      before.scalingGroups[name]!.desired + replacements.length,
    );
    group.instances = [builders.instanceId];
    group.desired = before.scalingGroups[name]!.desired;
  }
  for (const each of Object.values(state.interfaces)) each.groups.sort();
  for (const each of Object.values(before.interfaces)) each.groups.sort();
  expect(state, where).to.deep.equal(before);
}

function untrackGroups(state: AccountState): string[] {
  return Object.values(state.groups)
    .map((group) => group.name)
    .filter((name) => name === untrackGroupName(id));
}
