import { expect } from "chai";
import { readKeyRotation } from "../../settings/key-rotation";

const valid: Readonly<Record<string, string>> = {
  accessKeyRule: "deploy",
  accessKeyMaxAgeDays: "90",
  accessKeyCheckHours: "24",
  accessKeyAttempts: "5",
  accessKeyRetrySeconds: "60",
  accessKeyPublishers: "organization",
  accessKeyPublisherAccounts: "[]",
};

const read = (changes: Readonly<Record<string, string | undefined>> = {}) =>
  readKeyRotation((key) => ({ ...valid, ...changes })[key]);

describe("settings about key rotation [R8]", () => {
  it("are read; what is not given is no setting", () => {
    expect(read()).to.deep.equal({
      accessKeyRule: "deploy",
      accessKeyMaxAgeDays: 90,
      accessKeyCheckHours: "24",
      accessKeyAttempts: 5,
      accessKeyRetrySeconds: 60,
      accessKeyPublishers: "organization",
      accessKeyPublisherAccounts: [],
    });
  });

  it("take listed accounts", () => {
    const accounts = { accessKeyPublisherAccounts: '["222233334444"]' };
    expect(read({ ...accounts, accessKeyPublishers: "listed" })).to.deep.include({
      accessKeyPublishers: "listed",
      accessKeyPublisherAccounts: ["222233334444"],
    });
  });

  const refused: readonly (readonly [string, string | undefined, string])[] = [
    [
      "accessKeyRule",
      "yes",
      'cordon:accessKeyRule must be one of deploy, none, but "yes" was provided',
    ],
    [
      "accessKeyMaxAgeDays",
      "0",
      'cordon:accessKeyMaxAgeDays must be a whole number from 1 to 3650, but "0" was provided',
    ],
    [
      "accessKeyMaxAgeDays",
      undefined,
      "cordon:accessKeyMaxAgeDays must be a whole number from 1 to 3650, but nothing was provided",
    ],
    [
      "accessKeyCheckHours",
      "2",
      'cordon:accessKeyCheckHours must be one of 1, 3, 6, 12, 24, but "2" was provided',
    ],
    [
      "accessKeyAttempts",
      "26",
      'cordon:accessKeyAttempts must be a whole number from 1 to 25, but "26" was provided',
    ],
    [
      "accessKeyRetrySeconds",
      "86401",
      'cordon:accessKeyRetrySeconds must be a whole number from 1 to 86400, but "86401" was provided',
    ],
    [
      "accessKeyPublishers",
      "everybody",
      'cordon:accessKeyPublishers must be one of organization, listed, but "everybody" was provided',
    ],
    [
      "accessKeyPublishers",
      "listed",
      "cordon:accessKeyPublisherAccounts must be a list of one account or more where cordon:accessKeyPublishers is listed, but [] was provided",
    ],
    [
      "accessKeyPublisherAccounts",
      '["222233334444"]',
      'cordon:accessKeyPublisherAccounts must be an empty list where cordon:accessKeyPublishers is organization, but ["222233334444"] was provided',
    ],
    [
      "accessKeyPublisherAccounts",
      '["2222"]',
      'cordon:accessKeyPublisherAccounts[0] must be a 12-digit account id, but "2222" was provided',
    ],
  ];
  for (const [key, value, message] of refused) {
    it(`refuse ${key} = ${value}`, () => {
      expect(() => read({ [key]: value })).to.throw(Error, message);
    });
  }
});
