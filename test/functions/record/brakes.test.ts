import { expect } from "chai";
import fc from "fast-check";
import { keepsTheBrakes, taking } from "../../support/brakes-contract";
import { MemoryBrakes, noBrakes } from "../../support/memory-brakes";
import { MemoryJournal } from "../../support/memory-journal";

describe("brakes in memory [C7]", () => {
  const shared = noBrakes();
  keepsTheBrakes((now) => ({
    brakes: new MemoryBrakes(shared, now),
    journal: new MemoryJournal({}, now, undefined, undefined, shared),
  }));

  it("never let more begin than the limit, in whatever order and however often findings come", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 60 }),
        async (limit, order) => {
          const held = noBrakes();
          const now = () => new Date("2026-11-21T10:20:00.000Z");
          const take = taking(new MemoryJournal({}, now, undefined, undefined, held));
          const begun = new Set<number>();
          await Promise.all(
            order.map(async (incident) => {
              const brake = { scope: "organization", limit };
              if ((await take([brake], `i-${incident}`)).length === 0) begun.add(incident);
            }),
          );
          expect(begun.size).to.equal(Math.min(limit, new Set(order).size));
        },
      ),
      { numRuns: 300 },
    );
  });
});
