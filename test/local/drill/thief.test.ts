import { expect } from "chai";
import { isWon, type Race, race, sides } from "../../../local/drill/thief";

// The thief polls every 500 ms: it last succeeds up to that long before the deny is in effect.
describe("the race with a thief who strips every deny [P9]", () => {
  it("is lost by AWS's runbook once IAM takes 4 seconds, or the thief is too weak", async () => {
    expect(await race(sides.runbook, 4_000, 1)).to.deep.equal({ user: null, everything: null });
  });

  it("is lost without the policies, although Cordon looks again", async () => {
    expect(await race(sides.alone, 4_000, 1)).to.deep.equal({ user: null, everything: null });
  });

  for (const [words, seed] of [
    ["AWSDenyAll attached", 1],
    ["no place for another attached policy", 4],
  ] as const) {
    it(`is won for the stolen user with the policies: ${words}`, async () => {
      const { user, everything } = await race(sides.guarded, 4_000, seed);
      expect(user).to.be.within(3_500, 14_000);
      // What the thief made in these seconds is another principal, and works on.
      expect(everything).to.equal(null);
    });
  }

  it("is won for all that the thief could make where users may not manage IAM", async () => {
    const { user, everything } = await race(sides.strict, 4_000, 2);
    expect(user).to.be.within(3_500, 14_000);
    expect(everything).to.equal(user);
  });

  it("is the same race for the same seed", async () => {
    const first = await race(sides.strict, 10_000, 3);
    expect(first.user).to.be.within(9_500, 20_000);
    expect(await race(sides.strict, 10_000, 3)).to.deep.equal(first);
  });

  it("judges the table: late, lost, or a runbook that wins is no success", () => {
    const table = (guarded: Race, strict: Race, runbook: Race) =>
      isWon([
        { side: sides.guarded, delayMs: 4_000, races: [guarded] },
        { side: sides.strict, delayMs: 4_000, races: [strict] },
        { side: sides.runbook, delayMs: 4_000, races: [runbook] },
      ]);
    const lost = { user: null, everything: null };
    const own = { user: 4_100, everything: null };
    const all = { user: 4_100, everything: 14_000 };
    expect(table(own, all, lost)).to.equal(true);
    expect(table({ ...own, user: 14_001 }, all, lost)).to.equal(false);
    expect(table(lost, all, lost)).to.equal(false);
    expect(table(own, own, lost)).to.equal(false);
    expect(table(own, all, own)).to.equal(false);
  });
});
