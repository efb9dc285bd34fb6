/** Identity of a member account, by the IAM API. */
import {
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRolePolicyCommand,
  DeleteUserPermissionsBoundaryCommand,
  DeleteUserPolicyCommand,
  DetachRolePolicyCommand,
  DetachUserPolicyCommand,
  GetAccessKeyLastUsedCommand,
  GetInstanceProfileCommand,
  GetLoginProfileCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  IAMClient,
  ListServiceSpecificCredentialsCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  paginateListAccessKeys,
  paginateListAttachedRolePolicies,
  paginateListAttachedUserPolicies,
  paginateListMFADevices,
  paginateListPolicyVersions,
  paginateListRolePolicies,
  paginateListSigningCertificates,
  paginateListSSHPublicKeys,
  paginateListUserPolicies,
  paginateListUsers,
  type Tag,
  TagRoleCommand,
  TagUserCommand,
  UntagRoleCommand,
  UntagUserCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import type { Fit, Identity, OtherCredential } from "../model/member-account";
import { type Credentials, memberConfig } from "./client";
import { hasCode, noRoom, noSuchEntity, orUndefined, tolerate } from "./errors";

export function iam(region: string, credentials: Credentials): Identity {
  const client = new IAMClient(memberConfig(region, credentials));
  return {
    async roleOfProfile(profileName) {
      const found = await orUndefined(
        client.send(new GetInstanceProfileCommand({ InstanceProfileName: profileName })),
        ...noSuchEntity,
      );
      const role = found?.InstanceProfile?.Roles?.[0];
      if (role?.RoleName === undefined || role.Arn === undefined) return undefined;
      return { name: role.RoleName, arn: role.Arn };
    },
    async rolePolicy(role, policy) {
      const found = await orUndefined(
        client.send(new GetRolePolicyCommand({ RoleName: role, PolicyName: policy })),
        ...noSuchEntity,
      );
      return decoded(found?.PolicyDocument);
    },
    putRolePolicy: (role, policy, document) =>
      fitted(
        client.send(
          new PutRolePolicyCommand({
            RoleName: role,
            PolicyName: policy,
            PolicyDocument: JSON.stringify(document),
          }),
        ),
      ),
    async deleteRolePolicy(role, policy) {
      await tolerate(
        client.send(new DeleteRolePolicyCommand({ RoleName: role, PolicyName: policy })),
        ...noSuchEntity,
      );
    },
    async attachedRolePolicies(role, path) {
      const pages = await orUndefined(
        all(paginateListAttachedRolePolicies({ client }, { RoleName: role, PathPrefix: path })),
        ...noSuchEntity,
      );
      return (pages ?? [])
        .flatMap((page) => page.AttachedPolicies ?? [])
        .map((policy) => policy.PolicyArn ?? "");
    },
    attachRolePolicy: (role, policyArn) =>
      otherwise(
        "missing",
        noSuchEntity,
        fitted(client.send(new AttachRolePolicyCommand({ RoleName: role, PolicyArn: policyArn }))),
      ),
    async detachRolePolicy(role, policyArn) {
      await tolerate(
        client.send(new DetachRolePolicyCommand({ RoleName: role, PolicyArn: policyArn })),
        ...noSuchEntity,
      );
    },
    managedPolicy: (PolicyArn) =>
      orUndefined(
        client
          .send(new GetPolicyCommand({ PolicyArn }))
          .then(({ Policy }) =>
            client.send(
              new GetPolicyVersionCommand({ PolicyArn, VersionId: Policy?.DefaultVersionId }),
            ),
          )
          .then(({ PolicyVersion }) => decoded(PolicyVersion?.Document)),
        ...noSuchEntity,
      ),
    createPolicy: (path, name, document) =>
      otherwise(
        "exists",
        ["EntityAlreadyExistsException", "EntityAlreadyExists"],
        fitted(
          client.send(
            new CreatePolicyCommand({
              Path: path,
              PolicyName: name,
              PolicyDocument: JSON.stringify(document),
            }),
          ),
        ),
      ),
    replacePolicy: (policyArn, document) =>
      fitted(
        client.send(
          new CreatePolicyVersionCommand({
            PolicyArn: policyArn,
            PolicyDocument: JSON.stringify(document),
            SetAsDefault: true,
          }),
        ),
      ),
    async deletePolicy(PolicyArn) {
      const pages = await orUndefined(
        all(paginateListPolicyVersions({ client }, { PolicyArn })),
        ...noSuchEntity,
      );
      const versions = (pages ?? []).flatMap((page) => page.Versions ?? []);
      for (const { VersionId, IsDefaultVersion } of versions) {
        // The default one goes with the policy, and not without it.
        if (IsDefaultVersion) continue;
        await tolerate(
          client.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId })),
          ...noSuchEntity,
        );
      }
      return otherwise(
        "in use",
        ["DeleteConflictException", "DeleteConflict"],
        tolerate(client.send(new DeletePolicyCommand({ PolicyArn })), ...noSuchEntity).then(
          () => "done" as const,
        ),
      );
    },
    async user(name) {
      const found = await orUndefined(
        client.send(new GetUserCommand({ UserName: name })),
        ...noSuchEntity,
      );
      const user = found?.User;
      if (!user?.UserName || !user.UserId || !user.Arn) return undefined;
      const boundary = user.PermissionsBoundary?.PermissionsBoundaryArn;
      return {
        name: user.UserName,
        uniqueId: user.UserId,
        arn: user.Arn,
        tags: tagsOf(user.Tags),
        ...(boundary !== undefined && { boundary }),
      };
    },
    async nameOfUser(uniqueId) {
      for await (const { Users } of paginateListUsers({ client }, {})) {
        const found = Users?.find(({ UserId }) => UserId === uniqueId);
        if (found !== undefined) return found.UserName;
      }
      return undefined;
    },
    async accessKeys(user) {
      const pages = await orUndefined(
        all(paginateListAccessKeys({ client }, { UserName: user })),
        ...noSuchEntity,
      );
      return pages
        ?.flatMap((page) => page.AccessKeyMetadata ?? [])
        .map((key) => ({ id: key.AccessKeyId ?? "", active: key.Status === "Active" }));
    },
    async ownerOfKey(accessKey) {
      // IAM answers "access denied" for a key that is not this account's.
      const found = await orUndefined(
        client.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: accessKey })),
        ...noSuchEntity,
        "AccessDenied",
        "AccessDeniedException",
      );
      return found?.UserName;
    },
    otherCredentials: async (user, kind) =>
      (await orUndefined(credentialsOf(client, user)[kind](), ...noSuchEntity)) ?? [],
    async setKeyActive(user, accessKey, active) {
      await client.send(
        new UpdateAccessKeyCommand({
          UserName: user,
          AccessKeyId: accessKey,
          Status: active ? "Active" : "Inactive",
        }),
      );
    },
    async attachedPolicies(user) {
      const pages = await orUndefined(
        all(paginateListAttachedUserPolicies({ client }, { UserName: user })),
        ...noSuchEntity,
      );
      return (pages ?? [])
        .flatMap((page) => page.AttachedPolicies ?? [])
        .map((policy) => policy.PolicyArn ?? "");
    },
    attachPolicy: (user, policyArn) =>
      fitted(client.send(new AttachUserPolicyCommand({ UserName: user, PolicyArn: policyArn }))),
    async detachPolicy(user, policyArn) {
      await tolerate(
        client.send(new DetachUserPolicyCommand({ UserName: user, PolicyArn: policyArn })),
        ...noSuchEntity,
      );
    },
    async inlinePolicies({ type, name }) {
      const pages = await orUndefined(
        type === "user"
          ? all(paginateListUserPolicies({ client }, { UserName: name }))
          : all(paginateListRolePolicies({ client }, { RoleName: name })),
        ...noSuchEntity,
      );
      return (pages ?? []).flatMap((page) => page.PolicyNames ?? []);
    },
    async userPolicy(user, policy) {
      const found = await orUndefined(
        client.send(new GetUserPolicyCommand({ UserName: user, PolicyName: policy })),
        ...noSuchEntity,
      );
      return decoded(found?.PolicyDocument);
    },
    putUserPolicy: (user, policy, document) =>
      fitted(
        client.send(
          new PutUserPolicyCommand({
            UserName: user,
            PolicyName: policy,
            PolicyDocument: JSON.stringify(document),
          }),
        ),
      ),
    async deleteUserPolicy(user, policy) {
      await tolerate(
        client.send(new DeleteUserPolicyCommand({ UserName: user, PolicyName: policy })),
        ...noSuchEntity,
      );
    },
    async setBoundary(user, policyArn) {
      if (policyArn === undefined) {
        await tolerate(
          client.send(new DeleteUserPermissionsBoundaryCommand({ UserName: user })),
          ...noSuchEntity,
        );
        return;
      }
      await client.send(
        new PutUserPermissionsBoundaryCommand({ UserName: user, PermissionsBoundary: policyArn }),
      );
    },
    async role(name) {
      const found = await orUndefined(
        client.send(new GetRoleCommand({ RoleName: name })),
        ...noSuchEntity,
      );
      const role = found?.Role;
      if (!role?.RoleName || !role.RoleId || !role.Arn) return undefined;
      return {
        name: role.RoleName,
        uniqueId: role.RoleId,
        arn: role.Arn,
        tags: tagsOf(role.Tags),
        trust: decoded(role.AssumeRolePolicyDocument) ?? {},
      };
    },
    async setPrincipalTags({ type, name }, tags) {
      const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      await (type === "user"
        ? client.send(new TagUserCommand({ UserName: name, Tags }))
        : client.send(new TagRoleCommand({ RoleName: name, Tags })));
    },
    async removePrincipalTags({ type, name }, keys) {
      if (keys.length === 0) return;
      const TagKeys = [...keys];
      await (type === "user"
        ? client.send(new UntagUserCommand({ UserName: name, TagKeys }))
        : client.send(new UntagRoleCommand({ RoleName: name, TagKeys })));
    },
  };
}

