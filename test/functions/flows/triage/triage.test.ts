import { expect } from "chai";
import type { Detected } from "../../../../functions/detect/detected";
import { notify } from "../../../../functions/flows/triage/triage";
import type { Finding } from "../../../../functions/model/finding";
import type { Notice } from "../../../../functions/notify/notice";
import * as builders from "../../../support/builders";

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
  const notices: Notice[] = [];
  const answer = await notify(detected, {
    account: async (id) => (known ? { id, name: "Web shop" } : undefined),
    publish: async (notice) => void notices.push(notice),
    sampleFindings,
  });
  return { answer, notices };
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
    expect(notices.map(({ text }) => text.split("\n")[1])).to.deep.equal([
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
