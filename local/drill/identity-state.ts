/** Reads all state of a user or role that containment may change, to compare it field by field. */
import {
  type AttachedPolicy,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  paginateListAccessKeys,
  paginateListAttachedRolePolicies,
  paginateListAttachedUserPolicies,
  paginateListRolePolicies,
  paginateListUserPolicies,
  type Tag,
} from "@aws-sdk/client-iam";
import { allOf } from "../gateway/client";
import type { Gateway } from "../gateway/gateway";
import type { SeededRole, SeededUser } from "../seeds/identities";
import { ownerOf } from "../seeds/owner";

interface PrincipalState {
  readonly arn: string;
  /** ARN of the permissions boundary. */
  readonly boundary: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** ARNs of the managed policies, sorted. */
  readonly attached: readonly string[];
  /** Inline policies by name. */
  readonly inline: Readonly<Record<string, unknown>>;
}

export interface UserState extends PrincipalState {
  /** "Active" or "Inactive", by the key's id. */
  readonly keys: Readonly<Record<string, string>>;
}

export interface RoleState extends PrincipalState {
  readonly trust: unknown;
}

/** Fields that GetUser and GetRole have in common. */
interface Found {
  readonly Arn?: string | undefined;
  readonly PermissionsBoundary?:
    | { readonly PermissionsBoundaryArn?: string | undefined }
    | undefined;
  readonly Tags?: readonly Tag[] | undefined;
}

function common(
  found: Found | undefined,
  attached: readonly AttachedPolicy[],
): Omit<PrincipalState, "inline"> {
  return {
    arn: found?.Arn ?? "",
    boundary: found?.PermissionsBoundary?.PermissionsBoundaryArn ?? null,
    tags: Object.fromEntries((found?.Tags ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""])),
    attached: attached.map(({ PolicyArn }) => PolicyArn ?? "").sort(),
  };
}

/** Reads a user's state as the account's owner sees it; throws NoSuchEntity when it is gone. */
export async function readUser(gateway: Gateway, user: SeededUser): Promise<UserState> {
  const { iam: client } = ownerOf(gateway, user);
  const UserName = user.name;
  const [{ User: found }, keys, attached, inline] = await Promise.all([
    client.send(new GetUserCommand({ UserName })),
    allOf(paginateListAccessKeys({ client }, { UserName }), (page) => page.AccessKeyMetadata),
    allOf(
      paginateListAttachedUserPolicies({ client }, { UserName }),
      (page) => page.AttachedPolicies,
    ),
    allOf(paginateListUserPolicies({ client }, { UserName }), (page) => page.PolicyNames),
  ]);
  return {
    ...common(found, attached),
    inline: await documents(inline, (PolicyName) =>
      client.send(new GetUserPolicyCommand({ UserName, PolicyName })),
    ),
    keys: Object.fromEntries(keys.map((key) => [key.AccessKeyId ?? "", key.Status ?? ""])),
  };
}

/** Reads a role's state as the account's owner sees it; throws NoSuchEntity when it is gone. */
export async function readRole(gateway: Gateway, role: SeededRole): Promise<RoleState> {
  const { iam: client } = ownerOf(gateway, role);
  const RoleName = role.name;
  const [{ Role: found }, attached, inline] = await Promise.all([
    client.send(new GetRoleCommand({ RoleName })),
    allOf(
      paginateListAttachedRolePolicies({ client }, { RoleName }),
      (page) => page.AttachedPolicies,
    ),
    allOf(paginateListRolePolicies({ client }, { RoleName }), (page) => page.PolicyNames),
  ]);
  return {
    ...common(found, attached),
    inline: await documents(inline, (PolicyName) =>
      client.send(new GetRolePolicyCommand({ RoleName, PolicyName })),
    ),
    trust: parsed(found?.AssumeRolePolicyDocument),
  };
}

async function documents(
  names: readonly string[],
  read: (name: string) => Promise<{ readonly PolicyDocument?: string | undefined }>,
): Promise<Record<string, unknown>> {
  const found = names.map(async (name) => [name, parsed((await read(name)).PolicyDocument)]);
  return Object.fromEntries(await Promise.all(found));
}

// IAM answers documents percent-encoded.
function parsed(document: string | undefined): unknown {
  return JSON.parse(decodeURIComponent(document ?? "null"));
}
