import { expect } from "chai";
import { principalProblem } from "../../../../functions/flows/approval/decide";
import * as builders from "../../../support/builders";

describe("who may answer about an attack sequence [D7] [C5]", () => {
  const incident = builders.sequenceIncident([builders.userIncident(), builders.roleIncident()]);
  const { ownRoles } = builders.policy();
  const problem = (arn: string) => principalProblem(arn, { incident }, ownRoles, "answer");

  it("is none of the principals that it names, in its account", () => {
    for (const arn of [
      builders.userArn,
      `arn:aws:sts::${builders.account}:assumed-role/analyst/bob`,
    ]) {
      expect(problem(arn)).to.equal(`${arn} may not answer: the incident is about this principal`);
    }
    expect(problem("arn:aws:sts::999988887777:assumed-role/analyst/bob")).to.equal(undefined);
    expect(problem(`arn:aws:iam::${builders.account}:user/other`)).to.equal(undefined);
  });
});
