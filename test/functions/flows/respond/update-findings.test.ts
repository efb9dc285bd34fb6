import { expect } from "chai";
import { updateFindings } from "../../../../functions/flows/respond/update-findings";
import type { SecurityHubName } from "../../../../functions/model/finding";
import type { Approval } from "../../../../functions/record/approvals";
import type { BrokenEntry, Exception } from "../../../../functions/record/exceptions";
import type { Detectors, HubFinding } from "../../../../functions/record/finding-updates";
import type { Proposal } from "../../../../functions/record/journal";
import { digestOf } from "../../../../functions/record/seal";
import * as builders from "../../../support/builders";
import { MemoryApprovals } from "../../../support/memory-approvals";
import { type Item, MemoryJournal } from "../../../support/memory-journal";

const region = "eu-central-1";
const name = (finding: string, at = region): SecurityHubName => ({
  id: `arn:aws:guardduty:${at}:222233334444:detector/d0c0ffee/finding/${finding}`,
  product: `arn:aws:securityhub:${at}::product/aws/guardduty`,
});
const first = name("f1");
const off = "InvalidAccessException: Account 444455556666 is not subscribed to AWS Security Hub";

/** The journal, and the detectors as they are in memory, with all that was written of a finding. */
function world() {
  let clock = Date.parse("2026-11-21T10:00:00.000Z");
  const now = () => new Date(clock);
  const items: Record<string, Item> = {};
  const journal = new MemoryJournal(items, now);
  const approvals = new MemoryApprovals();
  const entries: (Exception | BrokenEntry)[] = [];
  const findings = new Map<string, HubFinding>();
  const written: string[] = [];
  const archived: string[] = [];
  const calls: string[] = [];
  /** What a call of a kind in a region throws. */
  const failing = new Map<string, string>();
  /** Calls that nothing answers. */
  const hanging = new Set<string>();
  const fail = async (call: string) => {
    calls.push(call);
    if (hanging.has(call)) await new Promise(() => undefined);
    const why = failing.get(call);
    if (why === undefined) return;
    const [code = "", message] = why.split(": ");
    throw Object.assign(new Error(message), { name: code });
  };
  const detectors: Detectors = {
    async read(at, names) {
      await fail(`read ${at}`);
      return names.flatMap(({ id }) => findings.get(id) ?? []);
    },
    async update(at, { id }, { status, note }) {
      await fail(`update ${at}`);
      const finding = findings.get(id);
      if (finding === undefined) return "FindingNotFound";
      findings.set(id, { ...finding, status, ...(note !== undefined && { noteBy: "Cordon" }) });
      written.push(`${id.split("/").at(-1)} ${status}${note === undefined ? "" : `: ${note}`}`);
      return undefined;
    },
    async archive(at, finding) {
      await fail(`archive ${at}`);
      archived.push(finding);
    },
  };
  /** An incident's proposal, about the finding of that name. */
  const proposal = (
    finding: SecurityHubName | undefined = first,
    key = builders.incidentKey,
    epoch = 1,
  ): Proposal => ({
    id: `${key}-${epoch}`,
    epoch,
    incident: { ...builders.incident(finding && { inSecurityHub: finding }), key },
    accountName: "Web shop",
    reasons: [],
    plan: { stages: [], residual: [], nextSteps: [] },
    plannedAt: now().toISOString(),
  });
  return {
    journal,
    approvals,
    entries,
    findings,
    written,
    archived,
    calls,
    failing,
    hanging,
    proposal,
    pass: (minutes: number) => {
      clock += minutes * 60_000;
    },
    /** Has the finding arrive in Security Hub, or a person change it there. */
    put: (finding: SecurityHubName, status: HubFinding["status"] = "NEW", noteBy?: string) => {
      findings.set(finding.id, { ...finding, status, ...(noteBy !== undefined && { noteBy }) });
    },
    async contain(of: Proposal = proposal()) {
      const record = await journal.begin(of, "run");
      await journal.finish(record, "run", "contained", {});
      return record;
    },
    async release(of: Proposal = proposal()) {
      const record = (await journal.find(of.incident.key))!;
      const order = { by: "ana", reason: "looked at it", at: now().toISOString() };
      await journal.take(record, "run", "releasing", { order });
      await journal.finish(record, "run", "released", {});
    },
    mark(changes: Partial<Exception> = {}, type = "CryptoCurrency:EC2/BitcoinTool.B") {
      const covers = { incident: builders.incidentKey, type };
      const addedAt = now().toISOString();
      entries.push(
        builders.exception(covers, { kind: "false-positive", epoch: 1, addedAt, ...changes }),
      );
    },
    /** Runs a round; returns what was written in it. */
    async round() {
      const from = written.length;
      const report = await updateFindings({
        now,
        sleep: (ms, signal) => {
          if (hanging.size === 0) return new Promise(() => undefined);
          expect([ms, signal?.aborted]).to.deep.equal([45_000, false]);
          return new Promise((done) => setImmediate(done));
        },
        journal,
        updates: journal,
        approvals,
        exceptions: { entries: async () => entries },
        detectors,
      });
      expect(report.updated).to.equal(written.length - from);
      return { written: written.slice(from), left: report.left, failed: report.failed };
    },
  };
}

