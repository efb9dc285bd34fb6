import { expect } from "chai";
import fc from "fast-check";
import type { Circumstances, ResponsePolicy } from "../../../functions/decide/circumstances";
import { decide, tierOf } from "../../../functions/decide/decide";
import type { Finding } from "../../../functions/incident";
import * as builders from "../../support/builders";
import { cases } from "../../support/cases";

interface Case {
  readonly name: string;
  readonly finding?: Partial<Finding>;
  readonly policy?: Partial<ResponsePolicy>;
  readonly circumstances?: Partial<Circumstances>;
  readonly decision: string;
  readonly reason: string;
}

const certain: Circumstances = {
  account: { known: true, value: { id: builders.account, name: "Web shop" } },
  target: { known: true, value: { state: "present", quarantined: false, optedOut: false } },
  releasedAt: { known: true, value: undefined },
};

describe("decide", () => {
  for (const { name, finding, policy, circumstances, decision, reason } of cases<Case>("decide")) {
    it(`says ${decision} to ${name}`, () => {
      const verdict = decide(builders.incident(finding), builders.policy(policy), {
        ...certain,
        ...circumstances,
      });
      expect(verdict.decision).to.equal(decision);
      expect(verdict.reasons).to.have.lengthOf(1);
      expect(verdict.reasons[0].slice(0, reason.length)).to.equal(reason);
    });
  }

  const anyFinding: fc.Arbitrary<Partial<Finding>> = fc.record({
    severity: fc.double({ min: 0, max: 10, noNaN: true }),
    role: fc.constantFrom("ACTOR" as const, "TARGET" as const, "unknown" as const),
    sample: fc.boolean(),
    lastSeen: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  });
  const unknown = fc.string().map((why) => ({ known: false as const, why }));
  const anyTarget = fc.record({
    state: fc.constantFrom("present" as const, "missing" as const, "terminated" as const),
    quarantined: fc.boolean(),
    optedOut: fc.boolean(),
  });
  const known = <T>(value: fc.Arbitrary<T>) =>
    value.map((some) => ({ known: true as const, value: some }));
  const anyCircumstances: fc.Arbitrary<Circumstances> = fc.record({
    account: fc.oneof(
      known(fc.constantFrom(undefined, { id: builders.account, name: "Web shop" })),
      unknown,
    ),
    target: fc.oneof(known(anyTarget), unknown),
    releasedAt: fc.oneof(
      known(fc.constantFrom(undefined, "2026-11-20T10:00:00.000Z", "no time")),
      unknown,
    ),
  });
  const anyPolicy = fc.record({
    mode: fc.constantFrom("dry-run" as const, "enforce" as const),
    sampleFindings: fc.constantFrom("act" as const, "log" as const),
  });

  it("never goes ahead while anything is unknown", () => {
    fc.assert(
      fc.property(
        anyFinding,
        anyPolicy,
        anyCircumstances,
        fc.constantFrom("account" as const, "target" as const, "releasedAt" as const),
        unknown,
        (finding, policy, circumstances, field, ignorance) => {
          const { decision } = decide(builders.incident(finding), builders.policy(policy), {
            ...circumstances,
            [field]: ignorance,
          });
          expect(decision).to.be.oneOf(["notify", "log", "refuse"]);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("goes ahead only against a present actor of severity 7 that nothing protects", () => {
    fc.assert(
      fc.property(anyFinding, anyPolicy, anyCircumstances, (changes, policy, circumstances) => {
        const incident = builders.incident(changes);
        const { decision } = decide(incident, builders.policy(policy), circumstances);
        if (decision !== "auto" && decision !== "approve") return;
        const { account, target, releasedAt } = circumstances;
        expect(releasedAt.known && releasedAt.value).not.to.equal("no time");
        expect(incident.finding.severity).to.be.at.least(7);
        expect(incident.finding.role).to.equal("ACTOR");
        expect(account.known && account.value?.id).to.equal(builders.account);
        expect(target.known && target.value).to.deep.equal({
          state: "present",
          quarantined: false,
          optedOut: false,
        });
      }),
      { numRuns: 2_000 },
    );
  });

  it("gives findings without a playbook their tier by severity alone", () => {
    expect([0, 3.9, 4, 6.9, 7, 10].map(tierOf)).to.deep.equal([
      "log",
      "log",
      "notify",
      "notify",
      "auto",
      "auto",
    ]);
  });
});
