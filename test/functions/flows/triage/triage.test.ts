import { expect } from "chai";
import type { Detected } from "../../../../functions/detect/detected";
import { answerTo, notify } from "../../../../functions/flows/triage/triage";
import type { Finding } from "../../../../functions/model/finding";
import type { Notice } from "../../../../functions/notify/notice";
import type {
  BreachNotice,
  FindingNotice,
  NotificationLog,
} from "../../../../functions/notify/notification-log";
import * as builders from "../../../support/builders";
import { MemoryNotificationLog } from "../../../support/memory-notification-log";

type Unanswered = Extract<Detected, { kind: "unanswered" }>;

const unanswered = (
  changes: Partial<Finding>,
  advice?: NonNullable<Unanswered["advice"]>,
): Unanswered => ({
  kind: "unanswered",
  finding: builders.finding({ type: "Policy:IAMUser/RootCredentialUsage", ...changes }),
  place: builders.place,
  resource: "root user",
  ...(advice && { advice }),
});
const root = { why: "Root acted", manualSteps: ["Sign in as root now"], urgent: true } as const;

async function notified(detected: Unanswered, sampleFindings: "act" | "log" = "act", known = true) {
  const { notices, hear } = responders({ sampleFindings, known });
  return { answer: await hear(detected), notices };
}

/** Responders who are notified, and remember it. */
function responders({
  sampleFindings = "act",
  known = true,
  findings = new MemoryNotificationLog(),
}: {
  readonly sampleFindings?: "act" | "log";
  readonly known?: boolean;
  readonly findings?: NotificationLog<FindingNotice>;
} = {}) {
  const notices: Notice[] = [];
  const hear = (detected: Unanswered, at = "2026-11-20T10:05:00.000Z") =>
    notify(detected, {
      account: async (id) => (known ? { id, name: "Web shop" } : undefined),
      publish: async (notice) => void notices.push(notice),
      findings,
      now: () => new Date(at),
      sampleFindings,
    });
  return { notices, hear };
}

describe("a finding that no playbook answers [D2]", () => {
  it("causes a notice from severity 4, with the reason", async () => {
    const { answer, notices } = await notified(unanswered({ severity: 4 }));
    const reason = "No playbook answers Policy:IAMUser/RootCredentialUsage about root user";
    expect(answer).to.deep.equal({ outcome: "notified", reason });
    expect(notices[0]?.subject).to.equal(
      "[Cordon] Review required, no change made: root user (Policy:IAMUser/RootCredentialUsage)",
    );
    expect(notices[0]?.text).to.include(`\nWhy no change was made\n  - ${reason}\n`);
  });

  it("is only logged below that", async () => {
    const { answer, notices } = await notified(unanswered({ severity: 3.9 }));
    expect([answer, notices]).to.deep.equal([
      { outcome: "logged", reason: "Severity 3.9 is below 4" },
      [],
    ]);
  });

  it("causes an urgent notice at any severity when root acted, with what to do", async () => {
    const { answer, notices } = await notified(unanswered({ severity: 2 }, root));
    expect(answer).to.deep.equal({ outcome: "notified", reason: "Root acted" });
    expect(notices[0]?.subject).to.equal(
      "[Cordon] URGENT Review required, no change made: root user (Policy:IAMUser/RootCredentialUsage)",
    );
    expect(notices[0]?.text).to.include("\nDo this\n  - Sign in as root now\n");
  });

  it("causes a notice at any severity when an analyst sent it, who waits for an answer", async () => {
    const { answer } = await notified(
      unanswered({ severity: 0, requestedAt: "2026-11-20T10:20:00Z" }),
    );
    expect(answer.outcome).to.equal("notified");
  });

  it("is only logged when it is a sample where those are logged, root's too", async () => {
    const { answer, notices } = await notified(unanswered({ sample: true }, root), "log");
    expect([answer.outcome, notices]).to.deep.equal(["logged", []]);
  });

  it("causes a notice, even as a sample, when an analyst sent it", async () => {
    const requestedAt = "2026-11-20T10:20:00Z";
    const { answer, notices } = await notified(unanswered({ sample: true, requestedAt }), "log");
    expect(answer.outcome).to.equal("notified");
    expect(notices.map(({ text }) => text.split("\n")[3])).to.deep.equal([
      "Finding    Policy:IAMUser/RootCredentialUsage, severity 8, a sample",
    ]);
  });

  it("is refused for an account that the organization does not have", async () => {
    const { answer, notices } = await notified(unanswered({}, root), "act", false);
    expect([answer, notices]).to.deep.equal([
      { outcome: "refused", reason: "Account 222233334444 is not in the organization" },
      [],
    ]);
  });

  it("is only logged, with the reason, when another function notifies of it", async () => {
    const silent = {
      ...unanswered({ severity: 8 }),
      suppressedBecause: "Another function notifies",
    };
    const { answer, notices } = await notified(silent);
    expect([answer, notices]).to.deep.equal([
      { outcome: "logged", reason: "Another function notifies" },
      [],
    ]);
  });
});

