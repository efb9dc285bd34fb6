import { expect } from "chai";
import { readCore } from "../../settings/core";
import { readRange } from "../../settings/range";

const config: Readonly<Record<string, string>> = {
  mode: "enforce",
  organizationId: "o-exampleorgid",
  governedRegions: '["us-east-1"]',
  managementAccount: "111122223333",
  securityAccount: "444455556666",
  memberAccounts: '["777788889999"]',
  deploymentRole: "cordon-deploy",
  externalId: "cordon-staging",
  sampleFindings: "act",
  protectedResources: "[]",
  breakGlassRoles: "[]",
  breakGlassUsers: "[]",
  disableKeys: "all",
  lookbackHours: "24",
  reconcileHours: "6",
};

/** Reads the range's setting of a stage. */
function range(rangeAccount: string | undefined, stage = "staging") {
  const sampleFindings = stage === "prod" ? "log" : "act";
  const read = (key: string) => ({ ...config, stage, sampleFindings, rangeAccount })[key];
  return readRange(read, readCore(read));
}

describe("the range's setting [V1]", () => {
  it("names a member account in staging", () => {
    expect(range("777788889999")).to.deep.equal({ rangeAccount: "777788889999" });
  });

  it("may be left empty anywhere", () => {
    expect(range("")).to.deep.equal({});
    expect(range(undefined, "prod")).to.deep.equal({});
  });

  const refused: readonly [string, string, string][] = [
    [
      "prod",
      "777788889999",
      'cordon:rangeAccount must be empty where cordon:stage is not staging, but "777788889999" was provided',
    ],
    [
      "local",
      "777788889999",
      'cordon:rangeAccount must be empty where cordon:stage is not staging, but "777788889999" was provided',
    ],
    [
      "staging",
      "444455556666",
      'cordon:rangeAccount must be one of cordon:memberAccounts, but "444455556666" was provided',
    ],
    [
      "staging",
      "range",
      'cordon:rangeAccount must be a 12-digit account id, but "range" was provided',
    ],
  ];
  for (const [stage, account, message] of refused) {
    it(`is refused as ${account} in ${stage}`, () => {
      expect(() => range(account, stage)).to.throw(Error, message);
    });
  }
});
