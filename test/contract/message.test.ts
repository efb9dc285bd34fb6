import { expect } from "chai";
import { parseCordonMessage } from "../../contract/message";
import { messageJson } from "../../functions/notify/forms/json";
import { digest } from "../support/messages";

const written = JSON.parse(messageJson(digest, "3f9d", new Date("2026-11-30T10:30:00Z"))) as object;
const read = (changes: object) => parseCordonMessage(JSON.stringify({ ...written, ...changes }));

describe("the reader of messages", () => {
  it("takes what a later Cordon may add, and leaves it out", () => {
    expect(read({ mood: "calm" })).to.deep.equal(written);
    expect(read({ urgency: "critical" }).urgency).to.equal("critical");
  });

  const others: readonly object[] = [
    { format: "cordon-message/2" },
    { heading: undefined },
    { about: undefined },
    { test: false },
    { lead: "one" },
    { facts: [{ name: "Resource" }] },
    { origin: { account: "222233334444" } },
  ];
  for (const changes of others) {
    it(`refuses ${JSON.stringify(changes)}`, () => {
      expect(() => read(changes)).to.throw();
    });
  }

  it("refuses what is no JSON", () => {
    expect(() => parseCordonMessage("[Cordon] Isolated")).to.throw(SyntaxError);
  });
});
