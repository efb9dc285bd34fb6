/**
 * Makes the emulator's IAM answer as AWS does where it is kinder. Each check runs before the call is
 * forwarded, for every caller, and its comment says what the emulator does instead.
 */
import type { Caller } from "../iam/caller";
import { missing } from "../iam/policies";
import {
  type ApiCall,
  ApiError,
  list,
  member,
  text,
  UnknownOperationError,
} from "../wire/protocol";
import type { Place, World } from "../world";
import type { StrictCheck } from "./check";
import { requireTrust } from "./principals";

/** Policies that may be attached to one user or role, without an increase of the quota. */
const attachedLimit = 10;
/** Characters, white space left out, of all inline policies together. */
const inlineLimits = { User: 2_048, Role: 10_240 } as const;
const tagLimit = 50;

export const identityChecks: Readonly<Record<string, StrictCheck>> = {
  // Takes any amount of inline policy.
  "iam:PutUserPolicy": (call, place, world) => requireInlineRoom("User", call, place, world),
  "iam:PutRolePolicy": async (call, place, world) => {
    await requireModifiable(call, place, world);
    await requireInlineRoom("Role", call, place, world);
  },
  // Attaches any number of policies.
  "iam:AttachUserPolicy": (call, place, world) => requireAttachable("User", call, place, world),
  "iam:AttachRolePolicy": async (call, place, world) => {
    await requireModifiable(call, place, world);
    await requireAttachable("Role", call, place, world);
  },
  // Change roles that belong to AWS services and to IAM Identity Center.
  "iam:DeleteRolePolicy": requireModifiable,
  "iam:DetachRolePolicy": requireModifiable,
  "iam:UpdateAssumeRolePolicy": requireModifiable,
  "iam:PutRolePermissionsBoundary": requireModifiable,
  "iam:DeleteRolePermissionsBoundary": requireModifiable,
  "iam:DeleteRole": requireModifiable,
  // Makes roles under the paths that only AWS services write to; a seed acts for such a service.
  "iam:CreateRole": async (call, _place, world, caller) => {
    await requireTrust(text(call.parameters.AssumeRolePolicyDocument) ?? "", world);
    const path = text(call.parameters.Path) ?? "/";
    if (reservedPath.test(path) && caller.origin !== "seed") {
      throw new UnknownOperationError(`iam:CreateRole under ${path}`);
    }
  },
  // Looks for the key in every account when no user is named, and expires a key.
  "iam:UpdateAccessKey": async (call, place, world, caller) => {
    if (call.parameters.Status === "Expired") {
      throw new UnknownOperationError("iam:UpdateAccessKey to Expired");
    }
    await requireOwnKey(call, place, world, caller);
  },
  "iam:DeleteAccessKey": requireOwnKey,
  // Answer for a made-up user when a role asks about itself.
  "iam:GetUser": requireUserName,
  "iam:ListAccessKeys": requireUserName,
  "iam:CreateAccessKey": requireUserName,
  // Finds keys of other accounts, and answers NoSuchEntity where AWS denies.
  "iam:GetAccessKeyLastUsed": async (call, place, world, caller) => {
    const key = text(call.parameters.AccessKeyId) ?? "";
    if ((await ownerOfKey(world, place.account, key)) === undefined) throw noSuchKey(caller, key);
  },
  // Deletes users that still have keys, a password or groups.
  "iam:DeleteUser": async (call, { account }, { policies, state }) => {
    const name = text(call.parameters.UserName) ?? "";
    const user = await policies.user(account, name);
    const password = await state
      .query({ account, region: "us-east-1" }, "iam", "GetLoginProfile", { UserName: name })
      .catch(missing);
    const first = user?.keys.length
      ? "delete access keys"
      : password
        ? "delete login profile"
        : user?.groups.length
          ? "remove users from group"
          : undefined;
    if (first) {
      throw new ApiError("DeleteConflict", `Cannot delete entity, must ${first} first.`, 409);
    }
  },
  // Gives a user the name of another, who is gone then.
  "iam:UpdateUser": async (call, { account }, { policies }) => {
    if (call.parameters.NewPath !== undefined) {
      throw new UnknownOperationError("iam:UpdateUser with NewPath");
    }
    const wanted = text(call.parameters.NewUserName) ?? "";
    if (await policies.user(account, wanted)) {
      throw new ApiError("EntityAlreadyExists", `User with name ${wanted} already exists.`, 409);
    }
  },
  // Take any number of tags, and reserved keys.
  "iam:TagUser": (call, place, world) => requireTagRoom("User", call, place, world),
  "iam:TagRole": (call, place, world) => requireTagRoom("Role", call, place, world),
};

const reservedPath = /^\/(aws-service-role|aws-reserved)\//;

