/** What each call of the race does, with IAM's quotas and errors. */
import type { Caller } from "../../gateway/iam/caller";
import type { Parameters } from "../../gateway/wire/protocol";

export interface HeldUser {
  readonly id: string;
  name: string;
  keys: { readonly id: string; active: boolean }[];
  attached: string[];
  inline: Record<string, object>;
  boundary?: string;
  tags: Record<string, string>;
  password: boolean;
}

interface HeldRole {
  readonly name: string;
  trust: object;
  attached: string[];
  inline: Record<string, object>;
}

export interface IamState {
  users: HeldUser[];
  roles: HeldRole[];
}

export class Refused extends Error {
  constructor(
    override readonly name: string,
    message: string,
  ) {
    super(message);
  }
}

export type Answer = Readonly<Record<string, unknown>>;
type Effect = (state: IamState, parameters: Parameters, caller: Caller) => Answer;

const attachedLimit = 10;
const inlineLimit = 2_048;

export const effects: Readonly<Record<string, Effect>> = {
  "s3:ListAllMyBuckets": () => ({}),
  "iam:GetUser": on((user) => ({ user })),
  "iam:ListAccessKeys": on((user) => ({ keys: user.keys })),
  "iam:GetAccessKeyLastUsed": (state, { AccessKeyId }) => ({
    owner: state.users.find(({ keys }) => keys.some(({ id }) => id === AccessKeyId))?.name,
  }),
  "iam:ListUsers": (state) => ({ users: state.users.map(({ id, name }) => ({ id, name })) }),
  "iam:ListAttachedUserPolicies": on((user) => ({ attached: user.attached })),
  "iam:ListUserPolicies": on((user) => ({ names: Object.keys(user.inline) })),
  "iam:GetUserPolicy": on((user, { PolicyName }) => ({ document: user.inline[word(PolicyName)] })),
  "iam:AttachUserPolicy": on((user, { PolicyArn }) => {
    attach(user, word(PolicyArn));
    return {};
  }),
  "iam:DetachUserPolicy": on((user, { PolicyArn }) => {
    user.attached = user.attached.filter((arn) => arn !== PolicyArn);
    return {};
  }),
  "iam:PutUserPolicy": on((user, { PolicyName, PolicyDocument }) => {
    const inline = { ...user.inline, [word(PolicyName)]: PolicyDocument as object };
    if (JSON.stringify(Object.values(inline)).length > inlineLimit) throw limit();
    user.inline = inline;
    return {};
  }),
  "iam:DeleteUserPolicy": on((user, { PolicyName }) => {
    delete user.inline[word(PolicyName)];
    return {};
  }),
  "iam:PutUserPermissionsBoundary": on((user, { PermissionsBoundary }) => {
    user.boundary = word(PermissionsBoundary);
    return {};
  }),
  "iam:DeleteUserPermissionsBoundary": on((user) => {
    delete user.boundary;
    return {};
  }),
  "iam:TagUser": on((user, { Tags }) => {
    for (const { Key, Value } of Tags as { Key: string; Value: string }[]) {
      // IAM takes keys that differ in case alone for the same tag.
      const same = Object.keys(user.tags).find((one) => one.toLowerCase() === Key.toLowerCase());
      if (same !== undefined) delete user.tags[same];
      user.tags[Key] = Value;
    }
    return {};
  }),
  "iam:UntagUser": on((user, { TagKeys }) => {
    for (const key of TagKeys as string[]) delete user.tags[key];
    return {};
  }),
  "iam:UpdateUser": (state, parameters) => {
    const user = userOf(state, word(parameters.UserName));
    const name = word(parameters.NewUserName);
    if (state.users.some((each) => each.name === name)) throw exists(name);
    user.name = name;
    return {};
  },
  "iam:CreateAccessKey": (state, parameters) => {
    const user = userOf(state, word(parameters.UserName));
    if (user.keys.length >= 2) throw limit();
    const id = `AKIA${String(state.users.flatMap(({ keys }) => keys).length)}${user.id}${user.keys.map((key) => key.id).join("")}`;
    user.keys.push({ id, active: true });
    return { id };
  },
  "iam:UpdateAccessKey": on((user, { AccessKeyId, Status }) => {
    const key = user.keys.find(({ id }) => id === AccessKeyId);
    if (key === undefined) throw missing(word(AccessKeyId));
    key.active = Status === "Active";
    return {};
  }),
  "iam:DeleteAccessKey": on((user, { AccessKeyId }) => {
    user.keys = user.keys.filter(({ id }) => id !== AccessKeyId);
    return {};
  }),
  "iam:CreateLoginProfile": on((user) => {
    if (user.password) throw exists("the login profile");
    user.password = true;
    return { userId: user.id };
  }),
  "iam:DeleteLoginProfile": on((user) => {
    if (!user.password) throw missing("the login profile");
    user.password = false;
    return {};
  }),
  "iam:CreateUser": (state, { UserName }) => {
    const name = word(UserName);
    if (state.users.some((each) => each.name === name)) throw exists(name);
    const user = { name, id: `AIDA${name}`, keys: [], attached: [], inline: {}, tags: {} };
    state.users.push({ ...user, password: false });
    return {};
  },
  "iam:CreateRole": (state, { RoleName, AssumeRolePolicyDocument }) => {
    const name = word(RoleName);
    if (state.roles.some((each) => each.name === name)) throw exists(name);
    const trust = AssumeRolePolicyDocument as object;
    state.roles.push({ name, trust, attached: [], inline: {} });
    return {};
  },
  "iam:AttachRolePolicy": (state, { RoleName, PolicyArn }) => {
    attach(roleOf(state, word(RoleName)), word(PolicyArn));
    return {};
  },
  "iam:UpdateAssumeRolePolicy": (state, { RoleName, PolicyDocument }) => {
    roleOf(state, word(RoleName)).trust = PolicyDocument as object;
    return {};
  },
  // The versions of the thief's own policy allow everything already: nothing comes of another.
  "iam:CreatePolicyVersion": () => ({}),
  "sts:AssumeRole": () => ({}),
};

function on(effect: (user: HeldUser, parameters: Parameters) => Answer): Effect {
  return (state, parameters, { userName }) =>
    effect(userOf(state, word(parameters.UserName ?? userName)), parameters);
}

function attach(to: HeldUser | HeldRole, arn: string): void {
  if (to.attached.includes(arn)) return;
  if (to.attached.length >= attachedLimit) throw limit();
  to.attached.push(arn);
}

function userOf(state: IamState, name: string): HeldUser {
  const found = state.users.find((each) => each.name === name);
  if (found === undefined) throw missing(name);
  return found;
}

function roleOf(state: IamState, name: string): HeldRole {
  const found = state.roles.find((each) => each.name === name);
  if (found === undefined) throw missing(name);
  return found;
}

function word(value: unknown): string {
  return String(value);
}

const missing = (what: string) => new Refused("NoSuchEntity", `${what} cannot be found`);
const exists = (what: string) => new Refused("EntityAlreadyExists", `${what} already exists`);
const limit = () => new Refused("LimitExceeded", "the quota is reached");
