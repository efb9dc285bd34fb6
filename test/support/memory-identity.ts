/**
 * The users and roles of an account held in memory: a stand-in for functions/aws/iam.ts, with IAM's
 * quotas and error codes. It does not know permissions, and what is written can be read at once.
 */
import type {
  AccessKey,
  Fit,
  Identity,
  OtherCredential,
} from "../../functions/model/member-account";
import { AwsError } from "./aws-error";

/** Roles and users by name; plain JSON. */
export interface IdentityState {
  roles: Record<
    string,
    {
      /** IAM's unique id. @default one that the name gives */
      id?: string;
      arn: string;
      policies: Record<string, object>;
      /** ARNs of managed policies. @default none */
      attached?: string[];
      tags: Record<string, string>;
      trust: object;
    }
  >;
  /** Versions of the account's own managed policies by ARN, the default one last. @default none */
  managed?: Record<string, object[]>;
  users: Record<
    string,
    {
      /** IAM's unique id, which outlives a change of the name. */
      id: string;
      arn: string;
      tags: Record<string, string>;
      boundary?: string;
      keys: { -readonly [F in keyof AccessKey]: AccessKey[F] }[];
      /** ARNs of managed policies. */
      attached: string[];
      policies: Record<string, object>;
      /** Ids of credentials beside access keys. */
      others?: Partial<Record<OtherCredential, string[]>>;
    }
  >;
}

type Call = <T>(method: string, args: readonly unknown[], effect: () => T) => Promise<T>;

/** AWS's own policies that this stand-in knows; every other name under aws: is refused. */
const awsPolicies = ["AWSDenyAll", "PowerUserAccess", "ReadOnlyAccess"];

// IAM's quotas; what counts of inline policies is their characters without white space.
const attachedLimit = 10;
const inlineLimits = { user: 2_048, role: 10_240 };
const managedLimits = { characters: 6_144, versions: 5, policies: 1_500 };
const tagLimit = 50;

/** A user may be named "constructor". */
const own = <T>(all: Record<string, T>, name: string) =>
  Object.hasOwn(all, name) ? all[name] : undefined;

