import { expect } from "chai";
import type { Detected } from "../../../../functions/detect/detected";
import { detectGuardDuty } from "../../../../functions/detect/guardduty";
import { notify } from "../../../../functions/flows/triage/triage";
import type { Notice } from "../../../../functions/notify/notice";
import { findingEvent, typeEvents } from "../../../support/finding-events";
import { MemoryNotificationLog } from "../../../support/memory-notification-log";

type Unanswered = Extract<Detected, { kind: "unanswered" }>;

async function heard(event: object) {
  const notices: Notice[] = [];
  const detected = detectGuardDuty(event, "123456789012");
  if (detected.kind !== "unanswered") throw new Error(`It is ${detected.kind}`);
  const answer = await notify(detected as Unanswered, {
    account: async (id) => ({ id, name: "Web shop" }),
    publish: async (notice) => void notices.push(notice),
    findings: new MemoryNotificationLog(),
    now: () => new Date("2026-11-20T10:05:00.000Z"),
    sampleFindings: "act",
  });
  return { ...answer, subject: notices[0]?.subject, text: notices[0]?.text };
}

describe("a documented finding type that no playbook answers [D1]", () => {
  const unanswered = (severity?: number) =>
    typeEvents(severity).filter(({ does }) => does === "notify" || does === "log");

  it("is notified or logged, as the table says, at its default severity", async () => {
    const counts: Record<string, number> = {};
    for (const { name, does, severity, event } of unanswered()) {
      const { outcome } = await heard(event);
      const expected = does === "log" && severity < 4 ? "logged" : "notified";
      expect(outcome, name).to.equal(expected);
      counts[expected] = (counts[expected] ?? 0) + 1;
    }
    // Nine types: four of them about three kinds of workload each, one about two of databases.
    expect(counts.logged).to.equal(18);
    expect(counts.notified).to.be.above(500);
  });

  it("is never only logged from severity 4, and urgent from 7", async () => {
    for (const [severity, urgent] of [
      [4, false],
      [7, true],
      [9.5, true],
    ] as const) {
      for (const { name, about, event } of unanswered(severity)) {
        const { outcome, subject } = await heard(event);
        expect(outcome, name).to.equal("notified");
        // Root's acts are urgent, whatever they are.
        const mark = urgent || about === "Root" ? "[Cordon] URGENT " : "[Cordon] Review ";
        expect(subject?.slice(0, mark.length), name).to.equal(mark);
      }
    }
  });

  it("is notified at severity 0, if it is not one to log", async () => {
    for (const { name, does, event } of unanswered(0)) {
      expect((await heard(event)).outcome, name).to.equal(does === "log" ? "logged" : "notified");
    }
  });

  it("has its own reason in the notice, instead of the lack of a playbook", async () => {
    const { reason, text, subject } = await heard(
      findingEvent("CredentialAccess:RDS/TorIPCaller.SuccessfulLogin", "RDSDBInstance", 8),
    );
    expect(subject).to.include("[Cordon] URGENT Review required, no change made: ");
    expect(reason).to.equal(
      "No playbook contains a user of a database: change its password, or close the network to the address",
    );
    expect(text).to.include(`\nWhy no change was made\n  - ${reason}\n`);
  });

  it("says why it is logged, and why it is not from severity 4", async () => {
    const at = (severity: number) =>
      heard(findingEvent("Discovery:S3/AnomalousBehavior", "S3Bucket", severity));
    const why =
      "It is new for the principal, and GuardDuty has other types for what takes or destroys data";
    expect((await at(3.9)).reason).to.equal(`Severity 3.9 is below 4. ${why}`);
    expect((await at(4)).reason).to.equal(
      `No playbook answers Discovery:S3/AnomalousBehavior about bucket reports, and from severity 4 it is notified. ${why}`,
    );
  });

  it("names the victim of a prompt injection, and contains nobody", async () => {
    const event = findingEvent("Impact:IAMUser/PromptInjection.Direct", "AccessKey", 2);
    const { outcome, reason, text } = await heard(event);
    expect([outcome, reason]).to.deep.equal([
      "notified",
      "The finding names the application that somebody attacked with a prompt: it is the victim, and Cordon does not contain it",
    ]);
    expect(text).to.include("Resource   user deploy, access key AKIAEXAMPLEKEY000001\n");
    expect(text).to.not.include("npx cordon contain");
  });

  it("has the command that contains who did it, where it names the credentials", async () => {
    const { text } = await heard(
      findingEvent("Persistence:IAM/AccountManipulation", "AccessKey", 5),
    );
    expect(text).to.include(
      '\nDo this\n  - Contain who did it, user deploy: npx cordon contain user/deploy --account=222233334444 --region=eu-central-1 --reason "WHY"\n',
    );
  });

  it("is notified where the credentials cannot be read, because no playbook needs them", async () => {
    for (const details of [{}, { accessKeyDetails: null }, { accessKeyDetails: 7 }]) {
      const event = findingEvent("Persistence:IAM/AccountManipulation", "AccessKey", 2, details);
      expect((await heard(event)).outcome, JSON.stringify(details)).to.equal("notified");
    }
  });
});

describe("a finding type that the catalogue does not list [D1]", () => {
  it("is notified at any severity", async () => {
    for (const [type, kind] of [
      ["Novel:EC2/Trick", "Instance"],
      ["Impact:IAMUser/PromptInjection.Indirect", "AccessKey"],
      ["Novel:Quantum/Trick", "QuantumTask"],
    ] as const) {
      const { outcome, reason } = await heard(findingEvent(type, kind, 0));
      expect(outcome).to.equal("notified");
      expect(reason).to.include(`Cordon's catalogue does not list ${type}`);
    }
  });

  it("is notified at any severity about credentials that nobody contains, too", async () => {
    const details = { accessKeyDetails: { userType: "FederatedUser", userName: "ana" } };
    for (const type of ["UnauthorizedAccess:IAMUser/NewTrick", "Impact:IAMUser/CostHarvesting"]) {
      const event = findingEvent(type, "AccessKey", 0, details);
      expect((await heard(event)).outcome, type).to.equal("notified");
    }
  });
});
