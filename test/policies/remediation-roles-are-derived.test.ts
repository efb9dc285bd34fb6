import type { ResourceValidation } from "@pulumi/policy";
import { expect } from "chai";
import { DirectBaseline } from "../../components/organization/baseline/direct-baseline";
import { globalPart } from "../../components/organization/baseline/parts";
import { remediationRolesAreDerived } from "../../policies/remediation-roles-are-derived";
import { violations } from "../support/policies";
import { record } from "../support/recorder";

const settings = {
  securityAccount: "444455556666",
  memberAccounts: ["777788889999"],
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
const role = "aws:iam/role:Role";
const rolePolicy = "aws:iam/rolePolicy:RolePolicy";

const trust = () => ({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { AWS: "arn:aws:iam::444455556666:root" as unknown },
      Action: "sts:AssumeRole",
      Condition: {
        StringEquals: {
          "aws:PrincipalOrgID": "o-exampleorgid",
          "sts:ExternalId": "cordon-prod",
        } as Record<string, string>,
        ArnEquals: {
          "aws:PrincipalArn": [
            "arn:aws:iam::444455556666:role/cordon-respond-contain-instance",
            "arn:aws:iam::444455556666:role/cordon-respond-contain-sequence",
          ] as unknown[],
        },
        StringLike: { "sts:RoleSessionName": "cordon-*" } as Record<string, string>,
      },
    },
    {
      Effect: "Allow",
      Principal: { AWS: "arn:aws:iam::444455556666:root" as unknown },
      Action: "sts:SetSourceIdentity",
      Condition: {
        StringEquals: { "aws:PrincipalOrgID": "o-exampleorgid" } as Record<string, string>,
        ArnEquals: {
          "aws:PrincipalArn": [
            "arn:aws:iam::444455556666:role/cordon-respond-contain-instance",
            "arn:aws:iam::444455556666:role/cordon-respond-contain-sequence",
          ] as unknown[],
        },
      },
    },
  ],
});

/** The contain role with its trust policy changed in place. */
function roleWith(change: (document: ReturnType<typeof trust>) => void): readonly string[] {
  const document = trust();
  change(document);
  return violations(validate, role, "contain", {
    name: "cordon-contain-instance",
    assumeRolePolicy: JSON.stringify(document),
  });
}

interface Document {
  Statement: {
    Effect: string;
    Action: string[];
    Resource: string[];
    Condition?: Record<string, Record<string, string | string[]>>;
  }[];
}

/** What the component deploys for a role, as a document of one's own to spoil. */
async function deployed(name: string, breakGlassRoles: readonly string[]): Promise<Document> {
  const { named } = await record(
    () =>
      new DirectBaseline("baseline", {
        part: globalPart({ ...baseline, breakGlassRoles }),
        place: { account: "777788889999", region: "us-east-1" },
      }),
  );
  return JSON.parse(named(`baseline-${name}-derived`).inputs.policy);
}

function policyOf(name: string, document: unknown): readonly string[] {
  return violations(validate, rolePolicy, "policy", {
    role: name,
    policy: JSON.stringify(document),
  });
}