/** Identity over a state that also holds the profiles by which instances bear roles. */
export function memoryIdentity(
  state: IdentityState & { profiles: Record<string, string> },
  read: Call,
  change: Call,
): Identity {
  const user = (name: string) =>
    own(state.users, name) ?? raise("NoSuchEntityException", `The user with name ${name}`);
  const role = (name: string) =>
    own(state.roles, name) ?? raise("NoSuchEntityException", `The role with name ${name}`);
  const holder = ({ type, name }: { type: "user" | "role"; name: string }) =>
    type === "user" ? user(name) : role(name);

  return {
    roleOfProfile: (profile) =>
      read("identity.roleOfProfile", [profile], () => {
        const name = state.profiles[profile];
        const found = name === undefined ? undefined : own(state.roles, name);
        return name === undefined || found === undefined ? undefined : { name, arn: found.arn };
      }),
    rolePolicy: (name, policy) =>
      read("identity.rolePolicy", [name, policy], () => own(state.roles, name)?.policies[policy]),
    putRolePolicy: (name, policy, document) =>
      change("identity.putRolePolicy", [name, policy, document], (): Fit => {
        const found = role(name);
        if (/:role\/(aws-service-role|aws-reserved)\//.test(found.arn)) {
          raise("UnmodifiableEntityException", `${name} is only modifiable by AWS`);
        }
        const policies = withPolicy(found.policies, policy, document);
        if (sizeOf(policies) > inlineLimits.role) return "quota";
        found.policies = policies;
        return "done";
      }),
    deleteRolePolicy: (name, policy) =>
      // As the adapter does: gone is gone.
      change("identity.deleteRolePolicy", [name, policy], () => {
        delete own(state.roles, name)?.policies[policy];
      }),
    attachedRolePolicies: (name, path) =>
      read("identity.attachedRolePolicies", [name, path], () =>
        (own(state.roles, name)?.attached ?? []).filter((arn) => arn.includes(`:policy${path}`)),
      ),
    attachRolePolicy: (name, policyArn) =>
      change("identity.attachRolePolicy", [name, policyArn], () => {
        const found = own(state.roles, name);
        const known = policyArn.startsWith("arn:aws:iam::aws:") || state.managed?.[policyArn];
        if (found === undefined || !known) return "missing";
        checkPolicyArn(policyArn);
        const { attached = [] } = found;
        if (attached.includes(policyArn)) return "done";
        if (attached.length >= attachedLimit) return "quota";
        found.attached = [...attached, policyArn];
        return "done";
      }),
    detachRolePolicy: (name, policyArn) =>
      change("identity.detachRolePolicy", [name, policyArn], () => {
        const found = own(state.roles, name);
        if (found?.attached) {
          found.attached = found.attached.filter((each) => each !== policyArn);
        }
      }),
    managedPolicy: (policyArn) =>
      read("identity.managedPolicy", [policyArn], () => state.managed?.[policyArn]?.at(-1)),
    createPolicy: (path, name, document) =>
      change("identity.createPolicy", [path, name, document], () => {
        const owner = /^arn:aws:iam::(\d{12}):/.exec(Object.values(state.roles)[0]?.arn ?? "")?.[1];
        const arn = `arn:aws:iam::${owner}:policy${path}${name}`;
        checkPolicyArn(arn);
        const taken = Object.keys(state.managed ?? {}).some(
          // One name in an account, whatever the path and the case of its letters.
          (each) => each.split("/").at(-1)?.toLowerCase() === name.toLowerCase(),
        );
        if (taken) return "exists";
        const policies = withPolicy({}, name, document);
        const isFull = Object.keys(state.managed ?? {}).length >= managedLimits.policies;
        if (isFull || sizeOf(policies) > managedLimits.characters) return "quota";
        state.managed = { ...state.managed, [arn]: Object.values(policies) };
        return "done";
      }),
    replacePolicy: (policyArn, document) =>
      change("identity.replacePolicy", [policyArn, document], (): Fit => {
        const versions =
          state.managed?.[policyArn] ?? raise("NoSuchEntityException", `Policy ${policyArn}`);
        const [next] = Object.values(withPolicy({}, "version", document));
        if (versions.length >= managedLimits.versions) return "quota";
        versions.push(next as object);
        return "done";
      }),
    deletePolicy: (policyArn) =>
      change("identity.deletePolicy", [policyArn], () => {
        const holders = [...Object.values(state.roles), ...Object.values(state.users)];
        if (holders.some(({ attached }) => attached?.includes(policyArn))) return "in use";
        delete state.managed?.[policyArn];
        return "done";
      }),

    user: (name) =>
      read("identity.user", [name], () => {
        const found = own(state.users, name);
        if (found === undefined) return undefined;
        const { id, arn, tags, boundary } = found;
        return { name, uniqueId: id, arn, tags, ...(boundary !== undefined && { boundary }) };
      }),
    accessKeys: (name) => read("identity.accessKeys", [name], () => own(state.users, name)?.keys),
    ownerOfKey: (accessKey) =>
      read(
        "identity.ownerOfKey",
        [accessKey],
        () =>
          Object.entries(state.users).find(([, { keys }]) =>
            keys.some((key) => key.id === accessKey),
          )?.[0],
      ),
    nameOfUser: (uniqueId) =>
      read(
        "identity.nameOfUser",
        [uniqueId],
        () => Object.entries(state.users).find(([, { id }]) => id === uniqueId)?.[0],
      ),
    otherCredentials: (name, kind) =>
      read(
        "identity.otherCredentials",
        [name, kind],
        () => own(state.users, name)?.others?.[kind] ?? [],
      ),
    setKeyActive: (name, accessKey, active) =>
      change("identity.setKeyActive", [name, accessKey, active], () => {
        const key =
          user(name).keys.find(({ id }) => id === accessKey) ??
          raise("NoSuchEntityException", `The Access Key with id ${accessKey}`);
        key.active = active;
      }),
    attachedPolicies: (name) =>
      read("identity.attachedPolicies", [name], () => own(state.users, name)?.attached ?? []),
    attachPolicy: (name, policyArn) =>
      change("identity.attachPolicy", [name, policyArn], (): Fit => {
        const { attached } = user(name);
        checkPolicyArn(policyArn);
        if (attached.includes(policyArn)) return "done";
        if (attached.length >= attachedLimit) return "quota";
        attached.push(policyArn);
        return "done";
      }),
    detachPolicy: (name, policyArn) =>
      change("identity.detachPolicy", [name, policyArn], () => {
        const found = own(state.users, name);
        if (found) found.attached = found.attached.filter((each) => each !== policyArn);
      }),
    inlinePolicies: ({ type, name }) =>
      read("identity.inlinePolicies", [type, name], () =>
        Object.keys((type === "user" ? state.users : state.roles)[name]?.policies ?? {}),
      ),
    userPolicy: (name, policy) =>
      read("identity.userPolicy", [name, policy], () => own(state.users, name)?.policies[policy]),
    putUserPolicy: (name, policy, document) =>
      change("identity.putUserPolicy", [name, policy, document], (): Fit => {
        const found = user(name);
        const policies = withPolicy(found.policies, policy, document);
        if (sizeOf(policies) > inlineLimits.user) return "quota";
        found.policies = policies;
        return "done";
      }),
    deleteUserPolicy: (name, policy) =>
      change("identity.deleteUserPolicy", [name, policy], () => {
        delete own(state.users, name)?.policies[policy];
      }),
    setBoundary: (name, policyArn) =>
      change("identity.setBoundary", [name, policyArn ?? null], () => {
        if (policyArn === undefined) {
          // As the adapter does: no boundary, or no user, is as wanted.
          delete own(state.users, name)?.boundary;
          return;
        }
        checkPolicyArn(policyArn);
        user(name).boundary = policyArn;
      }),
    role: (name) =>
      read("identity.role", [name], () => {
        const found = own(state.roles, name);
        if (found === undefined) return undefined;
        const { id = `AROA-${name}`, arn, tags, trust } = found;
        return { name, uniqueId: id, arn, tags, trust };
      }),
    setPrincipalTags: (principal, tags) =>
      change("identity.setPrincipalTags", [principal.type, principal.name, tags], () => {
        const found = holder(principal);
        const after = tagged(found.tags, tags);
        checkTags(tags, after);
        found.tags = after;
      }),
    removePrincipalTags: async (principal, keys) => {
      // As the adapter does.
      if (keys.length === 0) return;
      await change("identity.removePrincipalTags", [principal.type, principal.name, keys], () => {
        const { tags } = holder(principal);
        for (const key of keys) delete tags[key];
      });
    },
  };
}