describe("a finding that is repeated, and about which nothing changes [E2]", () => {
  const outcomes = async (
    repeated: readonly (readonly [Unanswered, string])[],
    findings?: NotificationLog<FindingNotice>,
  ) => {
    const { notices, hear } = responders(findings && { findings });
    const answers: string[] = [];
    for (const [detected, at] of repeated) answers.push((await hear(detected, at)).outcome);
    return { answers, notices: notices.length };
  };
  const medium = unanswered({ severity: 5 });

  it("causes one notice in 24 hours of updates, and one more when its severity rises at noon", async () => {
    const start = Date.parse("2026-11-20T00:00:00Z");
    const updates = Array.from({ length: 97 }, (_, quarter) => {
      const at = new Date(start + quarter * 15 * 60_000).toISOString();
      const count = quarter + 1;
      const severity = quarter < 48 ? 5 : 6;
      return [unanswered({ severity, count, lastSeen: at }), at] as const;
    });
    const { answers, notices } = await outcomes(updates);
    expect(notices).to.equal(2);
    const told = answers.flatMap((answer, index) => (answer === "notified" ? [index] : []));
    expect(told).to.deep.equal([0, 48]);
    expect(answers.filter((answer) => answer === "duplicate")).to.have.lengthOf(95);
  });

  it("causes one notice, however many days it goes on, where it is of medium severity", async () => {
    const { answers, notices } = await outcomes([
      [medium, "2026-11-20T10:05:00Z"],
      [unanswered({ severity: 5, lastSeen: "2026-11-20T10:15:00.000Z" }), "2026-11-20T10:20:00Z"],
      [medium, "2026-11-20T23:59:00Z"],
      [medium, "2026-11-21T00:01:00Z"],
    ]);
    expect(answers).to.deep.equal(["notified", "duplicate", "duplicate", "duplicate"]);
    expect(notices).to.equal(1);
  });

  it("causes one notice an hour, where it is severe or urgent", async () => {
    for (const severe of [unanswered({ severity: 7 }), unanswered({ severity: 2 }, root)]) {
      const { answers } = await outcomes([
        [severe, "2026-11-20T10:05:00Z"],
        [severe, "2026-11-20T10:20:00Z"],
        [severe, "2026-11-20T11:05:00Z"],
      ]);
      expect(answers).to.deep.equal(["notified", "duplicate", "notified"]);
    }
  });

  it("causes another notice at once when its severity, or what it names, has changed", async () => {
    const at = "2026-11-20T10:20:00Z";
    const { answers } = await outcomes([
      [medium, at],
      [unanswered({ severity: 6 }), at],
      [unanswered({ severity: 6, named: ["bucket reports"] }), at],
      [unanswered({ severity: 6, named: ["bucket reports"] }), at],
    ]);
    expect(answers).to.deep.equal(["notified", "notified", "notified", "duplicate"]);
  });

  it("always answers a responder", async () => {
    const at = "2026-11-20T10:20:00Z";
    const asked = unanswered({ severity: 5, requestedAt: at });
    expect(
      (
        await outcomes([
          [asked, at],
          [asked, at],
        ])
      ).answers,
    ).to.deep.equal(["notified", "notified"]);
  });

  it("causes a notice each time while it cannot be remembered", async () => {
    const broken: NotificationLog<FindingNotice> = {
      claim: async () => {
        throw new Error("throttled");
      },
      confirm: async () => undefined,
    };
    const at = "2026-11-20T10:20:00Z";
    expect(
      await outcomes(
        [
          [medium, at],
          [medium, at],
        ],
        broken,
      ),
    ).to.deep.equal({
      answers: ["notified", "notified"],
      notices: 2,
    });
  });

  it("causes the notice again where the run before it died, which may have sent none", async () => {
    const findings = new MemoryNotificationLog<FindingNotice>();
    const dying: NotificationLog<FindingNotice> = {
      claim: (key, message) => findings.claim(key, message),
      confirm: () => Promise.reject(new Error("died")),
    };
    const at = "2026-11-20T10:20:00Z";
    expect((await outcomes([[medium, at]], dying)).answers).to.deep.equal(["notified"]);
    expect(
      (
        await outcomes(
          [
            [medium, at],
            [medium, at],
          ],
          findings,
        )
      ).answers,
    ).to.deep.equal(["notified", "duplicate"]);
  });
});

