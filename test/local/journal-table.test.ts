import { expect } from "chai";
import { journalTable } from "../../functions/aws/journal-table";
import type { Journal } from "../../functions/record/journal";
import * as builders from "../support/builders";
import { makeJournalTable, startEmulator } from "./adapter-support";
import { region } from "./gateway-support";

describe("the journal's table [R11]", () => {
  let emulator: Awaited<ReturnType<typeof startEmulator>>;
  let journal: Journal;
  const incident = builders.incident();
  const releasedAt = "2026-11-21T10:00:00.000Z";
  const proposal = (epoch: number) => ({
    id: `${incident.key}-${epoch}`,
    epoch,
    incident,
    accountName: "Web shop",
    reasons: [],
    plan: { stages: [], residual: [], nextSteps: [] },
    plannedAt: "2026-11-21T09:00:00.000Z",
  });
  before(async () => {
    emulator = await startEmulator();
    await makeJournalTable();
    journal = journalTable(region, "journal", () => new Date(releasedAt));
  });
  after(() => emulator.close());

  it("tells of the last release, whatever was planned or begun since", async () => {
    const found = async () => {
      const record = await journal.find(incident.key);
      return record && [record.epoch, record.status, record.releasedAt];
    };
    expect(await found()).to.equal(undefined);
    const first = await journal.begin(proposal(1), "run-1");
    expect(await found()).to.deep.equal([1, "containing", undefined]);
    await journal.finish(first, "run-1", "contained", {});
    expect(await found()).to.deep.equal([1, "contained", undefined]);
    await journal.take(first, "run-2", "releasing");
    await journal.finish(first, "run-2", "released", {});
    expect(await found()).to.deep.equal([1, "released", releasedAt]);
    await journal.propose(proposal(2));
    expect(await found()).to.deep.equal([2, "planned", releasedAt]);
    await journal.begin(proposal(2), "run-3");
    expect(await found()).to.deep.equal([2, "containing", releasedAt]);
  });
});
