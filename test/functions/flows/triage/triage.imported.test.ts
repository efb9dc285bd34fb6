import { expect } from "chai";
import { detect } from "../../../../functions/detect/detect";
import { detectImported } from "../../../../functions/detect/imported";
import { publishHeld } from "../../../../functions/flows/respond/storm";
import { notify } from "../../../../functions/flows/triage/triage";
import type { Notice } from "../../../../functions/notify/notice";
import type { FindingNotice } from "../../../../functions/notify/notification-log";
import { calmly } from "../../../../functions/notify/storm";
import { fixture } from "../../../support/cases";
import { type Json, spoiled } from "../../../support/events";
import { mailed } from "../../../support/mailed";
import { MemoryNotificationLog } from "../../../support/memory-notification-log";
import { MemoryStorm } from "../../../support/memory-storm";

const security = "123456789012";
const finding = ["detail", "findings", "0"];
const imported = (name: string) => fixture<Json>(`security-hub-imported-${name}`);

/** Responders who get what triage publishes, calmly, and remember it. */
function responders() {
  const clock = { at: Date.parse("2026-11-20T10:21:00.000Z") };
  const now = () => new Date(clock.at);
  const notices: Notice[] = [];
  const storm = new MemoryStorm();
  const publish = async (notice: Notice) => void notices.push(notice);
  const notifier = {
    account: async (id: string) => ({ id, name: "Web shop" }),
    publish: calmly(publish, storm, now, 4),
    findings: new MemoryNotificationLog<FindingNotice>(),
    now,
    sampleFindings: "act" as const,
  };
  const hear = async (event: Json): Promise<string> => {
    const [found] = detectImported(event, security);
    return found.kind === "unanswered" ? (await notify(found, notifier)).outcome : found.kind;
  };
  return { clock, now, notices, storm, publish, notifier, hear };
}

describe("a notice of an imported finding [D2]", () => {
  it("names product, resource, title and link, says how to contain it, and is urgent from 7", async () => {
    const { notices, hear } = responders();
    expect(await hear(imported("vulnerability"))).to.equal("notified");
    expect(notices.map(mailed)).to.deep.equal([
      {
        urgency: "urgent",
        subject: "[Cordon] URGENT Review required, no change made: i-0a1b2c3d4e5f60718 (CVE)",
        text: [
          "Cordon changed nothing: what to do about this is for you to decide.",
          "CVE-2026-10001 - openssl",
          "",
          "Finding    CVE, severity 7",
          "Product    Inspector (aws/inspector)",
          "Resource   i-0a1b2c3d4e5f60718",
          "Account    Web shop (222233334444), eu-central-1",
          "Link       https://eu-central-1.console.aws.amazon.com/securityhub/home?region=eu-central-1#/findings",
          "",
          "Named by the finding",
          "  - AwsEc2Instance arn:aws:ec2:eu-central-1:222233334444:instance/i-0a1b2c3d4e5f60718",
          "",
          "Why no change was made",
          "  - Security Hub imported the finding, and Cordon contains nothing because of an imported finding alone",
          "",
          "Do this",
          '  - If the finding is right, contain it: npx cordon contain i-0a1b2c3d4e5f60718 --account=222233334444 --region=eu-central-1 --reason "WHY"',
          "  - Find it in Security Hub by its id: arn:aws:inspector2:eu-central-1:222233334444:finding/5e6f708192a3b4c5d6e7f8091a2b3c4d",
          "",
        ].join("\n"),
      },
    ]);
    await hear(imported("own-product"));
    expect(notices[1]?.subject).to.equal(
      "[Cordon] Review required, no change made: user deploy (SignInAtNight)",
    );
  });

  it("is not sent below severity 4, nor of controls that fail unless they are critical", async () => {
    const { notices, hear } = responders();
    const provided = [...finding, "FindingProviderFields"];
    const severity = [...finding, "Severity"];
    const as = (name: string, Label: string) =>
      spoiled(spoiled(imported(name), provided, undefined), severity, { Label });
    expect(await hear(as("own-product", "LOW"))).to.equal("logged");
    expect(await hear(as("control", "HIGH"))).to.equal("logged");
    expect(notices).to.deep.equal([]);
    expect(await hear(imported("control"))).to.equal("notified");
  });
});