/** Lists the ids of a user's credentials, by their kind. A user has one console password at most. */
function credentialsOf(
  client: IAMClient,
  UserName: string,
): Record<OtherCredential, () => Promise<readonly string[]>> {
  const ids = (found: readonly (string | undefined)[]) => found.flatMap((id) => id ?? []);
  return {
    "console password": async () => {
      const { LoginProfile } = await client.send(new GetLoginProfileCommand({ UserName }));
      return LoginProfile === undefined ? [] : [UserName];
    },
    "MFA device": async () => {
      const pages = await all(paginateListMFADevices({ client }, { UserName }));
      return ids(pages.flatMap((page) => page.MFADevices ?? []).map((each) => each.SerialNumber));
    },
    "SSH public key": async () => {
      const pages = await all(paginateListSSHPublicKeys({ client }, { UserName }));
      const keys = pages.flatMap((page) => page.SSHPublicKeys ?? []);
      return ids(keys.map((each) => each.SSHPublicKeyId));
    },
    "signing certificate": async () => {
      const pages = await all(paginateListSigningCertificates({ client }, { UserName }));
      return ids(
        pages.flatMap((page) => page.Certificates ?? []).map((each) => each.CertificateId),
      );
    },
    "service-specific credential": async () => {
      const { ServiceSpecificCredentials } = await client.send(
        new ListServiceSpecificCredentialsCommand({ UserName }),
      );
      return ids(
        (ServiceSpecificCredentials ?? []).map((each) => each.ServiceSpecificCredentialId),
      );
    },
  };
}

/** Reads a policy: IAM returns documents URL-encoded (RFC 3986). */
function decoded(document: string | undefined): object | undefined {
  return document === undefined ? undefined : (JSON.parse(decodeURIComponent(document)) as object);
}

/** Makes a change that IAM may have no room for. */
async function fitted(change: Promise<unknown>): Promise<Fit> {
  try {
    await change;
    return "done";
  } catch (error) {
    if (hasCode(error, ...noRoom)) return "quota";
    throw error;
  }
}

/** Gives an answer in place of these error codes. */
async function otherwise<T, O extends string>(
  answer: O,
  codes: readonly string[],
  change: Promise<T>,
): Promise<T | O> {
  return (await orUndefined(change, ...codes)) ?? answer;
}

async function all<T>(pages: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const page of pages) found.push(page);
  return found;
}

function tagsOf(tags: readonly Tag[] | undefined): Record<string, string> {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""]));
}
