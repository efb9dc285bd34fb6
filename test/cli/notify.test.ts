import { stripVTControlCharacters } from "node:util";
import { expect } from "chai";
import { notify, testLines } from "../../cli/notify";
import { cordon } from "../support/cordon";
import { errorOf } from "../support/local/gateway";

describe("npx cordon notify", () => {
  it("says of each channel whether it has the message, or why not, in one line", () => {
    const lines = testLines([
      { name: "chat", type: "slack", urgency: "normal", delivered: true },
      { name: "pager", type: "pagerduty", urgency: "urgent", delivered: false, why: "HTTP\n400" },
    ]);
    expect(lines.map(stripVTControlCharacters)).to.deep.equal([
      "chat (slack), normal: delivered",
      "pager (pagerduty), urgent: not delivered. HTTP 400",
    ]);
  });

  it("sends nothing without --test", async () => {
    const { message } = await errorOf(notify({ test: false, json: false }));
    expect(message).to.equal(
      "Pass --test to send a test message to every channel. No message was sent.",
    );
  });

  it("says in one sentence that there are no credentials", () => {
    const { status, stderr } = cordon("notify", "--test");
    expect(status).to.equal(1);
    expect(stderr).to.match(/^There are no credentials: .* No message was sent\.\n$/);
  });
});
