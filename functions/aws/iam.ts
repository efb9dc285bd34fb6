/** Identity of a member account, by the IAM API. */
import {
  AttachUserPolicyCommand,
  DeleteUserPermissionsBoundaryCommand,
  DeleteUserPolicyCommand,
  DetachUserPolicyCommand,
  GetAccessKeyLastUsedCommand,
  GetInstanceProfileCommand,
  GetLoginProfileCommand,
  GetRoleCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  IAMClient,
  ListServiceSpecificCredentialsCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  paginateListAccessKeys,
  paginateListAttachedUserPolicies,
  paginateListMFADevices,
  paginateListRolePolicies,
  paginateListSigningCertificates,
  paginateListSSHPublicKeys,
  paginateListUserPolicies,
  paginateListUsers,
  TagRoleCommand,
  TagUserCommand,
  UntagRoleCommand,
  UntagUserCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import type { Identity, OtherCredential } from "../model/member-account";
import { type Credentials, memberConfig } from "./client";
import { noSuchEntity, orUndefined, tolerate } from "./errors";
import { all, decoded, fitted } from "./iam-answers";
import { rolePolicies } from "./role-policies";
import { tagsOf } from "./tags";

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
    ...rolePolicies(client),
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