describe("one notice of a finding [D8]", () => {
  it("is sent of ASFF and OCSF together, hour after hour, in either order", async () => {
    for (const order of [
      ["vulnerability", "v2-vulnerability", "vulnerability"],
      ["v2-vulnerability", "vulnerability", "v2-vulnerability"],
    ]) {
      const { clock, notices, hear } = responders();
      const outcomes: string[] = [];
      for (const name of order) {
        outcomes.push(await hear(imported(name)));
        clock.at += 3_600_000;
      }
      expect(outcomes).to.deep.equal(["notified", "duplicate", "duplicate"]);
      expect(notices).to.have.length(1);
    }
  });

  it("is GuardDuty's alone where GuardDuty's finding comes by all three ways, in any order", async () => {
    const direct = fixture<Json>("guardduty-instance");
    // A kind of resource that no playbook covers: triage has it.
    const bucket = spoiled(direct, ["detail", "resource"], {
      resourceType: "S3Bucket",
      s3BucketDetails: [{ name: "ledger" }],
    });
    for (const first of ["direct", "imported"]) {
      const { notices, notifier, hear } = responders();
      const hearDirect = async () => {
        const found = detect(bucket, security);
        if (found.kind !== "unanswered") throw new Error("No playbook covers it");
        return (await notify(found, notifier)).outcome;
      };
      const outcomes: string[] = first === "direct" ? [await hearDirect()] : [];
      outcomes.push(await hear(imported("guardduty")), await hear(imported("v2-guardduty")));
      if (first === "imported") outcomes.push(await hearDirect());
      expect(outcomes.toSorted(), first).to.deep.equal(["ignored", "ignored", "notified"]);
      expect(notices).to.have.length(1);
    }
  });

  it("is sent again where the severity rises to another label, and not where its texts change", async () => {
    const { notices, hear } = responders();
    const event = imported("own-product");
    const change = (path: string[], value: unknown) =>
      hear(spoiled(event, [...finding, ...path], value));
    expect(await hear(event)).to.equal("notified");
    expect(await change(["Title"], "Another title")).to.equal("duplicate");
    expect(await change(["Types"], ["TTPs/Other"])).to.equal("duplicate");
    expect(await change(["Severity"], { Label: "MEDIUM", Normalized: 69 })).to.equal("duplicate");
    expect(await change(["Severity"], { Label: "HIGH" })).to.equal("notified");
    expect(await change(["Severity"], { Label: "HIGH" })).to.equal("duplicate");
    expect(notices).to.have.length(2);
  });

  it("is sent of a severe one that was closed before it was announced, and none of one closed after", async () => {
    const closed = (name: string) =>
      spoiled(imported(name), [...finding, "Workflow"], { Status: "SUPPRESSED" });
    const { notices, hear } = responders();
    expect(await hear(closed("vulnerability"))).to.equal("notified");
    expect(notices[0]?.text).to.include(
      "\n  - Find out who closed it as SUPPRESSED: whoever may update findings in account 222233334444 can, and Cordon had not notified you of it.\n",
    );
    const later = responders();
    expect(await later.hear(imported("vulnerability"))).to.equal("notified");
    expect(await later.hear(closed("vulnerability"))).to.equal("duplicate");
    expect(later.notices).to.have.length(1);
  });
});

describe("a storm of imported findings [E2] [C10]", () => {
  /** Findings that an account's own product writes, each with an id of its own. */
  const flood = (number: number) =>
    spoiled(
      spoiled(
        spoiled(imported("own-product"), [...finding, "Severity"], { Label: "CRITICAL" }),
        [...finding, "Id"],
        `flood/${number}`,
      ),
      [...finding, "FindingProviderFields"],
      undefined,
    );

  it("is four notices and a few messages, and delays no notice of a detector", async () => {
    const { clock, now, notices, storm, publish, notifier, hear } = responders();
    for (let number = 0; number < 600; number++) await hear(flood(number));
    expect(notices).to.have.length(4);
    // Not more than two rounds can list.
    expect(storm.notices.size).to.equal(400);

    const direct = spoiled(fixture<Json>("guardduty-instance"), ["detail", "resource"], {
      resourceType: "S3Bucket",
      s3BucketDetails: [{ name: "ledger" }],
    });
    for (let number = 0; number < 5; number++) {
      const found = detect(spoiled(direct, ["detail", "id"], `direct-${number}`), security);
      if (found.kind !== "unanswered") throw new Error("No playbook covers it");
      await notify(found, notifier);
    }
    expect(notices).to.have.length(8);
    expect(notices.slice(4).every(({ heading }) => heading.includes("bucket ledger"))).to.equal(
      true,
    );

    clock.at += 5 * 60_000;
    await publishHeld({ storm, now, publish });
    const messages = notices.slice(8);
    expect(messages).to.have.length(5);
    // The fifth of the detector comes first, before those of severity 9 that the account wrote.
    expect(messages[0]?.text).to.match(
      /^Urgent\n {2}- Review required, no change made: bucket ledger /m,
    );
  });

  it("has what AWS's products found before what an account wrote", async () => {
    const { clock, now, notices, storm, publish, hear } = responders();
    for (let number = 0; number < 50; number++) await hear(flood(number));
    for (let number = 0; number < 5; number++) {
      const id = `arn:aws:inspector2:eu-central-1:222233334444:finding/${number}`;
      await hear(spoiled(imported("vulnerability"), [...finding, "Id"], id));
    }
    clock.at += 5 * 60_000;
    await publishHeld({ storm, now, publish });
    expect(notices.slice(8)[0]?.text).to.match(
      /^Urgent\n {2}- Review required, no change made: i-0a1b2c3d4e5f60718 \(CVE\)/m,
    );
  });
});
