/** Resource table: IAM, STS, Organizations, CloudTrail, Support, and what functions ask GuardDuty. */
import { management, organizationId } from "../accounts";
import type { LazyContext } from "../iam/decision";
import { missing, type Role } from "../iam/policies";
import { namedUser, noSuchKey, ownerOfKey } from "../strict/identity";
import { fromArn, toArn } from "../wire/arn";
import { list, member, text, UnknownOperationError } from "../wire/protocol";
import { prefixed, requestTags } from "../world";
import { unscoped } from "./compute";
import type { Operation, Request } from "./operation";

function name(request: Request, parameter: string): string {
  const value = text(request.parameters[parameter]);
  if (!value) throw new UnknownOperationError(`a call without ${parameter}`);
  return value;
}

/** Asks for the root or the unit whose children are listed, which lie in the management account. */
function below(action: string): Operation {
  return (request) => {
    const parent = name(request, "ParentId");
    const kind = parent.startsWith("r-") ? "root" : "ou";
    const resource = toArn(
      "organizations",
      "",
      management.id,
      `${kind}/${organizationId}/${parent}`,
    );
    return [{ action: `organizations:${action}`, resource, account: request.account }];
  };
}

interface Extras {
  /** The action takes iam:PermissionsBoundary: the policy that bounds its target already. */
  readonly bounded?: boolean;
  /** Condition keys that the request itself gives. */
  readonly context?: (request: Request) => Readonly<Record<string, string | string[]>>;
}

const boundary = "iam:PermissionsBoundary";

function policyArn({ parameters }: Request): Record<string, string> {
  const arn = text(parameters.PolicyArn);
  return arn ? { "iam:PolicyARN": arn } : {};
}

function wantedBoundary({ parameters }: Request): Record<string, string> {
  const arn = text(parameters.PermissionsBoundary);
  return arn ? { [boundary]: arn } : {};
}

function tags({ parameters }: Request): Record<string, string | string[]> {
  return requestTags(parameters.Tags);
}

function tagKeys({ parameters }: Request): Record<string, string[]> {
  const keys = list<string>(parameters.TagKeys);
  return keys.length > 0 ? { "aws:TagKeys": [...keys] } : {};
}

/** A user's ARN holds its path, so it is read; a user that does not exist is judged without one. */
function user(action: string, extras: Extras = {}): Operation {
  return async (request) => {
    const { account, world, parameters, caller } = request;
    const userName =
      action === "GetAccessKeyLastUsed" ? await keyOwner(request) : namedUser(parameters, caller);
    const found = await world.policies.user(account, userName);
    return [
      {
        action: `iam:${action}`,
        resource: found?.arn ?? toArn("iam", "", account, `user/${userName}`),
        account,
        ...(extras.context && { context: extras.context(request) }),
        lazy: facts(found, extras.bounded),
      },
    ];
  };
}

async function keyOwner({ account, world, parameters, caller }: Request): Promise<string> {
  const key = text(parameters.AccessKeyId) ?? "";
  const owner = await ownerOfKey(world, account, key);
  if (owner === undefined) throw noSuchKey(caller, key);
  return owner;
}

function facts(found: Pick<Role, "tags" | "boundary"> | undefined, bounded = false): LazyContext {
  return {
    keys: ["aws:ResourceTag/", "iam:ResourceTag/", ...(bounded ? [boundary] : [])],
    load: async () => ({
      ...prefixed("aws:ResourceTag/", found?.tags ?? {}),
      ...prefixed("iam:ResourceTag/", found?.tags ?? {}),
      ...(bounded && found?.boundary && { [boundary]: found.boundary.name }),
    }),
  };
}

/** A user or role yet to be made: its ARN follows from the request, and it has no tags. */
function made(action: string, kind: "User" | "Role"): Operation {
  return (request) => [
    {
      action: `iam:${action}`,
      resource: toArn(
        "iam",
        "",
        request.account,
        `${kind.toLowerCase()}${text(request.parameters.Path) ?? "/"}${name(request, `${kind}Name`)}`,
      ),
      account: request.account,
      context: { ...tags(request), ...wantedBoundary(request) },
      lazy: {
        keys: [],
        absent: ["aws:ResourceTag/", "iam:ResourceTag/"],
        load: async () => ({}),
      },
    },
  ];
}

