import { expect } from "chai";
import { matches } from "../../../functions/catalogue/event-pattern";
import { playbookPattern } from "../../../functions/catalogue/patterns";
import { isAnsweredElsewhere } from "../../../functions/catalogue/routing";
import { detect } from "../../../functions/detect/detect";
import { fixture } from "../../support/cases";
import { type Json, spoiled } from "../../support/events";

const security = "123456789012";
const group = "arn:aws:ec2:eu-central-1:222233334444:security-group/sg-0b1c2d3e4f5060718";
const at = (...path: string[]) => ["detail", "findings", "0", ...path];

type Change = readonly [path: readonly string[], value: unknown];

/** The published control that open-ssh answers, failed for a security group. */
function failed(...changes: readonly Change[]): Json {
  return [[at("Compliance", "SecurityControlId"), "EC2.13"] as const, ...changes].reduce<Json>(
    (event, [path, value]) => spoiled(event, path, value),
    fixture("security-hub-imported-control"),
  );
}

describe("a control of Security Hub that fails [D2] [R5]", () => {
  it("is an incident of the control that answers it, about the resource that it names", () => {
    const found = detect(failed(), security);
    expect(found.kind).to.equal("incident");
    if (found.kind !== "incident") return;
    const { playbook, place, resource, finding } = found.incident;
    expect({ playbook, place, resource }).to.deep.equal({
      playbook: "fix-posture",
      place: { account: "222233334444", region: "eu-central-1" },
      resource: {
        kind: "posture",
        control: "open-ssh",
        id: "sg-0b1c2d3e4f5060718",
        arn: group,
        name: "security group sg-0b1c2d3e4f5060718",
      },
    });
    expect([finding.type, finding.severity, finding.sample]).to.deep.equal([
      "SecurityHub:EC2.13",
      4,
      false,
    ]);
  });

  it("is only logged by default unless it is critical, whatever its account lowers", () => {
    const severities = (label: string, own: string) => {
      const found = detect(
        failed(
          [at("Severity"), { Label: own }],
          [at("FindingProviderFields", "Severity"), { Label: label }],
        ),
        security,
      );
      return found.kind === "incident" ? found.incident.finding.severity : found;
    };
    expect(severities("HIGH", "HIGH")).to.equal(3);
    expect(severities("CRITICAL", "LOW")).to.equal(4);
  });

  it("is the same incident as what AWS Config finds of the group", () => {
    const config = [
      [["account"], "222233334444"],
      [["region"], "eu-central-1"],
      [["detail", "awsAccountId"], "222233334444"],
      [["detail", "awsRegion"], "eu-central-1"],
      [["detail", "configRuleName"], "cordon-restricted-ssh-conformance-pack-a1b2c3"],
      [["detail", "resourceType"], "AWS::EC2::SecurityGroup"],
      [["detail", "resourceId"], "sg-0b1c2d3e4f5060718"],
    ] as const;
    const found = [
      failed(),
      config.reduce<Json>(
        (event, [path, value]) => spoiled(event, path, value),
        fixture("config-compliance-change"),
      ),
    ].map((event) => detect(event, security));
    const keys = found.map((each) => (each.kind === "incident" ? each.incident.key : each));
    expect(keys[0]).to.be.a("string");
    expect(keys[1]).to.equal(keys[0]);
  });

  it("is routed to the responder of posture, and triage leaves it alone", () => {
    expect(matches(playbookPattern("fix-posture"), failed())).to.equal(true);
    expect(isAnsweredElsewhere(failed())).to.equal(true);
  });

  const elsewhere: Readonly<Record<string, Change>> = {
    "that no control of Cordon's answers": [at("Compliance", "SecurityControlId"), "EC2.999"],
    "that passes": [at("Compliance", "Status"), "PASSED"],
    "that somebody suppressed": [at("Workflow", "Status"), "SUPPRESSED"],
    "that is archived": [at("RecordState"), "ARCHIVED"],
    "of another product's finding": [
      at("ProductArn"),
      "arn:aws:securityhub:eu-central-1:222233334444:product/222233334444/default",
    ],
  };
  for (const [what, change] of Object.entries(elsewhere)) {
    it(`stays with triage: one ${what}`, () => {
      expect(isAnsweredElsewhere(failed(change))).to.equal(false);
    });
  }

  const refusals: Readonly<Record<string, readonly [Change, string]>> = {
    "from an account that is not the security account": [
      [["account"], "222233334444"],
      "The event comes from account 222233334444; failed controls are accepted only from the security account 123456789012",
    ],
    "of a product whose name ends alike": [
      [at("ProductArn"), "arn:aws:securityhub:eu-central-1:222233334444:product/aws/securityhub"],
      "The finding is of product arn:aws:securityhub:eu-central-1:222233334444:product/aws/securityhub, not of Security Hub's controls",
    ],
    "with no account": [
      [at("AwsAccountId"), undefined],
      "Not a control of Security Hub that fails: detail.findings.0.AwsAccountId: Invalid input: expected string, received undefined",
    ],
  };
  for (const [what, [change, reason]] of Object.entries(refusals)) {
    it(`is refused ${what}`, () => {
      expect(detect(failed(change), security)).to.deep.equal({ kind: "refused", reason });
    });
  }

  const unanswered: Readonly<Record<string, readonly [Change, string]>> = {
    "its resource is another account's": [
      [at("Resources", "0", "Id"), group.replace("222233334444", "999988887777")],
      `Control EC2.13 fails, and Cordon changes nothing for it: ${group.replace("222233334444", "999988887777")} is not the name of a resource of that control in account 222233334444, eu-central-1`,
    ],
    "its resource's id is of another form": [
      [at("Resources", "0", "Id"), group.replace("sg-0b1c2d3e4f5060718", "*")],
      `Control EC2.13 fails, and Cordon changes nothing for it: ${group.replace("sg-0b1c2d3e4f5060718", "*")} is not the name of a resource of that control in account 222233334444, eu-central-1`,
    ],
    "it names several resources": [
      [
        at("Resources"),
        [group, group.replace("0718", "0719")].map((Id) => ({
          Type: "AwsEc2SecurityGroup",
          Id,
          Region: "eu-central-1",
        })),
      ],
      "Control EC2.13 fails, and Cordon changes nothing for it: it names several resources",
    ],
  };
  for (const [what, [change, why]] of Object.entries(unanswered)) {
    it(`changes nothing and says why where ${what}`, () => {
      const found = detect(failed(change), security);
      expect(found.kind === "unanswered" && found.advice?.why).to.equal(why);
    });
  }
});
