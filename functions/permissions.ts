/** Every IAM document of the member roles, derived from the catalogue. Nothing is written by hand. */
import { type Catalogue, catalogue, type Family, type PlaybookId, playbookIds } from "./catalogue";
import type { Place } from "./incident";
import { type Move, memberRoleName } from "./member-role-name";
import { merge, type PolicyDocument } from "./policy-document";
import { protectedRolePatterns } from "./protected-roles";
import { facts } from "./remediate/facts";
import { kindOf } from "./remediate/steps";
import type { Statement, Step } from "./step";

/** A role Cordon owns in every governed account. */
export interface MemberRole {
  readonly name: string;
  readonly family: Family;
  readonly move: Move;
  /** Names of the roles in the security account whose sessions may assume it. */
  readonly trusts: readonly string[];
}

export const functionRoleNames = {
  respond: (playbook: PlaybookId) => `cordon-respond-${playbook}`,
  triage: "cordon-triage",
  release: "cordon-release",
} as const;

export const families = [...new Set(playbookIds.map((id) => catalogue[id].family))] as Family[];

export const memberRoles: readonly MemberRole[] = families.flatMap((family) => [
  {
    name: memberRoleName(family, "contain"),
    family,
    move: "contain",
    trusts: playbookIds
      .filter((id) => catalogue[id].family === family)
      .map((id) => functionRoleNames.respond(id)),
  },
  {
    name: memberRoleName(family, "release"),
    family,
    move: "release",
    trusts: [functionRoleNames.release],
  },
]);

/** Statements of a member role: what its family's steps and facts declare, at their widest. */
export function memberRoleStatements(
  role: MemberRole,
  partition: string,
  account: string,
  breakGlassRoles: readonly string[] = [],
): readonly Statement[] {
  const place: Place = { partition, account, region: "*" };
  const playbooks = playbookIds.filter((id) => catalogue[id].family === role.family);
  const kinds = [...new Set(playbooks.flatMap((id) => [...stepsOf(id)]))];
  const steps = kinds.flatMap((kind) => {
    const implementation = kindOf(kind);
    return implementation.widest.flatMap((sample: Step) =>
      role.move === "contain"
        ? implementation.permissions(sample, place)
        : implementation.undoPermissions(sample, place),
    );
  });
  const reads =
    role.move === "contain"
      ? playbooks.flatMap((id) => facts[catalogue[id].about].permissions())
      : [];
  const denied: Statement = {
    effect: "Deny",
    actions: ["iam:PutRolePolicy", "iam:DeleteRolePolicy"],
    resources: [...protectedRolePatterns, ...breakGlassRoles].map(
      (pattern) => `arn:${partition}:iam::${account}:role/${pattern}`,
    ),
  };
  return [...merge([...steps, ...reads]), denied];
}

/**
 * Trusts the security account's root narrowed to named roles. A role ARN as Principal would become
 * an unusable id the day the function's role is replaced, orphaning every member account.
 */
export function trustPolicy(
  role: MemberRole,
  organization: {
    readonly partition: string;
    readonly securityAccount: string;
    readonly organizationId: string;
    readonly externalId: string;
  },
): PolicyDocument {
  const { partition, securityAccount } = organization;
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: `arn:${partition}:iam::${securityAccount}:root` },
        Action: "sts:AssumeRole",
        Condition: {
          StringEquals: {
            "aws:PrincipalOrgID": organization.organizationId,
            "sts:ExternalId": organization.externalId,
          },
          ArnEquals: {
            "aws:PrincipalArn": role.trusts.map(
              (name) => `arn:${partition}:iam::${securityAccount}:role/${name}`,
            ),
          },
          StringLike: { "sts:RoleSessionName": "cordon-*" },
        },
      },
    ],
  };
}

function stepsOf(id: PlaybookId): Catalogue[PlaybookId]["steps"] {
  return catalogue[id].steps;
}