describe("what outsiders cause at will [D5]", () => {
  const tried = (id: string, account: string = builders.place.account): Unanswered => ({
    ...unanswered({ id, severity: 5, title: `Root's sign-in failed, ${id}` }),
    place: { ...builders.place, account },
    daily: "CloudTrail:Root/ConsoleLogin by others",
  });
  const signedIn = (address: string): Unanswered =>
    unanswered(
      { id: "root-ConsoleLogin", severity: 8, title: `Root signed in from ${address}` },
      root,
    );

  it("is notified once a day and account, and what succeeded is heard all the same", async () => {
    const notices: Notice[] = [];
    const findings = new MemoryNotificationLog<FindingNotice>();
    const notifications = new MemoryNotificationLog<BreachNotice>();
    const answers: string[] = [];
    for (const [detected, at] of [
      [tried("one"), "2026-11-20T09:00:00Z"],
      [tried("two"), "2026-11-20T09:01:00Z"],
      [signedIn("192.0.2.1"), "2026-11-20T09:02:00Z"],
      [signedIn("192.0.2.1"), "2026-11-20T09:03:00Z"],
      // Behind the sign-in of somebody who may.
      [signedIn("198.51.100.9"), "2026-11-20T09:04:00Z"],
      [signedIn("192.0.2.1"), "2026-11-20T10:02:00Z"],
      [tried("three", "333344445555"), "2026-11-20T10:05:00Z"],
      [tried("four"), "2026-11-21T00:00:01Z"],
    ] as const) {
      const { outcome } = await answerTo(detected, {
        account: async (id) => ({ id, name: "Web shop" }),
        publish: async (notice) => void notices.push(notice),
        findings,
        notifications,
        now: () => new Date(at),
        sampleFindings: "act",
      });
      answers.push(outcome);
    }
    expect(answers).to.deep.equal([
      "notified",
      "logged",
      "notified",
      "duplicate",
      "notified",
      "notified",
      "notified",
      "notified",
    ]);
    expect(notices.map(({ subject }) => subject.includes("URGENT"))).to.deep.equal([
      false,
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(notices[0]?.text).to.include(
      "\n  - It may happen more often: see CloudTrail. Cordon notifies once a day and account\n",
    );
  });

  it("is refused of an account outside the organization, and claims nothing", async () => {
    const notifications = new MemoryNotificationLog<BreachNotice>();
    const answer = await answerTo(tried("one"), {
      account: async () => undefined,
      publish: () => expect.fail("nothing to publish"),
      findings: new MemoryNotificationLog<FindingNotice>(),
      notifications,
      now: () => new Date("2026-11-20T09:00:00Z"),
      sampleFindings: "act",
    });
    expect([answer.outcome, notifications.items.size]).to.deep.equal(["refused", 0]);
  });
});