const id = "f306fc2273fcd649-1";
const containedNote = `f1 NOTIFIED: Cordon contained the target at 2026-11-21T10:00:00.000Z, incident ${id}. To undo: npx cordon release ${id} --reason "WHY"`;
const done = (...written: readonly string[]) => ({ written, left: 0, failed: {} });
const waits = (failed = {}) => ({ written: [], left: 1, failed });

describe("Security Hub, after a containment [E5]", () => {
  it("says so, once, and then the release", async () => {
    const { put, contain, round, release, pass, calls } = world();
    put(first);
    await contain();
    expect(await round()).to.deep.equal(done(containedNote));
    const before = calls.length;
    expect(await round()).to.deep.equal(done());
    expect(calls.length, "a settled incident costs no call").to.equal(before);
    pass(60);
    await release();
    expect(await round()).to.deep.equal(
      done(
        `f1 RESOLVED: Incident ${id} was released at 2026-11-21T11:00:00.000Z: npx cordon show ${id}`,
      ),
    );
    expect(await round()).to.deep.equal(done());
  });

  it("has the last of both where they came in one round", async () => {
    const { put, contain, round, release } = world();
    put(first);
    await contain();
    await release();
    expect((await round()).written.map((each) => each.slice(0, 11))).to.deep.equal(["f1 RESOLVED"]);
  });

  it("has what the newest epoch came to: what was released may be contained again", async () => {
    const { put, contain, round, release, proposal } = world();
    put(first);
    await contain();
    await release();
    await contain(proposal(first, builders.incidentKey, 2));
    const { written, left } = await round();
    expect(written.map((each) => each.slice(0, 11))).to.deep.equal(["f1 NOTIFIED"]);
    expect(left).to.equal(0);
    expect(await round()).to.deep.equal(done());
  });

  it("has a release although a dry run followed", async () => {
    const { put, contain, round, release, proposal, journal } = world();
    put(first);
    await contain();
    await release();
    const dryRun = "This deployment runs in dry-run mode";
    await journal.propose({ ...proposal(first, builders.incidentKey, 2), dryRun });
    expect((await round()).written.map((each) => each.slice(0, 11))).to.deep.equal(["f1 RESOLVED"]);
  });

  it("says while it lasts that a containment has not ended, and then that it has", async () => {
    const { put, round, journal, proposal } = world();
    put(first);
    const record = await journal.begin(proposal(), "run");
    const { written, left } = await round();
    expect([written.length, left]).to.deep.equal([1, 1]);
    expect(written[0]).to.contain("It has not ended");
    expect(await round()).to.deep.equal(waits());
    await journal.finish(record, "run", "contained", {});
    expect(await round()).to.deep.equal(done(containedNote));
  });

  it("gets it later where GuardDuty's finding comes later", async () => {
    const { put, contain, round, pass } = world();
    await contain();
    expect(await round()).to.deep.equal(waits());
    pass(5);
    put(first);
    expect(await round()).to.deep.equal(done(containedNote));
  });

  it("gets it later where it was off or failed, for seven days; a release begins anew", async () => {
    const { put, contain, round, release, pass, failing, calls } = world();
    failing.set(`read ${region}`, off);
    await contain();
    expect(await round()).to.deep.equal(waits({ [region]: off }));
    pass(7 * 24 * 60);
    expect(await round()).to.deep.equal(waits({ [region]: off }));
    pass(1);
    expect((await round()).left, "given up").to.equal(0);
    const { length } = calls;
    await round();
    expect(calls.length).to.equal(length);
    failing.clear();
    put(first);
    await release();
    expect((await round()).written).to.have.length(1);
  });

  it("loses nothing where an update fails or is not processed", async () => {
    const { put, contain, round, failing, findings } = world();
    put(first);
    await contain();
    const slow = "LimitExceededException: Rate exceeded";
    failing.set(`update ${region}`, slow);
    expect(await round()).to.deep.equal(waits({ [region]: slow }));
    expect(findings.get(first.id)?.status).to.equal("NEW");
    failing.clear();
    expect(await round()).to.deep.equal(done(containedNote));
  });

  it("is updated in each region by itself: one that is off keeps nothing from another", async () => {
    const { put, contain, round, proposal, failing } = world();
    const elsewhere = name("f2", "us-east-1");
    put(elsewhere);
    failing.set(`read ${region}`, off);
    await contain();
    await contain(proposal(elsewhere, "0123456789abcdef"));
    const { written, left, failed } = await round();
    expect(written.map((each) => each.slice(0, 11))).to.deep.equal(["f2 NOTIFIED"]);
    expect([left, failed]).to.deep.equal([1, { [region]: off }]);
  });

  it("waits no longer than 45 seconds for a region, which keeps nothing from another", async () => {
    const { put, contain, round, proposal, hanging } = world();
    const elsewhere = name("f2", "us-east-1");
    put(first);
    put(elsewhere);
    hanging.add(`read ${region}`);
    await contain();
    await contain(proposal(elsewhere, "0123456789abcdef"));
    const { written, left, failed } = await round();
    expect(written.map((each) => each.slice(0, 11))).to.deep.equal(["f2 NOTIFIED"]);
    const why = "NoAnswer: no answer within 45 seconds";
    expect([left, failed]).to.deep.equal([1, { [region]: why }]);
    hanging.clear();
    expect(await round()).to.deep.equal(done(containedNote));
  });

  it("is asked three times in a round and region where every update fails, and not more", async () => {
    const { put, contain, round, proposal, failing, calls } = world();
    failing.set(`update ${region}`, "InternalException: no");
    for (let number = 1; number < 6; number++) {
      put(name(`f${number}`));
      await contain(proposal(name(`f${number}`), String(number).padStart(16, "0")));
    }
    expect((await round()).left).to.equal(5);
    expect(calls.filter((call) => call === `update ${region}`)).to.have.length(3);
  });

  it("has two hundred findings updated in a round", async () => {
    const { put, round, proposal, journal } = world();
    for (let number = 0; number < 11; number++) {
      const of = { ...proposal(name(`${number}`), String(number).padStart(16, "0")) };
      const alsoFound = [...Array(20).keys()].map((other) => name(`${number}-${other}`));
      for (const each of [name(`${number}`), ...alsoFound]) put(each);
      const record = await journal.begin({ ...of, alsoFound }, "run");
      await journal.finish(record, "run", "contained", {});
    }
    const one = await round();
    expect([one.written.length, one.left]).to.deep.equal([200, 2]);
    const two = await round();
    expect([two.written.length, two.left]).to.deep.equal([31, 0]);
  });

  it("is not called for an incident whose findings it cannot have", async () => {
    const { contain, round, proposal, calls } = world();
    const { incident, ...rest } = proposal();
    const { inSecurityHub: _, ...finding } = incident.finding;
    await contain({ ...rest, incident: { ...incident, finding } });
    expect(await round()).to.deep.equal(done());
    expect(calls).to.deep.equal([]);
  });
});

