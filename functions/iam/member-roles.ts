/** Derives every IAM document of the member roles from the catalogue. */

import { closingIds, closingOf } from "../catalogue/containments";
import { controlOf, controlsOf } from "../catalogue/controls";
import type { Change } from "../catalogue/controls/control";
import { customPlaybooks } from "../catalogue/custom";
import { type Duty, memberRoleName } from "../catalogue/member-role-name";
import {
  dutiesOf,
  families,
  functionRoleNames,
  type OwnRoles,
  ownRoleArns,
} from "../catalogue/own-roles";
import {
  type Catalogue,
  catalogue,
  type Family,
  familiesOf,
  hasIntruder,
  type PlaybookId,
  playbookIds,
} from "../catalogue/playbooks";
import { serviceManagedRoles } from "../catalogue/protected-roles";
import { merge, type PolicyDocument } from "../model/policy-document";
import type { Place } from "../model/resource";
import type { Statement } from "../model/statement";
import { facts } from "../remediate/facts";
import type { Kind, Step } from "../remediate/steps";
import { kindOf } from "../remediate/steps";
import { granted } from "../remediate/steps/shared/setting";
import {
  adviceStatements,
  lookUpStatements,
  userKeyStatements,
  userTagStatements,
} from "./investigation-reads";
import { surveyStatements, sweepSteps } from "./sweep-reads";

/** A role Cordon owns in every governed account. */
export interface MemberRole {
  readonly name: string;
  readonly family: Family;
  readonly duty: Duty;
  /** Names of the roles in the security account whose sessions may assume it. */
  readonly trusts: readonly string[];
}

export { families, functionRoleNames } from "../catalogue/own-roles";

export const memberRoles: readonly MemberRole[] = families.flatMap((family) =>
  dutiesOf(family).map((duty) => ({
    name: memberRoleName(family, duty),
    family,
    duty,
    trusts: trusted(family)[duty],
  })),
);

/** Lists the roles of a deployment. */
export function deployedMemberRoles(blocksAddresses: boolean): readonly MemberRole[] {
  return memberRoles.filter(({ family }) => blocksAddresses || family !== "address");
}

/** Names the roles in the security account that may assume a family's roles, by duty. */
function trusted(family: Family): Readonly<Record<Duty, readonly string[]>> {
  const respond = (id: PlaybookId) => functionRoleNames.respond(id);
  return {
    contain: [
      // What runs playbooks of several families takes the roles of each.
      ...playbookIds.filter((id) => familiesOf(id).includes(family)).map(respond),
      // The workflow for exposed keys runs a playbook of this family.
      ...(family === "identity" ? [functionRoleNames.cutExposedKey] : []),
    ],
    release: [functionRoleNames.release],
    prepare: [functionRoleNames.sweep],
    investigate: [
      // They follow up what a contained principal made, or the credentials of an instance.
      ...playbookIds.filter((id) => hasIntruder(catalogue[id].family)).map(respond),
      functionRoleNames.lookUpActivity,
      functionRoleNames.reconcileExposedKeys,
      functionRoleNames.notifyKeyRotation,
      // People see what a principal did before they approve its containment.
      functionRoleNames.askApproval,
    ],
  };
}

/** Every action by which a step changes a user. */
const userChanges = [
  "iam:AttachUserPolicy",
  "iam:DeleteUserPermissionsBoundary",
  "iam:DeleteUserPolicy",
  "iam:DetachUserPolicy",
  "iam:PutUserPermissionsBoundary",
  "iam:PutUserPolicy",
  "iam:TagUser",
  "iam:UntagUser",
  "iam:UpdateAccessKey",
];

/** Break-glass principals of every account, as patterns after `role/` and `user/`. */
export interface BreakGlass {
  readonly breakGlassRoles: readonly string[];
  readonly breakGlassUsers: readonly string[];
}

/** The principals that no response changes. */
export interface Untouched extends BreakGlass, OwnRoles {}

/**
 * Allows a member role: what its family's steps and facts declare, at their widest; of one
 * that prepares, the sweeper's steps; of one that investigates, reads alone.
 */
export function allowedStatements(role: MemberRole, account: string): readonly Statement[] {
  const place: Place = { account, region: "*" };
  const playbooks = playbookIds.filter((id) => catalogue[id].family === role.family);
  const { duty } = role;
  const answered: readonly Kind[] = [...new Set(playbooks.flatMap((id) => [...stepsOf(id)]))];
  const kinds = { contain: answered, release: answered, prepare: sweepSteps, investigate: [] };
  const ofFamily = playbooks.flatMap(controlsOf);
  // Settings of one family's controls are not another's to change.
  const isOfFamily = (sample: Step) =>
    sample.kind !== "change-setting" || ofFamily.includes(sample.control);
  const steps = kinds[duty].flatMap((kind) => {
    const { widest, permissions, undoPermissions } = kindOf(kind);
    return widest
      .filter(isOfFamily)
      .flatMap((sample: Step) =>
        duty === "release" ? undoPermissions(sample, place) : permissions(sample, place),
      );
  });
  const reads = {
    contain: playbooks.flatMap((id) => readsOf(id, place)),
    release: [],
    prepare: surveyStatements(place),
    investigate: [
      ...lookUpStatements,
      ...adviceStatements,
      ...userTagStatements,
      ...userKeyStatements,
    ],
  }[duty];
  return merge([...steps, ...reads]);
}

