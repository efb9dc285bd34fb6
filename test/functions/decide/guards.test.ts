import { expect } from "chai";
import { guards } from "../../../functions/decide/guards";
import type { StagePolicy } from "../../../functions/decide/stage-policy";
import * as builders from "../../support/builders";
import { cases } from "../../support/cases";
import { type DecideCase, judge } from "../../support/decisions";

interface PolicyCase extends Pick<DecideCase, "name" | "finding"> {
  readonly stage: Partial<StagePolicy>;
  readonly units?: readonly string[] | null;
}

describe("the guards", () => {
  it("each stop one of the cases of decide.json and policy.json", () => {
    const underPolicy = cases<PolicyCase>("policy").map(({ finding, stage, units }) => ({
      ...(finding && { finding }),
      policy: { stage: builders.stagePolicy(stage) },
      ...(units === null && {
        circumstances: { units: { known: false as const, why: "throttled" } },
      }),
    }));
    const stopped = [...cases<DecideCase>("decide"), ...underPolicy].map(
      (each) => judge(each).objectedBy,
    );
    expect(guards.map(({ name }) => name).filter((name) => !stopped.includes(name))).to.be.empty;
  });

  it("are named in the verdict up to the one that objected", () => {
    expect(judge({ finding: { severity: 3 } }).checked).to.deep.equal([
      "accountInOrganization",
      "sampleFindingsActedOn",
    ]);
  });

  it("are all named in a verdict to go ahead", () => {
    const { decision, checked } = judge({});
    expect(decision).to.equal("auto");
    expect(checked).to.deep.equal(guards.map(({ name }) => name));
    expect(checked).to.have.lengthOf(36);
  });

  it("have names of their own, and rules of one sentence", () => {
    expect(new Set(guards.map(({ name }) => name)).size).to.equal(guards.length);
    for (const { rule } of guards) expect(rule).to.match(/^[A-Z][^.]*\.$/);
  });
});