/** A role's ARN holds its path, so it is read; a role that does not exist is judged without one. */
function role(action: string, extras: Extras = {}): Operation {
  return async (request) => {
    const { account, world } = request;
    const roleName = name(request, "RoleName");
    const found = await world.policies.roleArn(account, roleName);
    const arn = found ?? toArn("iam", "", account, `role/${roleName}`);
    return [
      {
        action: `iam:${action}`,
        resource: arn,
        account,
        ...(extras.context && { context: extras.context(request) }),
        lazy: {
          keys: facts(undefined, extras.bounded).keys,
          load: async () => facts(await world.policies.role(arn), extras.bounded).load(),
        },
      },
    ];
  };
}

/** One of the account's own managed policies, or AWS's. Cordon gives it no tags, and reads none. */
function managed(
  action: string,
  arnOf = (request: Request) => name(request, "PolicyArn"),
): Operation {
  return (request) => [
    {
      action: `iam:${action}`,
      resource: arnOf(request),
      account: request.account,
      lazy: {
        keys: [],
        absent: ["aws:ResourceTag/", "iam:ResourceTag/"],
        load: async () => ({}),
      },
    },
  ];
}

function createdPolicy(request: Request): string {
  const { account, parameters } = request;
  if (parameters.Tags !== undefined) throw new UnknownOperationError("iam:CreatePolicy with Tags");
  const path = text(parameters.Path) ?? "/";
  return toArn("iam", "", account, `policy${path}${name(request, "PolicyName")}`);
}

async function getInstanceProfile(request: Request) {
  const { account, world } = request;
  const profile = name(request, "InstanceProfileName");
  const answer = await world.policies.remember("iam", account, `${profile}/profile`, () =>
    world.state
      .query({ account, region: "us-east-1" }, "iam", "GetInstanceProfile", {
        InstanceProfileName: profile,
      })
      .catch(missing),
  );
  const found = member(member(answer, "GetInstanceProfileResult"), "InstanceProfile");
  return [
    {
      action: "iam:GetInstanceProfile",
      resource:
        text(member(found, "Arn")) ?? toArn("iam", "", account, `instance-profile/${profile}`),
      account,
    },
  ];
}

