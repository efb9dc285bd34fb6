import { expect } from "chai";
import {
  globalPart,
  regionalPart,
  resourceRolesPart,
} from "../../../../components/organization/baseline/parts";
import { args, inTemplate, named } from "../../../support/baseline";

describe("components/organization/baseline/roles [P5] [C8]", () => {
  const trusts = [
    [
      "cordon-contain-identity",
      "cordon-respond-contain-access-key",
      "cordon-respond-revoke-sessions",
      "cordon-respond-contain-sequence",
      "cordon-cut-exposed-key",
    ],
    [
      "cordon-contain-instance",
      "cordon-respond-contain-instance",
      "cordon-respond-contain-sequence",
    ],
    [
      "cordon-investigate-identity",
      "cordon-respond-contain-instance",
      "cordon-respond-contain-access-key",
      "cordon-respond-revoke-sessions",
      "cordon-respond-contain-sequence",
      "cordon-look-up-activity",
      "cordon-reconcile-exposed-keys",
      "cordon-notify-key-rotation",
      "cordon-ask-approval",
    ],
    ["cordon-prepare-instance", "cordon-sweep"],
    ["cordon-release-identity", "cordon-release"],
    ["cordon-release-instance", "cordon-release"],
  ] as const;
  // biome-ignore lint/suspicious/noExplicitAny: a role of a template has any shape
  const roles = (): Record<string, any> =>
    Object.fromEntries(
      [globalPart(args), resourceRolesPart(args)]
        .flatMap((part) => Object.entries(named(part)))
        .map(([key, role]) => [key.split(" ")[1], role]),
    );

  for (const [role, ...trusted] of trusts) {
    it(`let ${trusted.join(" and ")} alone assume ${role}, for an hour`, () => {
      const { AssumeRolePolicyDocument, MaxSessionDuration, Tags } = roles()[role];
      expect({ MaxSessionDuration, Tags }).to.deep.equal({
        MaxSessionDuration: 3600,
        Tags: [{ Key: "cordon", Value: "role" }],
      });
      expect(AssumeRolePolicyDocument).to.deep.equal({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { AWS: "arn:aws:iam::444455556666:root" },
            Action: "sts:AssumeRole",
            Condition: {
              StringEquals: {
                "aws:PrincipalOrgID": "o-exampleorgid",
                "sts:ExternalId": "cordon-prod",
              },
              ArnEquals: {
                "aws:PrincipalArn": trusted.map((name) => `arn:aws:iam::444455556666:role/${name}`),
              },
              StringLike: { "sts:RoleSessionName": "cordon-*" },
            },
          },
          // Who approved is named in the sessions that contain, and in no others.
          ...(role.startsWith("cordon-contain-")
            ? [
                {
                  Effect: "Allow",
                  Principal: { AWS: "arn:aws:iam::444455556666:root" },
                  Action: "sts:SetSourceIdentity",
                  Condition: {
                    StringEquals: { "aws:PrincipalOrgID": "o-exampleorgid" },
                    ArnEquals: {
                      "aws:PrincipalArn": trusted.map(
                        (name) => `arn:aws:iam::444455556666:role/${name}`,
                      ),
                    },
                  },
                },
              ]
            : []),
        ],
      });
    });
  }

  const statementsOf = (role: string) => {
    const { Policies } = roles()[role];
    expect(Policies).to.have.length(1);
    expect(Policies[0].PolicyName).to.equal("derived");
    return Policies[0].PolicyDocument.Statement;
  };

  it("are denied all break-glass principals, roles and users", () => {
    for (const [role] of trusts) {
      const denied = statementsOf(role).filter(
        ({ Effect }: { Effect: string }) => Effect === "Deny",
      );
      expect(denied).to.have.length(2);
      expect(denied[0].Resource).to.include.members([
        "arn:aws:iam::777788889999:role/cordon-contain-identity",
        "arn:aws:iam::777788889999:role/break-glass/*",
      ]);
      expect(denied[1].Resource).to.deep.equal(["arn:aws:iam::777788889999:user/rescue/*"]);
    }
  });

  it("read four things when they investigate, and change none", () => {
    // Two of the actions take no resource: AWS grants them on everything or not at all.
    expect(
      statementsOf("cordon-investigate-identity").filter(
        ({ Effect }: { Effect: string }) => Effect === "Allow",
      ),
    ).to.deep.equal([
      {
        Effect: "Allow",
        Action: ["cloudtrail:LookupEvents", "support:DescribeTrustedAdvisorCheckResult"],
        Resource: ["*"],
      },
      {
        Effect: "Allow",
        Action: ["iam:ListAccessKeys", "iam:ListUserTags"],
        Resource: ["arn:aws:iam::*:user/*"],
      },
    ]);
  });

  it("snapshot when they contain, and register targets only when they release", () => {
    const [contain, release] = ["contain", "release"].map((move) =>
      JSON.stringify(statementsOf(`cordon-${move}-instance`)),
    );
    expect(contain).to.include("ec2:CreateSnapshots");
    expect(contain).not.to.include("elasticloadbalancing:RegisterTargets");
    expect(release).to.include("elasticloadbalancing:RegisterTargets");
    expect(release).not.to.include("ec2:CreateSnapshots");
  });

  it("have the path and the boundary that the settings name", () => {
    const shape = { ...args, rolePath: "/security/", permissionsBoundary: "boundaries/edge" };
    const parts = [globalPart(shape), resourceRolesPart(shape), regionalPart(shape)];
    const found = parts.flatMap((part) => Object.values(inTemplate(part)));
    const all = found.filter(({ Type }) => Type === "AWS::IAM::Role");
    expect(all).to.have.length(14);
    for (const { Properties } of all) {
      expect(Properties.Path).to.equal("/security/");
      expect(Properties.PermissionsBoundary).to.equal(
        "arn:aws:iam::777788889999:policy/boundaries/edge",
      );
    }
    expect(
      inTemplate(regionalPart(shape)).CordonForwardNetworkRule.Properties.Targets[0].RoleArn,
    ).to.equal("arn:aws:iam::777788889999:role/security/cordon-forward-network-eu-west-1");
  });

  it("have no boundary unless one is named, and AWS's own as it is", () => {
    expect(roles()["cordon-contain-instance"]).not.to.have.property("PermissionsBoundary");
    const shape = { ...args, permissionsBoundary: "arn:aws:iam::aws:policy/PowerUserAccess" };
    const { CordonContainInstance } = inTemplate(globalPart(shape));
    expect(CordonContainInstance.Properties.PermissionsBoundary).to.equal(
      "arn:aws:iam::aws:policy/PowerUserAccess",
    );
  });
});
