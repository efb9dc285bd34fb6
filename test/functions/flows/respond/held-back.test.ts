import { expect } from "chai";
import { alertHeldBack } from "../../../../functions/flows/respond/held-back";
import type { Notice } from "../../../../functions/notify/notice";
import { type BrakeItems, MemoryBrakes } from "../../../support/memory-brakes";

const scope = "playbook/contain-instance/222233334444";
const type = "type/Backdoor:EC2/DenialOfService.Dns";
const minute = 60_000;

/** Brakes whose alert was sent at 10:00, and a schedule that looks at them every five minutes. */
async function watched(...scopes: readonly string[]) {
  let clock = Date.parse("2026-11-20T10:00:00.000Z");
  const now = () => new Date(clock);
  const items: BrakeItems = { counts: {}, tripped: {}, waiting: {}, remembered: {} };
  const brakes = new MemoryBrakes(items, now);
  for (const each of scopes) {
    await brakes.trip({ scope: each, limit: 10 }, "0f3a9c1d2b4e5f60-1");
    await brakes.alerted(each);
  }
  const notices: Notice[] = [];
  const publish = async (notice: Notice) => void notices.push(notice);
  const hold = (number: number, of = scope, severity = 8) =>
    brakes.hold(of, {
      at: now().toISOString(),
      incident: `${String(number).padStart(16, "0")}-1`,
      severity,
      type: "Backdoor:EC2/DenialOfService.Dns",
      resource: `i-${number}`,
      account: "222233334444",
      region: "eu-central-1",
    });
  /** Passes so many minutes; returns when alerts were sent. */
  const pass = async (minutes: number, failing?: () => Promise<void>) => {
    const at: string[] = [];
    for (let passed = 0; passed < minutes; passed += 5) {
      clock += 5 * minute;
      const watch = { now, brakes, publish: failing ?? publish };
      const alerted = await alertHeldBack(watch).catch(() => 0);
      if (alerted > 0) at.push(now().toISOString().slice(11, 16));
    }
    return at;
  };
  return { brakes, items, notices, hold, pass };
}

describe("what tripped brakes hold back, by the schedule [C7]", () => {
  it("is alerted an hour after the last alert, although nothing more is found", async () => {
    const { notices, hold, pass } = await watched(scope);
    expect(await pass(10)).to.deep.equal([]);
    // What an intruder tripped the brake for.
    await hold(1, scope, 9);
    expect(await pass(180)).to.deep.equal(["11:00"]);
    expect(notices.map(({ subject }) => subject)).to.deep.equal([
      `[Cordon] URGENT Brake holds back 1: ${scope}`,
    ]);
    for (const line of [
      "A tripped brake goes on holding back automatic responses: 1 waits.",
      "Severity   9 is the highest since 2026-11-20T10:00:00.000Z",
      "  - 2026-11-20T10:10:00.000Z 0000000000000001-1: i-1 (Backdoor:EC2/DenialOfService.Dns), severity 9, in 222233334444, eu-central-1",
    ]) {
      expect(notices[0]?.text).to.include(line);
    }
    await hold(2);
    expect(await pass(5)).to.deep.equal(["13:15"]);
    expect(notices[1]?.text).not.to.include("i-1 ");
  });

  it("is alerted once, by whichever run claims it", async () => {
    const { brakes, notices, hold, pass } = await watched(scope);
    await hold(1);
    await pass(55);
    const publish = async (notice: Notice) => void notices.push(notice);
    const now = () => new Date("2026-11-20T11:00:00.000Z");
    await pass(5, () => Promise.reject(new Error("the topic is down")));
    // The claim of the run that failed lasts a little more than two minutes.
    expect(await alertHeldBack({ now, publish, brakes })).to.equal(0);
    expect(await pass(30)).to.deep.equal(["11:05"]);
    expect(notices).to.have.lengthOf(1);
  });

  it("is not alerted of a finding type, each of whose plans has a notice, nor after a reset", async () => {
    const { brakes, hold, pass } = await watched(scope, type);
    await hold(1, type);
    await hold(2);
    await brakes.reset(scope, { by: "ana", reason: "one wrong list" });
    expect(await pass(120)).to.deep.equal([]);
  });

  it("is left to the responders where the first alert is not sent yet", async () => {
    const { items, hold, pass } = await watched(scope);
    const { alertedAt: _, ...brake } = items.tripped[scope]!.brake!;
    items.tripped[scope] = { brake, alertUntil: 0 };
    await hold(1);
    expect(await pass(120)).to.deep.equal([]);
  });
});
