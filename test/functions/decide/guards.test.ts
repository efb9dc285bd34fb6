import { expect } from "chai";
import type { Circumstances, ResponsePolicy } from "../../../functions/decide/circumstances";
import { decide } from "../../../functions/decide/decide";
import { guards } from "../../../functions/decide/guards";
import type { StagePolicy } from "../../../functions/decide/stage-policy";
import type { Finding } from "../../../functions/model/finding";
import * as builders from "../../support/builders";
import { cases } from "../../support/cases";

interface Case {
  readonly name: string;
  readonly resource?: keyof typeof incidentOf;
  readonly finding?: Partial<Finding>;
  readonly policy?: Partial<ResponsePolicy>;
  readonly circumstances?: Partial<Circumstances>;
}

interface PolicyCase extends Omit<Case, "policy" | "circumstances"> {
  readonly stage: Partial<StagePolicy>;
  readonly units?: readonly string[] | null;
}

const incidentOf = {
  instance: builders.incident,
  user: builders.userIncident,
  role: builders.roleIncident,
};

function judge({ resource = "instance", finding, policy, circumstances }: Omit<Case, "name">) {
  return decide(incidentOf[resource](finding), builders.policy(policy), {
    account: { known: true, value: { id: builders.account, name: "Web shop" } },
    target: { known: true, value: { state: "present", quarantined: false, optedOut: false } },
    releasedAt: { known: true, value: undefined },
    exceptions: { known: true, value: { entries: [], units: [] } },
    ageMs: 5 * 60_000,
    stillCurrent: { known: true, value: "not-asked" },
    brakes: { known: true, value: [] },
    units: { known: true, value: [] },
    ...circumstances,
  });
}

describe("the guards", () => {
  it("each stop one of the cases of decide.json and policy.json", () => {
    const underPolicy = cases<PolicyCase>("policy").map(
      ({ stage, units, ...each }): Case => ({
        ...each,
        policy: { stage: builders.stagePolicy(stage) },
        circumstances: units === null ? { units: { known: false, why: "throttled" } } : {},
      }),
    );
    const stopped = [...cases<Case>("decide"), ...underPolicy].map(
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
    expect(checked).to.have.lengthOf(33);
  });

  it("have names of their own, and rules of one sentence", () => {
    expect(new Set(guards.map(({ name }) => name)).size).to.equal(guards.length);
    for (const { rule } of guards) expect(rule).to.match(/^[A-Z][^.]*\.$/);
  });
});
