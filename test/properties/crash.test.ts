/**
 * Kills responses, repairs and releases at every call they make, before and after the call takes effect, and
 * kills the run that follows at every call it makes. A run depends on nothing but what it finds,
 * so of the first deaths that leave the same account and journal behind, one is followed up. Of the second
 * deaths each first one gets a third, by turns; with CORDON_STATES=all it gets every one.
 */
import { expect } from "chai";
import { incidentId } from "../../functions/record/journal";
import { allSteps } from "../../functions/remediate/plan";
import { type Response, responses } from "../support/responses";
import { answered, deaths, type Faults, SimulatedWorld } from "../support/simulated-world";

const all = process.env.CORDON_STATES === "all";

/** Chooses a third of the second deaths after a first one; the next first death gets the next third. */
function byTurns<T>(deaths: readonly T[], first: number): readonly T[] {
  return all ? deaths : deaths.filter((_, second) => (first + second) % 3 === 0);
}

for (const response of responses) {
  const { incident, make, faults, opened } = response;
  const id = incidentId(incident.key, 1);
  // Of who attacked an instance the instance's own responder notifies.
  const unanswered = incident.resource.kind === "address" ? "logged" : "notified";

  describe(`a response to ${response.name} that dies [R11]`, () => {
    it("is finished by the next delivery, wherever it died", async () => {
      for (const death of await deathsOf(response, [])) {
        const world = new SimulatedWorld(make());
        expect((await world.answer(incident, { ...faults, death })).kind).to.equal("died");
        world.outlastLease();
        const ending = answered(await world.answer(incident, { ...faults, delivery: 2 }));
        expect(ending.outcome).to.equal(
          / is (contained|fixed|blocked)$/.test(ending.reason) ? "duplicate" : "contained",
        );
        expectContained(world, response, JSON.stringify(death));
      }
    });

    it("is finished by the third run when the second dies too, wherever both died", async () => {
      let runs = 0;
      const fresh = unseen();
      for (const [turn, first] of (await deathsOf(response, [])).entries()) {
        const left = new SimulatedWorld(make());
        await left.answer(incident, { ...faults, death: first });
        if (!fresh(left)) continue;
        for (const second of byTurns(await deathsOf(response, [first]), turn)) {
          const world = new SimulatedWorld(make());
          await world.answer(incident, { ...faults, death: first });
          world.outlastLease();
          await world.answer(incident, { ...faults, death: second, delivery: 2 });
          world.outlastLease();
          answered(await world.answer(incident, { ...faults, delivery: 3 }));
          expectContained(world, response, JSON.stringify([first, second]));
          runs += 3;
        }
      }
      console.log(`      ${runs} runs`);
    });

    it("is undone by a release without another delivery, wherever it died", async () => {
      for (const death of await deathsOf(response, [])) {
        const world = new SimulatedWorld(make());
        await world.answer(incident, { ...faults, death });
        world.outlastLease();
        const report = answered(await world.release(id, { ...faults }));
        // Before the journal knew of it, nothing was changed and there is nothing to release.
        if (report.outcome === "refused") expect(report.reason).to.match(/has no incident/);
        else expectReleased(report, JSON.stringify(death));
        response.restored(world, make(), JSON.stringify(death));
      }
    });

    it("is not taken up again by a late delivery once it was released", async () => {
      for (const death of await deathsOf(response, [])) {
        const world = new SimulatedWorld(make());
        await world.answer(incident, { ...faults, death });
        world.outlastLease();
        if (answered(await world.release(id, { ...faults })).outcome === "refused") continue;
        const before = structuredClone(world.state);
        const ending = answered(await world.answer(incident, { ...faults, delivery: 2 }));
        expect(ending.outcome, JSON.stringify(death)).to.equal(unanswered);
        expect(world.state, JSON.stringify(death)).to.deep.equal(before);
      }
    });
  });

  if (opened === undefined) {
    describe(`a look at ${response.name}, changed back, that dies [R15]`, () => {
      it("ends notified by the next look, and changes nothing, wherever it died", async () => {
        const looked = async (death?: Faults["death"]) => {
          const world = await contained(response);
          Object.assign(world.state, make());
          return { world, ending: await world.watch(incident.key, { ...faults, death }) };
        };
        for (const death of deaths((await looked()).ending.calls)) {
          const { world, ending } = await looked(death);
          expect(ending.kind).to.equal("died");
          world.outlastLease();
          answered(await world.watch(incident.key, { ...faults }));
          expect(world.state, JSON.stringify(death)).to.deep.equal(make());
          const subjects = world.notices.map(({ subject }) => subject.split(":")[0]);
          expect(subjects, JSON.stringify(death)).to.include("[Cordon] Setting changed back");
        }
      });
    });
  } else {
    describe(`a repair of ${response.name} that dies [R15]`, () => {
      it("is finished by the next look, wherever it died", async () => {
        const repaired = async (death?: Faults["death"]) => {
          const world = await contained(response);
          opened(world.state);
          return { world, ending: await world.watch(incident.key, { ...faults, death }) };
        };
        const all = deaths((await repaired()).ending.calls);
        expect(all.length).to.be.greaterThan(10);
        for (const death of all) {
          const { world, ending } = await repaired(death);
          expect(ending.kind).to.equal("died");
          world.outlastLease();
          answered(await world.watch(incident.key, { ...faults }));
          expectContained(world, response, JSON.stringify(death));
          const report = answered(await world.release(id, { ...faults }));
          expectReleased(report, JSON.stringify(death));
          response.restored(world, make(), JSON.stringify(death));
        }
      });
    });
  }

  describe(`a release of ${response.name} that dies`, () => {
    it("is finished by running it again, wherever it died", async () => {
      for (const death of await releaseDeathsOf(response, [])) {
        const world = await contained(response);
        expect((await world.release(id, { ...faults, death })).kind).to.equal("died");
        world.outlastLease();
        const report = answered(await world.release(id, { ...faults }));
        expectReleased(report, JSON.stringify(death));
        response.restored(world, make(), JSON.stringify(death));
      }
    });

    it("is finished by the third run when the second dies too, wherever both died", async () => {
      let runs = 0;
      const fresh = unseen();
      for (const [turn, first] of (await releaseDeathsOf(response, [])).entries()) {
        const left = await contained(response);
        await left.release(id, { ...faults, death: first });
        if (!fresh(left)) continue;
        for (const second of byTurns(await releaseDeathsOf(response, [first]), turn)) {
          const world = await contained(response);
          await world.release(id, { ...faults, death: first });
          world.outlastLease();
          await world.release(id, { ...faults, death: second });
          world.outlastLease();
          const where = JSON.stringify([first, second]);
          expectReleased(answered(await world.release(id, { ...faults })), where);
          response.restored(world, make(), where);
          runs += 3;
        }
      }
      console.log(`      ${runs} runs`);
    });

    it("does not make a re-emitted finding contain again", async () => {
      for (const death of await releaseDeathsOf(response, [])) {
        const world = await contained(response);
        await world.release(id, { ...faults, death });
        world.outlastLease();
        const before = world.changes.length;
        const ending = answered(await world.answer(incident, { ...faults }));
        // The run that died may have finished everything but its own reply.
        const released = world.items[id]?.status === "released";
        expect(ending.outcome, JSON.stringify(death)).to.be.oneOf(
          released ? [unanswered] : ["duplicate", "notified"],
        );
        expect(world.changes.length, JSON.stringify(death)).to.equal(before);
      }
    });
  });
}