export const identityOperations: Readonly<Record<string, Operation>> = {
  "iam:GetInstanceProfile": getInstanceProfile,
  "iam:GetRole": role("GetRole", { bounded: true }),
  "iam:GetRolePolicy": role("GetRolePolicy"),
  "iam:ListRolePolicies": role("ListRolePolicies"),
  "iam:ListAttachedRolePolicies": role("ListAttachedRolePolicies"),
  "iam:PutRolePolicy": role("PutRolePolicy", { bounded: true }),
  "iam:DeleteRolePolicy": role("DeleteRolePolicy", { bounded: true }),
  "iam:AttachRolePolicy": role("AttachRolePolicy", { bounded: true, context: policyArn }),
  "iam:DetachRolePolicy": role("DetachRolePolicy", { bounded: true, context: policyArn }),
  "iam:DeleteRole": role("DeleteRole", { bounded: true }),
  "iam:UpdateRole": role("UpdateRole", { bounded: true }),
  "iam:PutRolePermissionsBoundary": role("PutRolePermissionsBoundary", { context: wantedBoundary }),
  "iam:DeleteRolePermissionsBoundary": role("DeleteRolePermissionsBoundary", { bounded: true }),
  "iam:UpdateAssumeRolePolicy": role("UpdateAssumeRolePolicy", { bounded: true }),
  "iam:TagRole": role("TagRole", { context: tags }),
  "iam:UntagRole": role("UntagRole", { context: tagKeys }),
  "iam:ListRoleTags": role("ListRoleTags"),
  "iam:CreateRole": made("CreateRole", "Role"),
  "iam:ListRoles": unscoped("iam:ListRoles"),
  "iam:GetPolicy": managed("GetPolicy"),
  "iam:GetPolicyVersion": managed("GetPolicyVersion"),
  "iam:ListPolicyVersions": managed("ListPolicyVersions"),
  "iam:CreatePolicy": managed("CreatePolicy", createdPolicy),
  "iam:CreatePolicyVersion": managed("CreatePolicyVersion"),
  "iam:DeletePolicy": managed("DeletePolicy"),
  "iam:DeletePolicyVersion": managed("DeletePolicyVersion"),
  "iam:GetUser": user("GetUser"),
  "iam:ListUsers": unscoped("iam:ListUsers"),
  "iam:CreateUser": made("CreateUser", "User"),
  "iam:UpdateUser": user("UpdateUser"),
  "iam:DeleteUser": user("DeleteUser"),
  "iam:CreateLoginProfile": user("CreateLoginProfile"),
  "iam:GetLoginProfile": user("GetLoginProfile"),
  "iam:CreateAccessKey": user("CreateAccessKey"),
  "iam:ListAccessKeys": user("ListAccessKeys"),
  "iam:GetAccessKeyLastUsed": user("GetAccessKeyLastUsed"),
  "iam:UpdateAccessKey": user("UpdateAccessKey"),
  "iam:DeleteAccessKey": user("DeleteAccessKey"),
  "iam:ListMFADevices": user("ListMFADevices"),
  "iam:ListSSHPublicKeys": user("ListSSHPublicKeys"),
  "iam:ListSigningCertificates": user("ListSigningCertificates"),
  "iam:ListServiceSpecificCredentials": user("ListServiceSpecificCredentials"),
  "iam:ListGroupsForUser": user("ListGroupsForUser"),
  "iam:ListAttachedUserPolicies": user("ListAttachedUserPolicies"),
  "iam:ListUserPolicies": user("ListUserPolicies"),
  "iam:GetUserPolicy": user("GetUserPolicy"),
  "iam:PutUserPolicy": user("PutUserPolicy", { bounded: true }),
  "iam:DeleteUserPolicy": user("DeleteUserPolicy", { bounded: true }),
  "iam:AttachUserPolicy": user("AttachUserPolicy", { bounded: true, context: policyArn }),
  "iam:DetachUserPolicy": user("DetachUserPolicy", { bounded: true, context: policyArn }),
  "iam:PutUserPermissionsBoundary": user("PutUserPermissionsBoundary", { context: wantedBoundary }),
  "iam:DeleteUserPermissionsBoundary": user("DeleteUserPermissionsBoundary", { bounded: true }),
  "iam:TagUser": user("TagUser", { context: tags }),
  "iam:UntagUser": user("UntagUser", { context: tagKeys }),
  "iam:ListUserTags": user("ListUserTags"),
  "iam:GetAccountSummary": unscoped("iam:GetAccountSummary"),
  "cloudtrail:LookupEvents": unscoped("cloudtrail:LookupEvents"),
  "support:DescribeTrustedAdvisorCheckResult": unscoped(
    "support:DescribeTrustedAdvisorCheckResult",
  ),
  "sts:GetSessionToken": unscoped("sts:GetSessionToken"),
  "sts:GetCallerIdentity": unscoped("sts:GetCallerIdentity"),
  "sts:AssumeRole": (request) => {
    const arn = name(request, "RoleArn");
    const externalId = text(request.parameters.ExternalId);
    const sourceIdentity =
      text(request.parameters.SourceIdentity) ?? request.caller?.context["aws:SourceIdentity"];
    const identity = sourceIdentity && { "sts:SourceIdentity": sourceIdentity };
    return [
      {
        action: "sts:AssumeRole",
        resource: arn,
        account: fromArn(arn).account,
        context: {
          "sts:RoleSessionName": name(request, "RoleSessionName"),
          ...(externalId && { "sts:ExternalId": externalId }),
          ...identity,
        },
        lazy: {
          keys: ["aws:ResourceTag/", "iam:ResourceTag/"],
          load: async () => {
            const tags = (await request.world.policies.role(arn))?.tags ?? {};
            return { ...prefixed("aws:ResourceTag/", tags), ...prefixed("iam:ResourceTag/", tags) };
          },
        },
      },
      // Asked for besides, with this key and global ones alone.
      ...(identity
        ? [
            {
              action: "sts:SetSourceIdentity",
              resource: arn,
              account: fromArn(arn).account,
              context: identity,
            },
          ]
        : []),
    ];
  },
  // The account's ARN lies in the management account; a delegated administrator calls it as its own.
  "organizations:DescribeAccount": (request) => [
    {
      action: "organizations:DescribeAccount",
      resource: toArn(
        "organizations",
        "",
        management.id,
        `account/${organizationId}/${name(request, "AccountId")}`,
      ),
      account: request.account,
    },
  ],
  "organizations:DescribeOrganization": unscoped("organizations:DescribeOrganization"),
  "organizations:ListAccounts": unscoped("organizations:ListAccounts"),
  "organizations:ListAccountsForParent": below("ListAccountsForParent"),
  "organizations:ListOrganizationalUnitsForParent": below("ListOrganizationalUnitsForParent"),
  "organizations:ListParents": (request) => {
    const child = name(request, "ChildId");
    const kind = child.startsWith("ou-") ? "ou" : "account";
    const resource = toArn(
      "organizations",
      "",
      management.id,
      `${kind}/${organizationId}/${child}`,
    );
    return [{ action: "organizations:ListParents", resource, account: request.account }];
  },
  "organizations:ListRoots": unscoped("organizations:ListRoots"),
};
