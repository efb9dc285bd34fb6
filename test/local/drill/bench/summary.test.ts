import { expect } from "chai";
import type { Run } from "../../../../local/drill/bench/responses";
import { summaryOf } from "../../../../local/drill/bench/summary";

const run = (small: number, large: number): Run => {
  const contained = (ms: number) => ({
    calls: 54,
    reached: { contained: { ms, floorMs: 800, chain: 20 } },
  });
  const none = { calls: 20, reached: {} };
  return { small: contained(small), large: contained(large), user: none, role: none };
};

describe("The summary of a bench", () => {
  it("has the median of each ratio, and how far the runs are apart", () => {
    const { kinds, growth } = summaryOf([run(880, 968), run(840, 924), run(920, 920)]);
    expect(kinds.map(({ kind, calls, moments }) => [kind, calls, moments.length])).to.deep.equal([
      ["small", 54, 1],
      ["large", 54, 1],
      ["user", 20, 0],
      ["role", 20, 0],
    ]);
    const [contained] = kinds[0]?.moments ?? [];
    expect(contained).to.deep.include({ moment: "contained", ms: 880, floorMs: 800, chain: 20 });
    // 880, 840 and 920 ms of 20 calls at 40 ms, and of a floor of 800 ms.
    for (const ratio of [contained?.toChain, contained?.toFloor]) {
      expect(ratio?.median).to.be.closeTo(1.1, 1e-9);
      expect(ratio?.spread).to.be.closeTo(0.1, 1e-9);
    }
    expect(growth.median).to.be.closeTo(1.1, 1e-9);
    expect(growth.spread).to.be.closeTo(0.1, 1e-9);
  });
});
