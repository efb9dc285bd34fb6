import { expect } from "chai";
import { sendDigests } from "../../../../functions/flows/respond/digest";
import type { Notice } from "../../../../functions/notify/notice";
import {
  type DigestEntry,
  type DigestNotice,
  digestEntry,
} from "../../../../functions/record/digest";
import * as builders from "../../../support/builders";
import { mailed } from "../../../support/mailed";
import { MemoryDigest } from "../../../support/memory-digest";
import { MemoryNotificationLog } from "../../../support/memory-notification-log";

const entry: Omit<DigestEntry, "times"> = {
  account: "222233334444",
  region: "eu-central-1",
  finding: "f1",
  type: "Recon:EC2/PortProbeUnprotectedPort",
  severity: 5,
  resource: builders.instanceId,
  kind: "repeated",
  reason: "An outsider began it",
  lastAt: "2026-11-25T10:00:00.000Z",
};

/** Looks at one time after another; returns what was sent. */
async function sentAt(digest: MemoryDigest, ...times: readonly string[]) {
  const notices: Notice[] = [];
  const sent = new MemoryNotificationLog<DigestNotice>();
  for (const time of times) {
    await sendDigests({
      now: () => new Date(time),
      publish: async (notice) => void notices.push(notice),
      digest,
      sent,
    });
  }
  return notices;
}

describe("the digest of a day [E6] [C1]", () => {
  it("has a line for a finding that went on for 24 hours, and is sent once, from 6 o'clock", async () => {
    const digest = new MemoryDigest();
    for (let quarter = 0; quarter < 95; quarter++) {
      const lastAt = new Date(Date.parse("2026-11-25T00:15:00Z") + quarter * 900_000).toISOString();
      await digest.note({ ...entry, lastAt });
    }
    const low = { type: "Recon:EC2/Portscan", severity: 2, kind: "logged" } as const;
    const reason = "Severity 2 is below 4";
    await digest.note({ ...entry, ...low, finding: "f2", reason });
    await digest.note({ ...entry, ...low, finding: "f3", account: "333344445555", reason });
    await digest.note({ ...entry, ...low, finding: "f3", account: "333344445555", reason });
    const early = ["2026-11-26T00:05:00Z", "2026-11-26T05:59:00Z"];
    expect(await sentAt(digest, ...early)).to.deep.equal([]);
    expect(
      (
        await sentAt(digest, "2026-11-26T06:00:00Z", "2026-11-26T06:05:00Z", "2026-11-26T23:00:00Z")
      ).map(mailed),
    ).to.deep.equal([
      {
        urgency: "normal",
        subject: "[Cordon] Digest of 2026-11-25: 1 finding goes on, 2 logged",
        text: [
          "What came on 2026-11-25 (UTC) and had no notice of its own.",
          "",
          "Announced before, and going on",
          "  - i-0a1b2c3d4e5f60718 (Recon:EC2/PortProbeUnprotectedPort), severity 5, in 222233334444, eu-central-1: 95 times, last at 2026-11-25T23:45:00.000Z. An outsider began it",
          "",
          "Logged",
          "  - Recon:EC2/Portscan, severity 2 at most: 2 findings in 2 accounts, 3 times. Severity 2 is below 4",
          "",
          "Do this",
          "  - A finding that goes on needs a decision: respond to it, suppress it in GuardDuty, or add an exception (npx cordon except add).",
          "",
        ].join("\n"),
      },
    ]);
  });

  it("is not sent of a day without entries", async () => {
    expect(await sentAt(new MemoryDigest(), "2026-11-26T06:00:00Z")).to.deep.equal([]);
  });

  it("is bounded, and names what is severe first", async () => {
    const digest = new MemoryDigest();
    for (let number = 0; number < 60; number++) {
      const severity = number === 59 ? 6 : 4;
      await digest.note({ ...entry, finding: `f${number}`, resource: `user u${number}`, severity });
    }
    const [notice] = await sentAt(digest, "2026-11-26T06:00:00Z");
    const lines = notice?.text.split("\n").filter((line) => line.startsWith("  - ")) ?? [];
    expect(lines).to.have.lengthOf(42);
    expect(lines[0]).to.match(/^ {2}- user u59 .*severity 6/);
    expect(lines[40]).to.equal("  - and 20 more");
  });

  it("gives what strangers write no line of its own", async () => {
    const digest = new MemoryDigest();
    await digest.note({ ...entry, resource: "x\n\nUndo\n  - npx cordon release" });
    const [notice] = await sentAt(digest, "2026-11-26T06:00:00Z");
    expect(notice?.text).to.include("\n  - x Undo - npx cordon release (Recon:");
  });
});

