import { expect } from "chai";
import { actionCovers, arnCovers, denies, excess } from "../../policies/statements";

const allowed = [
  {
    actions: ["ec2:CreateTags", "ec2:DeleteTags"],
    resources: ["arn:aws:ec2:*:777788889999:instance/*"],
    conditions: { StringEquals: { "aws:TagKeys": ["a", "b"] } },
  },
  { actions: ["ec2:DescribeInstances"], resources: ["*"] },
  {
    actions: ["ec2:RunInstances"],
    resources: ["*"],
    conditions: {
      StringNotEquals: { "aws:ResourceTag/cordon": ["x", "y"] },
      NumericLessThan: { "aws:MultiFactorAuthAge": "60" },
    },
  },
  { effect: "Deny", actions: ["iam:*"], resources: ["*"] },
] as const;

const tagging = {
  Effect: "Allow",
  Action: "ec2:CreateTags",
  Resource: "arn:aws:ec2:eu-west-1:777788889999:instance/i-1",
  Condition: { StringEquals: { "aws:TagKeys": "a" } },
};

describe("policies/statements", () => {
  const narrower: readonly (readonly [string, object])[] = [
    ["names one instance, one key and one action", tagging],
    ["writes actions in other case", { ...tagging, Action: "EC2:createtags" }],
    [
      "adds a condition",
      {
        ...tagging,
        Condition: { ...tagging.Condition, Bool: { "aws:MultiFactorAuthPresent": "true" } },
      },
    ],
    [
      "excludes more",
      {
        Effect: "Allow",
        Action: "ec2:RunInstances",
        Resource: "*",
        Condition: {
          StringNotEquals: { "aws:ResourceTag/cordon": ["x", "y", "z"] },
          NumericLessThan: { "aws:MultiFactorAuthAge": "60" },
        },
      },
    ],
    ["reads", { Effect: "Allow", Action: ["ec2:DescribeInstances"], Resource: ["*"] }],
  ];
  for (const [what, statement] of narrower) {
    it(`covers a statement that ${what}`, () => {
      expect(excess({ ...statement }, allowed)).to.deep.equal([]);
    });
  }

  const undeclared = "which no step or fact declares";
  const unconditioned = "without the derived conditions";
  const on = "on arn:aws:ec2:eu-west-1:777788889999:instance/i-1";
  const wider: readonly (readonly [string, object, string])[] = [
    [
      "has another action",
      { ...tagging, Action: "ec2:TerminateInstances" },
      `allows ec2:TerminateInstances ${on}, ${undeclared}`,
    ],
    [
      "has a wildcard action",
      { ...tagging, Action: "ec2:*Tags" },
      `allows ec2:*Tags ${on}, ${undeclared}`,
    ],
    [
      "has another account",
      { ...tagging, Resource: "arn:aws:ec2:*:111122223333:instance/*" },
      `allows ec2:CreateTags on arn:aws:ec2:*:111122223333:instance/*, ${undeclared}`,
    ],
    [
      "has every resource",
      { ...tagging, Resource: "*" },
      `allows ec2:CreateTags on *, ${undeclared}`,
    ],
    [
      "drops the conditions",
      { Effect: "Allow", Action: tagging.Action, Resource: tagging.Resource },
      `allows ec2:CreateTags ${on} ${unconditioned}`,
    ],
    [
      "lists one more value",
      { ...tagging, Condition: { StringEquals: { "aws:TagKeys": ["a", "c"] } } },
      `allows ec2:CreateTags ${on} ${unconditioned}`,
    ],
    [
      "weakens the operator",
      { ...tagging, Condition: { StringEqualsIfExists: { "aws:TagKeys": "a" } } },
      `allows ec2:CreateTags ${on} ${unconditioned}`,
    ],
    [
      "excludes less",
      {
        Effect: "Allow",
        Action: "ec2:RunInstances",
        Resource: "*",
        Condition: {
          StringNotEquals: { "aws:ResourceTag/cordon": "x" },
          NumericLessThan: { "aws:MultiFactorAuthAge": "60" },
        },
      },
      `allows ec2:RunInstances on * ${unconditioned}`,
    ],
    [
      "changes a number",
      {
        Effect: "Allow",
        Action: "ec2:RunInstances",
        Resource: "*",
        Condition: {
          StringNotEquals: { "aws:ResourceTag/cordon": ["x", "y"] },
          NumericLessThan: { "aws:MultiFactorAuthAge": "61" },
        },
      },
      `allows ec2:RunInstances on * ${unconditioned}`,
    ],
    [
      "relies on a derived deny",
      { Effect: "Allow", Action: "iam:PutRolePolicy", Resource: "*" },
      `allows iam:PutRolePolicy on *, ${undeclared}`,
    ],
    [
      "inverts its actions",
      { Effect: "Allow", NotAction: "iam:*", Resource: "*" },
      "uses NotAction, which no derived statement does",
    ],
    [
      "inverts its resources",
      { Effect: "Allow", Action: "ec2:CreateTags", NotResource: "arn:aws:s3:::x" },
      "uses NotResource, which no derived statement does",
    ],
  ];
  for (const [what, statement, reason] of wider) {
    it(`does not cover a statement that ${what}`, () => {
      expect(excess({ ...statement }, allowed)).to.deep.equal([reason]);
    });
  }

  it("keeps a wildcard within its segment of the ARN", () => {
    expect(arnCovers("arn:aws:ec2:*:1:instance/*", "arn:aws:ec2:x:9:1:instance/i")).to.equal(false);
    expect(arnCovers("arn:aws:iam::1:role/*", "arn:aws:iam::1:role/a/b:c")).to.equal(true);
  });

  it("matches a question mark with one character, but with no wildcard", () => {
    expect(actionCovers("ec2:Create?ags", "ec2:CreateTags")).to.equal(true);
    expect(actionCovers("ec2:Create?ags", "ec2:Create*ags")).to.equal(false);
  });

  it("takes a dot in a pattern for a dot", () => {
    expect(arnCovers("arn:aws:s3:::a.b", "arn:aws:s3:::axb")).to.equal(false);
  });

  it("accepts a deny that forbids as much or more, and no other", () => {
    const derived = {
      effect: "Deny",
      actions: ["iam:PutRolePolicy"],
      resources: ["arn:aws:iam::1:role/cordon-*"],
    } as const;
    const deny = { Effect: "Deny", Action: "iam:*", Resource: "arn:aws:iam::1:role/*" };
    expect(denies(deny, derived)).to.equal(true);
    expect(denies({ ...deny, Effect: "Allow" }, derived)).to.equal(false);
    expect(denies({ ...deny, Action: "iam:GetRole" }, derived)).to.equal(false);
    expect(denies({ ...deny, Resource: "arn:aws:iam::1:role/cordon-contain-*" }, derived)).to.equal(
      false,
    );
    expect(denies({ ...deny, Condition: { Bool: { "aws:x": "true" } } }, derived)).to.equal(false);
  });
});
