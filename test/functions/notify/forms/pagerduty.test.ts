import { expect } from "chai";
import { pagerDutyEvent } from "../../../../functions/notify/forms/pagerduty";
import {
  contained,
  digest,
  findingUrl,
  incidentId,
  message,
  origin,
  pageUrl,
  released,
} from "../../../support/messages";

const at = new Date("2026-11-30T10:30:00Z");

describe("a message in the form of PagerDuty", () => {
  it("is an alert of its incident, with every text as a detail", () => {
    const { page, tally } = message();
    expect(pagerDutyEvent(message(), "3f9d", at)).to.deep.equal({
      event_action: "trigger",
      dedup_key: incidentId,
      payload: {
        summary:
          "[Cordon] URGENT Approval required: no change made: i-0a1b2c3d4e5f60718 (CryptoCurrency:EC2/BitcoinTool.B)",
        source: "222233334444, eu-central-1",
        severity: "error",
        timestamp: "2026-11-30T10:30:00.000Z",
        group: "222233334444",
        class: "CryptoCurrency:EC2/BitcoinTool.B",
        custom_details: {
          "What happened":
            "[Cordon] URGENT Approval required: no change made: i-0a1b2c3d4e5f60718 (CryptoCurrency:EC2/BitcoinTool.B)",
          About: "The instance talks to a mining pool.",
          Resource: "i-0a1b2c3d4e5f60718",
          Account: "Web shop (222233334444), eu-central-1",
          Link: findingUrl,
          Incident: incidentId,
          "Why no change was made": ["Others depend on it since 2026-11-30T10:20:05Z."],
          "To approve": [`npx cordon approve ${incidentId} --plan 1a2b --reason "WHY"`],
          Notes: `Cordon announces another plan.\n${page}\n${tally}`,
        },
      },
      links: [
        { href: pageUrl, text: "Read the plan" },
        { href: findingUrl, text: "Finding" },
      ],
      client: "Cordon",
    });
  });

  it("is critical from severity 9 on", () => {
    const severities = [8.9, 9].map((severity) => {
      const event = pagerDutyEvent(message({ origin: { ...origin, severity } }), "3f9d", at);
      return event?.event_action === "trigger" && event.payload.severity;
    });
    expect(severities).to.deep.equal(["error", "critical"]);
  });

  it("is none where it is not urgent, but for the one that resolves", () => {
    expect(pagerDutyEvent(contained, "3f9d", at)).to.equal(undefined);
    expect(pagerDutyEvent(digest, "3f9d", at)).to.equal(undefined);
    expect(pagerDutyEvent(released, "3f9d", at)).to.deep.equal({
      event_action: "resolve",
      dedup_key: incidentId,
    });
  });

  it("is an alert of its own without an incident", () => {
    const event = pagerDutyEvent({ ...digest, urgency: "urgent" }, "3f9d", at);
    expect(event?.dedup_key).to.equal("3f9d");
  });
});