function raise(code: string, message: string): never {
  throw new AwsError(code, message);
}

function withPolicy(current: Record<string, object>, name: string, document: object) {
  if (!/^[\w+=,.@-]{1,128}$/.test(name)) raise("ValidationError", `Bad policy name ${name}`);
  if (!("Statement" in document)) raise("MalformedPolicyDocumentException", "No statement");
  return { ...current, [name]: structuredClone(document) };
}

function sizeOf(policies: Record<string, object>): number {
  const texts = Object.values(policies).map((each) => JSON.stringify(each).replace(/\s/g, ""));
  return texts.join("").length;
}

function checkPolicyArn(arn: string): void {
  const [, owner, name] =
    /^arn:aws:iam::(aws|\d{12}):policy\/(?:[\x21-\x7e]+\/)?([\w+=,.@-]{1,128})$/.exec(arn) ??
    raise("InvalidInputException", `ARN ${arn} is not valid`);
  if (owner === "aws" && !awsPolicies.includes(name ?? "")) {
    raise("NoSuchEntityException", `Policy ${arn} does not exist or is not attachable`);
  }
}

/** IAM takes keys that differ in case alone for one, and keeps the one that exists. */
function tagged(
  current: Readonly<Record<string, string>>,
  tags: Readonly<Record<string, string>>,
): Record<string, string> {
  const after = { ...current };
  for (const [key, value] of Object.entries(tags)) {
    const same = Object.keys(current).find((each) => each.toLowerCase() === key.toLowerCase());
    after[same ?? key] = value;
  }
  return after;
}

function checkTags(
  tags: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): void {
  const shape = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
  for (const [key, value] of Object.entries(tags)) {
    const fits = key.length >= 1 && key.length <= 128 && value.length <= 256;
    if (!fits || !shape.test(key) || !shape.test(value) || /^aws:/i.test(key)) {
      raise("InvalidInputException", `Bad tag ${key}=${value}`);
    }
  }
  if (Object.keys(after).length > tagLimit) {
    raise("LimitExceededException", `A user or role can have at most ${tagLimit} tags`);
  }
}
