/** Makes the roles with which Cordon is deployed, from the templates that people deploy first. */
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient, type STSClientConfig } from "@aws-sdk/client-sts";
import { type Kind, template } from "../../deploy/bootstrap/template";
import {
  type Account,
  deploymentRole,
  management,
  members,
  organizationId,
  security,
} from "../gateway/accounts";
import { clientConfig } from "../gateway/client";
import type { Gateway } from "../gateway/gateway";
import type { Credentials } from "../gateway/iam/caller";
import { ownerOf } from "./owner";

/** Who runs the deployment, as a CI would: a user of the security account. */
const deployer = "deployer";

/** The values of a template's parameters; those left out have their defaults. */
export type Parameters = Readonly<Record<string, string>>;

/** Makes the deployment role of every account, and the user that assumes the hub's. */
export async function seedDeploymentRoles(gateway: Gateway, given: Parameters): Promise<void> {
  await ownerOf(gateway, { account: security.id, region: "us-east-1" }).iam.send(
    new CreateUserCommand({ UserName: deployer }),
  );
  await seedDeploymentRole(gateway, security, "security", given);
  await seedDeploymentRole(gateway, management, "management", given);
  for (const account of members) await seedDeploymentRole(gateway, account, "member", given);
}

/** Opens the session with which Pulumi runs. */
export async function deployerSession(gateway: Gateway): Promise<Required<Credentials>> {
  const user = gateway.callers.trusted(security.id, deployer, "deployer");
  return assumeDeploymentRole(clientConfig(gateway, user), "local");
}

/** Assumes the security account's role with these credentials. */
export async function assumeDeploymentRole(
  config: STSClientConfig,
  name: string,
): Promise<Required<Credentials>> {
  const { Credentials: session } = await new STSClient(config).send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${security.id}:role/${deploymentRole}`,
      RoleSessionName: name,
    }),
  );
  return {
    accessKeyId: session?.AccessKeyId ?? "",
    secretAccessKey: session?.SecretAccessKey ?? "",
    sessionToken: session?.SessionToken ?? "",
  };
}

/** Makes it in one account, as CloudFormation makes it from the template. */
export async function seedDeploymentRole(
  gateway: Gateway,
  { id }: Account,
  kind: Kind,
  given: Parameters,
): Promise<void> {
  const { iam } = ownerOf(gateway, { account: id, region: "us-east-1" });
  const { trust, policies } = deploymentRoleOf(id, kind, given);
  await iam.send(
    new CreateRoleCommand({
      RoleName: deploymentRole,
      AssumeRolePolicyDocument: JSON.stringify(trust),
    }),
  );
  for (const { name, document } of policies) {
    const { Policy: policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: name, PolicyDocument: JSON.stringify(document) }),
    );
    await iam.send(
      new AttachRolePolicyCommand({ RoleName: deploymentRole, PolicyArn: policy?.Arn }),
    );
  }
}

export interface DeploymentRole {
  readonly trust: object;
  readonly policies: readonly {
    readonly name: string;
    readonly document: { readonly Statement: readonly Statement[] };
  }[];
}

export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

/** Gives the role of an account as its template makes it with these parameters. */
export function deploymentRoleOf(account: string, kind: Kind, given: Parameters): DeploymentRole {
  const { Parameters: declared, Resources: resources, ...rest } = template(kind);
  const values: Parameters = {
    ...Object.fromEntries(
      Object.entries(declared).map(([name, { Default = "" }]) => [name, Default]),
    ),
    DeployerArn: `arn:aws:iam::${security.id}:user/${deployer}`,
    SecurityAccount: security.id,
    OrganizationId: organizationId,
    RoleName: deploymentRole,
    ...given,
    "AWS::AccountId": account,
  };
  const { Role: role, ...policies } = resources;
  const conditions: Readonly<Record<string, unknown>> = rest.Conditions ?? {};
  return {
    trust: resolved(role?.Properties.AssumeRolePolicyDocument, values) as object,
    policies: Object.values(policies)
      .filter((each) => each.Condition === undefined || holds(conditions[each.Condition], values))
      .map(({ Properties: { ManagedPolicyName: name, PolicyDocument: document } }) => ({
        name: resolved(name, values) as string,
        document: resolved(document, values) as { readonly Statement: readonly Statement[] },
      })),
  };
}

/** Tells whether a condition holds; it compares a parameter with a value. */
function holds(condition: unknown, values: Parameters): boolean {
  const { "Fn::Equals": pair } = condition as { readonly "Fn::Equals": readonly unknown[] };
  const [one, other] = pair.map((each) => resolved(each, values));
  return one === other;
}

/** Puts values in the place of parameters, by Ref and Fn::Sub. */
function resolved(value: unknown, values: Parameters): unknown {
  if (Array.isArray(value)) return value.map((each) => resolved(each, values));
  if (typeof value !== "object" || value === null) return value;
  const { Ref: name, "Fn::Sub": text } = value as Readonly<Record<string, unknown>>;
  if (typeof name === "string") return known(name, values);
  if (typeof text === "string") {
    return text.replace(/\$\{([\w:]+)\}/g, (_, each) => known(each, values));
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, resolved(each, values)]),
  );
}

function known(name: string, values: Parameters): string {
  const value = values[name];
  if (!value) throw new Error(`The template has no parameter ${name}, or no value for it`);
  return value;
}
