import { expect } from "chai";
import { LeaseHeld } from "../../functions/record/journal";
import * as builders from "../support/builders";
import { responses } from "../support/responses";
import { answered, SimulatedWorld } from "../support/simulated-world";

const incident = builders.incident();
const id = `${builders.incidentKey}-1`;
describe("twenty answers at once [R11]", () => {
  for (const { name, make, incident, faults } of responses) {
    it(`make one set of changes, fail with LeaseHeld and are duplicates later: ${name}`, async () => {
      const alone = new SimulatedWorld(make());
      await alone.answer(incident, faults);
      const world = new SimulatedWorld(make());
      const endings = await Promise.all(
        Array.from({ length: 20 }, () => world.answer(incident, faults)),
      );
      const failed = endings.filter((ending) => ending.kind === "failed");
      expect(endings.filter((ending) => ending.kind === "answered")).to.have.lengthOf(1);
      expect(failed.map((ending) => ending.error instanceof LeaseHeld)).to.deep.equal(
        Array.from({ length: 19 }, () => true),
      );
      expect(world.changes).to.deep.equal(alone.changes);
      expect(world.notices).to.have.lengthOf(1);
      for (const _ of failed) {
        const later = await world.answer(incident, { ...faults, delivery: 2 });
        expect(answered(later).outcome).to.equal("duplicate");
      }
      expect(world.changes).to.deep.equal(alone.changes);
    });
  }

  it("leave it to the lease when the one that began dies", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(incident, { death: { at: 50, when: "after" } });
    const early = await world.answer(incident, { delivery: 2 });
    expect(early.kind === "failed" && early.error).to.be.instanceOf(LeaseHeld);
    world.outlastLease();
    const endings = await Promise.all([1, 2, 3].map(() => world.answer(incident, { delivery: 3 })));
    expect(endings.map((ending) => ending.kind).sort()).to.deep.equal([
      "answered",
      "failed",
      "failed",
    ]);
    expect(world.state.snapshots).to.have.lengthOf(2);
  });

  it("do not let a run that outlived its lease close the incident", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    let resumed: Promise<unknown> | undefined;
    const slow = await world.answer(incident, {
      slow: (call) => call.method === "topic.publish",
      // As it reports, its lease runs out and another run takes over.
      fault: (call) => {
        if (call.method === "topic.publish" && resumed === undefined) {
          world.outlastLease();
          resumed = world.answer(incident, { delivery: 2 });
        }
        return undefined;
      },
    });
    await resumed;
    expect(slow.kind === "failed" && slow.error).to.be.instanceOf(LeaseHeld);
    expect(world.items[id]).to.deep.include({ status: "contained", runner: "run-2" });
  });
});
