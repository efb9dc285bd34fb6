import { expect } from "chai";
import { awaitAnswer } from "../../cli/request";

const answer = { outcome: "contained", reason: "done" };

describe("the wait for the answer to a request", () => {
  const waits: number[] = [];
  const sleep = async (ms: number) => void waits.push(ms);
  beforeEach(() => {
    waits.length = 0;
  });

  it("reads until there is one", async () => {
    const shown = [
      { outcome: "shown" },
      { outcome: "refused", reason: "The request could not be read: down" },
      "the function is throttled",
      { outcome: "shown", answer },
    ] as const;
    let reads = 0;
    const show = async () => {
      const next = shown[reads++] ?? expect.fail("It read on");
      if (typeof next === "string") throw new Error(next);
      return next;
    };
    expect(await awaitAnswer(show, sleep)).to.deep.equal(answer);
    expect(waits).to.deep.equal([1_500, 1_500, 1_500, 1_500]);
  });

  it("ends after three minutes without one", async () => {
    let reads = 0;
    const show = async () => {
      reads += 1;
      return { outcome: "shown" } as const;
    };
    expect(await awaitAnswer(show, sleep)).to.equal(undefined);
    expect(reads).to.equal(120);
    expect(waits.reduce((sum, ms) => sum + ms, 0)).to.equal(180_000);
  });
});
