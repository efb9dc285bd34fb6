import { expect } from "chai";
import { incidentId, parseIncidentId, revisionOf } from "../../../functions/record/journal";
import * as builders from "../../support/builders";
import { keepsTheJournal } from "../../support/journal-contract";
import { MemoryJournal } from "../../support/memory-journal";
import { SimulatedWorld } from "../../support/simulated-world";

describe("the journal in memory", () => {
  const items = {};
  keepsTheJournal((now) => new MemoryJournal(items, now));
});

describe("an incident's name", () => {
  it("is read back as it was written", () => {
    expect(incidentId("0f3a9c1d2b4e5f60", 12)).to.equal("0f3a9c1d2b4e5f60-12");
    expect(parseIncidentId("0f3a9c1d2b4e5f60-12")).to.deep.equal({
      key: "0f3a9c1d2b4e5f60",
      epoch: 12,
    });
  });

  for (const name of [
    "",
    "0f3a9c1d2b4e5f60",
    "0f3a9c1d2b4e5f60-0",
    "0f3a9c1d2b4e5f60-01",
    "0f3a9c1d2b4e5f6-1",
    "0F3A9C1D2B4E5F60-1",
    "0f3a9c1d2b4e5f60-1 ",
    "0f3a9c1d2b4e5f60-1\n",
  ]) {
    it(`is not ${JSON.stringify(name)}`, () => {
      expect(parseIncidentId(name)).to.equal(undefined);
    });
  }
});

describe("a plan's revision", () => {
  it("is the same for the same facts at the same time, and another for others", async () => {
    const revision = async (change: (world: SimulatedWorld) => void) => {
      const world = new SimulatedWorld(builders.standardAccount());
      change(world);
      await world.answer(builders.incident(), { policy: { mode: "dry-run" } });
      const record = Object.values(world.items)[0]!.record;
      expect(record.revision)
        .to.equal(revisionOf(record.plan))
        .and.match(/^[0-9a-f]{8}$/);
      return record.revision;
    };
    const [one, same, other] = await Promise.all([
      revision(() => {}),
      revision(() => {}),
      revision((world) => {
        world.state.interfaces["eni-01"]!.groups = ["sg-web"];
      }),
    ]);
    expect(same).to.equal(one);
    expect(other).not.to.equal(one);
  });
});
