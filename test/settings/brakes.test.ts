import { expect } from "chai";
import { readBrakes } from "../../settings/brakes";
import { settings } from "../support/deployment";

const config: Readonly<Record<string, string>> = {
  brakes: '{"perPlaybookAndAccount":10,"organization":"50","groupPercent":30}',
  criticalResources: '["arn:aws:ec2:*:777788889999:instance/*","arn:aws:iam::*:role/payments/*"]',
  forwarders: '["arn:aws:ec2:us-east-1:777788889999:instance/i-0abc","tag:Role=mail gateway"]',
};
const read = (changes: Readonly<Record<string, string | undefined>> = {}) =>
  readBrakes((key) => ({ ...config, ...changes })[key], settings);

describe("the settings of brakes [C7] [P11]", () => {
  it("are limits, and lists of what is asked about", () => {
    expect(read()).to.deep.equal({
      brakes: { perPlaybookAndAccount: 10, organization: 50, groupPercent: 30 },
      criticalResources: [
        "arn:aws:ec2:*:777788889999:instance/*",
        "arn:aws:iam::*:role/payments/*",
      ],
      forwarders: ["arn:aws:ec2:us-east-1:777788889999:instance/i-0abc", "tag:Role=mail gateway"],
    });
  });

  const long = JSON.stringify(
    Array.from(
      { length: 50 },
      (_, n) => `arn:aws:iam::777788889999:role/${n + 10}${"b".repeat(27)}`,
    ),
  );
  for (const [key, value, problem] of [
    [
      "brakes",
      undefined,
      "cordon:brakes must be an object with perPlaybookAndAccount, organization, groupPercent, but nothing was provided",
    ],
    [
      "brakes",
      "[]",
      "cordon:brakes must be an object with perPlaybookAndAccount, organization, groupPercent, but [] was provided",
    ],
    [
      "brakes",
      '{"perPlaybookAndAccount":10,"organization":50}',
      "cordon:brakes.groupPercent must be a whole number from 1 to 100, but nothing was provided",
    ],
    [
      "brakes",
      '{"perPlaybookAndAccount":10,"organization":50,"groupPercent":0.3}',
      "cordon:brakes.groupPercent must be a whole number from 1 to 100, but 0.3 was provided",
    ],
    [
      "brakes",
      '{"perPlaybookAndAccount":0,"organization":50,"groupPercent":30}',
      "cordon:brakes.perPlaybookAndAccount must be a whole number from 1 to 1000, but 0 was provided",
    ],
    [
      "brakes",
      '{"perPlaybookAndAccount":10,"organization":5001,"groupPercent":30}',
      "cordon:brakes.organization must be a whole number from 1 to 5000, but 5001 was provided",
    ],
    [
      "brakes",
      '{"perPlaybookAndAccount":10,"organisation":50,"groupPercent":30}',
      'cordon:brakes has no "organisation"; did you mean organization?',
    ],
    [
      "criticalResources",
      '["*"]',
      'cordon:criticalResources[0] must be an ARN of the aws partition without commas, with * for parts of it, but "*" was provided',
    ],
    [
      "criticalResources",
      '["tag:Criticality=high"]',
      'cordon:criticalResources[0] must be an ARN of the aws partition without commas, with * for parts of it, but "tag:Criticality=high" was provided',
    ],
    [
      "forwarders",
      '["tag:Role"]',
      'cordon:forwarders[0] must be an ARN of the aws partition, with * for parts of it, or tag:KEY=VALUE, without commas, but "tag:Role" was provided',
    ],
    [
      "criticalResources",
      long,
      // us-east-1, eu-west-1 and cordon-prod take 38 of the 2,600; 50 ARNs of 60 take 3,150, and the two forwarders 77.
      "cordon:criticalResources and cordon:forwarders must together take at most 2562 characters beside cordon:protectedResources and the other lists, three more for each item, but 3227 were provided: use patterns, or the tag Criticality=critical",
    ],
  ] as const) {
    const shown = value && value.length > 60 ? `${value.slice(0, 57)}…` : value;
    it(`refuse ${key} = ${shown}`, () => {
      expect(() => read({ [key]: value })).to.throw(Error, problem);
    });
  }
});
