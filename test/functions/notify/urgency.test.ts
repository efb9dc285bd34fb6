import { expect } from "chai";
import type { Finding } from "../../../functions/model/finding";
import { type Outcome, urgencyOf } from "../../../functions/notify/urgency";
import * as builders from "../../support/builders";

describe("how urgent a notice is [E2]", () => {
  const { finding } = builders.incident();
  const of = (change: Partial<Finding>): Finding => ({ ...finding, ...change });

  const always: readonly Outcome[] = [
    "unanswered",
    "contained-again",
    "contained-in-part",
    "not-contained",
    "not-holding",
    "released-in-part",
    "made-by-principal",
    "open-to-all",
    "brake-tripped",
  ];
  for (const outcome of always) {
    it(`${outcome}: urgent whatever the severity, a sample too`, () => {
      expect(urgencyOf(outcome, of({ severity: 0, sample: true }))).to.equal("urgent");
      expect(urgencyOf(outcome)).to.equal("urgent");
    });
  }

  const severe: readonly Outcome[] = ["dry-run", "notified", "awaiting-approval", "new-activity"];
  for (const outcome of severe) {
    it(`${outcome}: urgent from severity 7, for it goes on`, () => {
      const at = (severity: number) => urgencyOf(outcome, of({ severity }));
      expect([at(6.9), at(7), at(9)]).to.deep.equal(["normal", "urgent", "urgent"]);
    });

    it(`${outcome}: normal of a sample, and of what a responder requested`, () => {
      expect(urgencyOf(outcome, of({ severity: 9, sample: true }))).to.equal("normal");
      const requestedAt = "2026-11-20T10:20:00Z";
      expect(urgencyOf(outcome, of({ severity: 9, requestedAt }))).to.equal("normal");
    });
  }

  const never: readonly Outcome[] = [
    "rejected",
    "target-missing",
    "contained",
    "released",
    "worn-off",
    "asks-first",
    "activity-report",
    "digest",
    "exception-ends",
    "key-rotation",
    "uncontainable-accounts",
  ];
  for (const outcome of never) {
    it(`${outcome}: normal whatever the severity, urgent where it alarms`, () => {
      expect(urgencyOf(outcome, of({ severity: 9 }))).to.equal("normal");
      expect(urgencyOf(outcome, of({ severity: 2 }), true)).to.equal("urgent");
    });
  }
});
