import { expect } from "chai";
import * as plain from "../../../functions/iam/member-roles";
import { policyDocument } from "../../../functions/model/policy-document";
import type { Statement } from "../../../functions/model/statement";
import { allowed } from "../../support/simulate";
import { withPlaybooks } from "../../support/with-playbooks";

const account = "222233334444";
const untouched = {
  securityAccount: "444455556666",
  rolePath: "/",
  deploymentRole: "deployer",
  breakGlassRoles: ["BreakGlass"],
  breakGlassUsers: [],
};
const { memberRoles, memberRoleStatements } = withPlaybooks(
  "examples/custom-playbook/playbooks",
  () => require("../../../functions/iam/member-roles") as typeof plain,
);
const named = (name: string) => memberRoles.find((role) => role.name === name)!;

/** Asks whether a role of the custom playbook may set the auth type of a function's URL. */
function maySet(
  duty: "contain" | "release",
  authType: "AWS_IAM" | "NONE",
  name: string,
  tags: Record<string, string> = {},
) {
  const role = named(`cordon-${duty}-custom-function-url`);
  return allowed({
    principal: `arn:aws:sts::${account}:assumed-role/${role.name}/cordon-1`,
    identity: [policyDocument(memberRoleStatements(role, account, untouched))],
    action: "lambda:UpdateFunctionUrlConfig",
    resource: `arn:aws:lambda:eu-west-1:${account}:function:${name}`,
    account,
    context: { "lambda:FunctionUrlAuthType": authType, ...tags },
  });
}

const newRoles = [
  `arn:aws:iam::${account}:role/cordon-contain-custom-function-url`,
  `arn:aws:iam::${account}:role/cordon-release-custom-function-url`,
  "arn:aws:iam::444455556666:role/cordon-respond-custom-function-url",
];

describe("the member roles of a custom playbook [R16]", () => {
  it("are two of its own, which its function and the release function alone assume", () => {
    const own = memberRoles.slice(plain.memberRoles.length);
    expect(own.map(({ name, trusts }) => [name, ...trusts])).to.deep.equal([
      ["cordon-contain-custom-function-url", "cordon-respond-custom-function-url"],
      ["cordon-release-custom-function-url", "cordon-release"],
    ]);
  });

  it("leave what Cordon's own roles may do as it is, and forbid these to change the new ones", () => {
    const listed = (statements: readonly Statement[], effect?: "Deny") =>
      statements.filter((statement) => statement.effect === effect);
    for (const role of plain.memberRoles) {
      const before = plain.memberRoleStatements(role, account, untouched);
      const after = memberRoleStatements(named(role.name), account, untouched);
      expect(listed(after), role.name).to.deep.equal(listed(before));
      expect(named(role.name).trusts, role.name).to.deep.equal(role.trusts);
      const denied = listed(before, "Deny").flatMap(({ resources }) => resources);
      const added = listed(after, "Deny")
        .flatMap(({ resources }) => resources)
        .filter((resource) => !denied.includes(resource));
      // Roles of resources are denied what is named like Cordon's own, and change no role.
      const changesRoles = denied.some((resource) => resource.includes(":role/"));
      expect(added, role.name).to.have.members(changesRoles ? newRoles : []);
    }
  });

  it("contain or release, never both", async () => {
    expect([
      await maySet("contain", "AWS_IAM", "orders"),
      await maySet("contain", "NONE", "orders"),
      await maySet("release", "NONE", "orders"),
      await maySet("release", "AWS_IAM", "orders"),
    ]).to.deep.equal([true, false, true, false]);
  });

  it("change nothing that has Cordon's name, and contain nothing that has its tag", async () => {
    const tagged = { "aws:ResourceTag/cordon": "quarantine" };
    expect([
      await maySet("contain", "AWS_IAM", "cordon-approval-page"),
      await maySet("release", "NONE", "cordon-approval-page"),
      await maySet("contain", "AWS_IAM", "orders", tagged),
    ]).to.deep.equal([false, false, false]);
  });
});
