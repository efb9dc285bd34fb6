import { expect } from "chai";
import type { ChannelFilter } from "../../../../functions/catalogue/channels";
import { passes } from "../../../../functions/flows/notify/filter";
import { type Message, messageOf } from "../../../../functions/notify/message";

const channel = { name: "chat", type: "teams", secret: "/x" } as const;
const unitsOf = async (account: string) => (account === "111122223333" ? ["ou-a", "ou-b"] : []);
const origin = {
  account: "111122223333",
  region: "us-east-1",
  severity: 5,
  type: "T",
  links: [],
};
const finding = messageOf("normal", "h", [], origin);
const urgent: Message = { ...finding, urgency: "urgent" };
const rotation: Message = { ...finding, about: "key-rotation" };
const digest = messageOf("normal", "h", []);
const alarm = messageOf("urgent", "h", []);
const messages = { finding, urgent, rotation, digest, alarm };

/** Which messages pass. */
const passing = async (filter: ChannelFilter, units = unitsOf) => {
  const found: string[] = [];
  for (const [name, message] of Object.entries(messages)) {
    if (await passes(message, { ...channel, ...filter }, units)) found.push(name);
  }
  return found;
};

describe("the filter of a channel", () => {
  const all = ["finding", "urgent", "rotation", "digest", "alarm"];
  const cases: readonly (readonly [string, ChannelFilter, readonly string[]])[] = [
    ["none", {}, all],
    ["what is urgent", { urgent: true }, ["urgent", "alarm"]],
    ["a severity that the finding has", { severity: 5 }, all],
    [
      "a higher severity: urgent ones, and what has none",
      { severity: 5.1 },
      ["urgent", "digest", "alarm"],
    ],
    ["key rotation", { about: ["key-rotation"] }, ["rotation"]],
    [
      "everything but key rotation",
      { about: ["incidents", "operations"] },
      ["finding", "urgent", "digest", "alarm"],
    ],
    ["incidents", { about: ["incidents"] }, ["finding", "urgent"]],
    ["operations", { about: ["operations"] }, ["digest", "alarm"]],
    ["its account", { accounts: ["111122223333"] }, all],
    [
      "another account, and what is about none",
      { accounts: ["222233334444"] },
      ["digest", "alarm"],
    ],
    ["a unit far above it", { units: ["ou-b"] }, all],
    ["another unit", { units: ["ou-c"] }, ["digest", "alarm"]],
    ["an account or a unit", { accounts: ["222233334444"], units: ["ou-a"] }, all],
    [
      "all of these",
      { urgent: true, about: ["incidents"], accounts: ["111122223333"] },
      ["urgent"],
    ],
  ];
  for (const [what, filter, expected] of cases) {
    it(`lets through: ${what}`, async () => {
      expect(await passing(filter)).to.deep.equal(expected);
    });
  }

  it("lets through what it cannot judge, because the units cannot be read", async () => {
    const throttled = () => Promise.reject(new Error("TooManyRequestsException"));
    expect(await passing({ units: ["ou-c"] }, throttled)).to.deep.equal(all);
  });

  it("keeps a channel from the alert about itself, and from no other", async () => {
    const about = (failed: string): Message => ({ ...alarm, channels: { failed } });
    expect(await passes(about("chat"), channel, unitsOf)).to.equal(false);
    expect(await passes(about("pager"), channel, unitsOf)).to.equal(true);
  });

  it("lets a test through, whatever the filter", async () => {
    const test: Message = { ...digest, channels: "test" };
    const narrow = { ...channel, urgent: true, about: ["key-rotation"] } as const;
    expect(await passes(test, narrow, unitsOf)).to.equal(true);
  });
});
