import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { globalPart } from "../../../../components/organization/baseline/parts";
import type { BaselinePart } from "../../../../components/organization/baseline/resource";
import { template } from "../../../../components/organization/baseline/template";
import { args } from "../../../support/baseline";

describe("components/organization/baseline/template", () => {
  const role =
    (Resource: string): BaselinePart =>
    () => [
      {
        id: "One",
        type: "AWS::IAM::Role",
        properties: {
          RoleName: "cordon-one",
          Description: "One",
          AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [] },
          Policies: [
            {
              PolicyName: "hub",
              PolicyDocument: { Version: "2012-10-17", Statement: [{ Resource }] },
            },
          ],
        },
      },
    ];
  const resourceOf = (text: string) => {
    const { Resources } = JSON.parse(template("one", "One", role(text)));
    return Resources.One.Properties.Policies[0].PolicyDocument.Statement[0].Resource;
  };

  it("leaves a text without a pseudo parameter as it is, IAM's variables in it too", () => {
    expect(resourceOf("arn:aws:s3:::home")).to.equal("arn:aws:s3:::home");
    expect(resourceOf(`home/\${aws:username}`)).to.equal(`home/\${aws:username}`);
  });

  it("marks IAM's variables as literal where CloudFormation would read them as its own", () => {
    expect(resourceOf(`arn:aws:s3:::\${AWS::AccountId}/\${aws:username}`)).to.deep.equal({
      "Fn::Sub": `arn:aws:s3:::\${AWS::AccountId}/\${!aws:username}`,
    });
  });

  it("is refused where a policy is longer than IAM takes, without white space", () => {
    const frame = '{"Version":"2012-10-17","Statement":[{"Resource":""}]}'.length;
    const longest = "x".repeat(10_240 - frame);
    expect(() => template("one", "One", role(longest))).not.to.throw();
    expect(() => template("one", "One", role(`${longest}x`))).to.throw(
      pulumi.RunError,
      "the policy of cordon-one must take at most 10240 characters, but 10241 were needed",
    );
  });

  it("is refused where break-glass roles make a role's policy too long", () => {
    const breakGlassRoles = Array.from({ length: 200 }, (_, index) => `break-glass-${index}`);
    expect(() => template("one", "One", globalPart({ ...args, breakGlassRoles }))).to.throw(
      pulumi.RunError,
      /^the policy of cordon-contain-instance must take at most 10240 characters, but \d+ were/,
    );
  });

  it("is refused where a trust policy is longer than IAM takes", () => {
    const externalId = "x".repeat(2_000);
    expect(() => template("one", "One", globalPart({ ...args, externalId }))).to.throw(
      pulumi.RunError,
      /^the trust policy of cordon-contain-instance must take at most 2048 characters, but \d+ were/,
    );
  });

  it("is refused where it is larger than CloudFormation takes", () => {
    const many: BaselinePart = (at) =>
      [..."abcdef"].flatMap((letter) =>
        role("x".repeat(9_000))(at).map((each) => ({ ...each, id: letter.toUpperCase() })),
      );
    expect(() => template("cordon-baseline-global", "Many", many)).to.throw(
      pulumi.RunError,
      /^the template of cordon-baseline-global must take at most 51200 bytes, but 55\d{3} were/,
    );
  });
});
