import { expect } from "chai";
import { handleTask, sweepAccount } from "../../../../functions/flows/sweep/account";
import type { OwnTask } from "../../../../functions/flows/sweep/tasks";
import { closed, shop, state, untrack, vpc, world } from "../../../support/sweeps";

describe("an all-open group that the sweeper finds", () => {
  const interfaceIn = (group: string) => ({
    instance: "i-1",
    vpc,
    groups: [group],
    tags: {},
    managed: false,
  });
  const held = () =>
    state({
      groups: { "sg-1": closed, "sg-open": untrack },
      interfaces: { "eni-1": interfaceIn("sg-open"), "eni-2": interfaceIn("sg-1") },
    });
  const deserted = () => state({ groups: { "sg-1": closed, "sg-open": untrack } });
  const look = (changes: Partial<Extract<OwnTask, { task: "look-again" }>> = {}): OwnTask => ({
    task: "look-again",
    account: shop,
    region: "eu-central-1",
    group: { vpc, name: untrack.name },
    held: ["eni-1"],
    ...changes,
  });

  it("is inspected again after 61 s when it holds an interface, after 15 minutes otherwise", async () => {
    for (const [here, ids, seconds] of [
      [held(), ["eni-1"], 61],
      [deserted(), [], 900],
    ] as const) {
      const { sweeper, enqueued } = world({ [`${shop} eu-central-1`]: here });
      await sweepAccount(shop, sweeper);
      expect(enqueued).to.deep.equal([{ task: look({ held: [...ids] }), seconds }]);
    }
  });

  it("is one of at most twenty that are inspected again: anyone can set the tag", async () => {
    const many = Array.from({ length: 25 }, (_, n) => [`sg-${n + 2}`, untrack] as const);
    const here = state({ groups: { "sg-1": closed, ...Object.fromEntries(many) } });
    const { sweeper, enqueued } = world({ [`${shop} eu-central-1`]: here });
    await sweepAccount(shop, sweeper);
    expect(enqueued).to.have.lengthOf(20);
  });

  it("causes an urgent notice when the same interface is still in it", async () => {
    const { sweeper, notices, changesIn } = world({ [`${shop} eu-central-1`]: held() });
    expect(await handleTask(look(), sweeper)).to.deep.equal({
      outcome: "notified",
      reason: `eni-1 still in the all-open group ${untrack.name}`,
      account: shop,
    });
    expect(notices[0]?.subject).to.equal("[Cordon] URGENT Open to all traffic: eni-1");
    expect(notices[0]?.text).to.include(`\nAccount    Web shop (${shop}), eu-central-1\n`);
    expect(changesIn(`${shop} eu-central-1`)).to.deep.equal([]);
  });

  it("causes no notice when the interface has left, or another one passes through", async () => {
    const { sweeper, notices } = world({ [`${shop} eu-central-1`]: held() });
    const { outcome } = await handleTask(look({ held: ["eni-2"] }), sweeper);
    const left = world({ [`${shop} eu-central-1`]: deserted() });
    const answered = await handleTask(look(), left.sweeper);
    expect([outcome, answered.outcome]).to.deep.equal(["logged", "logged"]);
    expect([...notices, ...left.notices]).to.deep.equal([]);
    expect(left.changesIn(`${shop} eu-central-1`)).to.deep.equal([]);
  });

  it("is removed when it was empty at both inspections", async () => {
    const here = deserted();
    const { sweeper } = world({ [`${shop} eu-central-1`]: here });
    const { reason } = await handleTask(look({ held: [] }), sweeper);
    expect(reason).to.equal(`${untrack.name} was deserted and has been removed`);
    expect(Object.keys(here.groups)).to.deep.equal(["sg-1"]);
    expect((await handleTask(look({ held: [] }), sweeper)).reason).to.equal(
      `${untrack.name} is gone`,
    );
  });

  it("is not removed without Cordon's tag, whatever its name", async () => {
    const here = state({ groups: { "sg-open": { ...untrack, tags: {} } } });
    const { sweeper } = world({ [`${shop} eu-central-1`]: here });
    await handleTask(look({ held: [] }), sweeper);
    expect(Object.keys(here.groups)).to.deep.equal(["sg-open"]);
  });
});