describe("a dry run that dies", () => {
  for (const { name, incident, make, faults } of responses) {
    it(`is announced at least once and recorded by the next delivery: ${name}`, async () => {
      const dry = { policy: { ...faults.policy, mode: "dry-run" } } as const;
      const before = make();
      const whole = await new SimulatedWorld(make()).answer(incident, dry);
      for (const death of deaths(whole.calls)) {
        const world = new SimulatedWorld(make());
        await world.answer(incident, { ...dry, death });
        const ending = answered(await world.answer(incident, { ...dry, delivery: 2 }));
        expect(ending.outcome).to.equal("dry-run");
        expect(world.notices.length, JSON.stringify(death)).to.be.within(1, 2);
        expect(world.items[incidentId(incident.key, 1)]?.status).to.equal("planned");
        expect(world.changes).to.deep.equal([]);
        expect(world.state).to.deep.equal(before);
      }
    });
  }
});

/** Checks of each world whether its account, journal and notices were not met before. */
function unseen(): (world: SimulatedWorld) => boolean {
  const seen = new Set<string>();
  return ({ state, items, notices }) => {
    const world = JSON.stringify([state, items, notices]);
    return seen.size !== seen.add(world).size;
  };
}

/** Every way to die in the run that follows these deaths. */
async function deathsOf({ make, incident, faults }: Response, before: readonly Faults["death"][]) {
  const world = new SimulatedWorld(make());
  for (const death of before) {
    await world.answer(incident, { ...faults, ...(death && { death }) });
    world.outlastLease();
  }
  return deaths((await world.answer(incident, { ...faults })).calls);
}

async function releaseDeathsOf(response: Response, before: readonly Faults["death"][]) {
  const { incident, faults } = response;
  const id = incidentId(incident.key, 1);
  const world = await contained(response);
  for (const death of before) {
    await world.release(id, { ...faults, ...(death && { death }) });
    world.outlastLease();
  }
  return deaths((await world.release(id, { ...faults })).calls);
}

async function contained({ make, incident, faults }: Response): Promise<SimulatedWorld> {
  const world = new SimulatedWorld(make());
  expect(answered(await world.answer(incident, { ...faults })).outcome).to.equal("contained");
  return world;
}

function expectContained(world: SimulatedWorld, response: Response, where: string): void {
  const item = world.items[incidentId(response.incident.key, 1)];
  expect(item?.status, where).to.equal("contained");
  expect(item?.leaseUntil, where).to.equal(0);
  const steps = item === undefined ? [] : allSteps(item.record.plan);
  expect(Object.values(item?.marks ?? {}), where).to.deep.equal(steps.map(() => "done"));
  expect(
    world.notices.filter((notice) =>
      /^\[Cordon\] (Isolated|Contained|Fixed|Blocked): /.test(notice.subject),
    ).length,
    where,
  ).to.be.at.least(1);
  response.contained(world, where);
}

function expectReleased(report: { outcome: string }, where: string): void {
  // The run that died may have finished everything but its own reply.
  if (report.outcome === "refused") {
    expect((report as { reason?: string }).reason, where).to.match(/was released at/);
  } else {
    expect(report, where).to.deep.include({ outcome: "released", drifted: [], problems: [] });
  }
}
