import { expect } from "chai";
import { detectGuardDuty } from "../../../functions/detect/guardduty";
import { type Subject, subjectOf } from "../../../functions/notify/incident-news";
import { announcement } from "../../../functions/notify/notice";
import { at } from "../../support/events";
import { findingEvent, kinds, typeEvents } from "../../support/finding-events";

/** Writes the notice of a finding, whether a playbook covers it or not. */
function noticeOf(type: string, kind: string): string {
  const detected = detectGuardDuty(findingEvent(type, kind, 8), "123456789012");
  if (detected.kind !== "incident" && detected.kind !== "unanswered") {
    throw new Error(`${type} about ${kind} is ${detected.kind}`);
  }
  const subject: Subject =
    detected.kind === "incident"
      ? subjectOf(detected.incident, "Web shop")
      : { ...detected, accountName: "Web shop" };
  return announcement(subject, "notified", ["Because"]).text;
}

describe("the notice of every documented finding type [E2] [D1]", () => {
  const about = typeEvents().map(
    ({ type, event }) => [type, `${at(event, ["detail", "resource", "resourceType"])}`] as const,
  );
  const typesAbout = (...kinds: readonly string[]) => [
    ...new Set(about.filter(([, kind]) => kinds.includes(kind)).map(([type]) => type)),
  ];

  it("covers each of them", () => {
    expect(new Set(about.map(([type]) => type)).size).to.equal(228);
    // As docs/flows/triage.md counts them. Where the guide does not say about what, it may be anything.
    expect([
      typesAbout("Instance").length,
      typesAbout("AccessKey").length,
      typesAbout("S3Bucket", "S3Object").length,
      typesAbout("EKSCluster").length,
      typesAbout("ECSCluster").length,
      typesAbout("Container").length,
      typesAbout("RDSDBInstance", "RDSLimitlessDB").length,
      typesAbout("Lambda").length,
      typesAbout("EC2Image", "EBSSnapshot", "EBSRecoveryPoint", "S3RecoveryPoint").length,
      typesAbout("AttackSequence").length,
    ]).to.deep.equal([113, 55, 46, 106, 73, 73, 34, 32, 29, 5]);
  });

  for (const kind of Object.keys(kinds)) {
    it(`names the ${kind} that it is about, its account, type and evidence`, () => {
      const [, ...names] = kinds[kind] ?? [{}];
      const types = typesAbout(kind);
      expect(types).not.to.deep.equal([]);
      for (const type of types) {
        const text = noticeOf(type, kind);
        for (const name of [...names, type, "Web shop (222233334444)", "203.0.113.77"]) {
          expect(text, `${type} about ${kind}`).to.include(name);
        }
      }
    });
  }

  it("names every actor and resource of an attack sequence", () => {
    for (const type of typesAbout("AttackSequence")) {
      const text = noticeOf(type, "AttackSequence");
      for (const name of ["deploy", "arn:aws:s3:::reports", "i-0a1b2c3d4e5f60718", type]) {
        expect(text, type).to.include(name);
      }
    }
  });
});