/** What the facts of a playbook read, at their widest. */
function readsOf(playbook: PlaybookId, place: Place): readonly Statement[] {
  const { resource } = catalogue[playbook];
  return resource === "posture"
    ? controlsOf(playbook).flatMap((control) => granted(controlOf(control).reads, "*", place))
    : facts[resource].permissions({ place });
}

/** Statements of a member role: what it may do, and the principals that it never touches. */
export function memberRoleStatements(
  role: MemberRole,
  account: string,
  untouched: Untouched,
): readonly Statement[] {
  const { breakGlassRoles, breakGlassUsers } = untouched;
  const principals = `arn:aws:iam::${account}`;
  const denied: Statement[] = [
    {
      effect: "Deny",
      actions: [
        "iam:AttachRolePolicy",
        "iam:DeleteRolePolicy",
        "iam:DetachRolePolicy",
        "iam:PutRolePolicy",
        "iam:TagRole",
        "iam:UntagRole",
      ],
      resources: [
        ...ownRoleArns(account, untouched),
        ...[...serviceManagedRoles, ...breakGlassRoles].map(
          (pattern) => `${principals}:role/${pattern}`,
        ),
      ],
    },
    ...(breakGlassUsers.length === 0
      ? []
      : [
          {
            effect: "Deny" as const,
            // Reads stay allowed, so that the notice says "break-glass" and not "access denied".
            actions: userChanges,
            resources: breakGlassUsers.map((pattern) => `${principals}:user/${pattern}`),
          },
        ]),
  ];
  const allowed = allowedStatements(role, account);
  // What changes settings, or blocks addresses, may change no principal: of IAM posture changes the password policy alone.
  if (hasIntruder(role.family)) return [...allowed, ...denied];
  return [...allowed, ...notCordons(role, account)];
}

/** Keeps containments of resources, and custom playbooks, from what is named like Cordon's own. */
function notCordons({ duty, family }: MemberRole, account: string): readonly Statement[] {
  const custom = customPlaybooks().get(family);
  const settings: readonly Change[] =
    family === "resource" ? closingIds.map(closingOf) : custom === undefined ? [] : [custom];
  const denied = settings.flatMap(({ changes, undoing = changes }) =>
    granted(duty === "release" ? undoing : changes, "cordon-*", { account, region: "*" }),
  );
  return merge(
    denied
      // A setting of the whole account has no name; images and snapshots have ids of EC2's.
      .filter(({ resources }) =>
        resources.some(
          (each) => /cordon-\*/.test(each) && !/:(image|service|snapshot)\//.test(each),
        ),
      )
      .map(({ actions, resources }) => ({ effect: "Deny", actions, resources })),
  );
}

/**
 * Trusts the security account's root narrowed to named roles. A role ARN as Principal would become
 * an unusable id the day the function's role is replaced, orphaning every member account.
 */
export function trustPolicy(
  role: MemberRole,
  organization: {
    readonly securityAccount: string;
    readonly organizationId: string;
    readonly externalId: string;
  },
): PolicyDocument {
  const { securityAccount } = organization;
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${securityAccount}:root` },
        Action: "sts:AssumeRole",
        Condition: {
          StringEquals: {
            "aws:PrincipalOrgID": organization.organizationId,
            "sts:ExternalId": organization.externalId,
          },
          ArnEquals: {
            "aws:PrincipalArn": trustedArns(role, securityAccount),
          },
          StringLike: { "sts:RoleSessionName": "cordon-*" },
        },
      },
      ...(role.duty === "contain" ? [sourceIdentityTrust(role, organization)] : []),
    ],
  };
}

/**
 * Lets those who assume the role name the person who approved. AWS evaluates this action with
 * sts:SourceIdentity and global keys alone (Service Authorization Reference), so that a condition on
 * the external id would never hold.
 */
function sourceIdentityTrust(
  role: MemberRole,
  { securityAccount, organizationId }: Parameters<typeof trustPolicy>[1],
): object {
  return {
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${securityAccount}:root` },
    Action: "sts:SetSourceIdentity",
    Condition: {
      StringEquals: { "aws:PrincipalOrgID": organizationId },
      ArnEquals: { "aws:PrincipalArn": trustedArns(role, securityAccount) },
    },
  };
}

function trustedArns({ trusts }: MemberRole, securityAccount: string): readonly string[] {
  return trusts.map((name) => `arn:aws:iam::${securityAccount}:role/${name}`);
}

function stepsOf(id: PlaybookId): Catalogue[PlaybookId]["steps"] {
  return catalogue[id].steps;
}
