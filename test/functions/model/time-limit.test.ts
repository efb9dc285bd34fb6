import { setTimeout as wait } from "node:timers/promises";
import { expect } from "chai";
import { timeLimit } from "../../../functions/model/time-limit";

/** Waits as the functions do: a signal ends the wait with an error. */
const sleep = (ms: number, signal?: AbortSignal) => wait(ms, undefined, signal && { signal });

describe("a time limit", () => {
  it("ends without a rejection that nobody handles, although nothing was waited for", async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => void unhandled.push(error);
    const others = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    process.on("unhandledRejection", note);
    try {
      timeLimit({ sleep }, 60).end();
      // Node reports them after the microtasks of a turn.
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off("unhandledRejection", note);
      for (const other of others) process.on("unhandledRejection", other);
    }
    expect(unhandled).to.deep.equal([]);
  });

  it("gives what the work gave, or why it gave nothing", async () => {
    const limit = timeLimit({ sleep }, 60);
    expect(await limit.within(Promise.resolve(1))).to.deep.equal({ value: 1 });
    const error = new Error("no");
    expect(await limit.within(Promise.reject(error))).to.deep.equal({ error });
    limit.end();
    const over = await timeLimit({ sleep: () => Promise.resolve() }, 5).within(
      new Promise(() => undefined),
    );
    expect(String("error" in over && over.error)).to.equal("NoAnswer: no answer within 5 seconds");
  });
});
