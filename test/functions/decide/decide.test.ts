import { expect } from "chai";
import fc from "fast-check";
import type { Circumstances, ResponsePolicy } from "../../../functions/decide/circumstances";
import { decide } from "../../../functions/decide/decide";
import { tierOf } from "../../../functions/decide/severity";
import type { Finding } from "../../../functions/model/finding";
import type { TrippedBrake } from "../../../functions/record/brakes";
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
  /** What objects to a response that a responder requested all the same. @default nothing */
  readonly overruled?: readonly string[];
  /** The manual steps. @default nothing */
  readonly manualSteps?: readonly string[];
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
  brakes: { known: true, value: [] },
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
      expect(verdict.reasons.slice(1)).to.deep.equal(each.overruled ?? []);
      expect(verdict.reasons[0].slice(0, each.reason.length)).to.equal(each.reason);
      expect(verdict.manualSteps).to.deep.equal(each.manualSteps);
    });
  }

  /** Mostly what lets a response go ahead, so that many a case does; now and then something else. */
  const mostly = <T, U>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<U>) =>
    fc.oneof({ weight: 8, arbitrary: usual }, { weight: 1, arbitrary: other });
  const unknown = fc.string().map((why) => ({ known: false as const, why }));
  const known = <T>(value: fc.Arbitrary<T>) =>
    value.map((some) => ({ known: true as const, value: some }));
  const released = "2026-11-20T10:00:00.000Z";
  const tripped: TrippedBrake = {
    scope: "organization",
    limit: 50,
    trippedAt: "2026-11-20T09:59:00.000Z",
    incident: "0f3a9c1d2b4e5f60-1",
  };

  const anyFinding: fc.Arbitrary<Partial<Finding>> = fc.record(
    {
      severity: mostly(
        fc.double({ min: 7, max: 10, noNaN: true }),
        fc.double({ min: 0, max: 10, noNaN: true }),
      ),
      role: mostly(fc.constant("ACTOR" as const), fc.constantFrom("TARGET" as const, "unknown")),
      sample: fc.boolean(),
      requestedAt: fc.constant("2026-11-20T10:00:01.000Z"),
      lastSeen: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    },
    { requiredKeys: ["severity", "role", "sample", "lastSeen"] },
  );
  const anyResource = fc.constantFrom("instance" as const, "user" as const, "role" as const);
  const anyTarget = fc
    .record({
      state: mostly(fc.constant("present"), fc.constantFrom("missing", "terminated")),
      quarantined: mostly(fc.constant(false), fc.constant(true)),
      optedOut: mostly(fc.constant(false), fc.constant(true)),
      limit: mostly(
        fc.constantFrom(undefined, {
          tier: "approve" as const,
          why: "a workload's",
          manualSteps: [],
        }),
        fc.constant({ tier: "notify" as const, why: "a service's", manualSteps: [] }),
      ),
    })
    .map(({ limit, ...target }) => ({ ...target, ...(limit && { limit }) }));
  const anyCircumstances: fc.Arbitrary<Circumstances> = fc.record({
    account: mostly(
      known(fc.constant({ id: builders.account, name: "Web shop" })),
      fc.oneof(known(fc.constant(undefined)), unknown),
    ),
    target: mostly(known(anyTarget), unknown),
    releasedAt: mostly(
      known(fc.constant(undefined)),
      fc.oneof(known(fc.constantFrom(released, "no time")), unknown),
    ),
    brakes: mostly(known(fc.constant([])), fc.oneof(known(fc.constant([tripped])), unknown)),
  });
  const arns = {
    instance: builders.instanceArn,
    user: "arn:aws:iam::222233334444:user/deploy",
    role: "arn:aws:iam::222233334444:role/analyst",
  };
  const anyPolicy = fc.record({
    mode: fc.constantFrom("dry-run" as const, "enforce" as const),
    sampleFindings: mostly(fc.constant("act" as const), fc.constant("log" as const)),
    governedRegions: mostly(fc.constant([builders.region]), fc.constant(["us-east-1"])),
    protectedResources: mostly(
      fc.constantFrom([], [`${builders.instanceArn}0`]),
      fc.constantFrom(...Object.values(arns).map((arn) => [arn])),
    ),
    breakGlass: fc.record({
      roles: mostly(fc.constantFrom([], ["deploy"]), fc.constantFrom(["analyst"], ["ana*"])),
      users: mostly(fc.constantFrom([], ["analyst"]), fc.constantFrom(["deploy"], ["*"])),
    }),
  });

  it("never goes ahead while anything is unknown", () => {
    let held = 0;
    fc.assert(
      fc.property(
        anyFinding,
        anyPolicy,
        anyCircumstances,
        fc.constantFrom(
          "account" as const,
          "target" as const,
          "releasedAt" as const,
          "brakes" as const,
        ),
        unknown,
        anyResource,
        (finding, policy, circumstances, field, ignorance, resource) => {
          // Brakes bind no request of a responder's.
          if (field === "brakes" && finding.requestedAt !== undefined) return;
          const judge = (seen: Circumstances) =>
            decide(incidentOf[resource](finding), builders.policy(policy), seen).decision;
          const unseen = judge({ ...circumstances, [field]: ignorance });
          expect(unseen).to.be.oneOf(["notify", "log", "refuse"]);
          if (["auto", "approve"].includes(judge(circumstances))) held += 1;
        },
      ),
      { numRuns: 2_000 },
    );
    // Nothing but the ignorance held these back.
    expect(held).to.be.above(400);
  });

  it("goes ahead only where a responder requests it or severity is 7, and nothing protects", () => {
    let ahead = 0;
    const judge = (
      changes: Partial<Finding>,
      policy: Partial<ResponsePolicy>,
      circumstances: Circumstances,
      resource: keyof typeof incidentOf,
    ) => {
      const { finding, ...incident } = incidentOf[resource](changes);
      const { decision } = decide({ ...incident, finding }, builders.policy(policy), circumstances);
      if (decision !== "auto" && decision !== "approve") return;
      ahead += 1;
      const { account, target, releasedAt } = circumstances;
      expect(releasedAt.known && releasedAt.value).not.to.equal("no time");
      if (releasedAt.known && releasedAt.value === released) {
        expect(Date.parse(finding.requestedAt ?? finding.lastSeen)).above(Date.parse(released));
      }
      if (!finding.requestedAt) {
        expect(finding.severity).to.be.at.least(7);
        // An attacker can make an instance the target; credentials act for the principal that holds them.
        if (resource === "instance") expect(finding.role).to.equal("ACTOR");
      }
      if (finding.sample) expect(policy.sampleFindings).to.equal("act");
      if (resource === "instance") expect(policy.governedRegions).to.include(builders.region);
      expect(policy.protectedResources).not.to.include(arns[resource]);
      if (resource === "user")
        expect(policy.breakGlass?.users).not.to.include.oneOf(["deploy", "*"]);
      if (resource === "role") {
        expect(policy.breakGlass?.roles).not.to.include.oneOf(["analyst", "ana*"]);
      }
      expect(account.known && account.value?.id).to.equal(builders.account);
      if (!target.known) throw new Error("went ahead against an unknown target");
      const { limit, ...state } = target.value;
      expect(state).to.deep.equal({ state: "present", quarantined: false, optedOut: false });
      const { brakes } = circumstances;
      const isBraked = !finding.requestedAt && (!brakes.known || brakes.value.length > 0);
      expect(decision).to.equal(limit?.tier === "approve" || isBraked ? "approve" : "auto");
      if (isBraked) expect(brakes.known).to.equal(true);
    };
    fc.assert(fc.property(anyFinding, anyPolicy, anyCircumstances, anyResource, judge), {
      numRuns: 4_000,
    });
    expect(ahead).to.be.above(1_000);
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
