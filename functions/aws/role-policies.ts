/** Policies of roles, inline and managed, by the IAM API. */
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRolePolicyCommand,
  type IAMClient,
  PutRolePolicyCommand,
  paginateListAttachedRolePolicies,
  paginateListPolicyVersions,
} from "@aws-sdk/client-iam";
import type { Identity } from "../model/member-account";
import { noSuchEntity, orUndefined, tolerate } from "./errors";
import { all, decoded, fitted, otherwise } from "./iam-answers";

type RolePolicies = Pick<
  Identity,
  | "attachedRolePolicies"
  | "attachRolePolicy"
  | "createPolicy"
  | "deletePolicy"
  | "deleteRolePolicy"
  | "detachRolePolicy"
  | "managedPolicy"
  | "putRolePolicy"
  | "replacePolicy"
  | "rolePolicy"
>;

export function rolePolicies(client: IAMClient): RolePolicies {
  return {
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
  };
}