describe("a person's word in Security Hub [E5]", () => {
  for (const status of ["RESOLVED", "SUPPRESSED"] as const) {
    it(`stays where the person has set ${status}, before or after Cordon's`, async () => {
      const { put, contain, round, release, findings } = world();
      put(first, status);
      await contain();
      expect(await round()).to.deep.equal(done());
      await release();
      expect(await round()).to.deep.equal(done());
      expect(findings.get(first.id)?.status).to.equal(status);
    });
  }

  it("stays where a person closed what Cordon had written, and Cordon's own gives way", async () => {
    const { put, contain, round, release, findings, proposal } = world();
    put(first);
    await contain();
    await round();
    put(first, "SUPPRESSED", "Cordon");
    await release();
    expect(await round()).to.deep.equal(done());
    put(first, "NEW", "Cordon");
    await contain(proposal(first, builders.incidentKey, 2));
    expect((await round()).written).to.have.length(1);
    await release();
    await round();
    expect(findings.get(first.id)?.status).to.equal("RESOLVED");
    // The next epoch: who closed it was Cordon.
    await contain(proposal(first, builders.incidentKey, 3));
    await round();
    expect(findings.get(first.id)?.status).to.equal("NOTIFIED");
  });

  it("is not fought: a status that a person sets back is left until the incident changes", async () => {
    const { put, contain, round } = world();
    put(first);
    await contain();
    await round();
    put(first, "NEW", "Cordon");
    expect(await round()).to.deep.equal(done());
  });

  it("keeps its note: only the status follows", async () => {
    const { put, contain, round, release } = world();
    put(first, "NEW", "ana");
    await contain();
    expect(await round()).to.deep.equal(done("f1 NOTIFIED"));
    put(first, "NOTIFIED", "ana");
    await release();
    expect(await round()).to.deep.equal(done("f1 RESOLVED"));
  });
});

