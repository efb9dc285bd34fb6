import { expect } from "chai";
import { tierOf } from "../../../functions/catalogue/severity";
import type { Circumstances } from "../../../functions/decide/circumstances";
import { decide } from "../../../functions/decide/decide";
import type { Exception } from "../../../functions/record/exceptions";
import * as builders from "../../support/builders";
import { cases } from "../../support/cases";
import { certain, type DecideCase, judge as judged } from "../../support/decisions";

interface Case extends DecideCase {
  readonly decision: string;
  /** The guard that objects. @default not compared */
  readonly by?: string;
  readonly reason: string;
  /** Compared where `by` is. @default false */
  readonly urgent?: boolean;
  /** What objects to a response that a responder requested all the same. @default nothing */
  readonly overruled?: readonly string[];
  /** The manual steps. @default nothing */
  readonly manualSteps?: readonly string[];
  /** Further reasons. @default none */
  readonly alsoSays?: readonly string[];
}

describe("decide [P11] [D1] [C1] [C2] [C3] [C8] [C9]", () => {
  for (const each of cases<Case>("decide")) {
    it(`says ${each.decision} to ${each.name}`, () => {
      const verdict = judged(each);
      expect(verdict.decision).to.equal(each.decision);
      expect(verdict.reasons.slice(1)).to.deep.equal(each.overruled ?? each.alsoSays ?? []);
      expect(verdict.reasons[0].slice(0, each.reason.length)).to.equal(each.reason);
      expect(verdict.manualSteps).to.deep.equal(each.manualSteps);
      if (each.by === undefined) return;
      expect(verdict.objectedBy).to.equal(each.by);
      expect(verdict.urgent === true).to.equal(each.urgent === true);
    });
  }

  it("has at least 300 cases, each with a name of its own", () => {
    const names = cases<Case>("decide").map(({ name }) => name);
    expect(names.length).to.be.at.least(300);
    expect(new Set(names).size).to.equal(names.length);
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

  it("asks where a finding about an instance does not say who began", () => {
    const { finding, ...incident } = builders.incident();
    const { begunBy: _begunBy, ...unsaid } = finding;
    const verdict = decide({ ...incident, finding: unsaid }, builders.policy(), certain);
    expect([verdict.decision, verdict.reasons[0]]).to.deep.equal([
      "approve",
      "It is unclear who began the activity (the finding does not say): an outsider may have chosen what would be isolated",
    ]);
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