describe("policies/remediation-roles-are-derived", () => {
  describe("trust", () => {
    it("passes when it is the derived one", () => {
      expect(roleWith(() => {})).to.deep.equal([]);
    });

    const spoiled: readonly (readonly [string, string, (d: ReturnType<typeof trust>) => void])[] = [
      [
        "another account's root",
        "Statement.0.Principal.AWS",
        (d) => {
          d.Statement[0]!.Principal.AWS = "arn:aws:iam::111122223333:root";
        },
      ],
      [
        "everyone",
        "Statement.0.Principal.AWS",
        (d) => {
          d.Statement[0]!.Principal.AWS = "*";
        },
      ],
      [
        "a second role",
        "Statement.0.Condition.ArnEquals.aws:PrincipalArn.2",
        (d) => {
          d.Statement[0]!.Condition.ArnEquals["aws:PrincipalArn"].push("arn:aws:iam::1:role/x");
        },
      ],
      [
        "a foreign organization",
        "Statement.0.Condition.StringEquals.aws:PrincipalOrgID",
        (d) => {
          d.Statement[0]!.Condition.StringEquals["aws:PrincipalOrgID"] = "o-other";
        },
      ],
      [
        "no external id",
        "Statement.0.Condition.StringEquals.sts:ExternalId",
        (d) => {
          delete d.Statement[0]!.Condition.StringEquals["sts:ExternalId"];
        },
      ],
      [
        "any session name",
        "Statement.0.Condition.StringLike.sts:RoleSessionName",
        (d) => {
          d.Statement[0]!.Condition.StringLike = { "sts:RoleSessionName": "*" };
        },
      ],
      [
        "a third statement",
        "Statement.2",
        (d) => {
          d.Statement.push(d.Statement[0]!);
        },
      ],
      [
        "a source identity that anybody of the organization may set",
        "Statement.1.Condition.ArnEquals",
        (d) => {
          Object.assign(d.Statement[1]!.Condition, { ArnEquals: undefined });
        },
      ],
    ];
    for (const [what, where, change] of spoiled) {
      it(`fails with ${what}`, () => {
        expect(roleWith(change)).to.deep.equal([
          `cordon-contain-instance: the trust policy is not the derived one, see ${where}`,
        ]);
      });
    }

    it("fails when it cannot be read", () => {
      expect(
        violations(validate, role, "contain", {
          name: "cordon-contain-instance",
          assumeRolePolicy: "{",
        }),
      ).to.deep.equal([
        "cordon-contain-instance: the trust policy is not the derived one, see the whole document",
      ]);
    });

    it("fails when the release function may assume the contain role", () => {
      expect(
        roleWith((d) => {
          d.Statement[0]!.Condition.ArnEquals["aws:PrincipalArn"] = [
            "arn:aws:iam::444455556666:role/cordon-release",
          ];
        }),
      ).to.have.length(1);
    });
  });

  describe("permissions [V2]", () => {
    for (const name of [
      "cordon-contain-identity",
      "cordon-contain-instance",
      "cordon-release-identity",
      "cordon-release-instance",
    ]) {
      it(`pass for ${name} as the component deploys it`, async () => {
        const document = await deployed(name, settings.breakGlassRoles);
        expect(policyOf(name, document)).to.deep.equal([]);
      });
    }

    it("pass when a statement is left out", async () => {
      const document = await deployed("cordon-contain-instance", settings.breakGlassRoles);
      document.Statement.shift();
      expect(policyOf("cordon-contain-instance", document)).to.deep.equal([]);
    });

    it("fail when a statement is added", async () => {
      const document = await deployed("cordon-contain-instance", settings.breakGlassRoles);
      document.Statement.unshift({
        Effect: "Allow",
        Action: ["ec2:TerminateInstances"],
        Resource: ["*"],
      });
      expect(policyOf("cordon-contain-instance", document)).to.deep.equal([
        "cordon-contain-instance: statement 0 allows ec2:TerminateInstances on *, which no step or fact declares",
      ]);
    });

    // Releasing an instance may put any group back, so there not every condition narrows anything.
    for (const name of [
      "cordon-contain-identity",
      "cordon-contain-instance",
      "cordon-release-identity",
    ]) {
      it(`fail for each statement of ${name} that loses its conditions`, async () => {
        const whole = await deployed(name, settings.breakGlassRoles);
        const conditioned = whole.Statement.flatMap(({ Condition }, n) => (Condition ? [n] : []));
        expect(conditioned).not.to.have.length(0);
        for (const index of conditioned) {
          const document = structuredClone(whole);
          delete document.Statement[index]!.Condition;
          const found = policyOf(name, document);
          expect(found, `statement ${index}`).not.to.have.length(0);
          expect(found[0]).to.match(
            new RegExp(`^${name}: statement ${index} allows .+ without the derived`),
          );
        }
      });
    }

    it("fail when the role to contain identities gets what contains instances", async () => {
      const document = await deployed("cordon-contain-instance", settings.breakGlassRoles);
      expect(policyOf("cordon-contain-identity", document)).not.to.have.length(0);
    });

    it("fail when the contain role gets what only release may do", async () => {
      const document = await deployed("cordon-release-instance", settings.breakGlassRoles);
      expect(policyOf("cordon-contain-instance", document)).not.to.have.length(0);
    });

    it("fail when the denies are gone", async () => {
      const document = await deployed("cordon-contain-instance", settings.breakGlassRoles);
      document.Statement = document.Statement.filter(({ Effect }) => Effect !== "Deny");
      expect(policyOf("cordon-contain-instance", document)).to.deep.equal([
        "cordon-contain-instance: the derived deny of iam:AttachRolePolicy, iam:DeleteRolePolicy, iam:DetachRolePolicy, iam:PutRolePolicy, iam:TagRole, iam:UntagRole is missing or weaker",
        "cordon-contain-instance: the derived deny of iam:AttachUserPolicy, iam:DeleteUserPermissionsBoundary, iam:DeleteUserPolicy, iam:DetachUserPolicy, iam:PutUserPermissionsBoundary, iam:PutUserPolicy, iam:TagUser, iam:UntagUser, iam:UpdateAccessKey is missing or weaker",
      ]);
    });

    it("fail when a break-glass role is not denied", async () => {
      expect(
        policyOf("cordon-contain-instance", await deployed("cordon-contain-instance", [])),
      ).to.deep.equal([
        "cordon-contain-instance: the derived deny of iam:AttachRolePolicy, iam:DeleteRolePolicy, iam:DetachRolePolicy, iam:PutRolePolicy, iam:TagRole, iam:UntagRole is missing or weaker",
      ]);
    });

    it("fail when they reach into an account that is not governed", async () => {
      const document = await deployed("cordon-contain-instance", settings.breakGlassRoles);
      const moved = JSON.parse(JSON.stringify(document).replaceAll("777788889999", "111122223333"));
      expect(policyOf("cordon-contain-instance", moved)).to.deep.equal([
        "cordon-contain-instance: the policy names 111122223333, but a role is for one governed account",
      ]);
    });

    it("fail when they cannot be read", () => {
      expect(
        violations(validate, rolePolicy, "policy", {
          role: "cordon-contain-instance",
          policy: "no JSON",
        }),
      ).to.deep.equal([
        "cordon-contain-instance: the policy is not a policy document with statements",
      ]);
    });
  });

  it("governs the management account where the settings say so", async () => {
    const document = await deployed("cordon-contain-instance", settings.breakGlassRoles);
    const moved = JSON.parse(JSON.stringify(document).replaceAll("777788889999", "111122223333"));
    const governing = remediationRolesAreDerived(() => ({
      ...settings,
      governManagementAccount: true,
    }));
    expect(
      violations(governing.validateResource as ResourceValidation, rolePolicy, "policy", {
        role: "cordon-contain-instance",
        policy: JSON.stringify(moved),
      }),
    ).to.deep.equal([]);
  });

  it("fails for a role of a family that the catalogue does not know", () => {
    const message = "cordon-contain-galaxy belongs to no family of the catalogue";
    expect(
      violations(validate, role, "galaxy", {
        name: "cordon-contain-galaxy",
        assumeRolePolicy: JSON.stringify(trust()),
      }),
    ).to.deep.equal([message]);
    expect(policyOf("cordon-contain-galaxy", { Statement: [] })).to.deep.equal([message]);
  });

  for (const property of ["managedPolicyArns", "inlinePolicies"]) {
    it(`fails for a role with ${property}`, () => {
      expect(
        violations(validate, role, "contain", {
          name: "cordon-contain-instance",
          assumeRolePolicy: JSON.stringify(trust()),
          [property]: ["arn:aws:iam::aws:policy/AdministratorAccess"],
        }),
      ).to.deep.equal([
        `cordon-contain-instance: ${property} must be empty, permissions come from the catalogue`,
      ]);
    });
  }

  it("fails for a managed policy attached to a remediation role, by either resource", () => {
    const message =
      "cordon-release-instance: extra attaches a managed policy, permissions come from the catalogue";
    expect(
      violations(validate, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "extra", {
        role: "cordon-release-instance",
      }),
    ).to.deep.equal([message]);
    expect(
      violations(validate, "aws:iam/policyAttachment:PolicyAttachment", "extra", {
        roles: ["someone", "cordon-release-instance"],
      }),
    ).to.deep.equal([message]);
  });

  it("leaves other roles alone, the release function's own among them", () => {
    expect(violations(validate, role, "x", { name: "cordon-release" })).to.deep.equal([]);
    expect(policyOf("cordon-respond-contain-instance", {})).to.deep.equal([]);
    expect(violations(validate, "aws:s3/bucket:Bucket", "x", {})).to.deep.equal([]);
  });

  it("is mandatory", () => {
    expect(policy.enforcementLevel).to.equal("mandatory");
  });
});
