import type { ResourceValidation } from "@pulumi/policy";
import { expect } from "chai";
import { globalPart, regionalPart } from "../../components/organization/baseline/parts";
import { template } from "../../components/organization/baseline/template";
import { remediationRolesAreDerived } from "../../policies/remediation-roles-are-derived";
import { violations } from "../support/policies";

const settings = {
  securityAccount: "444455556666",
  memberAccounts: [],
  managementAccount: "111122223333",
  governManagementAccount: false,
  organizationId: "o-exampleorgid",
  externalId: "cordon-prod",
  breakGlassRoles: ["break-glass/*"],
  breakGlassUsers: ["break-glass/*"],
  rolePath: "/",
  deploymentRole: "cordon-deploy",
};
const baseline = { ...settings, homeRegion: "us-east-1" };
const policy = remediationRolesAreDerived(() => settings);
const validate = policy.validateResource as ResourceValidation;

describe("policies/remediation-roles-are-derived, in a StackSet's template [V2]", () => {
  const stackSet = "aws:cloudformation/stackSet:StackSet";
  const parts = { global: globalPart(baseline), regional: regionalPart(baseline) };
  // biome-ignore lint/suspicious/noExplicitAny: a template has any shape
  type Template = any;

  /** Violations of a template that was changed as an object, or as text. */
  function inTemplate(
    change: (template: Template) => void = () => {},
    rewrite: (text: string) => string = (text) => text,
  ): readonly string[] {
    const body = JSON.parse(template("one", "One", parts.global));
    change(body);
    return violations(validate, stackSet, "baseline", {
      templateBody: rewrite(JSON.stringify(body)),
    });
  }
  const contain = (body: Template) => body.Resources.CordonContainInstance.Properties;
  const statements = (body: Template) => contain(body).Policies[0].PolicyDocument.Statement;

  it("passes as it is deployed", () => {
    expect(inTemplate()).to.deep.equal([]);
    const regional = template("one", "One", parts.regional);
    expect(violations(validate, stackSet, "x", { templateBody: regional })).to.deep.equal([]);
  });

  it("passes under a path and a boundary of one's own", () => {
    const shape = {
      ...baseline,
      breakGlassRoles: ["break-glass/*", "security/cordon-*"],
      rolePath: "/security/",
      permissionsBoundary: "edge",
    };
    const { validateResource } = remediationRolesAreDerived(() => ({
      ...settings,
      rolePath: shape.rolePath,
      breakGlassRoles: shape.breakGlassRoles,
    }));
    expect(
      violations(validateResource as ResourceValidation, stackSet, "baseline", {
        templateBody: template("one", "One", globalPart(shape)),
      }),
    ).to.deep.equal([]);
  });

  const spoiled: readonly (readonly [string, string | RegExp, (body: Template) => void])[] = [
    [
      "a trust in everyone",
      "cordon-contain-instance: the trust policy is not the derived one, see Statement.0.Principal.AWS",
      (body) => {
        contain(body).AssumeRolePolicyDocument.Statement[0].Principal.AWS = "*";
      },
    ],
    [
      "a further statement",
      "cordon-contain-instance: statement 0 allows ec2:TerminateInstances on *, which no step or fact declares",
      (body) => {
        statements(body).unshift({
          Effect: "Allow",
          Action: "ec2:TerminateInstances",
          Resource: "*",
        });
      },
    ],
    [
      "a deny that is gone",
      /^cordon-contain-instance: the derived deny of iam:AttachRolePolicy, .+ is missing or weaker$/,
      (body) => {
        statements(body).splice(-2, 1);
      },
    ],
    [
      "a second policy",
      "cordon-contain-instance: there must be one policy, but there are 2",
      (body) => {
        contain(body).Policies.push(contain(body).Policies[0]);
      },
    ],
    [
      "a managed policy",
      "cordon-contain-instance: ManagedPolicyArns must be empty, permissions come from the catalogue",
      (body) => {
        contain(body).ManagedPolicyArns = ["arn:aws:iam::aws:policy/AdministratorAccess"];
      },
    ],
    [
      "another account written out",
      /^cordon-contain-instance: the policy names .*555566667777.*, but a role is for one governed account$/,
      (body) => {
        statements(body).unshift({
          Effect: "Allow",
          Action: "iam:PutRolePolicy",
          Resource: "arn:aws:iam::555566667777:role/*",
        });
      },
    ],
    [
      "a role of no family",
      "cordon-contain-galaxy belongs to no family of the catalogue",
      (body) => {
        contain(body).RoleName = "cordon-contain-galaxy";
      },
    ],
    [
      "a name that is put together",
      "baseline: the template cannot be read: Fn::Join cannot be judged",
      (body) => {
        contain(body).RoleName = { "Fn::Join": ["-", ["cordon-contain", "instance"]] };
      },
    ],
    [
      "a parameter",
      "baseline: the template cannot be read: Ref cannot be judged",
      (body) => {
        statements(body)[0].Resource = { Ref: "Target" };
      },
    ],
    [
      "a value of another resource",
      "baseline: the template cannot be read: Fn::Sub of Target.Arn cannot be judged",
      (body) => {
        statements(body)[0].Resource = { "Fn::Sub": `\${Target.Arn}` };
      },
    ],
    [
      "a macro",
      "baseline: the template cannot be read: Transform cannot be judged",
      (body) => {
        body.Transform = "AWS::LanguageExtensions";
      },
    ],
    [
      "a macro within",
      "baseline: the template cannot be read: Transform cannot be judged",
      (body) => {
        body.Resources.More = { "Fn::Transform": { Name: "AWS::Include" } };
      },
    ],
    [
      "a template within",
      "baseline: the template cannot be read: More is a template of its own",
      (body) => {
        body.Resources.More = { Type: "AWS::CloudFormation::Stack", Properties: {} };
      },
    ],
    ...(
      [
        ["AWS::IAM::RolePolicy", { RoleName: "cordon-release-instance" }],
        ["AWS::IAM::Policy", { Roles: ["other", "cordon-release-instance"] }],
        ["AWS::IAM::ManagedPolicy", { Roles: ["cordon-release-instance"] }],
      ] as const
    ).map(
      ([Type, Properties]) =>
        [
          `${Type} for one of the roles`,
          "cordon-release-instance: More attaches a policy, permissions come from the catalogue",
          (body: Template) => {
            body.Resources.More = { Type, Properties };
          },
        ] as const,
    ),
  ];
  for (const [what, message, change] of spoiled) {
    it(`fails with ${what}`, () => {
      const found = inTemplate(change);
      expect(found).to.have.length(1);
      if (typeof message === "string") expect(found[0]).to.equal(message);
      else expect(found[0]).to.match(message);
    });
  }

  it("fails when it is no JSON, or is somewhere else", () => {
    const [found] = inTemplate(
      () => {},
      () => "Resources:",
    );
    expect(found).to.match(/^baseline: the template cannot be read: /);
    expect(
      violations(validate, stackSet, "baseline", { templateUrl: "https://example.com/t.json" }),
    ).to.deep.equal(["baseline: templateUrl must be empty, for what it names cannot be read here"]);
  });

  it("leaves other roles and resources alone", () => {
    expect(
      inTemplate((body) => {
        body.Resources.More = {
          Type: "AWS::IAM::Role",
          Properties: {
            RoleName: "cordon-forward-more",
            ManagedPolicyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
          },
        };
        body.Resources.Bucket = { Type: "AWS::S3::Bucket", Properties: { Name: { Ref: "X" } } };
      }),
    ).to.deep.equal([]);
  });
});
