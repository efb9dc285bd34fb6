import { expect } from "chai";
import { countMarks, type MarkCounter } from "../../../../functions/flows/respond/counted-marks";
import type { CountedMark } from "../../../../functions/notify/notification-log";
import type { BrokenEntry, Exception } from "../../../../functions/record/exceptions";
import * as builders from "../../../support/builders";
import { MemoryJournal } from "../../../support/memory-journal";
import { MemoryNotificationLog } from "../../../support/memory-notification-log";

const mark = (changes: Partial<Exception> = {}) =>
  builders.exception(
    { incident: "0f3a9c1d2b4e5f60", type: "Backdoor:EC2/Spambot" },
    { kind: "false-positive", ...changes },
  );

/** A journal without the incidents. */
const untold: Pick<MarkCounter, "journal" | "told"> = {
  journal: { find: async () => undefined },
  told: { tellAgain: () => expect.fail("there is nothing to tell of") },
};

/** Reads the register at one time after another; returns the metric's value after each. */
async function countedAt(
  entries: readonly (Exception | BrokenEntry)[],
  ...times: readonly string[]
): Promise<readonly number[]> {
  const counted = new MemoryNotificationLog<CountedMark>();
  const values: number[] = [];
  let value = 0;
  for (const time of times) {
    const before = value;
    const marks = await countMarks({
      ...untold,
      now: () => new Date(time),
      exceptions: { entries: async () => entries },
      counted,
      count: () => {
        value += 1;
      },
    });
    expect(marks).to.equal(value - before);
    values.push(value);
  }
  return values;
}

describe("what responders mark as a false positive [E3]", () => {
  // The builder's entries are of 2026-11-01T09:00.
  const soon = "2026-11-01T09:05:00Z";

  it("is counted once, however often the register is read", async () => {
    const entries = [mark(), mark({ id: "5e6f7a8b" })];
    const next = "2026-11-01T09:10:00Z";
    expect(await countedAt(entries, soon, next, next)).to.deep.equal([2, 2, 2]);
  });

  it("is counted although its days are over, and although another entry cannot be read", async () => {
    const ended = mark({ expires: "2026-10-01" });
    const broken = { id: "00ff00ff", problem: "A field is missing or unknown" };
    expect(await countedAt([broken, ended], soon)).to.deep.equal([1]);
  });

  it("is not counted a day later, and no exception is", async () => {
    const exception = builders.exception({ account: "222233334444" });
    expect(await countedAt([exception], soon)).to.deep.equal([0]);
    expect(await countedAt([mark()], "2026-11-02T09:00:00Z")).to.deep.equal([1]);
    expect(await countedAt([mark()], "2026-11-02T09:00:01Z")).to.deep.equal([0]);
  });

  it("has the detectors told of the newest epoch of its incident, once [E5]", async () => {
    const key = "0f3a9c1d2b4e5f60";
    const items: ConstructorParameters<typeof MemoryJournal>[0] = {};
    const now = () => new Date(soon);
    const journal = new MemoryJournal(items, now);
    const plan = { stages: [], residual: [], nextSteps: [] };
    for (const epoch of [1, 2]) {
      const incident = { ...builders.incident(), key };
      const about = { incident, accountName: "Web shop", reasons: [], plan, plannedAt: soon };
      const record = await journal.begin({ id: `${key}-${epoch}`, epoch, ...about }, "run");
      await journal.finish(record, "run", "contained", {});
      await journal.settle({ ...record, changedAt: "2026-11-01T09:05:00.000Z" });
    }
    expect(await journal.untold(9)).to.deep.equal([]);
    const counted = new MemoryNotificationLog<CountedMark>();
    const exceptions = { entries: async () => [mark()] };
    const counter = { now, exceptions, counted, journal, told: journal, count: () => undefined };
    await countMarks(counter);
    expect(await journal.untold(9)).to.deep.equal([{ key, epoch: 2 }]);
    const record = await journal.find(key);
    await journal.settle(record!);
    await countMarks(counter);
    expect(await journal.untold(9)).to.deep.equal([]);
  });

  it("is counted again where the run that counted it died before it said so", async () => {
    let value = 0;
    const counted = new MemoryNotificationLog<CountedMark>();
    const run = (confirm: MemoryNotificationLog<CountedMark>["confirm"]) =>
      countMarks({
        ...untold,
        now: () => new Date(soon),
        exceptions: { entries: async () => [mark()] },
        counted: { claim: (...of) => counted.claim(...of), confirm },
        count: () => {
          value += 1;
        },
      });
    await run(async () => {
      throw new Error("the table is out of reach");
    }).then(
      () => expect.fail("it did not say so"),
      (error: Error) => expect(error.message).to.equal("the table is out of reach"),
    );
    await run((key) => counted.confirm(key));
    expect(value).to.equal(2);
  });
});
