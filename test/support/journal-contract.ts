/** What every journal promises, whatever it is written in: the one in memory, and DynamoDB's table. */
import { expect } from "chai";
import type { FindingUpdates } from "../../functions/record/finding-updates";
import {
  type Journal,
  type JournalReader,
  LeaseHeld,
  type Proposal,
} from "../../functions/record/journal";
import * as builders from "./builders";

const plannedAt = "2026-11-21T09:00:00.000Z";

/** Declares the tests. @param open opens the journal with this clock; it may hold other incidents. */
export function keepsTheJournal(
  open: (now: () => Date) => Journal & JournalReader & FindingUpdates,
): void {
  let keys = 0;

  /** An incident that the journal knows nothing of, and a clock. */
  const opened = () => {
    keys += 1;
    const incident = { ...builders.incident(), key: String(keys).padStart(16, "0") };
    const proposal = (epoch = 1, plan: Partial<Proposal["plan"]> = {}): Proposal => ({
      id: `${incident.key}-${epoch}`,
      epoch,
      incident,
      accountName: "Web shop",
      reasons: [],
      plan: { stages: [], residual: [], nextSteps: [], ...plan },
      plannedAt,
    });
    let clock = Date.parse("2026-11-21T10:00:00.000Z");
    const journal = open(() => new Date(clock));
    const found = async () => {
      const record = await journal.find(incident.key);
      return record && [record.epoch, record.status, record.releasedAt, record.marks];
    };
    const pass = (ms: number) => {
      clock += ms;
    };
    return { journal, proposal, found, pass };
  };

  const held = async (id: string, write: Promise<unknown>) => {
    const error = await write.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(LeaseHeld);
    expect((error as Error).message).to.equal(`Incident ${id} is in the hands of another run`);
  };

  it("returns the last release, whatever was planned or begun since", async () => {
    const { journal, proposal, found } = opened();
    const releasedAt = "2026-11-21T10:00:00.000Z";
    expect(await found()).to.equal(undefined);
    const first = await journal.begin(proposal(), "run-1");
    expect(await found()).to.deep.equal([1, "containing", undefined, {}]);
    await journal.finish(first, "run-1", "contained", { 0: "done" });
    expect(await found()).to.deep.equal([1, "contained", undefined, { 0: "done" }]);
    await journal.take(first, "run-2", "releasing");
    await journal.finish(first, "run-2", "released", { 0: "restored" });
    expect(await found()).to.deep.equal([1, "released", releasedAt, { 0: "restored" }]);
    await journal.propose(proposal(2));
    expect(await found()).to.deep.equal([2, "planned", releasedAt, {}]);
    await journal.begin(proposal(2), "run-3");
    expect(await found()).to.deep.equal([2, "containing", releasedAt, {}]);
  });

  it("lets a plan that was not begun give way to a fresher one, and no other", async () => {
    const { journal, proposal, found } = opened();
    await journal.propose(proposal());
    const fresher = proposal(1, { nextSteps: ["Look."] });
    const { revision } = await journal.propose(fresher);
    expect((await journal.find(fresher.incident.key))?.revision).to.equal(revision);
    await journal.begin(fresher, "run-1");
    await held(fresher.id, journal.propose(proposal()));
    expect(await found()).to.deep.equal([1, "containing", undefined, {}]);
  });

  it("lets one run begin, twice if its reply is lost, and no other however late", async () => {
    const { journal, proposal, pass } = opened();
    await journal.begin(proposal(), "run-1");
    await held(proposal().id, journal.begin(proposal(), "run-2"));
    await journal.begin(proposal(), "run-1");
    pass(1_000_000);
    await held(proposal().id, journal.begin(proposal(), "run-2"));
  });

  it("lets another run take over one millisecond after the lease of 125 s, not before", async () => {
    const { journal, proposal, pass } = opened();
    const record = await journal.begin(proposal(), "run-1");
    pass(125_000);
    await held(record.id, journal.take(record, "run-2", "containing"));
    await held(record.id, journal.take(record, "run-2", "releasing"));
    pass(1);
    await journal.take(record, "run-2", "containing");
    await held(record.id, journal.take(record, "run-3", "containing"));
    pass(125_001);
    await journal.take(record, "run-3", "containing");
  });

  it("lets a run that lost its lease neither close the incident nor hand it back", async () => {
    const { journal, proposal, found, pass } = opened();
    const record = await journal.begin(proposal(), "run-1");
    pass(125_001);
    await journal.take(record, "run-2", "containing");
    await held(record.id, journal.finish(record, "run-1", "contained", { 0: "done" }));
    await held(record.id, journal.handBack(record, "run-1", { 0: "done" }));
    expect(await found()).to.deep.equal([1, "containing", undefined, {}]);
    // Its heir holds the lease as before.
    await held(record.id, journal.take(record, "run-3", "containing"));
    await journal.finish(record, "run-2", "contained", { 1: "done" });
    expect(await found()).to.deep.equal([1, "contained", undefined, { 1: "done" }]);
  });

  it("lets the next run go on at once where the lease was handed back, with its marks", async () => {
    const { journal, proposal, found } = opened();
    const record = await journal.begin(proposal(), "run-1");
    await journal.handBack(record, "run-1", { 0: "done" });
    expect(await found()).to.deep.equal([1, "containing", undefined, { 0: "done" }]);
    await journal.take(record, "run-2", "containing");
  });

  it("lets no run contain or release what was not begun, or what is over", async () => {
    const { journal, proposal } = opened();
    const unknown = {
      ...proposal(),
      revision: "00000000",
      status: "containing",
      marks: {},
    } as const;
    await held(unknown.id, journal.take(unknown, "run-1", "containing"));
    const planned = await journal.propose(proposal());
    await held(planned.id, journal.take(planned, "run-1", "containing"));
    await held(planned.id, journal.take(planned, "run-1", "releasing"));
    const record = await journal.begin(proposal(), "run-1");
    await journal.finish(record, "run-1", "contained", {});
    await journal.take(record, "run-2", "releasing");
    await journal.finish(record, "run-2", "released", {});
    await held(record.id, journal.take(record, "run-3", "containing"));
    await held(record.id, journal.take(record, "run-3", "releasing"));
  });

  it("keeps who last requested the release, and why", async () => {
    const { journal, proposal, pass } = opened();
    const orderOf = async () => (await journal.find(proposal().incident.key))?.release;
    const record = await journal.begin(proposal(), "run-1");
    expect(await orderOf()).to.equal(undefined);
    await journal.finish(record, "run-1", "contained", {});
    const first = { by: "arn:aws:iam::444455556666:user/ana", reason: "a test", at: plannedAt };
    await journal.take(record, "run-2", "releasing", { order: first });
    expect(await orderOf()).to.deep.equal(first);
    const late = { ...first, by: "arn:aws:iam::444455556666:user/ben" };
    await held(record.id, journal.take(record, "run-3", "releasing", { order: late }));
    expect(await orderOf()).to.deep.equal(first);
    pass(125_001);
    await journal.take(record, "run-3", "releasing", { order: late });
    await journal.finish(record, "run-3", "released", {});
    expect(await orderOf()).to.deep.equal(late);
    await journal.begin(proposal(2), "run-4");
    expect(await orderOf()).to.equal(undefined);
  });

  it("lets a run contain again what is contained or half released, with an extended plan", async () => {
    const { journal, proposal, found } = opened();
    const record = await journal.begin(proposal(), "run-1");
    await journal.finish(record, "run-1", "contained", { 0: "done" });
    const plan = { ...proposal().plan, nextSteps: ["Look."] };
    const seal = { publicKey: "key", mac: "mac", signature: "signature" };
    // It was read before the containment ended: nothing is left to go on with.
    await held(record.id, journal.take(record, "run-2", "containing", { plan, seal }));
    const contained = await journal.find(record.incident.key);
    await journal.take(contained!, "run-2", "containing", { plan, seal });
    expect(await found()).to.deep.equal([1, "containing", undefined, { 0: "done" }]);
    const extended = await journal.find(record.incident.key);
    expect([extended?.plan, extended?.seal]).to.deep.equal([plan, seal]);
    expect(extended?.revision).to.not.equal(record.revision);
    await journal.finish(record, "run-2", "contained", {});
    // It was read before the plan was extended: it would undo the extension.
    await held(
      record.id,
      journal.take(contained!, "run-3", "containing", { plan: record.plan, seal }),
    );
    await journal.take(extended!, "run-4", "releasing");
    await journal.handBack(extended!, "run-4", {});
    const releasing = await journal.find(record.incident.key);
    await journal.take(releasing!, "run-5", "containing");
  });

  it("remembers when it was contained, and what responders were notified of", async () => {
    const { journal, proposal, pass } = opened();
    const record = await journal.begin(proposal(), "run-1");
    await journal.finish(record, "run-1", "contained", {});
    pass(60_000);
    await journal.notice(record, "acting Backdoor:EC2/C&CActivity.B");
    await journal.notice(record, "drift");
    pass(60_000);
    await journal.notice(record, "drift");
    const { containedAt, noticedAt } = (await journal.find(record.incident.key)) ?? {};
    expect([containedAt, noticedAt]).to.deep.equal([
      "2026-11-21T10:00:00.000Z",
      {
        "acting Backdoor:EC2/C&CActivity.B": "2026-11-21T10:01:00.000Z",
        drift: "2026-11-21T10:02:00.000Z",
      },
    ]);
  });

  it("lists the open incidents: those begun, until they are released", async () => {
    const { journal, proposal } = opened();
    const { key, playbook } = proposal().incident;
    expect(playbook).to.equal("contain-instance");
    // The journal may hold incidents of other tests.
    const listed = async () =>
      (await journal.openIncidents())
        .filter(({ incident }) => incident.key === key)
        .map(({ id, status, marks }) => [id, status, marks]);
    await journal.propose(proposal());
    expect(await listed()).to.deep.equal([]);
    const record = await journal.begin(proposal(), "run-1");
    expect(await listed()).to.deep.equal([[record.id, "containing", {}]]);
    await journal.handBack(record, "run-1", { 0: "done" });
    await journal.take(record, "run-2", "containing");
    await journal.finish(record, "run-2", "contained", { 0: "done" });
    expect(await listed()).to.deep.equal([[record.id, "contained", { 0: "done" }]]);
    await journal.take(record, "run-3", "releasing");
    await journal.handBack(record, "run-3", {});
    expect(await listed()).to.deep.equal([[record.id, "releasing", {}]]);
    await journal.take(record, "run-4", "releasing");
    await journal.finish(record, "run-4", "released", {});
    expect(await listed()).to.deep.equal([]);
    const again = await journal.begin(proposal(2), "run-5");
    expect(await listed()).to.deep.equal([[again.id, "containing", {}]]);
  });

  it("lists what was decided about every epoch since a time, whatever became of it", async () => {
    const { journal, proposal } = opened();
    const { key } = proposal().incident;
    const listed = async (since: string) => {
      const decided = await journal.decidedSince(since);
      return decided.filter(({ incident }) => incident.key === key);
    };
    const record = await journal.begin(proposal(), "run-1");
    await journal.finish(record, "run-1", "contained", {});
    await journal.take(record, "run-2", "releasing");
    await journal.finish(record, "run-2", "released", {});
    await journal.noteExposed(`AKIA${key}`, "finding");
    const said = { objectedBy: "notCritical", dryRun: "This deployment runs in dry-run mode" };
    await journal.propose({ ...proposal(2), ...said });
    const about = { incident: proposal().incident, plannedAt };
    const found = await listed(plannedAt);
    expect(found.toSorted((one, other) => one.id.localeCompare(other.id))).to.deep.equal([
      { id: `${key}-1`, status: "released", ...about },
      { id: `${key}-2`, status: "planned", ...about, ...said },
    ]);
    expect(await listed("2026-11-21T09:00:00.001Z")).to.deep.equal([]);
  });

  it("lists the plans that wait, until they begin, and reads each epoch by itself", async () => {
    const { journal, proposal } = opened();
    const { key } = proposal().incident;
    const listed = async () =>
      (await journal.waitingPlans())
        .filter(({ incident }) => incident.key === key)
        .map(({ id, status }) => [id, status]);
    expect(await listed()).to.deep.equal([]);
    await journal.propose(proposal());
    await journal.propose(proposal(1, { nextSteps: ["Look."] }));
    expect(await listed()).to.deep.equal([[`${key}-1`, "planned"]]);
    const record = await journal.begin(proposal(), "run-1");
    expect(await listed()).to.deep.equal([]);
    await journal.finish(record, "run-1", "contained", { 0: "done" });
    await journal.take(record, "run-2", "releasing");
    await journal.finish(record, "run-2", "released", { 0: "restored" });
    expect(await listed()).to.deep.equal([]);
    await journal.propose(proposal(2));
    expect(await listed()).to.deep.equal([[`${key}-2`, "planned"]]);
    const epoch = async (number: number) => {
      const found = await journal.epoch(key, number);
      return found && [found.id, found.status, found.releasedAt, found.marks];
    };
    const releasedAt = "2026-11-21T10:00:00.000Z";
    expect(await epoch(1)).to.deep.equal([`${key}-1`, "released", releasedAt, { 0: "restored" }]);
    expect(await epoch(2)).to.deep.equal([`${key}-2`, "planned", releasedAt, {}]);
    expect(await epoch(3)).to.equal(undefined);
    expect(await journal.epoch("ffffffffffffffff", 1)).to.equal(undefined);
  });

  it("refuses a record of more than 300,000 characters before anything is changed", async () => {
    const { journal, proposal, found } = opened();
    const large = (characters: number) => proposal(1, { residual: ["x".repeat(characters)] });
    const error = await journal.begin(large(300_000), "run-1").catch((thrown: Error) => thrown);
    expect((error as Error).message).to.match(
      /^The plan of \d{16}-1 has 300\d{3} characters; the journal takes 300000$/,
    );
    expect(await found()).to.equal(undefined);
    await journal.begin(large(299_000), "run-1");
    expect(await found()).to.deep.equal([1, "containing", undefined, {}]);
  });

  describe("and whose findings are outdated [E5]", () => {
    const name = (number: number) => ({
      id: `arn:aws:guardduty:us-east-1:222233334444:detector/d/finding/${number}`,
      product: "arn:aws:securityhub:us-east-1::product/aws/guardduty",
    });
    const updates = {
      "0011223344556677": { says: "8899aabbccddeeff", status: "NOTIFIED" },
    } as const;

    it("lists those that began, were contained or released, until they are settled", async () => {
      const { journal, proposal, pass } = opened();
      const { key } = proposal().incident;
      const outdated = async () =>
        (await journal.outdated(1_000))
          .filter((each) => each.incident.key === key)
          .map(({ epoch }) => epoch);
      const settle = async () => journal.settle((await journal.find(key))!);
      expect(await outdated()).to.deep.equal([]);
      const record = await journal.begin(proposal(), "run-1");
      expect(await outdated()).to.deep.equal([1]);
      const begun = await journal.find(key);
      pass(1_000);
      await journal.finish(record, "run-1", "contained", {});
      await journal.settle(begun!);
      expect(await outdated(), "it changed since it was read").to.deep.equal([1]);
      await settle();
      expect(await outdated()).to.deep.equal([]);
      await journal.take(record, "run-2", "releasing");
      expect(await outdated()).to.deep.equal([]);
      await journal.finish(record, "run-2", "released", {});
      expect(await outdated()).to.deep.equal([1]);
      await journal.begin(proposal(2), "run-3");
      expect((await outdated()).toSorted()).to.deep.equal([1, 2]);
    });

    it("lists plans that wait for people, and no dry run", async () => {
      const { journal, proposal } = opened();
      const { key } = proposal().incident;
      const outdated = async () =>
        (await journal.outdated(1_000)).some((each) => each.incident.key === key);
      await journal.propose({ ...proposal(), dryRun: "This deployment runs in dry-run mode" });
      expect(await outdated()).to.equal(false);
      await journal.propose(proposal());
      expect(await outdated()).to.equal(true);
    });

    it("remembers what was written through all epochs, and lists an incident again on request", async () => {
      const { journal, proposal } = opened();
      const { key } = proposal().incident;
      const record = await journal.begin(proposal(), "run-1");
      await journal.noteUpdates(record, updates);
      await journal.settle((await journal.find(key))!);
      await journal.updateAgain({ incident: { key }, epoch: 1 });
      const listed = await journal.outdated(1_000);
      expect(listed.filter((each) => each.incident.key === key)).to.deep.equal([
        { incident: { key }, epoch: 1 },
      ]);
      await journal.finish(record, "run-1", "contained", {});
      await journal.take(record, "run-2", "releasing");
      await journal.finish(record, "run-2", "released", {});
      await journal.begin(proposal(2), "run-3");
      expect((await journal.find(key))?.updates).to.deep.equal(updates);
    });

    it("writes nothing of an incident that it does not have", async () => {
      const { journal, proposal } = opened();
      const { key } = proposal().incident;
      await journal.updateAgain({ incident: { key }, epoch: 1 });
      const unknown = { ...proposal(), revision: "00", status: "contained", marks: {} } as const;
      await journal.noteUpdates(unknown, updates);
      await journal.noteFinding(unknown, name(1));
      await journal.settle(unknown);
      expect(await journal.find(key)).to.equal(undefined);
    });

    it("keeps twenty other findings about the target, and those of a plan that gave way", async () => {
      const { journal, proposal } = opened();
      const { key } = proposal().incident;
      await journal.propose({ ...proposal(), alsoFound: [name(0)] });
      expect((await journal.find(key))?.alsoFound).to.deep.equal([name(0)]);
      const record = await journal.begin({ ...proposal(), alsoFound: [name(0)] }, "run-1");
      expect(record.alsoFound).to.deep.equal([name(0)]);
      await journal.settle((await journal.find(key))!);
      for (let number = 1; number < 25; number++) await journal.noteFinding(record, name(number));
      const found = (await journal.find(key))?.alsoFound ?? [];
      expect([found.length, found[0], found[19]]).to.deep.equal([20, name(0), name(19)]);
      const listed = await journal.outdated(1_000);
      expect(listed.some((each) => each.incident.key === key)).to.equal(true);
    });
  });

  it("remembers for good that a key is public, of that key alone", async () => {
    const { journal, pass } = opened();
    const key = `AKIAEXAMPLEKEY${String(keys).padStart(6, "0")}`;
    expect(await journal.isExposed(key)).to.equal(false);
    await journal.noteExposed(key, "finding-1");
    await journal.noteExposed(key, "finding-2");
    pass(1_000_000_000);
    expect(await journal.isExposed(key)).to.equal(true);
    expect(await journal.isExposed("AKIAEXAMPLEKEY999999")).to.equal(false);
  });
}
