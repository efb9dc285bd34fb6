/**
 * The identities of the local organization's accounts that credentials can be stolen from: users
 * with access keys, federated roles, roles of workloads, and roles that belong to AWS. Made with
 * plain SDK calls through the gateway, as the accounts' owners would.
 */
import { randomBytes } from "node:crypto";
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
  CreateUserCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  type Tag,
} from "@aws-sdk/client-iam";
import { send } from "../gateway/emulator/moto";
import type { Gateway } from "../gateway/gateway";
import type { Credentials } from "../gateway/iam/caller";
import { ownerOf, type Site } from "./owner";

export interface SeededUser extends Site {
  readonly name: string;
  readonly arn: string;
  /** The unique id that findings call principal id, AIDA…. */
  readonly id: string;
  /** Credentials of its access keys, oldest first. */
  readonly keys: readonly Credentials[];
}

export interface SeededRole extends Site {
  readonly name: string;
  readonly arn: string;
  /** The unique id with which principal ids of its sessions begin, AROA…. */
  readonly id: string;
}

export interface UserShape {
  readonly name: string;
  /** @default "/" */
  readonly path?: string;
  /** How many access keys it has. @default 1 */
  readonly keys?: 0 | 1 | 2;
  /** Actions that its one inline policy allows on every resource. @default none */
  readonly allow?: readonly string[];
  /** ARNs of managed policies attached to it. @default none */
  readonly attach?: readonly string[];
  /** ARN of its permissions boundary. @default none */
  readonly boundary?: string;
  /** @default none */
  readonly tags?: Readonly<Record<string, string>>;
}

export interface RoleShape {
  readonly name: string;
  /** @default "/" */
  readonly path?: string;
  /** Actions that its one inline policy allows on every resource. @default none */
  readonly allow?: readonly string[];
  /** @default none */
  readonly tags?: Readonly<Record<string, string>>;
}

function tagList(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

function document(...statements: object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

function allowing(actions: readonly string[]): string {
  return document({ Effect: "Allow", Action: actions, Resource: "*" });
}

/** Makes a user with its policies and access keys; returns the keys' credentials. */
export async function seedUser(
  gateway: Gateway,
  site: Site,
  shape: UserShape,
): Promise<SeededUser> {
  const { name, path = "/", keys = 1, allow = [], attach = [], boundary, tags = {} } = shape;
  const { iam } = ownerOf(gateway, site);
  const { User: user } = await iam.send(
    new CreateUserCommand({ UserName: name, Path: path, Tags: tagList(tags) }),
  );
  if (allow.length > 0) {
    await iam.send(
      new PutUserPolicyCommand({
        UserName: name,
        PolicyName: "work",
        PolicyDocument: allowing(allow),
      }),
    );
  }
  for (const PolicyArn of attach) {
    await iam.send(new AttachUserPolicyCommand({ UserName: name, PolicyArn }));
  }
  if (boundary !== undefined) {
    await iam.send(
      new PutUserPermissionsBoundaryCommand({ UserName: name, PermissionsBoundary: boundary }),
    );
  }
  const credentials: Credentials[] = [];
  for (let made = 0; made < keys; made += 1) {
    const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName: name }));
    credentials.push({
      accessKeyId: key?.AccessKeyId ?? "",
      secretAccessKey: key?.SecretAccessKey ?? "",
    });
  }
  const { account, region } = site;
  return { account, region, name, arn: user?.Arn ?? "", id: user?.UserId ?? "", keys: credentials };
}

/**
 * Makes a user's access key older than it is, inside the emulator. AWS does not allow it: there a
 * key must grow old by itself.
 */
export async function backdateKey(
  gateway: Gateway,
  { account, name: userName }: SeededUser,
  { accessKeyId }: Credentials,
  days: number,
): Promise<void> {
  const { status } = await send({
    url: gateway.moto.url,
    method: "POST",
    path: "/cordon/backdate-access-key",
    headers: {},
    body: Buffer.from(JSON.stringify({ account, userName, accessKeyId, days })),
  });
  if (status !== 204) throw new Error(`The key ${accessKeyId} could not be backdated: ${status}`);
}