describe("a plan that waits, in Security Hub [E5]", () => {
  const asked = async (
    { journal, approvals, proposal }: ReturnType<typeof world>,
    answer?: Approval["answer"],
  ) => {
    const record = await journal.propose(proposal());
    approvals.items.push({
      incident: record.id,
      digest: digestOf(record),
      revision: record.revision,
      playbook: "contain-instance",
      target: "instance",
      blastRadius: [],
      steps: [],
      undo: "",
      approvers: [],
      askedAt: "2026-11-21T10:00:00.000Z",
      expiresAt: "2026-11-22T10:00:00.000Z",
      ...(answer && { answer }),
    });
    return record;
  };

  it("is shown, and then that it was rejected", async () => {
    const all = world();
    all.put(first);
    const record = await asked(all);
    const one = await all.round();
    expect(one.written).to.have.length(1);
    expect(one.written[0]).to.match(/^f1 NOTIFIED: .* waits for an approval until 2026-11-22T10:/);
    expect(await all.round()).to.deep.equal(waits());
    const at = "2026-11-21T10:30:00.000Z";
    await all.approvals.answer(record.id, digestOf(record), {
      decision: "reject",
      by: "ana",
      reason: "we watch them",
      at,
    });
    const two = await all.round();
    expect([two.written.length, two.left]).to.deep.equal([1, 0]);
    expect(two.written[0]).to.contain(`was rejected at ${at}`);
  });

  it("is not looked at any more once nobody can answer it", async () => {
    const all = world();
    all.put(first);
    await asked(all);
    await all.round();
    all.pass(24 * 60);
    expect(await all.round()).to.deep.equal(done());
  });

  it("says nothing of the answer to another plan", async () => {
    const all = world();
    all.put(first);
    await asked(all, { decision: "reject", by: "ana", reason: "no", at: "2026-11-21T10:00:00Z" });
    all.pass(1);
    await all.journal.propose(all.proposal());
    expect((await all.round()).written[0]).to.contain("waits for an approval. npx");
  });
});

