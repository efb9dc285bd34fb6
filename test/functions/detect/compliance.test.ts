import { expect } from "chai";
import { complianceRule } from "../../../functions/catalogue/compliance-rules";
import { matches } from "../../../functions/catalogue/event-pattern";
import { complianceEvents, complianceNews } from "../../../functions/catalogue/patterns";
import { detectCompliance } from "../../../functions/detect/compliance";
import { detect } from "../../../functions/detect/detect";
import type { Answer } from "../../../functions/flows/respond/responder";
import { notify, notifyBreach } from "../../../functions/flows/triage/triage";
import type { Notice } from "../../../functions/notify/notice";
import type { BreachNotice, FindingNotice } from "../../../functions/notify/notification-log";
import { fixture } from "../../support/cases";
import { type Json, spoiled } from "../../support/events";
import { MemoryNotificationLog } from "../../support/memory-notification-log";

const event = fixture("config-compliance-change");
const rule = { severity: 4, manualSteps: ["Make a new key."] } as const;
const rules = (name: string) =>
  name === "cordon-access-keys-rotated" ? { name, rule } : undefined;

/** Reports one verdict after the other; gives the last answer, and all notices. */
async function reported(
  given: Json | readonly Json[],
  known: Parameters<typeof detectCompliance>[1],
  { times = [], failing = 0 }: { times?: readonly string[]; failing?: number } = {},
) {
  const notices: Notice[] = [];
  const claims = new MemoryNotificationLog<BreachNotice>();
  const answers: (Answer | Error)[] = [];
  for (const [index, each] of [given].flat().entries()) {
    const detected = detectCompliance(each, known);
    if (detected.kind !== "unanswered") throw new Error(JSON.stringify(detected));
    const notifier = {
      account: async (id: string) => ({ id, name: "Web shop" }),
      async publish(notice: Notice) {
        if (index < failing) throw new Error("SNS is down");
        notices.push(notice);
      },
      sampleFindings: "log" as const,
      findings: new MemoryNotificationLog<FindingNotice>(),
      notifications: claims,
      now: () => new Date(times[index] ?? "2026-11-21T10:00:00Z"),
    };
    const { breach } = detected;
    const notified = breach ? notifyBreach(detected, breach, notifier) : notify(detected, notifier);
    answers.push(await notified.catch((error: Error) => error));
  }
  return { answer: answers.at(-1) as Answer, answers, notices };
}

