import { expect } from "chai";
import { countMarks, type MarkCounter } from "../../../../functions/flows/respond/counted-marks";
import type { CountedMark } from "../../../../functions/notify/notification-log";
import type { BrokenEntry, Exception } from "../../../../functions/record/exceptions";
import * as builders from "../../../support/builders";
import { MemoryNotificationLog } from "../../../support/memory-notification-log";

const mark = (changes: Partial<Exception> = {}) =>
  builders.exception(
    { incident: "0f3a9c1d2b4e5f60", type: "Backdoor:EC2/Spambot" },
    { kind: "false-positive", ...changes },
  );

/** These entries do not say which epoch they are about. */
const nothingNew: Pick<MarkCounter, "updates"> = {
  updates: { updateAgain: () => expect.fail("there is nothing to update") },
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
      ...nothingNew,
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

  it("has the findings updated of the epoch that it names, once [E5]", async () => {
    const again: object[] = [];
    const counter: MarkCounter = {
      now: () => new Date(soon),
      exceptions: { entries: async () => [mark({ epoch: 2 })] },
      counted: new MemoryNotificationLog<CountedMark>(),
      updates: { updateAgain: async (epoch) => void again.push(epoch) },
      count: () => undefined,
    };
    await countMarks(counter);
    await countMarks(counter);
    expect(again).to.deep.equal([{ incident: { key: "0f3a9c1d2b4e5f60" }, epoch: 2 }]);
  });

  it("is counted again where the run that counted it died before it said so", async () => {
    let value = 0;
    const counted = new MemoryNotificationLog<CountedMark>();
    const run = (confirm: MemoryNotificationLog<CountedMark>["confirm"]) =>
      countMarks({
        ...nothingNew,
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
