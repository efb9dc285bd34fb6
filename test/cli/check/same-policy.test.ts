import { expect } from "chai";
import { sayTheSame } from "../../../cli/check/same-policy";

const written = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { AWS: "arn:aws:iam::555566667777:root" },
      Action: ["sts:AssumeRole", "sts:TagSession"],
      Condition: {
        StringEquals: { "sts:ExternalId": ["cordon-staging"] },
        Bool: { "aws:ViaAWSService": "false" },
      },
    },
  ],
};

/** What IAM may answer with, for what was written. */
const answered = (changes: object = {}) =>
  JSON.stringify({
    Statement: {
      Action: ["sts:TagSession", "sts:AssumeRole"],
      Condition: {
        Bool: { "aws:ViaAWSService": false },
        StringEquals: { "sts:ExternalId": "cordon-staging" },
      },
      Principal: { AWS: ["arn:aws:iam::555566667777:root"] },
      Effect: "Allow",
      ...changes,
    },
    Version: "2012-10-17",
  });

describe("the preflight's comparison of policies [P1]", () => {
  it("overlooks the order of keys and lists, lists of one, and how a value is written", () => {
    expect(sayTheSame(answered(), written)).to.equal(true);
  });

  it("distinguishes policies that mean something else", () => {
    for (const changes of [
      { Principal: { AWS: "arn:aws:iam::999988887777:root" } },
      { Principal: { AWS: ["arn:aws:iam::555566667777:root", "arn:aws:iam::999988887777:root"] } },
      { Action: "sts:AssumeRole" },
      { Condition: { Bool: { "aws:ViaAWSService": false } } },
      { Effect: "Deny" },
      { NotAction: "sts:GetCallerIdentity" },
    ]) {
      expect(sayTheSame(answered(changes), written), JSON.stringify(changes)).to.equal(false);
    }
  });

  it("takes nothing for the same that is no policy", () => {
    expect(sayTheSame("", written)).to.equal(false);
    expect(sayTheSame("null", written)).to.equal(false);
  });
});