describe("what breaks a rule of AWS Config [P6] [D3]", () => {
  it("is notified in a sentence that names rule, account and resource, with what to do", async () => {
    const { answer, notices } = await reported(event, rules);
    expect(answer).to.deep.equal({
      outcome: "notified",
      reason:
        "AWS::IAM::User AIDACKCEVSQ6C2EXAMPLE in account 222233334444 violates the rule cordon-access-keys-rotated, which no playbook covers",
    });
    expect(notices[0]?.text).to.equal(
      [
        "Cordon changed nothing: what to do about this is for you to decide.",
        "AWS Config: AWS::IAM::User AIDACKCEVSQ6C2EXAMPLE violates the rule cordon-access-keys-rotated",
        "",
        "Finding    Config:cordon-access-keys-rotated, severity 4",
        "Resource   AWS::IAM::User AIDACKCEVSQ6C2EXAMPLE",
        "Account    Web shop (222233334444), us-east-1",
        "Link       https://us-east-1.console.aws.amazon.com/config/home?region=us-east-1#/rules/details?configRuleName=cordon-access-keys-rotated",
        "",
        "Why no change was made",
        `  - ${answer.reason}`,
        "  - Other resources may break it, too. Cordon notifies once a day, account and rule",
        "",
        "Do this",
        "  - Make a new key.",
        "",
      ].join("\n"),
    );
  });

  it("is only logged where the rule's own remediation notifies", async () => {
    const detected = detect(event, "123456789012");
    expect(detected).to.include({
      kind: "unanswered",
      suppressedBecause: "The rule's own remediation notifies the responders",
    });
  });

  it("is only logged of a rule that is not listed, and of a rule that is kept", async () => {
    const other = spoiled(event, ["detail", "configRuleName"], "toString");
    const kept = ["detail", "newEvaluationResult", "complianceType"];
    const answers = [
      await reported(other, rules),
      await reported(spoiled(event, kept, "COMPLIANT"), rules),
    ];
    expect(answers.map(({ answer, notices }) => [answer, notices])).to.deep.equal([
      [{ outcome: "logged", reason: "Cordon does not notify about rule toString" }, []],
      [{ outcome: "logged", reason: "No violation of rule cordon-access-keys-rotated" }, []],
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

  it("is read although its rule's name holds half a character, of which no address can be made", () => {
    const half = spoiled(event, ["detail", "configRuleName"], "rule\ud800\nname");
    const detected = detect(half, "");
    expect(detected.kind === "unanswered" && detected.finding.link).to.match(
      /configRuleName=rule%20name$/,
    );
  });

  const packRule = "cordon-restricted-ssh-conformance-pack-qx4bki4j7";
  const ofRule = (name: string) => spoiled(event, ["detail", "configRuleName"], name);

  it("is notified for a rule of the conformance pack, by the name that Cordon gives it", async () => {
    const { answer, notices } = await reported(ofRule(packRule), complianceRule);
    expect(answer).to.deep.equal({
      outcome: "notified",
      reason:
        "AWS::IAM::User AIDACKCEVSQ6C2EXAMPLE in account 222233334444 violates the rule cordon-restricted-ssh, which no playbook covers",
    });
    expect(notices[0]?.text).to.include("Finding    Config:cordon-restricted-ssh, severity 4\n");
    expect(notices[0]?.text).to.include(`configRuleName=${packRule}\n`);
    expect(notices[0]?.text).to.include(
      "\nDo this\n  - Remove the security group rule that allows 0.0.0.0/0 or ::/0 on port 22.\n",
    );
  });

  /** The verdict about another resource, by an event of its own. */
  const another = (n: number, name = packRule) =>
    spoiled(spoiled(ofRule(name), ["id"], `0000000${n}-aaaa`), ["detail", "resourceId"], `sg-${n}`);

  it("is notified once a day, account and rule, however often verdicts change", async () => {
    const mfa = "cordon-root-mfa-conformance-pack-qx4bki4j7";
    const elsewhere = spoiled(
      spoiled(another(3), ["account"], "333344445555"),
      ["detail", "awsAccountId"],
      "333344445555",
    );
    const events = [another(1), another(1), another(2), another(1, mfa), elsewhere, another(2)];
    const times = [...Array(5).fill("2026-11-21T23:59:59Z"), "2026-11-22T00:00:00Z"];
    const { answers, notices } = await reported(events, complianceRule, { times });
    expect(answers.map((each) => (each as Answer).outcome)).to.deep.equal([
      "notified",
      "logged",
      "logged",
      "notified",
      "notified",
      "notified",
    ]);
    expect((answers[2] as Answer).reason).to.equal(
      "AWS::IAM::User sg-2 breaks the rule cordon-restricted-ssh, too: the notice of 2026-11-21 about 222233334444 covers it",
    );
    expect(notices).to.have.length(4);
  });

  it("is notified by the event whose notification failed, and by no other, when that comes again", async () => {
    const events = [another(1), another(2), another(1)];
    const { answers, notices } = await reported(events, complianceRule, { failing: 1 });
    expect(
      answers.map((each) => (each instanceof Error ? each.message : each.outcome)),
    ).to.deep.equal(["SNS is down", "logged", "notified"]);
    expect(notices).to.have.length(1);
  });

  it("is only logged of a rule that a new account may break a hundred times", async () => {
    const volume = ofRule("cordon-volume-encryption-conformance-pack-qx4bki4j7");
    const { answer, notices } = await reported(volume, complianceRule);
    expect([answer, notices]).to.deep.equal([
      { outcome: "logged", reason: "Severity 3 is below 4" },
      [],
    ]);
  });

  it("knows the pack's rules with the pack's ending alone, and the baseline's without one", () => {
    const known = [
      packRule,
      "cordon-restricted-ssh",
      "cordon-access-keys-rotated",
      "cordon-access-keys-rotated-conformance-pack-qx4bki4j7",
      "restricted-ssh-conformance-pack-qx4bki4j7",
      "toString-conformance-pack-qx4bki4j7",
    ].map((name) => complianceRule(name)?.name);
    expect(known).to.deep.equal([
      "cordon-restricted-ssh",
      undefined,
      "cordon-access-keys-rotated",
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("is forwarded of every rule of the pack, and fits into a pattern with the failed reports", () => {
    const [verdicts] = complianceNews.$or;
    const forwarded = (name: string) => matches(verdicts, ofRule(name));
    expect([
      forwarded(packRule),
      forwarded("cordon-root-mfa-conformance-pack-a1b2c3d4e"),
      forwarded("cordon-access-keys-rotated"),
      forwarded("cordon-restricted-ssh"),
      forwarded("restricted-ssh-conformance-pack-qx4bki4j7"),
    ]).to.deep.equal([true, true, true, false, false]);
    // EventBridge takes no pattern of more than 2,048 characters.
    expect(JSON.stringify(complianceNews).length).to.be.lessThan(2_048);
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

  const about = (rule: string, resourceType: string, resourceId: string) =>
    spoiled(
      spoiled(
        ofRule(`${rule}-conformance-pack-qx4bki4j7`),
        ["detail", "resourceType"],
        resourceType,
      ),
      ["detail", "resourceId"],
      resourceId,
    );

  it("is an incident where a control answers it", () => {
    const group = "sg-0123456789abcdef0";
    const detected = detectCompliance(
      about("cordon-restricted-ssh", "AWS::EC2::SecurityGroup", group),
    );
    if (detected.kind !== "incident") throw new Error(JSON.stringify(detected));
    const { playbook, place, resource, finding, key } = detected.incident;
    expect({ playbook, place, resource }).to.deep.equal({
      playbook: "fix-posture",
      place: { account: "222233334444", region: "us-east-1" },
      resource: {
        kind: "posture",
        control: "open-ssh",
        id: group,
        arn: `arn:aws:ec2:us-east-1:222233334444:security-group/${group}`,
        name: `security group ${group}`,
      },
    });
    expect([finding.type, finding.severity]).to.deep.equal(["Config:cordon-restricted-ssh", 4]);
    // printf '222233334444\nus-east-1\nopen-ssh/sg-0123456789abcdef0\nfix-posture' | sha256sum
    expect(key).to.equal("347879b2bc382864");
  });

  it("is one incident, whichever of a control's rules finds it", () => {
    const keys = ["access", "read", "write"].map((which) => {
      const found = detectCompliance(
        about(`cordon-bucket-public-${which}`, "AWS::S3::Bucket", "reports.example"),
      );
      return found.kind === "incident" ? found.incident.key : found.kind;
    });
    expect(new Set(keys).size).to.equal(1);
    expect(keys[0]).to.match(/^[0-9a-f]{16}$/);
  });

  const unanswered: Readonly<Record<string, Json>> = {
    "of another type than the control's": about(
      "cordon-restricted-ssh",
      "AWS::S3::Bucket",
      "a-b-c",
    ),
    "whose id no group can have": about(
      "cordon-restricted-ssh",
      "AWS::EC2::SecurityGroup",
      "sg-1*",
    ),
    "whose id no bucket can have": about(
      "cordon-bucket-public-read",
      "AWS::S3::Bucket",
      "Reports/*",
    ),
    "of an account that is another one": about(
      "cordon-volume-encryption-by-default",
      "AWS::::Account",
      "333344445555",
    ),
    "of a rule that no control answers": about("cordon-root-mfa", "AWS::::Account", "222233334444"),
  };
  for (const [what, each] of Object.entries(unanswered)) {
    it(`is only notified, and leads to no change: a resource ${what}`, () => {
      expect(detectCompliance(each)).to.include({ kind: "unanswered" });
    });
  }

  it("leads to no change where the setting is as it ought to be", () => {
    const kept = spoiled(
      about("cordon-restricted-ssh", "AWS::EC2::SecurityGroup", "sg-0123456789abcdef0"),
      ["detail", "newEvaluationResult", "complianceType"],
      "COMPLIANT",
    );
    expect(detectCompliance(kept)).to.include({
      kind: "unanswered",
      suppressedBecause: "No violation of rule cordon-restricted-ssh",
    });
  });
});