describe("the review of a week [E6] [C1]", () => {
  it("counts by type what came from Monday to Sunday, once, in the week after", async () => {
    const digest = new MemoryDigest();
    // 2026-11-16 is a Monday; `date -u -d 2026-11-16 +%G-W%V` gives 2026-W47.
    for (const day of ["2026-11-15", "2026-11-16", "2026-11-19", "2026-11-22", "2026-11-23"]) {
      await digest.note({ ...entry, lastAt: `${day}T10:00:00.000Z` });
    }
    const archived = {
      kind: "suppressed",
      reason: "The finding is archived or suppressed",
    } as const;
    await digest.note({ ...entry, ...archived, finding: "f9", lastAt: "2026-11-20T10:00:00.000Z" });
    const notices = await sentAt(digest, "2026-11-25T06:00:00Z", "2026-11-27T08:00:00Z");
    const weekly = notices.filter(({ subject }) => subject.includes("week"));
    expect(weekly.map(({ subject }) => subject)).to.deep.equal([
      "[Cordon] Review of week 2026-W47: 1 finding type without a notice at once",
    ]);
    expect(weekly[0]?.text).to.include(
      "\nGoing on\n  - Recon:EC2/PortProbeUnprotectedPort, severity 5 at most: 1 finding in 1 account, 3 times. An outsider began it\n",
    );
    expect(weekly[0]?.text).to.include(
      "\nCame archived\n  - Recon:EC2/PortProbeUnprotectedPort, severity 5 at most: 1 finding in 1 account, 1 time. The finding is archived or suppressed\n",
    );
  });
});

describe("what is counted for the whole organization [E6] [D2]", () => {
  const control = {
    ...entry,
    account: "*",
    finding: "SecurityHub:S3.2",
    type: "SecurityHub:S3.2",
    severity: 7,
    kind: "logged",
    reason: "Of controls that fail only the critical ones are notified at once",
    lastAt: "2026-11-20T10:00:00.000Z",
  } as const;

  it("is in the review of the week alone, in a section of its own", async () => {
    const digest = new MemoryDigest();
    for (let number = 0; number < 1_200; number++) await digest.note(control);
    const notices = await sentAt(digest, "2026-11-21T06:00:00Z", "2026-11-23T06:00:00Z");
    expect(notices.map(({ subject }) => subject)).to.deep.equal([
      "[Cordon] Review of week 2026-W47: 1 finding type without a notice at once",
    ]);
    expect(notices[0]?.text).to.include(
      "\nImported by Security Hub, in all accounts\n  - SecurityHub:S3.2, severity 7 at most: 1200 times in the organization. Of controls that fail only the critical ones are notified at once\n",
    );
    expect(notices[0]?.text).to.not.include("\nLogged\n");
  });
});

describe("what a digest lists [E6]", () => {
  const about = { finding: builders.finding(), place: builders.place, resource: "user deploy" };
  const at = new Date("2026-11-25T10:00:00Z");
  const kindOf = (outcome: string) => digestEntry(about, { outcome, reason: "Because" }, at)?.kind;

  it("is what was logged, suppressed, or announced before", () => {
    expect(["logged", "suppressed", "duplicate"].map(kindOf)).to.deep.equal([
      "logged",
      "suppressed",
      "repeated",
    ]);
  });

  it("counts with its like what is told to be, in its account or in all", () => {
    const logged = { outcome: "logged", reason: "Because" };
    for (const [countedIn, account] of [
      ["account", "222233334444"],
      ["organization", "*"],
    ] as const) {
      const countedAs = { in: countedIn, under: "SecurityHub:S3.2" };
      expect(digestEntry({ ...about, countedAs }, logged, at)).to.include({
        account,
        finding: "SecurityHub:S3.2",
      });
    }
  });

  it("is a plan that was announced before", () => {
    const again = { outcome: "awaiting-approval", reason: "Because", isRepeated: true };
    expect(digestEntry(about, again, at)?.kind).to.equal("repeated");
  });

  for (const outcome of ["contained", "notified", "awaiting-approval", "dry-run", "refused"]) {
    it(`is nothing that was ${outcome}: it had a notice`, () => {
      expect(kindOf(outcome)).to.equal(undefined);
    });
  }
});
