/** Laws that every decision keeps, whatever the finding, the policy and the circumstances. */
import { expect } from "chai";
import fc from "fast-check";
import type { Circumstances, ResponsePolicy } from "../../../functions/decide/circumstances";
import { decide } from "../../../functions/decide/decide";
import type { Finding } from "../../../functions/model/finding";
import type { Exception } from "../../../functions/record/exceptions";
import {
  anyCircumstances,
  anyEntry,
  anyExceptions,
  anyFinding,
  anyPolicy,
  anyResource,
  anyWritten,
  arns,
  released,
  unknown,
} from "../../support/any-decision";
import * as builders from "../../support/builders";
import { certain, incidentOf, readable } from "../../support/decisions";

describe("a decision by law [C1] [C2] [C3] [C4] [C6] [C8]", () => {
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

  it("never goes ahead while anything is unknown", () => {
    let held = 0;
    fc.assert(
      fc.property(
        anyFinding,
        anyPolicy,
        anyCircumstances,
        fc.constantFrom(
          ...([
            "account",
            "target",
            "releasedAt",
            "stillCurrent",
            "brakes",
            "exceptions",
            "falsePositives",
          ] as const),
        ),
        unknown,
        anyResource,
        ({ requestedAt, ...given }, policy, circumstances, field, ignorance, resource) => {
          // Of a request GuardDuty is not asked, and no brake or exception binds it.
          const bindsNone = ["stillCurrent", "brakes", "exceptions", "falsePositives"].includes(
            field,
          );
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
      const { brakes, falsePositives } = circumstances;
      const isDoubted = !falsePositives.known || [5, 19].includes(falsePositives.value.of);
      const isBraked = isDoubted || !brakes.known || brakes.value.length > 0;
      const unclear = resource === "instance" && finding.begunBy?.who !== "resource";
      const holds = unclear || isBraked || optedOut;
      const asks = limit !== undefined || (holds && !finding.requestedAt);
      expect(decision).to.equal(asks ? "approve" : "auto");
      expect(limit?.tier).to.be.oneOf([undefined, "approve"]);
      if (finding.requestedAt) return;
      expect([brakes.known, exceptions.known, falsePositives.known]).to.deep.equal([
        true,
        true,
        true,
      ]);
    };
    fc.assert(fc.property(anyFinding, anyPolicy, anyCircumstances, anyResource, judge), {
      numRuns: 4_000,
    });
    expect(ahead).to.be.above(1_000);
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

  /** Every way in which something of this is unknown. */
  const subsets = Array.from({ length: 2 ** readable.length - 1 }, (_, number) =>
    readable.filter((_, bit) => (number + 1) & (1 << bit)),
  );

  it("is never automatic with anything unknown, whatever else is unknown, too", () => {
    let judged = 0;
    for (const unread of subsets) {
      const ignorance = Object.fromEntries(
        unread.map((field) => [field, { known: false as const, why: "throttled" }]),
      );
      for (const ageMs of [0, 3_600_001]) {
        const stillCurrent = { known: true, value: "current" } as const;
        const circumstances = { ...certain, stillCurrent, ageMs, ...ignorance };
        for (const resource of ["instance", "user", "role"] as const) {
          for (const finding of [{}, { severity: 10 }, { exposed: true } as const]) {
            const incident = incidentOf[resource](finding);
            // GuardDuty is not asked about a key that is public.
            const isIrrelevant = unread.join() === "stillCurrent" && "exposed" in finding;
            const { decision } = decide(incident, builders.policy(), circumstances);
            expect(decision, `${resource}: ${unread}`).to.equal(isIrrelevant ? "auto" : "notify");
            judged += 1;
          }
          const requested = incidentOf[resource]({ requestedAt: "2026-11-20T10:04:00.000Z" });
          const { decision } = decide(requested, builders.policy(), circumstances);
          const binding = ["account", "target", "releasedAt"] as const;
          const isBound = binding.some((field) => unread.includes(field));
          expect(decision, `requested, ${resource}: ${unread}`).to.equal(
            isBound ? "notify" : "auto",
          );
        }
      }
    }
    expect(judged).to.equal(127 * 2 * 3 * 3);
  });

  it("is the same in a dry run, reasons included", () => {
    fc.assert(
      fc.property(
        anyFinding,
        anyPolicy,
        anyCircumstances,
        anyResource,
        (finding, policy, circumstances, resource) => {
          const judge = (mode: ResponsePolicy["mode"]) =>
            decide(
              incidentOf[resource](finding),
              builders.policy({ ...policy, mode }),
              circumstances,
            );
          // Beside the verdict stands why it is a dry run.
          const { dryRun, ...verdict } = judge("dry-run");
          expect(dryRun).to.equal("This deployment runs in dry-run mode");
          expect(verdict).to.deep.equal(judge("enforce"));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("is never silence about severity 7 or more, whatever a member account writes", () => {
    const tiers = new Map<string, number>();
    fc.assert(
      fc.property(
        anyWritten,
        anyPolicy,
        anyCircumstances,
        anyResource,
        ({ title, named, severity, ...state }, policy, circumstances, resource) => {
          const target = { known: true, value: { state: "present" as const, ...state } } as const;
          // Outside the organization nothing is anybody's to answer.
          const account = {
            known: true,
            value: { id: builders.account, name: "Web shop" },
          } as const;
          const { decision } = decide(
            incidentOf[resource]({ title, named, severity }),
            builders.policy(policy),
            { ...circumstances, target, account },
          );
          expect(decision).to.be.oneOf(["auto", "approve", "notify"]);
          tiers.set(decision, (tiers.get(decision) ?? 0) + 1);
        },
      ),
      { numRuns: 3_000 },
    );
    expect([...tiers.keys()].sort()).to.deep.equal(["approve", "auto", "notify"]);
  });

  it("is urgent whatever a member account writes that lowers automatic", () => {
    let lowered = 0;
    fc.assert(
      fc.property(anyWritten, anyExceptions, anyResource, (written, exceptions, resource) => {
        const { title, named, severity, quarantined: _, ...state } = written;
        const value = { state: "present" as const, quarantined: false, ...state };
        const all: readonly Exception[] = exceptions.entries;
        const entries = all.filter(({ covers }) => Object.keys(covers).join() === "tag");
        const { decision, urgent } = decide(
          incidentOf[resource]({ title, named, severity }),
          builders.policy({ forwarders: ["tag:Role=proxy"] }),
          {
            ...certain,
            target: { known: true, value },
            exceptions: { known: true, value: { ...exceptions, entries } },
          },
        );
        if (decision === "auto") return;
        lowered += 1;
        expect(decision).to.be.oneOf(["approve", "notify"]);
        expect(urgent).to.equal(true);
      }),
      { numRuns: 3_000 },
    );
    expect(lowered).to.be.above(300);
  });

  it("is urgent where nothing but a read that failed holds it back", () => {
    let held = 0;
    fc.assert(
      fc.property(anyFinding, anyCircumstances, anyResource, (finding, circumstances, resource) => {
        const judge = (seen: Circumstances) =>
          decide(incidentOf[resource]({ ...finding, severity: 9 }), builders.policy(), seen);
        for (const field of readable) {
          const before = judge(circumstances);
          const after = judge({ ...circumstances, [field]: { known: false, why: "throttled" } });
          if (before.decision !== "auto" || after.decision === "auto") continue;
          held += 1;
          expect(after.urgent, field).to.equal(true);
        }
      }),
      { numRuns: 1_000 },
    );
    expect(held).to.be.above(300);
  });
});
