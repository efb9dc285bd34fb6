import { expect } from "chai";
import fc from "fast-check";
import type { Circumstances, ResponsePolicy } from "../../../functions/decide/circumstances";
import { decide, tierOf } from "../../../functions/decide/decide";
import type { Finding } from "../../../functions/incident";
import * as builders from "../../support/builders";
import { cases } from "../../support/cases";

interface Case {
  readonly name: string;
  /** @default "instance" */
  readonly resource?: "user" | "role";
  readonly finding?: Partial<Finding>;
  readonly policy?: Partial<ResponsePolicy>;
  readonly circumstances?: Partial<Circumstances>;
  readonly decision: string;
  readonly reason: string;
  /** What people do instead. @default nothing */
  readonly instead?: readonly string[];
}

const incidentOf = {
  instance: builders.incident,
  user: builders.userIncident,
  role: builders.roleIncident,
};

const certain: Circumstances = {
  account: { known: true, value: { id: builders.account, name: "Web shop" } },
  target: { known: true, value: { state: "present", quarantined: false, optedOut: false } },
  releasedAt: { known: true, value: undefined },
};

describe("decide [P11] [D1] [C1] [C2] [C3] [C8] [C9]", () => {
  for (const each of cases<Case>("decide")) {
    const { name, resource = "instance", finding, policy, circumstances } = each;
    it(`says ${each.decision} to ${name}`, () => {
      const verdict = decide(incidentOf[resource](finding), builders.policy(policy), {
        ...certain,
        ...circumstances,
      });
      expect(verdict.decision).to.equal(each.decision);
      expect(verdict.reasons).to.have.lengthOf(1);
      expect(verdict.reasons[0].slice(0, each.reason.length)).to.equal(each.reason);
      expect(verdict.instead).to.deep.equal(each.instead);
    });
  }

  const anyFinding: fc.Arbitrary<Partial<Finding>> = fc.record(
    {
      severity: fc.double({ min: 0, max: 10, noNaN: true }),
      role: fc.constantFrom("ACTOR" as const, "TARGET" as const, "unknown" as const),
      sample: fc.boolean(),
      requestedAt: fc.constant("2026-11-20T10:00:01.000Z"),
      lastSeen: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    },
    { requiredKeys: ["severity", "role", "sample", "lastSeen"] },
  );
  const anyResource = fc.constantFrom("instance" as const, "user" as const, "role" as const);
  const anyLimit = fc.constantFrom(
    undefined,
    { tier: "approve" as const, why: "a workload's", instead: [] },
    { tier: "notify" as const, why: "a service's", instead: [] },
  );
  const unknown = fc.string().map((why) => ({ known: false as const, why }));
  const anyTarget = fc
    .record({
      state: fc.constantFrom("present" as const, "missing" as const, "terminated" as const),
      quarantined: fc.boolean(),
      optedOut: fc.boolean(),
      limit: anyLimit,
    })
    .map(({ limit, ...target }) => ({ ...target, ...(limit && { limit }) }));
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
        anyResource,
        (finding, policy, circumstances, field, ignorance, resource) => {
          const incident = incidentOf[resource](finding);
          const { decision } = decide(incident, builders.policy(policy), {
            ...circumstances,
            [field]: ignorance,
          });
          expect(decision).to.be.oneOf(["notify", "log", "refuse"]);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("goes ahead only where somebody asks or severity is 7, and nothing protects", () => {
    const judge = (
      changes: Partial<Finding>,
      policy: Partial<ResponsePolicy>,
      circumstances: Circumstances,
      resource: keyof typeof incidentOf,
    ) => {
      const { finding, ...incident } = incidentOf[resource](changes);
      const { decision } = decide({ ...incident, finding }, builders.policy(policy), circumstances);
      if (decision !== "auto" && decision !== "approve") return;
      const { account, target, releasedAt } = circumstances;
      expect(releasedAt.known && releasedAt.value).not.to.equal("no time");
      if (!finding.requestedAt) {
        expect(finding.severity).to.be.at.least(7);
        // Whom an outsider may aim at is the instance; credentials act for whoever holds them.
        if (resource === "instance") expect(finding.role).to.equal("ACTOR");
      }
      expect(account.known && account.value?.id).to.equal(builders.account);
      if (!target.known) throw new Error("went ahead against an unknown target");
      const { limit, ...state } = target.value;
      expect(state).to.deep.equal({ state: "present", quarantined: false, optedOut: false });
      expect(limit?.tier).to.equal(decision === "approve" ? "approve" : undefined);
    };
    fc.assert(fc.property(anyFinding, anyPolicy, anyCircumstances, anyResource, judge), {
      numRuns: 4_000,
    });
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
