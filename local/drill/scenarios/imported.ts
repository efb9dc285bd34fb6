/** Scenario: what Security Hub imports is notified once, whichever ways it comes, and contains nothing. */
import { members } from "../../gateway/accounts";
import { type ImportedShape, importedAsff, importedOcsf } from "../../samples/imported-findings";
import { type SeededInstance, seedInstance, seedVpc } from "../../seeds/networks";
import type { EventBridgeEvent } from "../../services/eventbridge/events";
import { notices, subjects } from "./credential-checks";
import type { Scenario } from "./scenario";
import { touchesTarget } from "./scenario";

const [, platform] = members as [(typeof members)[number], (typeof members)[number]];
const name = "imported";

export const imported: Scenario = {
  name,
  title: "Security Hub imports findings about an instance, in ASFF and OCSF: one notice each",
  async seed({ organization: { gateway } }) {
    const site = { account: platform.id, region: "eu-west-1" };
    const vpc = await seedVpc(gateway, site, { groups: ["reports"] });
    return seedInstance(gateway, vpc, { interfaces: [["reports"]], volumes: 0 });
  },
  async run(session, seeded) {
    const { id: instance, account, region } = seeded as SeededInstance;
    const shape: ImportedShape = {
      product: "aws/inspector",
      account,
      region,
      id: `arn:aws:inspector2:${region}:${account}:finding/0a1b2c3d4e5f60718293a4b5c6d7e8f9`,
      type: "Software and Configuration Checks/Vulnerabilities/CVE",
      title: "CVE-2026-10001 - openssl",
      severity: "HIGH",
      instance,
    };
    const hear = async (what: string, event: EventBridgeEvent, outcome: string) => {
      const heard = await session.inject(event, `scenario ${name}`);
      session.check(
        `${what}: ${outcome}`,
        heard.results.map((each) => each.outcome).join() === outcome,
      );
      session.check(
        `${what}: nothing changes`,
        heard.calls.every((call) => !touchesTarget(call.action) || !call.mutating),
      );
      return heard;
    };

    const first = await hear(
      "a finding of an AWS service, in ASFF",
      importedAsff(shape),
      "notified",
    );
    session.check(
      "the notice is urgent, and has the product, the instance and the command that contains it",
      subjects(first).some((each) => each.startsWith("[Cordon] URGENT Review required")) &&
        notices(first).some(
          (text) =>
            text.includes("(aws/inspector)") &&
            text.includes(
              `npx cordon contain ${instance} --account=${account} --region=${region} --reason "WHY"`,
            ),
        ),
    );
    const again = await hear("the same finding in OCSF", importedOcsf(shape), "duplicate");
    session.check("it has no second notice", notices(again).length === 0);

    // No rule forwards these: the drill puts them into triage's queue.
    const guardDuty = { ...shape, product: "aws/guardduty" };
    for (const event of [importedAsff(guardDuty), importedOcsf(guardDuty)]) {
      const left = await hear(`GuardDuty's, as ${event["detail-type"]}`, event, "logged");
      session.check("it is left to GuardDuty's own event", notices(left).length === 0);
    }

    const control = {
      ...shape,
      product: "aws/securityhub",
      id: `arn:aws:securityhub:${region}:${account}:security-control/EC2.9/finding/4d5e6f70`,
      control: "EC2.9",
    };
    const failed = await hear("a control of high severity fails", importedAsff(control), "logged");
    session.check("it is for the review of the week", notices(failed).length === 0);
    const critical = { ...control, severity: "CRITICAL" as const };
    await hear("a control of critical severity fails", importedOcsf(critical), "notified");
  },
};
