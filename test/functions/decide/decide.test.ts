import { expect } from "chai";
import fc from "fast-check";
import { playbookIds } from "../../../functions/catalogue/playbooks";
import type { Circumstances, ResponsePolicy } from "../../../functions/decide/circumstances";
import { decide } from "../../../functions/decide/decide";
import { tierOf } from "../../../functions/decide/severity";
import type { Finding } from "../../../functions/model/finding";
import type { TrippedBrake } from "../../../functions/record/brakes";
import type { Exception } from "../../../functions/record/exceptions";
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
  /** Further reasons. @default none */
  readonly alsoSays?: readonly string[];
}

const incidentOf = {
  instance: builders.incident,
  user: builders.userIncident,
  role: builders.roleIncident,
};

const certain: Circumstances = {
  account: { known: true, value: { id: builders.account, name: "Web shop" } },
  units: { known: true, value: ["ou-cord-workloads"] },
  target: { known: true, value: { state: "present", quarantined: false, optedOut: false } },
  releasedAt: { known: true, value: undefined },
  exceptions: { known: true, value: { entries: [], units: [] } },
  ageMs: 5 * 60_000,
  stillCurrent: { known: true, value: "not-asked" },
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
      expect(verdict.reasons.slice(1)).to.deep.equal(each.overruled ?? each.alsoSays ?? []);
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

  const whose = ["outsider", "unclear"] as const;
  const anyFinding: fc.Arbitrary<Partial<Finding>> = fc.record(
    {
      severity: mostly(
        fc.double({ min: 7, max: 10, noNaN: true }),
        fc.double({ min: 0, max: 10, noNaN: true }),
      ),
      begunBy: mostly(
        fc.constant({ who: "resource" as const, why: "it scans" }),
        fc.constantFrom(...whose.map((who) => ({ who, why: "it is said" }))),
      ),
      sample: fc.boolean(),
      requestedAt: fc.constant("2026-11-20T10:00:01.000Z"),
      lastSeen: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    },
    { requiredKeys: ["severity", "begunBy", "sample", "lastSeen"] },
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
  const anyCover = {
    resource: fc.constantFrom(builders.instanceArn, "arn:aws:iam::222233334444:user/deploy"),
    account: mostly(fc.constant(builders.account), fc.constant("999988887777")),
    unit: fc.constantFrom("ou-cord-workloads", "ou-cord-security"),
    tag: fc.constantFrom("env=lab", "env=prod"),
    playbook: fc.constantFrom(...playbookIds),
    type: fc.constantFrom("CryptoCurrency:EC2/*", "UnauthorizedAccess:*", "Backdoor:EC2/XORDDOS"),
  };
  const anyEntry: fc.Arbitrary<Exception> = fc
    .tuple(
      fc.record(anyCover),
      fc.subarray(Object.keys(anyCover) as (keyof typeof anyCover)[], {
        minLength: 1,
        maxLength: 2,
      }),
    )
    .map(([all, named]) => Object.fromEntries(named.map((field) => [field, all[field]])))
    .map((covers) => builders.exception(covers));
  const anyExceptions = fc.record({
    entries: mostly(fc.constant([]), fc.array(anyEntry, { minLength: 1, maxLength: 3 })),
    units: fc.constant(["ou-cord-workloads"]),
  });
  const anyCircumstances: fc.Arbitrary<Circumstances> = fc.record({
    exceptions: mostly(known(anyExceptions), unknown),
    units: known(fc.constant(["ou-cord-workloads"])),
    account: mostly(
      known(fc.constant({ id: builders.account, name: "Web shop" })),
      fc.oneof(known(fc.constant(undefined)), unknown),
    ),
    target: mostly(known(anyTarget), unknown),
    releasedAt: mostly(
      known(fc.constant(undefined)),
      fc.oneof(known(fc.constantFrom(released, "no time")), unknown),
    ),
    ageMs: mostly(
      fc.integer({ min: 0, max: 3_600_000 }),
      fc.constantFrom(3_600_001, 86_400_000, 86_400_001, 14 * 86_400_000, Infinity),
    ),
    stillCurrent: mostly(
      known(fc.constantFrom("not-asked" as const, "current" as const)),
      fc.oneof(known(fc.constantFrom("archived", "updated", "missing")), unknown),
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

  /** From what changes nothing to what changes a target by itself. */
  const reach = ["refuse", "log", "notify", "approve", "auto"];

  it("never goes further for an exception more, and never beyond notifying where one covers [C3]", () => {
    let lowered = 0;
    fc.assert(
      fc.property(
        anyFinding,
        anyPolicy,
        anyCircumstances,
        anyExceptions,
        anyEntry,
        anyResource,
        (finding, policy, circumstances, { entries, units }, entry, resource) => {
          const judge = (seen: readonly Exception[]) =>
            decide(incidentOf[resource](finding), builders.policy(policy), {
              ...circumstances,
              exceptions: { known: true, value: { entries: seen, units } },
            }).decision;
          const [before, after] = [judge(entries), judge([...entries, entry])];
          expect(reach.indexOf(after)).to.be.at.most(reach.indexOf(before));
          if (before === after) return;
          lowered += 1;
          expect(after).to.equal("notify");
          expect(finding.requestedAt).to.equal(undefined);
        },
      ),
      { numRuns: 4_000 },
    );
    expect(lowered).to.be.above(30);
  });

  it("is urgent where an intruder may have switched containment off, or nothing is known [C3]", () => {
    const judge = (changes: Partial<Circumstances>) =>
      decide(builders.incident(), builders.policy(), { ...certain, ...changes });
    const excepted = (kind: Exception["kind"]): Partial<Circumstances> => ({
      exceptions: {
        known: true,
        value: {
          entries: [{ ...builders.exception({ account: builders.account }), kind }],
          units: [],
        },
      },
    });
    const urgent = [
      { target: { known: true, value: { state: "present", quarantined: false, optedOut: true } } },
      { exceptions: { known: false, why: "throttled" } },
      excepted("exception"),
    ] as const satisfies readonly Partial<Circumstances>[];
    expect(urgent.map((each) => judge(each).urgent)).to.deep.equal([true, true, true]);
    expect(judge(excepted("false-positive")).urgent).to.equal(undefined);
  });

  it("never goes ahead while anything is unknown", () => {
    let held = 0;
    fc.assert(
      fc.property(
        anyFinding,
        anyPolicy,
        anyCircumstances,
        fc.constantFrom(
          ...(["account", "target", "releasedAt", "stillCurrent", "brakes", "exceptions"] as const),
        ),
        unknown,
        anyResource,
        ({ requestedAt, ...given }, policy, circumstances, field, ignorance, resource) => {
          // Of a request GuardDuty is not asked, and no brake or exception binds it.
          const bindsNone = ["stillCurrent", "brakes", "exceptions"].includes(field);
          const finding =
            requestedAt === undefined || bindsNone ? given : { ...given, requestedAt };
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
      const { account, target, releasedAt, exceptions } = circumstances;
      expect(releasedAt.known && releasedAt.value).not.to.equal("no time");
      if (releasedAt.known && releasedAt.value === released) {
        expect(Date.parse(finding.requestedAt ?? finding.lastSeen)).above(Date.parse(released));
      }
      if (!finding.requestedAt) {
        expect(finding.severity).to.be.at.least(7);
        // An attacker can begin an attack on any instance; credentials act for the principal that holds them.
        const who = resource === "instance" ? finding.begunBy?.who : "resource";
        if (decision === "auto") expect(who).to.equal("resource");
        expect(who).not.to.equal("outsider");
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
      const { optedOut, ...present } = state;
      expect(present).to.deep.equal({ state: "present", quarantined: false });
      const { brakes } = circumstances;
      const isBraked = !brakes.known || brakes.value.length > 0;
      const unclear = resource === "instance" && finding.begunBy?.who !== "resource";
      const holds = unclear || isBraked || optedOut;
      const asks = limit !== undefined || (holds && !finding.requestedAt);
      expect(decision).to.equal(asks ? "approve" : "auto");
      expect(limit?.tier).to.be.oneOf([undefined, "approve"]);
      if (finding.requestedAt) return;
      expect([brakes.known, exceptions.known]).to.deep.equal([true, true]);
    };
    fc.assert(fc.property(anyFinding, anyPolicy, anyCircumstances, anyResource, judge), {
      numRuns: 4_000,
    });
    expect(ahead).to.be.above(1_000);
  });

  it("asks where a finding about an instance does not say who began", () => {
    const { finding, ...incident } = builders.incident();
    const { begunBy: _begunBy, ...unsaid } = finding;
    const verdict = decide({ ...incident, finding: unsaid }, builders.policy(), certain);
    expect([verdict.decision, verdict.reasons[0]]).to.deep.equal([
      "approve",
      "It is unclear who began the activity (the finding does not say): an outsider may have chosen what would be isolated",
    ]);
  });

  it("never goes ahead by itself on a finding older than a day, nor unasked after an hour", () => {
    let held = 0;
    let asked = 0;
    const judge = (
      { requestedAt: _, ...finding }: Partial<Finding>,
      policy: Partial<ResponsePolicy>,
      circumstances: Circumstances,
      resource: keyof typeof incidentOf,
    ) => {
      const decided = (seen: Circumstances) =>
        decide(incidentOf[resource](finding), builders.policy(policy), seen).decision;
      const decision = decided(circumstances);
      const { ageMs, stillCurrent } = circumstances;
      if (decision === "auto" || decision === "approve") {
        expect(ageMs).to.be.at.most(86_400_000);
        if (ageMs <= 3_600_000) return;
        asked += 1;
        expect(stillCurrent).to.deep.equal({ known: true, value: "current" });
      } else {
        const fresh = { known: true, value: "current" } as const;
        const young = decided({ ...circumstances, ageMs: 0, stillCurrent: fresh });
        if (["auto", "approve"].includes(young)) held += 1;
      }
    };
    fc.assert(fc.property(anyFinding, anyPolicy, anyCircumstances, anyResource, judge), {
      numRuns: 4_000,
    });
    expect(held).to.be.above(100);
    expect(asked).to.be.above(10);
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
