/** Reads the policies that decide a call from the emulated state. */

import type { State } from "../emulator/moto";
import { fromArn } from "../wire/arn";
import { ApiError, list, member, type Parameters, text } from "../wire/protocol";
import { Cache } from "./cache";
import type { Caller } from "./caller";
import { Membership } from "./membership";

export interface NamedPolicy {
  readonly name: string;
  readonly policy: object;
}

/** The policies of one place on the way from the root to an account. */
export interface ControlLevel {
  /** Id of the root, of a unit, or of the account. */
  readonly orgIdentifier: string;
  readonly policies: readonly NamedPolicy[];
}

export interface Role {
  readonly id: string;
  readonly arn: string;
  readonly trust: object;
  readonly maxSessionSeconds: number;
  readonly policies: readonly NamedPolicy[];
  readonly boundary?: NamedPolicy;
  readonly tags: Readonly<Record<string, string>>;
}

export interface User {
  readonly id: string;
  readonly arn: string;
  readonly keys: readonly { readonly id: string; readonly active: boolean }[];
  readonly groups: readonly string[];
  /** Inline and attached policies of the user itself; the attached are named by their ARN. */
  readonly own: readonly NamedPolicy[];
  /** The same with those of its groups. */
  readonly policies: readonly NamedPolicy[];
  readonly boundary?: NamedPolicy;
  readonly tags: Readonly<Record<string, string>>;
}

/** Supplies the ARN of a user's permissions boundary by user id; the emulator holds none. */
export type UserBoundary = (userId: string) => string | undefined;

/** Supplies the resource policy of a Lambda function, which the emulator does not hold. */
export type FunctionPolicy = (arn: string) => object | undefined;

/** Supplies the service control policies that bind an account, root first. */
export type ServiceControl = (account: string) => readonly ControlLevel[];

const administrator: NamedPolicy = {
  name: "AdministratorAccess",
  policy: {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
  },
};

// Writes whose effect on policies is confined to the role they name.
const roleWrites = /Role(Policy|PermissionsBoundary)?$|^UpdateAssumeRolePolicy$/;
// The same for users.
const userWrites = /(?<!Update)User(Policy|PermissionsBoundary)?$|AccessKey$/;

export class Policies {
  readonly #cache = new Cache();

  constructor(
    private readonly state: State,
    private readonly functionPolicy: FunctionPolicy,
    private readonly userBoundary: UserBoundary = () => undefined,
    /** Who is in the organization: what the condition keys about it go by. */
    readonly membership = new Membership(),
    readonly serviceControl: ServiceControl = () => [],
  ) {}

  /** Identity policies of a caller; trusted users hold administrator rights. */
  async identity(caller: Caller): Promise<Pick<Role, "policies" | "boundary" | "tags">> {
    if (caller.userName !== undefined) {
      const user = await this.user(caller.account, caller.userName);
      if (!user) throw new ApiError("AccessDenied", `The user ${caller.arn} no longer exists`, 403);
      return user;
    }
    if (!caller.roleArn) return { policies: [administrator], tags: {} };
    const role = await this.role(caller.roleArn);
    if (!role)
      throw new ApiError("AccessDenied", `The role ${caller.roleArn} no longer exists`, 403);
    return role;
  }