describe("a false positive [E5]", () => {
  const suppressed = `f1 SUPPRESSED: Marked as a false positive at 2026-11-21T10:00:00.000Z. ${containedNote.slice("f1 NOTIFIED: ".length)}`;
  const begun = async () => {
    const all = world();
    all.put(first);
    await all.contain();
    return all;
  };

  it("is suppressed in Security Hub and archived in GuardDuty, once", async () => {
    const { mark, round, archived, journal } = await begun();
    mark();
    expect(await round()).to.deep.equal(done(suppressed));
    expect(archived).to.deep.equal(["f1"]);
    await journal.updateAgain({ incident: { key: builders.incidentKey }, epoch: 1 });
    expect(await round()).to.deep.equal(done());
    expect(archived).to.deep.equal(["f1"]);
  });

  it("stays suppressed when its target is released, and with a later mark is archived again", async () => {
    const { mark, round, release, archived, journal } = await begun();
    mark();
    await round();
    await release();
    expect((await round()).written.map((each) => each.slice(0, 13))).to.deep.equal([
      "f1 SUPPRESSED",
    ]);
    mark({ id: "5e6f7a8b", addedAt: "2026-11-21T10:00:01.000Z" });
    await journal.updateAgain({ incident: { key: builders.incidentKey }, epoch: 1 });
    await round();
    expect(archived).to.deep.equal(["f1", "f1"]);
  });

  it("is archived although Security Hub is off, and suppressed although GuardDuty fails", async () => {
    const one = await begun();
    one.mark();
    one.failing.set(`read ${region}`, off);
    expect(await one.round()).to.deep.equal(waits({ [region]: off }));
    expect(one.archived).to.deep.equal(["f1"]);
    one.failing.clear();
    expect(await one.round()).to.deep.equal(done(suppressed));
    expect(one.archived).to.deep.equal(["f1"]);

    const other = await begun();
    other.mark();
    const why = "BadRequestException: no";
    other.failing.set(`archive ${region}`, why);
    expect(await other.round()).to.deep.equal({
      written: [suppressed],
      left: 1,
      failed: { [region]: why },
    });
    other.failing.clear();
    expect(await other.round()).to.deep.equal(done());
    expect(other.archived).to.deep.equal(["f1"]);
  });

  it("is none by a mark of another incident, another type, another epoch or one that ended", async () => {
    const { mark, round, archived, entries } = await begun();
    mark({}, "Backdoor:EC2/Spambot");
    mark({ covers: { incident: "0123456789abcdef" } });
    mark({ epoch: 2 });
    mark({ expires: "2026-11-20" });
    mark({ kind: "exception" });
    entries.push({ id: "00ff00ff", problem: "A field is missing or unknown" });
    expect(await round()).to.deep.equal(done(containedNote));
    expect(archived).to.deep.equal([]);
  });

  it("is one finding: others about the target stay as they are", async () => {
    const { mark, round, archived, journal, put, contain, proposal } = world();
    const other = name("f2");
    put(first);
    put(other);
    const record = await contain(proposal());
    await journal.noteFinding(record, other);
    mark();
    const { written } = await round();
    expect(written.map((each) => each.slice(0, 13))).to.deep.equal([
      "f1 SUPPRESSED",
      "f2 NOTIFIED: ",
    ]);
    expect(archived).to.deep.equal(["f1"]);
  });

  it("of another product than GuardDuty is only suppressed", async () => {
    const { mark, round, archived, put, contain, proposal, calls } = world();
    const own = {
      id: "x/finding/f9",
      product: `arn:aws:securityhub:${region}:222233334444:product/222233334444/default`,
    };
    put(own);
    await contain(proposal(own));
    mark();
    const { written, left } = await round();
    expect([written.length, left]).to.deep.equal([1, 0]);
    expect(archived).to.deep.equal([]);
    expect(calls).to.deep.equal([`read ${region}`, `update ${region}`]);
  });
});