async function seedRole(
  gateway: Gateway,
  { account, region }: Site,
  { name, path = "/", allow = [], tags = {} }: RoleShape,
  trust: object,
): Promise<SeededRole> {
  const { iam } = ownerOf(gateway, { account, region });
  const { Role: role } = await iam.send(
    new CreateRoleCommand({
      RoleName: name,
      Path: path,
      AssumeRolePolicyDocument: document({ Effect: "Allow", ...trust }),
      Tags: tagList(tags),
    }),
  );
  // Only AWS's own services may write the policies of the roles they own.
  if (allow.length > 0) {
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: name,
        PolicyName: "work",
        PolicyDocument: allowing(allow),
      }),
    );
  }
  return { account, region, name, arn: role?.Arn ?? "", id: role?.RoleId ?? "" };
}

/** Makes the role of a workload that runs under an AWS service, "lambda" or "ecs-tasks". */
export function seedServiceRole(
  gateway: Gateway,
  site: Site,
  service: string,
  shape: RoleShape,
): Promise<SeededRole> {
  return seedRole(gateway, site, shape, {
    Principal: { Service: `${service}.amazonaws.com` },
    Action: "sts:AssumeRole",
  });
}

/** Makes a role that a principal of some account may assume, a user of another account say. */
export function seedAssumableRole(
  gateway: Gateway,
  site: Site,
  principal: string,
  shape: RoleShape,
): Promise<SeededRole> {
  return seedRole(gateway, site, shape, {
    Principal: { AWS: principal },
    Action: "sts:AssumeRole",
  });
}

const samlAudience = "https://signin.aws.amazon.com/saml";

function samlTrust({ account }: Site, provider: string) {
  return {
    Principal: { Federated: `arn:aws:iam::${account}:saml-provider/${provider}` },
    Action: "sts:AssumeRoleWithSAML",
    Condition: { StringEquals: { "SAML:aud": samlAudience } },
  };
}

const workforce = "workforce";

/** Creates a role for users who sign in at the company's identity provider. */
export function seedFederatedRole(
  gateway: Gateway,
  site: Site,
  shape: RoleShape,
): Promise<SeededRole> {
  return seedRole(gateway, site, shape, samlTrust(site, workforce));
}

/** Signs a user in to a federated role; the user chooses the session's name. */
export function signIn(
  gateway: Gateway,
  role: SeededRole,
  sessionName: string,
): Promise<Credentials> {
  return gateway.callers.federatedSession({
    roleArn: role.arn,
    provider: `arn:aws:iam::${role.account}:saml-provider/${providerOf(role)}`,
    sessionName,
    claims: { "SAML:aud": samlAudience },
  });
}

const identityCenter = "AWSSSO_0123456789abcdef_DO_NOT_DELETE";

function providerOf({ name }: SeededRole): string {
  return name.startsWith("AWSReservedSSO_") ? identityCenter : workforce;
}

/** Makes the role that IAM Identity Center keeps for a permission set in an account. */
export function seedSsoRole(
  gateway: Gateway,
  site: Site,
  permissionSet: string,
): Promise<SeededRole> {
  const name = `AWSReservedSSO_${permissionSet}_${randomBytes(8).toString("hex")}`;
  const shape = { name, path: "/aws-reserved/sso.amazonaws.com/" };
  return seedRole(gateway, site, shape, samlTrust(site, identityCenter));
}

/** Makes the role that an AWS service, "autoscaling" say, keeps for its own work in an account. */
export async function seedServiceLinkedRole(
  gateway: Gateway,
  { account, region }: Site,
  service: string,
): Promise<SeededRole> {
  const { iam } = ownerOf(gateway, { account, region });
  const { Role: role } = await iam.send(
    new CreateServiceLinkedRoleCommand({ AWSServiceName: `${service}.amazonaws.com` }),
  );
  return {
    account,
    region,
    name: role?.RoleName ?? "",
    arn: role?.Arn ?? "",
    id: role?.RoleId ?? "",
  };
}
