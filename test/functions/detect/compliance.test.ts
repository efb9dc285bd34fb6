import { expect } from "chai";
import { detectCompliance } from "../../../functions/detect/compliance";
import { detect } from "../../../functions/detect/detect";
import { complianceEvents } from "../../../functions/patterns";
import type { Notice } from "../../../functions/record/notice";
import { tell } from "../../../functions/triage";
import { matches } from "../../../local/event-pattern";
import { fixture } from "../../support/cases";
import { type Json, spoiled } from "../../support/events";

const event = fixture("config-compliance-change");
const rules = { "cordon-access-keys-rotated": { instead: ["Make a new key."] } };

async function told(given: Json, known: Parameters<typeof detectCompliance>[1]) {
  const detected = detectCompliance(given, known);
  if (detected.kind !== "unanswered") throw new Error(JSON.stringify(detected));
  const notices: Notice[] = [];
  const answer = await tell(detected, {
    account: async (id) => ({ id, name: "Web shop" }),
    publish: async (notice) => void notices.push(notice),
    sampleFindings: "log",
  });
  return { answer, notices };
}

describe("what breaks a rule of AWS Config", () => {
  it("is told in a sentence that names rule, account and resource, with what to do", async () => {
    const { answer, notices } = await told(event, rules);
    expect(answer).to.deep.equal({
      outcome: "notified",
      reason:
        "AWS::IAM::User AIDACKCEVSQ6C2EXAMPLE in account 222233334444 breaks the rule cordon-access-keys-rotated, which no playbook answers",
    });
    expect(notices[0]?.text).to.equal(
      [
        "AWS Config: AWS::IAM::User AIDACKCEVSQ6C2EXAMPLE breaks the rule cordon-access-keys-rotated",
        "Finding    Config:cordon-access-keys-rotated, severity 4",
        "Resource   AWS::IAM::User AIDACKCEVSQ6C2EXAMPLE",
        "Account    Web shop (222233334444), us-east-1",
        "Link       https://us-east-1.console.aws.amazon.com/config/home?region=us-east-1#/rules/details?configRuleName=cordon-access-keys-rotated",
        "",
        "Why nothing was changed",
        `  - ${answer.reason}`,
        "",
        "Do this",
        "  - Make a new key.",
        "",
      ].join("\n"),
    );
  });

  it("is only logged where the rule's own remediation tells people", async () => {
    const detected = detect(event, "123456789012");
    expect(detected).to.include({
      kind: "unanswered",
      silent: "People are told by the rule's own remediation",
    });
  });

  it("is only logged of a rule that is not listed, and of a rule that is kept", async () => {
    const other = spoiled(event, ["detail", "configRuleName"], "toString");
    const kept = ["detail", "newEvaluationResult", "complianceType"];
    const answers = [
      await told(other, rules),
      await told(spoiled(event, kept, "COMPLIANT"), rules),
    ];
    expect(answers.map(({ answer, notices }) => [answer, notices])).to.deep.equal([
      [
        { outcome: "logged", reason: "Rule toString is not among those that people are told of" },
        [],
      ],
      [{ outcome: "logged", reason: "Rule cordon-access-keys-rotated is not broken" }, []],
    ]);
  });

  it("is refused when its detail is about another account or region than it came from", () => {
    for (const [path, value] of [
      ["awsAccountId", "333344445555"],
      ["awsRegion", "eu-west-1"],
    ] as const) {
      expect(detectCompliance(spoiled(event, ["detail", path], value), rules).kind).to.equal(
        "refused",
      );
    }
  });

  it("is refused when it is malformed", () => {
    expect(detect(spoiled(event, ["detail", "resourceId"], undefined), "")).to.deep.equal({
      kind: "refused",
      reason:
        "Not a change of compliance of AWS Config's: detail.resourceId: Invalid input: expected string, received undefined",
    });
  });

  it("is forwarded for the listed rules and for NON_COMPLIANT alone", () => {
    const pattern = complianceEvents(["cordon-access-keys-rotated"]);
    const kept = ["detail", "newEvaluationResult", "complianceType"];
    expect([
      matches(pattern, event),
      matches(pattern, spoiled(event, kept, "COMPLIANT")),
      matches(pattern, spoiled(event, ["detail", "configRuleName"], "other")),
    ]).to.deep.equal([true, false, false]);
  });
});
