/** Identity of a member account, by the IAM API. */
import {
  DeleteRolePolicyCommand,
  GetInstanceProfileCommand,
  GetRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import type { Identity } from "../member-account";
import { type Credentials, clientConfig } from "./client";
import { orUndefined, tolerate } from "./errors";

export function iam(region: string, credentials: Credentials): Identity {
  const client = new IAMClient(clientConfig(region, credentials));
  return {
    async roleOfProfile(profileName) {
      const found = await orUndefined(
        client.send(new GetInstanceProfileCommand({ InstanceProfileName: profileName })),
        "NoSuchEntityException",
        "NoSuchEntity",
      );
      const role = found?.InstanceProfile?.Roles?.[0];
      if (role?.RoleName === undefined || role.Arn === undefined) return undefined;
      return { name: role.RoleName, arn: role.Arn };
    },
    async rolePolicy(role, policy) {
      const found = await orUndefined(
        client.send(new GetRolePolicyCommand({ RoleName: role, PolicyName: policy })),
        "NoSuchEntityException",
        "NoSuchEntity",
      );
      // IAM returns the document URL-encoded (RFC 3986).
      if (found?.PolicyDocument === undefined) return undefined;
      return JSON.parse(decodeURIComponent(found.PolicyDocument)) as object;
    },
    async putRolePolicy(role, policy, document) {
      await client.send(
        new PutRolePolicyCommand({
          RoleName: role,
          PolicyName: policy,
          PolicyDocument: JSON.stringify(document),
        }),
      );
    },
    async deleteRolePolicy(role, policy) {
      await tolerate(
        client.send(new DeleteRolePolicyCommand({ RoleName: role, PolicyName: policy })),
        "NoSuchEntityException",
        "NoSuchEntity",
      );
    },
  };
}
