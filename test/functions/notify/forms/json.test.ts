import { expect } from "chai";
import { parseCordonMessage } from "../../../../contract/message";
import { messageJson } from "../../../../functions/notify/forms/json";
import { digest, incidentId, message, origin } from "../../../support/messages";

const at = new Date("2026-11-30T10:30:00Z");

describe("a message in the form of JSON", () => {
  it("is the whole message, as the contract's reader reads it", () => {
    expect(parseCordonMessage(messageJson(message(), "3f9d", at))).to.deep.equal({
      format: "cordon-message/1",
      id: "3f9d",
      at: "2026-11-30T10:30:00.000Z",
      about: "incidents",
      ...message(),
    });
    expect(parseCordonMessage(messageJson(digest, "3f9d", at))).to.deep.equal({
      format: "cordon-message/1",
      id: "3f9d",
      at: "2026-11-30T10:30:00.000Z",
      about: "operations",
      ...digest,
    });
  });

  it("says that it is a test, and names no channel", () => {
    const test = parseCordonMessage(messageJson({ ...digest, channels: "test" }, "3f9d", at));
    expect(test).to.deep.include({ test: true }).and.not.to.have.property("channels");
    const failed = messageJson({ ...digest, channels: { failed: "soc" } }, "3f9d", at);
    expect(failed).not.to.contain('"channels"');
  });

  it("says that the incident is over", () => {
    const closes = message({ origin: { ...origin, closes: true } });
    expect(parseCordonMessage(messageJson(closes, "3f9d", at)).origin?.closes).to.equal(true);
  });

  it("has room in what SNS takes, attributes included", () => {
    const lines = Array.from({ length: 2_000 }, (_, n) => `${n} ${"ü\u{1f600}".repeat(200)}`);
    const body = messageJson(message({ sections: [{ title: "Done", lines }] }), "3f9d", at);
    expect(Buffer.byteLength(body)).to.be.within(200_000, 260_000);
    const { closing } = parseCordonMessage(body);
    expect(closing.at(-1)).to.equal(`Cut here. The rest: npx cordon show ${incidentId}`);
  });
});