async function holderOf(
  kind: "User" | "Role",
  call: ApiCall,
  { account }: Place,
  { policies }: World,
) {
  const name = text(call.parameters[`${kind}Name`]) ?? "";
  const found =
    kind === "User" ? await policies.user(account, name) : await policies.roleNamed(account, name);
  const held = found === undefined ? [] : "own" in found ? found.own : found.policies;
  return {
    name,
    arn: found?.arn ?? "",
    tags: found?.tags ?? {},
    attached: held.filter((policy) => policy.name.startsWith("arn:")),
    inline: held.filter((policy) => !policy.name.startsWith("arn:")),
  };
}

async function requireInlineRoom(
  kind: "User" | "Role",
  call: ApiCall,
  place: Place,
  world: World,
): Promise<void> {
  const { name, inline } = await holderOf(kind, call, place, world);
  const others = inline
    .filter((policy) => policy.name !== text(call.parameters.PolicyName))
    .map(({ policy }) => JSON.stringify(policy));
  const size = [...others, text(call.parameters.PolicyDocument) ?? ""]
    .map((document) => document.replace(/\s/g, "").length)
    .reduce((sum, length) => sum + length, 0);
  if (size > inlineLimits[kind]) {
    throw new ApiError(
      "LimitExceeded",
      `Maximum policy size of ${inlineLimits[kind]} bytes exceeded for ${kind.toLowerCase()} ${name}`,
      409,
    );
  }
}

async function requireAttachable(
  kind: "User" | "Role",
  call: ApiCall,
  place: Place,
  world: World,
): Promise<void> {
  const { attached } = await holderOf(kind, call, place, world);
  const again = attached.some(({ name }) => name === text(call.parameters.PolicyArn));
  if (!again && attached.length >= attachedLimit) {
    throw new ApiError(
      "LimitExceeded",
      `Cannot exceed quota for PoliciesPer${kind}: ${attachedLimit}`,
      409,
    );
  }
}

async function requireModifiable(call: ApiCall, place: Place, world: World): Promise<void> {
  const { name, arn } = await holderOf("Role", call, place, world);
  if (reservedPath.test(arn.replace(/^.*:role/, ""))) {
    throw new ApiError(
      "UnmodifiableEntity",
      `Cannot perform the operation on the protected role '${name}' - this role is only modifiable by AWS`,
    );
  }
}

async function requireTagRoom(
  kind: "User" | "Role",
  call: ApiCall,
  place: Place,
  world: World,
): Promise<void> {
  const wanted = list(call.parameters.Tags).map((tag) => text(member(tag, "Key")) ?? "");
  const reserved = wanted.find((key) => /^aws:/i.test(key));
  if (reserved) {
    throw new ApiError("InvalidInput", `The tag key '${reserved}' begins with the reserved aws:`);
  }
  const { tags } = await holderOf(kind, call, place, world);
  if (new Set([...Object.keys(tags), ...wanted]).size > tagLimit) {
    throw new ApiError("LimitExceeded", `Cannot exceed quota for TagsPer${kind}: ${tagLimit}`, 409);
  }
}

/** Says which user a call is about: the one it names, or else the caller itself. */
export function namedUser(
  parameters: ApiCall["parameters"],
  caller: Pick<Caller, "userName"> | undefined,
): string {
  const name = text(parameters.UserName) ?? caller?.userName;
  if (name) return name;
  throw new ApiError(
    "ValidationError",
    "Must specify userName when calling with non-User credentials",
  );
}

async function requireUserName(
  call: ApiCall,
  _place: Place,
  _world: World,
  caller: Caller,
): Promise<void> {
  namedUser(call.parameters, caller);
}

async function requireOwnKey(
  call: ApiCall,
  place: Place,
  world: World,
  caller: Caller,
): Promise<void> {
  const user = namedUser(call.parameters, caller);
  const key = text(call.parameters.AccessKeyId) ?? "";
  if (!(await hasKey(world, place.account, user, key))) {
    throw new ApiError("NoSuchEntity", `The Access Key with id ${key} cannot be found.`, 404);
  }
}

async function hasKey(
  { policies }: World,
  account: string,
  user: string,
  key: string,
): Promise<boolean> {
  const found = await policies.user(account, user);
  return found?.keys.some(({ id }) => id === key) ?? false;
}

/** Names the user of an account that a key belongs to; undefined for keys of other accounts. */
export async function ownerOfKey(
  world: World,
  account: string,
  key: string,
): Promise<string | undefined> {
  // A key never changes hands: its owner may be remembered, that it still exists may not.
  const user = await world.policies.remember("iam", account, `key/${key}`, async () => {
    const answer = await world.state
      .query({ account, region: "us-east-1" }, "iam", "GetAccessKeyLastUsed", { AccessKeyId: key })
      .catch(missing);
    return text(member(member(answer, "GetAccessKeyLastUsedResult"), "UserName"));
  });
  return user && (await hasKey(world, account, user, key)) ? user : undefined;
}

/** AWS does not disclose whether a key exists elsewhere: it denies, and names the key as the resource. */
export function noSuchKey(caller: Pick<Caller, "arn"> | undefined, key: string): ApiError {
  return new ApiError(
    "AccessDenied",
    `User: ${caller?.arn} is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key ${key}`,
    403,
  );
}
