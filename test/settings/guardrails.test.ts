import { expect } from "chai";
import { readGuardrails } from "../../settings/guardrails";

const valid: Readonly<Record<string, string>> = {
  serviceControlPolicy: "attach",
  serviceControlPolicyTargets: '["r-ab12","ou-ab12-cdef3456"]',
  usersManageIam: "false",
  deployers:
    '["role/CordonDeployer","user/pipelines/cordon","role/aws-reserved/sso.amazonaws.com/*"]',
  conformancePack: "deploy",
  conformancePackExcludedAccounts: '["111122223333"]',
};

const read = (changes: Record<string, string>) => {
  const config: Record<string, string> = { ...valid, ...changes };
  return readGuardrails((key) => config[key]);
};

describe("settings of the guardrails", () => {
  it("read a valid configuration", () => {
    expect(read({})).to.deep.equal({
      serviceControlPolicy: "attach",
      serviceControlPolicyTargets: ["r-ab12", "ou-ab12-cdef3456"],
      usersManageIam: false,
      deployers: [
        "role/CordonDeployer",
        "user/pipelines/cordon",
        "role/aws-reserved/sso.amazonaws.com/*",
      ],
      conformancePack: "deploy",
      conformancePackExcludedAccounts: ["111122223333"],
    });
  });

  it("take lists that wait for the policies to be attached, and none at all without them", () => {
    expect(read({ serviceControlPolicy: "none" }).serviceControlPolicyTargets).to.have.length(2);
    const off = {
      serviceControlPolicy: "none",
      serviceControlPolicyTargets: "[]",
      deployers: "[]",
    };
    expect(read(off).deployers).to.deep.equal([]);
  });

  const refused: readonly (readonly [string, string, string])[] = [
    [
      "serviceControlPolicy",
      "detach",
      'cordon:serviceControlPolicy must be one of attach, none, but "detach" was provided',
    ],
    [
      "serviceControlPolicyTargets",
      '["111122223333"]',
      'cordon:serviceControlPolicyTargets[0] must be the id of a root, like r-ab12, or of an organizational unit, like ou-ab12-cdef3456, but "111122223333" was provided',
    ],
    [
      "serviceControlPolicyTargets",
      '["r-ab12","r-ab12"]',
      'cordon:serviceControlPolicyTargets[1] must be listed once, but "r-ab12" was provided',
    ],
    [
      "serviceControlPolicyTargets",
      "[]",
      "cordon:serviceControlPolicyTargets must be a list with at least one root or organizational unit where cordon:serviceControlPolicy is attach, but [] was provided",
    ],
    [
      "deployers",
      "[]",
      "cordon:deployers must be a list with at least one principal that runs the deployment where cordon:serviceControlPolicy is attach, but [] was provided",
    ],
    [
      "deployers",
      '["CordonDeployer"]',
      'cordon:deployers[0] must be role/ or user/ and a name or path of the security account, with * only at the end, but "CordonDeployer" was provided',
    ],
    [
      "deployers",
      '["role/*"]',
      'cordon:deployers[0] must be role/ or user/ and a name or path of the security account, with * only at the end, but "role/*" was provided',
    ],
    [
      "conformancePack",
      "yes",
      'cordon:conformancePack must be one of deploy, none, but "yes" was provided',
    ],
    [
      "conformancePackExcludedAccounts",
      '["management"]',
      'cordon:conformancePackExcludedAccounts[0] must be a 12-digit account id, but "management" was provided',
    ],
  ];
  for (const [key, value, sentence] of refused) {
    it(`refuse ${key} = ${value}`, () => {
      expect(() => read({ [key]: value })).to.throw(sentence);
    });
  }
});
