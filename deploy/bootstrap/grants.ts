/** What the deployment roles may do, as data: statements, in parts of one managed policy each. */

/** One statement. Its actions are told apart by what calls them, for the tests and the documents. */
export interface Grant {
  readonly sid: string;
  /** @default "Allow" */
  readonly effect?: "Deny";
  /** A deployment or its removal calls these. */
  readonly actions?: readonly string[];
  /** A change of an existing deployment calls these. */
  readonly updates?: readonly string[];
  /** The AWS provider, or AWS on behalf of the caller, calls these; the local organization does not. */
  readonly reads?: readonly string[];
  /** ARNs, with the parameters and pseudo parameters of the template as `${Name}`. */
  readonly resources: readonly string[];
  readonly conditions?: Readonly<
    Record<string, Readonly<Record<string, string | readonly string[]>>>
  >;
}

/** One managed policy of a role. */
export interface Part {
  readonly name: string;
  /** For people, in the documents. */
  readonly purpose: string;
  readonly grants: readonly Grant[];
  /** The settings with which the role has the policy. @default with any */
  readonly when?: Readonly<Record<string, string>>;
}

export const ownAccount = reference("AWS::AccountId");

/** Writes a parameter of the template as CloudFormation substitutes it. */
export function reference(parameter: string): string {
  return `\${${parameter}}`;
}

/** Names a resource of the role's own account, in any region. */
export function own(service: string, resource: string): string {
  return `arn:aws:${service}:*:${ownAccount}:${resource}`;
}

/** Names roles of the role's own account. */
export function roles(pattern: string): string {
  return `arn:aws:iam::${ownAccount}:role${pattern}`;
}

/** Lists all actions of a statement. */
export function actionsOf({ actions = [], updates = [], reads = [] }: Grant): readonly string[] {
  return [...actions, ...updates, ...reads];
}

/** Lets IAM make the roles with which AWS services act, and no other. */
export function serviceRoles(sid: string, services: readonly string[], proven: boolean): Grant {
  return {
    sid,
    [proven ? "actions" : "reads"]: ["iam:CreateServiceLinkedRole"],
    resources: [roles("/aws-service-role/*")],
    conditions: { StringEquals: { "iam:AWSServiceName": services } },
  };
}