  /** Reads a role with everything that decides about it; undefined when it does not exist. */
  role(arn: string): Promise<Role | undefined> {
    const { account, resource } = fromArn(arn);
    const name = resource.split("/").at(-1) as string;
    return this.#cache.get(`iam/${account}/${name}/${arn}`, () =>
      this.#readRole(account, name, arn),
    );
  }

  /** The same by name alone, whatever the path. */
  async roleNamed(account: string, name: string): Promise<Role | undefined> {
    const arn = await this.roleArn(account, name);
    return arn === undefined ? undefined : this.role(arn);
  }

  /** Reads the ARN of a role, which holds its path; undefined when the role does not exist. */
  roleArn(account: string, name: string): Promise<string | undefined> {
    return this.#cache.get(`iam/${account}/${name}/arn`, async () => {
      const answer = await this.state
        .query({ account, region: "us-east-1" }, "iam", "GetRole", { RoleName: name })
        .catch(missing);
      return text(member(member(member(answer, "GetRoleResult"), "Role"), "Arn"));
    });
  }

  async #readRole(account: string, name: string, arn: string): Promise<Role | undefined> {
    const read = (action: string, parameters: Record<string, string>) =>
      this.state.query({ account, region: "us-east-1" }, "iam", action, parameters);
    const [answer, inline, attached] = await Promise.all([
      read("GetRole", { RoleName: name }).catch(missing),
      read("ListRolePolicies", { RoleName: name }).catch(missing),
      read("ListAttachedRolePolicies", { RoleName: name }).catch(missing),
    ]);
    const role = member(member(answer, "GetRoleResult"), "Role");
    // A role of the same name under another path is another role.
    if (!role || text(member(role, "Arn")) !== arn) return undefined;
    const managed = (policyArn: string) => this.#managed(account, policyArn);
    const inlinePolicy = async (policyName: string): Promise<NamedPolicy> => {
      const content = await read("GetRolePolicy", { RoleName: name, PolicyName: policyName });
      const document = member(member(content, "GetRolePolicyResult"), "PolicyDocument");
      return { name: policyName, policy: parsePolicy(document) };
    };
    const inlineNames = items(member(member(inline, "ListRolePoliciesResult"), "PolicyNames"));
    const attachedPolicies = items(
      member(member(attached, "ListAttachedRolePoliciesResult"), "AttachedPolicies"),
    );
    const boundaryArn = text(member(member(role, "PermissionsBoundary"), "PermissionsBoundaryArn"));
    const [policies, boundary] = await Promise.all([
      Promise.all([
        ...inlineNames.map((policyName) => inlinePolicy(String(policyName))),
        ...attachedPolicies.map((entry) => managed(String(member(entry, "PolicyArn")))),
      ]),
      boundaryArn ? managed(boundaryArn) : undefined,
    ]);
    return {
      id: String(member(role, "RoleId")),
      arn,
      trust: parsePolicy(member(role, "AssumeRolePolicyDocument")),
      maxSessionSeconds: Number(text(member(role, "MaxSessionDuration"))),
      policies,
      tags: tagsOf(items(member(role, "Tags"))),
      ...(boundary && { boundary }),
    };
  }

  async #managed(account: string, policyArn: string): Promise<NamedPolicy> {
    const read = (action: string, parameters: Record<string, string>) =>
      this.state.query({ account, region: "us-east-1" }, "iam", action, parameters);
    const policy = await read("GetPolicy", { PolicyArn: policyArn });
    const version = member(member(member(policy, "GetPolicyResult"), "Policy"), "DefaultVersionId");
    const content = await read("GetPolicyVersion", {
      PolicyArn: policyArn,
      VersionId: String(version),
    });
    const found = member(member(content, "GetPolicyVersionResult"), "PolicyVersion");
    return { name: policyArn, policy: parsePolicy(member(found, "Document")) };
  }

  /** Reads a user with everything that decides about it; undefined when it does not exist. */
  user(account: string, name: string): Promise<User | undefined> {
    return this.#cache.get(`iam/${account}/${name}/user`, () => this.#readUser(account, name));
  }

  async #readUser(account: string, name: string): Promise<User | undefined> {
    const read = async (action: string, parameters: Record<string, string>) =>
      member(
        await this.state
          .query({ account, region: "us-east-1" }, "iam", action, parameters)
          .catch(missing),
        `${action}Result`,
      );
    const of = { UserName: name };
    const [answer, keys, groups, own] = await Promise.all([
      read("GetUser", of),
      read("ListAccessKeys", of),
      read("ListGroupsForUser", of),
      this.#held(account, "User", name),
    ]);
    const user = member(answer, "User");
    if (!user) return undefined;
    const groupNames = items(member(groups, "Groups")).map((group) =>
      String(member(group, "GroupName")),
    );
    const inherited = await Promise.all(
      groupNames.map((group) => this.#held(account, "Group", group)),
    );
    const id = String(member(user, "UserId"));
    const boundaryArn = this.userBoundary(id);
    return {
      id,
      arn: String(member(user, "Arn")),
      keys: items(member(keys, "AccessKeyMetadata")).map((key) => ({
        id: String(member(key, "AccessKeyId")),
        active: member(key, "Status") === "Active",
      })),
      groups: groupNames,
      own,
      policies: [...own, ...inherited.flat()],
      tags: tagsOf(items(member(user, "Tags"))),
      ...(boundaryArn && { boundary: await this.#managed(account, boundaryArn) }),
    };
  }

  /** Reads the inline and attached policies of a user or a group. */
  async #held(account: string, kind: "User" | "Group", name: string): Promise<NamedPolicy[]> {
    const of = { [`${kind}Name`]: name };
    const read = (action: string, parameters: Record<string, string>) =>
      this.state.query({ account, region: "us-east-1" }, "iam", action, parameters);
    const [inline, attached] = await Promise.all([
      read(`List${kind}Policies`, of).catch(missing),
      read(`ListAttached${kind}Policies`, of).catch(missing),
    ]);
    const names = items(member(member(inline, `List${kind}PoliciesResult`), "PolicyNames"));
    const arns = items(
      member(member(attached, `ListAttached${kind}PoliciesResult`), "AttachedPolicies"),
    ).map((entry) => String(member(entry, "PolicyArn")));
    return Promise.all([
      ...names.map(async (policyName) => {
        const content = await read(`Get${kind}Policy`, { ...of, PolicyName: String(policyName) });
        const document = member(member(content, `Get${kind}PolicyResult`), "PolicyDocument");
        return { name: String(policyName), policy: parsePolicy(document) };
      }),
      ...arns.map((arn) => this.#managed(account, arn)),
    ]);
  }

  /** Reads the policy attached to a resource; undefined when it has none. */
  async ofResource(action: string, arn: string): Promise<object | undefined> {
    const service = action.split(":")[0] as string;
    if (["sts:AssumeRole", "sts:SetSourceIdentity"].includes(action))
      return (await this.role(arn))?.trust;
    if (arn === "*" || !["sqs", "sns", "kms", "events", "lambda"].includes(service)) {
      return undefined;
    }
    if (service === "lambda") return this.functionPolicy(arn);
    const { account, region, resource } = fromArn(arn);
    const at = { account, region };
    const read = async (): Promise<object | undefined> => {
      switch (service) {
        case "sqs": {
          const answer = await this.state.json(at, "sqs", "AmazonSQS.GetQueueAttributes", {
            QueueUrl: `http://127.0.0.1/${account}/${resource}`,
            AttributeNames: ["Policy"],
          });
          return optionalPolicy(member(answer.Attributes, "Policy"));
        }
        case "sns": {
          const attributes = await this.topicAttributes(arn);
          return optionalPolicy(attributes.Policy);
        }
        case "kms": {
          const answer = await this.state.json(at, "kms", "TrentService.GetKeyPolicy", {
            KeyId: resource.replace(/^key\//, ""),
            PolicyName: "default",
          });
          return optionalPolicy(answer.Policy);
        }
        default: {
          const answer = await this.state.json(at, "events", "AWSEvents.DescribeEventBus", {
            Name: resource.replace(/^event-bus\//, ""),
          });
          return optionalPolicy(answer.Policy);
        }
      }
    };
    // What does not exist has no policy: the caller's own then decide, as AWS reveals nothing.
    return this.#cache.get(`${service}/${account}/${arn}`, () => read().catch(missing));
  }

  /** Attributes of a topic, as GetTopicAttributes names them. */
  topicAttributes(arn: string): Promise<Record<string, string>> {
    const { account, region } = fromArn(arn);
    return this.#cache.get(`sns/${account}/attributes/${arn}`, async () => {
      const answer = await this.state.query({ account, region }, "sns", "GetTopicAttributes", {
        TopicArn: arn,
      });
      const attributes = member(member(answer, "GetTopicAttributesResult"), "Attributes");
      return Object.fromEntries(
        list(member(attributes, "entry")).map((entry) => [
          String(member(entry, "key")),
          String(member(entry, "value")),
        ]),
      );
    });
  }

  /** Remembers any other read until its service changes something in the account. */
  remember<T>(service: string, account: string, key: string, load: () => Promise<T>): Promise<T> {
    return this.#cache.get(`${service}/${account}/${key}`, load);
  }

  /** Forgets what a write may have changed. */
  changed(service: string, account: string, operation: string, parameters: Parameters): void {
    const role = text(parameters.RoleName);
    const user = text(parameters.UserName);
    const resources = service === "ec2" ? resourcesChanged(operation, parameters) : undefined;
    if (resources) {
      for (const id of resources) this.#cache.drop(`ec2/${account}/`, `/${id}`);
    } else if (service === "iam" && role && roleWrites.test(operation)) {
      this.#cache.drop(`iam/${account}/${role}/`);
    } else if (service === "iam" && user && userWrites.test(operation)) {
      this.#cache.drop(`iam/${account}/${user}/`);
    } else {
      this.#cache.drop(`${service}/${account}/`);
      // Auto Scaling starts and ends instances by itself.
      if (service === "autoscaling") this.#cache.drop(`ec2/${account}/`);
    }
  }
}

/**
 * Ids of the only EC2 resources of which a write changes what is remembered: their tags and VPC, an
 * instance's state and devices, an interface's instance. Undefined when it may be any.
 */
function resourcesChanged(
  operation: string,
  parameters: Parameters,
): readonly string[] | undefined {
  switch (operation) {
    case "ModifyInstanceAttribute":
      return [];
    case "CreateTags":
    case "DeleteTags":
      return list<string>(parameters.ResourceId);
    case "DeleteSecurityGroup":
      return parameters.GroupId === undefined ? undefined : list<string>(parameters.GroupId);
    default:
      return undefined;
  }
}

/** Turns the error of a read of something that does not exist into undefined. */
export function missing(error: unknown): undefined {
  const codes = /NotFound|NonExistent|NoSuchEntity|DoesNotExist|Malformed/;
  if (error instanceof ApiError && codes.test(error.code)) return undefined;
  throw error;
}

/** Lists the members of a parsed XML collection. */
export function items(collection: unknown): readonly unknown[] {
  return list(member(collection, "member") ?? member(collection, "item"));
}

/** Reads `[{Key, Value}]`, whichever case the service writes its member names in. */
export function tagsOf(entries: readonly unknown[]): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => [
      String(member(entry, "Key") ?? member(entry, "key")),
      String(member(entry, "Value") ?? member(entry, "value") ?? ""),
    ]),
  );
}

// IAM returns documents URL-encoded; other services return them as text.
function parsePolicy(document: unknown): object {
  const content = String(document);
  const plain = content.trimStart().startsWith("{") ? content : decodeURIComponent(content);
  return JSON.parse(plain) as object;
}

function optionalPolicy(document: unknown): object | undefined {
  return document === undefined || document === "" ? undefined : parsePolicy(document);
}
