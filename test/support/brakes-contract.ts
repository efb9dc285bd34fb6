/** What brakes promise, whatever they are kept in: memory, or the journal's table in DynamoDB. */
import { expect } from "chai";
import type { Brake, BrakeControl, Brakes } from "../../functions/record/brakes";
import type { Journal } from "../../functions/record/journal";
import * as builders from "./builders";

const begin = "2026-11-21T10:20:00.000Z";

type Counting = Pick<Journal, "beginCounted">;

/** Makes a function that begins an incident by its id; it gives the brakes that refuse. */
export function taking(journal: Counting) {
  return async (brakes: readonly Brake[], id: string): Promise<readonly Brake[]> => {
    const at = id.lastIndexOf("-");
    const begun = await journal.beginCounted(
      {
        id,
        epoch: Number(id.slice(at + 1)),
        incident: { ...builders.incident(), key: id.slice(0, at) },
        accountName: "Web shop",
        reasons: [],
        plan: { stages: [], residual: [], nextSteps: [] },
        plannedAt: begin,
      },
      `run of ${id}`,
      brakes,
    );
    return "refusedBy" in begun ? begun.refusedBy : [];
  };
}

/** Declares the tests. @param open opens brakes with this clock, which may hold other scopes */
export function keepsTheBrakes(
  open: (now: () => Date) => {
    readonly brakes: Brakes & BrakeControl;
    readonly journal: Counting;
  },
): void {
  let accounts = 100_000_000_000;

  /** Brakes of an account that nothing is counted of, and a clock. */
  const opened = () => {
    accounts += 1;
    let clock = Date.parse(begin);
    const { brakes, journal } = open(() => new Date(clock));
    const take = taking(journal);
    const scope = `playbook/contain-instance/${accounts}`;
    const group = `group/${accounts}/eu-central-1/web/blue`;
    const type = `type/Backdoor:EC2/C&CActivity.B!${accounts}`;
    const own = async () =>
      (await brakes.held()).filter((each) => each.scope.includes(`${accounts}`));
    const pass = (ms: number) => {
      clock += ms;
    };
    const id = (number: number) => `${String(number).padStart(16, "0")}-1`;
    const finding = (number: number, severity = 8) => ({
      at: new Date(clock).toISOString(),
      incident: id(number),
      severity,
      type: "Backdoor:EC2/DenialOfService.Dns",
      resource: `i-${number} "ü"`,
      account: `${accounts}`,
      region: "eu-central-1",
    });
    return { brakes, take, scope, group, type, own, pass, id, finding };
  };
  const hour = 60 * 60_000;

  it("count up to the limit, and refuse the next incident", async () => {
    const { take, scope, id } = opened();
    const brake = { scope, limit: 2 };
    expect(await take([brake], id(1))).to.deep.equal([]);
    expect(await take([brake], id(2))).to.deep.equal([]);
    expect(await take([brake], id(3))).to.deep.equal([brake]);
  });

  it("count an incident once, also when its answer was lost and the brake is full", async () => {
    const { take, scope, id } = opened();
    const brake = { scope, limit: 1 };
    for (let delivery = 1; delivery <= 3; delivery++) {
      expect(await take([brake], id(1))).to.deep.equal([]);
    }
    expect(await take([brake], id(2))).to.deep.equal([brake]);
  });

  it("count with all of an incident's brakes or with none", async () => {
    const { take, scope, group, id } = opened();
    const both = [
      { scope: group, limit: 1 },
      { scope, limit: 2 },
    ];
    expect(await take(both, id(1))).to.deep.equal([]);
    expect(await take(both, id(2))).to.deep.equal([both[0]]);
    // The refused incident is not counted with the brake that had room.
    expect(await take([{ scope, limit: 2 }], id(3))).to.deep.equal([]);
    expect(await take([{ scope, limit: 2 }], id(4))).to.have.lengthOf(1);
  });

  it("count an instance of a group once a day, also when it is contained again after a release", async () => {
    const { take, group, scope } = opened();
    const both = [
      { scope: group, limit: 1 },
      { scope, limit: 1 },
    ];
    expect(await take(both, "0f3a9c1d2b4e5f60-1")).to.deep.equal([]);
    expect(await take(both, "0f3a9c1d2b4e5f60-2")).to.deep.equal([both[1]]);
    expect(await take(both, "0f3a9c1d2b4e5f61-1")).to.deep.equal(both);
  });

  it("count each target of an attack sequence, all of them or none, and once whoever counts it [D7]", async () => {
    const { take, scope, group, id } = opened();
    const targets = ["00000000000000aa", "00000000000000bb", "00000000000000cc"];
    const hourly = { scope, limit: 4, targets };
    const daily = { scope: group, limit: 3, targets };
    for (let delivery = 1; delivery <= 2; delivery++) {
      expect(await take([hourly, daily], id(1))).to.deep.equal([]);
    }
    // One has room in the hour, and two have none.
    expect(await take([{ ...hourly, targets: targets.slice(1) }], id(2))).to.have.lengthOf(1);
    expect(await take([{ scope, limit: 4 }], id(3))).to.deep.equal([]);
    expect(await take([{ scope, limit: 4 }], id(4))).to.have.lengthOf(1);
    // By the day an instance counts once, by itself as in the sequence.
    expect(await take([{ scope: group, limit: 3 }], "00000000000000bb-1")).to.deep.equal([]);
    expect(await take([{ scope: group, limit: 3 }], "00000000000000dd-1")).to.have.lengthOf(1);
  });

  it("refuse an attack sequence of more targets than their limit, although nothing is counted [D7]", async () => {
    const { take, scope, id } = opened();
    const targets = ["00000000000000aa", "00000000000000bb"];
    expect(await take([{ scope, limit: 1, targets }], id(1))).to.have.lengthOf(1);
    expect(await take([{ scope, limit: 1, targets: targets.slice(1) }], id(2))).to.deep.equal([]);
  });

  it("begin anew with the next hour, those of a group with the next day, in UTC", async () => {
    const { take, scope, group, pass, id } = opened();
    const [ofHour, ofDay] = [
      { scope, limit: 1 },
      { scope: group, limit: 1 },
    ];
    expect(await take([ofHour, ofDay], id(1))).to.deep.equal([]);
    pass(39 * 60_000);
    expect(await take([ofHour], id(2))).to.deep.equal([ofHour]);
    pass(60_000);
    expect(await take([ofHour], id(2))).to.deep.equal([]);
    expect(await take([ofDay], id(2))).to.deep.equal([ofDay]);
    pass(13 * hour);
    expect(await take([ofDay], id(2))).to.deep.equal([]);
  });

  it("trip once, whoever tries, and refuse in every later window", async () => {
    const { brakes, take, scope, own, pass, id } = opened();
    const brake = { scope, limit: 3 };
    const tried = await Promise.all([1, 2, 3, 4].map((number) => brakes.trip(brake, id(number))));
    expect(tried.filter((first) => first)).to.have.lengthOf(1);
    const [tripped, ...others] = await own();
    expect(others).to.deep.equal([]);
    expect(tripped).to.deep.include({ scope, limit: 3, trippedAt: begin, waiting: [] });
    pass(25 * hour);
    expect(await take([brake], id(9))).to.deep.equal([brake]);
    expect(await brakes.trip(brake, id(9))).to.equal(false);
  });

  it("let another run send an alert only once the first one's claim is over, and never twice", async () => {
    const { brakes, scope, own, pass, id } = opened();
    await brakes.trip({ scope, limit: 3 }, id(1));
    expect(await brakes.claimAlert(scope)).to.equal(false);
    pass(126_000);
    expect(await brakes.claimAlert(scope)).to.equal(true);
    expect(await brakes.claimAlert(scope)).to.equal(false);
    await brakes.alerted(scope);
    pass(126_000);
    expect(await brakes.claimAlert(scope)).to.equal(false);
    expect((await own())[0]?.alertedAt).to.equal("2026-11-21T10:22:06.000Z");
    expect(await brakes.claimAlert("playbook/contain-instance/999999999999")).to.equal(false);
  });

  it("list what they hold back, each incident once", async () => {
    const { brakes, scope, own, id, finding } = opened();
    await brakes.trip({ scope, limit: 3 }, id(1));
    for (const number of [3, 1, 3]) await brakes.hold(scope, finding(number));
    expect((await own())[0]?.waiting).to.deep.equal([id(1), id(3)]);
  });

  it("let one run send another alert an hour after the last", async () => {
    const { brakes, scope, pass, id } = opened();
    await brakes.trip({ scope, limit: 3 }, id(1));
    await brakes.alerted(scope);
    pass(hour - 1);
    expect(await brakes.claimAlert(scope)).to.equal(false);
    pass(1);
    const claims = await Promise.all([1, 2, 3].map(() => brakes.claimAlert(scope)));
    expect(claims.filter((claimed) => claimed)).to.have.lengthOf(1);
    // The run that claimed it died.
    pass(126_000);
    expect(await brakes.claimAlert(scope)).to.equal(true);
    await brakes.alerted(scope);
    pass(126_000);
    expect(await brakes.claimAlert(scope)).to.equal(false);
  });

  it("remember what they held back, the newest first, until an alert has told of it", async () => {
    const { brakes, scope, pass, finding, own, id } = opened();
    await brakes.trip({ scope, limit: 3 }, id(9));
    expect(await brakes.heldBack(scope)).to.deep.equal({
      waiting: 0,
      findings: [],
      severities: [],
    });
    const first = finding(1, 8.25);
    await brakes.hold(scope, first);
    pass(1_000);
    const second = finding(2, 7);
    await brakes.hold(scope, second);
    const told = await brakes.heldBack(scope);
    expect(told).to.deep.equal({
      waiting: 2,
      findings: [second, first],
      severities: [7, 8.3],
    });
    pass(1_000);
    const third = finding(1, 9.9);
    await brakes.hold(scope, third);
    await brakes.alerted(scope, told);
    expect(await brakes.heldBack(scope)).to.deep.equal({
      waiting: 2,
      findings: [third],
      severities: [9.9],
    });
    expect((await own())[0]?.waiting).to.deep.equal([id(1), id(2)]);
    await brakes.reset(scope, { by: "ana", reason: "one wrong list" });
    expect(await brakes.heldBack(scope)).to.deep.equal({
      waiting: 0,
      findings: [],
      severities: [],
    });
  });

  it("remember no more than 200 findings, and every severity and incident", async () => {
    const { brakes, scope, finding, id } = opened();
    await brakes.trip({ scope, limit: 3 }, id(1_000));
    for (let number = 0; number < 201; number++) await brakes.hold(scope, finding(number));
    await brakes.hold(scope, finding(201, 9));
    const { waiting, findings, severities } = await brakes.heldBack(scope);
    expect([waiting, findings.length, severities]).to.deep.equal([202, 200, [8, 9]]);
  });

  it("are reset by responders, and then count from nothing in the same window", async () => {
    const { brakes, take, scope, own, id, finding } = opened();
    const brake = { scope, limit: 1 };
    await take([brake], id(1));
    await brakes.trip(brake, id(2));
    await brakes.hold(scope, finding(2));
    const reset = { by: "arn:aws:iam::444455556666:user/ana", reason: "one wrong list" };
    expect(await brakes.reset(scope, reset)).to.deep.include({ scope, waiting: [id(2)] });
    expect(await own()).to.deep.equal([]);
    expect((await brakes.tripped()).filter((each) => each.scope === scope)).to.deep.equal([]);
    expect(await take([brake], id(2))).to.deep.equal([]);
    expect(await take([brake], id(3))).to.deep.equal([brake]);
    expect(await brakes.trip(brake, id(3))).to.equal(true);
    expect((await own())[0]).to.deep.include({ incident: id(3), waiting: [] });
    expect((await own())[0]).not.to.have.property("alertedAt");
  });

  it("are not reset while they are not tripped", async () => {
    const { brakes, take, scope, id } = opened();
    const brake = { scope, limit: 1 };
    await take([brake], id(1));
    expect(await brakes.reset(scope, { by: "ana", reason: "why not" })).to.equal(undefined);
    expect(await take([brake], id(2))).to.deep.equal([brake]);
  });

  it("count a finding type without a limit, each target once in seven days of UTC", async () => {
    const { brakes, take, scope, type, pass, id } = opened();
    const one = { scope: type, limit: 1 };
    expect(await brakes.lately(type)).to.deep.equal({
      since: "2026-11-15T00:00:00.000Z",
      incidents: [],
    });
    for (const number of [1, 2, 2]) expect(await take([one], id(number))).to.deep.equal([]);
    // Refused by another brake, it is not counted.
    const full = { scope, limit: 1 };
    expect(await take([full], id(8))).to.deep.equal([]);
    expect(await take([one, full], id(9))).to.deep.equal([full]);
    pass(24 * hour);
    expect(await take([one], id(2))).to.deep.equal([]);
    expect(await take([one], id(3))).to.deep.equal([]);
    const keys = (...numbers: number[]) => numbers.map((number) => id(number).slice(0, 16));
    expect((await brakes.lately(type)).incidents).to.deep.equal(keys(1, 2, 3));
    // 2026-11-27, the seventh day.
    pass(5 * 24 * hour);
    expect((await brakes.lately(type)).incidents).to.deep.equal(keys(1, 2, 3));
    pass(24 * hour);
    expect(await brakes.lately(type)).to.deep.equal({
      since: "2026-11-22T00:00:00.000Z",
      incidents: keys(2, 3),
    });
  });

  it("refuse a finding type while it is tripped, and count from nothing after its reset", async () => {
    const { brakes, take, type, pass, id } = opened();
    const one = { scope: type, limit: 10 };
    await take([one], id(1));
    pass(24 * hour);
    await take([one], id(2));
    await brakes.trip(one, id(3));
    expect(await take([one], id(4))).to.deep.equal([one]);
    await brakes.reset(type, { by: "ana", reason: "suppressed" });
    expect(await brakes.lately(type)).to.deep.equal({
      since: "2026-11-22T10:20:00.000Z",
      incidents: [],
    });
    expect(await take([one], id(4))).to.deep.equal([]);
    expect((await brakes.lately(type)).incidents).to.deep.equal([id(4).slice(0, 16)]);
    // The reset stays the beginning until it is more than a week ago.
    pass(6 * 24 * hour);
    expect((await brakes.lately(type)).since).to.equal("2026-11-22T10:20:00.000Z");
    pass(24 * hour);
    expect((await brakes.lately(type)).since).to.equal("2026-11-23T00:00:00.000Z");
  });

  it("count fifty at a time up to exactly the limit", async () => {
    const { take, scope, group, id } = opened();
    const both = [
      { scope, limit: 40 },
      { scope: group, limit: 7 },
    ];
    const taken = await Promise.all(
      Array.from({ length: 50 }, (_, number) => take(both, id(number))),
    );
    expect(taken.filter((refused) => refused.length === 0)).to.have.lengthOf(7);
    const refused = taken.filter((each) => each.length > 0);
    for (const each of refused) expect(each.map((brake) => brake.scope)).to.deep.equal([group]);
  });
}
