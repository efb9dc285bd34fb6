import { expect } from "chai";
import { startRound } from "../../../../functions/flows/sweep/round";
import { denied, shop, world } from "../../../support/sweeps";

describe("a round of the sweeper [P4] [E3]", () => {
  it("enqueues one task for every account that is not excluded, ten a second", async () => {
    const many = Array.from({ length: 25 }, (_, index) => ({
      id: String(300_000_000_000 + index),
      name: `a${index}`,
    }));
    const { sweeper, enqueued } = world(
      {},
      {
        accounts: async () => [...many, { id: "111122223333", name: "Management" }],
      },
    );
    expect(await startRound(sweeper)).to.deep.equal({ accounts: 25, uncontainable: [] });
    expect(enqueued.map(({ task }) => task)).to.deep.equal(
      many.map(({ id }) => ({ task: "account", account: id })),
    );
    expect(enqueued.map(({ seconds }) => seconds)).to.deep.equal([
      ...Array(10).fill(0),
      ...Array(10).fill(1),
      ...Array(5).fill(2),
    ]);
  });

  it("notifies once a day, in one notice, of the accounts that are unreachable", async () => {
    const unreachable = { [shop]: denied, "333344445555": new Error("no role") };
    const at = async (time: string) => {
      const { sweeper, notices, enqueued } = world({}, { unreachable, now: () => new Date(time) });
      const { uncontainable } = await startRound(sweeper);
      expect(uncontainable.map(({ account }) => account)).to.deep.equal([shop, "333344445555"]);
      expect(enqueued).to.have.length(3);
      return notices;
    };
    const [notice, ...more] = await at("2026-06-05T05:59:59Z");
    expect(more).to.deep.equal([]);
    expect(notice?.subject).to.equal("[Cordon] 2 of 3 accounts cannot be contained");
    expect(notice?.text).to.include(
      `\n  - Web shop (${shop}): AccessDenied: User is not authorized to perform sts:AssumeRole\n  - Data (333344445555): Error: no role\n`,
    );
    for (const time of ["2026-06-05T06:00:00Z", "2026-06-05T23:00:00Z"]) {
      expect(await at(time)).to.deep.equal([]);
    }
  });
});
