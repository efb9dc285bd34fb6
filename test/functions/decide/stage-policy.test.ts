import { expect } from "chai";
import fc from "fast-check";
import { type PlaybookId, playbookIds } from "../../../functions/catalogue/playbooks";
import type { Circumstances } from "../../../functions/decide/circumstances";
import { decide } from "../../../functions/decide/decide";
import type { Rule, StagePolicy, Stance } from "../../../functions/decide/stage-policy";
import type { Finding } from "../../../functions/model/finding";
import * as builders from "../../support/builders";
import { cases } from "../../support/cases";
import { certain } from "../../support/decisions";

interface Case {
  readonly name: string;
  /** @default "instance" */
  readonly resource?: "user";
  readonly finding?: Partial<Finding>;
  readonly mode?: "dry-run";
  readonly stage: Partial<StagePolicy>;
  /** Above the account, the nearest first; null where they could not be read. */
  readonly units?: readonly string[] | null;
  readonly decision: string;
  readonly reason: string;
  readonly dryRun?: string;
}

const unread: Circumstances["units"] = { known: false, why: "throttled" };

function judge({
  resource,
  finding,
  mode,
  stage,
  units = [],
}: Omit<Case, "name" | "decision" | "reason">) {
  const incident = resource === "user" ? builders.userIncident : builders.incident;
  const policy = builders.policy({ mode: mode ?? "enforce", stage: builders.stagePolicy(stage) });
  return decide(incident(finding), policy, {
    ...certain,
    units: units === null ? unread : { known: true, value: units },
  });
}

describe("the policy of a stage [C1] [C2] [C4] [C9]", () => {
  for (const each of cases<Case>("policy")) {
    const { name, decision, reason, dryRun } = each;
    it(`says ${decision}${dryRun ? ", in dry run," : ""} to ${name}`, () => {
      const verdict = judge(each);
      expect(verdict.decision).to.equal(decision);
      expect(verdict.reasons[0].slice(0, reason.length)).to.equal(reason);
      expect(verdict.dryRun).to.equal(dryRun);
    });
  }

  it("alerts urgently where units that it names could not be read", () => {
    const rules = [{ units: ["ou-cord-22222222"], response: "dry-run" as const }];
    const { urgent, objectedBy } = judge({ stage: { rules }, units: null });
    expect([urgent, objectedBy]).to.deep.equal([true, "unitsRead"]);
  });

  const units = ["ou-cord-11111111", "ou-cord-22222222"];
  const anySeverity = fc.integer({ min: 0, max: 20 }).map((half) => half / 2);
  const anyTiers = fc
    .tuple(anySeverity, anySeverity, anySeverity)
    .map((all) => all.sort((a, b) => a - b))
    .map(([notifyFrom = 0, askFrom = 0, automaticFrom = 0]) => ({
      notifyFrom,
      askFrom,
      automaticFrom,
    }));
  const anyResponse: fc.Arbitrary<Stance> = fc.oneof(
    fc.record({ response: fc.constantFrom("automatic", "ask", "dry-run") }),
    fc.record({
      response: fc.constant("automatic" as const),
      types: fc.constantFrom(["CryptoCurrency:*"], ["Backdoor:EC2/Spambot"]),
      others: fc.constantFrom("ask", "dry-run"),
    }),
  );
  const anyStance = fc
    .tuple(anyResponse, fc.option(anyTiers, { nil: {} }))
    .map(([response, tiers]) => ({ ...response, ...tiers }));
  const anyPlace = fc.constantFrom<Pick<Rule, "accounts" | "units">>(
    { accounts: [builders.account] },
    { accounts: ["777788889999"] },
    ...[...units, "ou-cord-33333333"].map((unit) => ({ units: [unit] })),
  );
  const anyRule: fc.Arbitrary<Rule> = fc
    .tuple(anyPlace, fc.subarray([...playbookIds], { minLength: 1 }), anyStance)
    .map(([place, playbooks, stance]) => ({ ...place, playbooks, ...stance }));
  const anyPolicy: fc.Arbitrary<StagePolicy> = fc
    .tuple(
      anyTiers,
      fc.dictionary(fc.constantFrom<PlaybookId>(...playbookIds), anyStance),
      fc.array(anyRule, { maxLength: 4 }),
    )
    .map(([tiers, playbooks, rules]) => ({ ...tiers, playbooks, rules }));

  /** Checks whether a target would be changed by Cordon itself. */
  const acts = (stage: StagePolicy, severity: number, seen: Circumstances["units"]) => {
    const policy = builders.policy({ stage });
    const verdict = decide(builders.incident({ severity }), policy, { ...certain, units: seen });
    return verdict.decision === "auto" && verdict.dryRun === undefined;
  };
  const read = { known: true, value: units } as const;

  it("makes nothing more automatic by one dry run more", () => {
    let stopped = 0;
    const dry: fc.Arbitrary<Rule> = anyPlace.map((place) => ({ ...place, response: "dry-run" }));
    fc.assert(
      fc.property(anyPolicy, dry, anySeverity, fc.nat(), (policy, rule, severity, number) => {
        const { playbooks, rules } = policy;
        const { types: _, ...own } = playbooks["contain-instance"] ?? {};
        const dryPlaybook = { ...own, response: "dry-run" as const };
        const replaced = rules.map(({ types, ...each }, index): Rule => {
          if (index === number % rules.length) return { ...each, response: "dry-run" };
          return { ...each, ...(types && { types }) };
        });
        for (const more of [
          { ...policy, rules: [...rules, rule] },
          { ...policy, rules: [rule, ...rules] },
          { ...policy, rules: replaced },
          { ...policy, playbooks: { ...playbooks, "contain-instance": dryPlaybook } },
        ]) {
          const [before, after] = [acts(policy, severity, read), acts(more, severity, read)];
          if (after) expect(before).to.equal(true);
          if (before && !after) stopped += 1;
        }
      }),
      { numRuns: 4_000 },
    );
    expect(stopped).to.be.above(300);
  });

  it("makes nothing automatic while units that it names for the playbook are unknown", () => {
    let held = 0;
    const unitRule = anyRule.map((rule) => ({ ...rule, units: ["ou-cord-11111111"] }));
    fc.assert(
      fc.property(anyPolicy, unitRule, anySeverity, (policy, rule, severity) => {
        const playbooks = [...(rule.playbooks ?? []), "contain-instance" as const];
        const stage = { ...policy, rules: [...policy.rules, { ...rule, playbooks }] };
        expect(acts(stage, severity, unread)).to.equal(false);
        if (acts(stage, severity, read)) held += 1;
      }),
      { numRuns: 2_000 },
    );
    expect(held).to.be.above(100);
  });

  it("decides the same for every policy, in dry run or not", () => {
    fc.assert(
      fc.property(anyPolicy, anySeverity, (stage, severity) => {
        const decided = (mode: "dry-run" | "enforce") => {
          const policy = builders.policy({ mode, stage });
          const { dryRun, ...verdict } = decide(builders.incident({ severity }), policy, certain);
          return { dryRun, verdict };
        };
        const [dry, enforced] = [decided("dry-run"), decided("enforce")];
        expect(dry.verdict).to.deep.equal(enforced.verdict);
        expect(dry.dryRun).to.equal("This deployment runs in dry-run mode");
      }),
    );
  });
});
