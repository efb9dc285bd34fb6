/** Reads the roles out of a CloudFormation template, as CloudFormation will create them in an account. */

/** A role of a template, with its documents as the policy resources of Pulumi would have them. */
export interface TemplateRole {
  readonly name: string;
  readonly trust: unknown;
  readonly policies: readonly unknown[];
  /** Managed policies that are attached. */
  readonly attached: readonly unknown[];
}

/** An account of no one, in whose place the roles of a template are read. */
export const exampleAccount = "000000000000";

const pseudoParameters: Readonly<Record<string, string>> = {
  "AWS::AccountId": exampleAccount,
  "AWS::Partition": "aws",
  "AWS::Region": "us-east-1",
  "AWS::URLSuffix": "amazonaws.com",
};

/** Types by which a template changes what a role of a name may do, apart from the role itself. */
const additions: Readonly<Record<string, (properties: Properties) => unknown>> = {
  "AWS::IAM::Policy": ({ Roles }) => Roles,
  "AWS::IAM::ManagedPolicy": ({ Roles }) => Roles,
  "AWS::IAM::RolePolicy": ({ RoleName }) => [RoleName],
};

type Properties = Readonly<Record<string, unknown>>;

/**
 * Reads a template's roles, and what it adds to roles by resources of their own.
 *
 * @throws Error naming what can make of the template something else than what is read here
 */
export function rolesOf(templateBody: unknown): {
  readonly roles: readonly TemplateRole[];
  /** Names of roles that get a further policy, by the resource's logical id. */
  readonly added: readonly { readonly id: string; readonly role: unknown }[];
} {
  const template = asObject(JSON.parse(String(templateBody)), "the template");
  // A macro anywhere can write any role.
  if (template.Transform !== undefined || /"Fn::Transform"/.test(String(templateBody))) {
    throw new Error("Transform cannot be judged");
  }
  const roles: TemplateRole[] = [];
  const added: { id: string; role: unknown }[] = [];
  for (const [id, declared] of Object.entries(asObject(template.Resources, "Resources"))) {
    const { Type, Properties } = asObject(declared, id);
    if (Type === "AWS::CloudFormation::Stack" || String(Type).endsWith("::MODULE")) {
      throw new Error(`${id} is a template of its own`);
    }
    if (Type === "AWS::IAM::Role") {
      const properties = asObject(resolved(Properties), `Properties of ${id}`);
      roles.push({
        name: String(properties.RoleName ?? ""),
        trust: properties.AssumeRolePolicyDocument,
        policies: listOf(properties.Policies).map(
          (policy) => asObject(policy, `Policies of ${id}`).PolicyDocument,
        ),
        attached: listOf(properties.ManagedPolicyArns),
      });
    }
    const rolesAddedTo = additions[String(Type)];
    if (rolesAddedTo) {
      const properties = asObject(resolved(Properties), `Properties of ${id}`);
      added.push(...listOf(rolesAddedTo(properties)).map((role) => ({ id, role })));
    }
  }
  return { roles, added };
}

/** Puts in what CloudFormation would. Fails on functions that a template of ours does not use. */
function resolved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const [name, argument] = entries[0] ?? [];
  if (name === "Fn::Sub" && entries.length === 1 && typeof argument === "string") {
    return argument.replace(/\$\{(!?)([^}]*)\}/g, (_, literal: string, parameter: string) => {
      if (literal) return `\${${parameter}}`;
      const known = pseudoParameters[parameter];
      if (known === undefined) throw new Error(`Fn::Sub of ${parameter} cannot be judged`);
      return known;
    });
  }
  const foreign = entries.find(([key]) => key === "Ref" || key.startsWith("Fn::"));
  if (foreign) throw new Error(`${foreign[0]} cannot be judged`);
  return Object.fromEntries(entries.map(([key, each]) => [key, resolved(each)]));
}

function listOf(value: unknown): readonly unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

function asObject(value: unknown, what: string): Properties {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`${what} must be an object`);
  }
  return value as Properties;
}
