import { expect } from "chai";
import { opsgenieRequests } from "../../../../functions/notify/forms/opsgenie";
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

const kinds = (...args: Parameters<typeof opsgenieRequests>) =>
  opsgenieRequests(...args).map(({ kind }) => kind);

describe("a message in the form of Opsgenie", () => {
  it("is an alert of its incident", () => {
    const { page, tally } = message();
    expect(opsgenieRequests(message(), "3f9d")).to.deep.equal([
      {
        kind: "create",
        body: {
          message:
            "[Cordon] URGENT Approval required: no change made: i-0a1b2c3d4e5f60718 (CryptoCurrency:EC2/BitcoinTool.B)",
          alias: incidentId,
          description: [
            "[Cordon] URGENT Approval required: no change made: i-0a1b2c3d4e5f60718 (CryptoCurrency:EC2/BitcoinTool.B)",
            "",
            "The instance talks to a mining pool.",
            "",
            "Resource   i-0a1b2c3d4e5f60718",
            "Account    Web shop (222233334444), eu-central-1",
            `Link       ${findingUrl}`,
            `Incident   ${incidentId}`,
            "",
            "Why no change was made",
            "  - Others depend on it since 2026-11-30T10:20:05Z.",
            "",
            "To approve",
            `  - npx cordon approve ${incidentId} --plan 1a2b --reason "WHY"`,
            "",
            "Cordon announces another plan.",
            "",
            page,
            "",
            tally,
          ].join("\n"),
          priority: "P2",
          source: "Cordon",
          tags: ["cordon"],
          details: {
            account: "222233334444",
            region: "eu-central-1",
            incident: incidentId,
            "Read the plan": pageUrl,
            Finding: findingUrl,
          },
        },
      },
    ]);
  });

  it("pages by an alert, tells more by a note, and closes", () => {
    expect(kinds(message(), "3f9d", incidentId)).to.deep.equal(["create", "note"]);
    expect(kinds(contained, "3f9d", incidentId)).to.deep.equal(["note"]);
    expect(kinds(released, "3f9d", incidentId)).to.deep.equal(["close"]);
    for (const each of [contained, released, digest]) expect(kinds(each, "3f9d")).to.deep.equal([]);
  });

  it("is of the highest priority from severity 9 on", () => {
    const priorities = [8.9, 9].map((severity) => {
      const [first] = opsgenieRequests(message({ origin: { ...origin, severity } }), "3f9d");
      return first?.kind === "create" && first.body.priority;
    });
    expect(priorities).to.deep.equal(["P2", "P1"]);
  });

  it("is cut between characters as Opsgenie shows them, never within an escaped one", () => {
    const [first] = opsgenieRequests(message({ heading: "<".repeat(200) }), "3f9d");
    const text = first?.kind === "create" ? first.body.message : "";
    // 16 characters, then 28 times four, and the mark of the cut.
    expect(text).to.equal(`[Cordon] URGENT ${"&lt;".repeat(28)}…`);
  });
});
