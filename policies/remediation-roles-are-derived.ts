/** Holds the remediation roles to what the catalogue's steps and facts declare. */
import type {
  ReportViolation,
  ResourceValidationArgs,
  ResourceValidationPolicy,
} from "@pulumi/policy";
import {
  type MemberRole,
  memberRoleStatements,
  memberRoles,
  trustPolicy,
} from "../functions/iam/member-roles";
import type { Settings } from "../settings";
import { denies, excess, type RawStatement } from "./statements";
import { exampleAccount, rolesOf, type TemplateRole } from "./template-roles";

/** The settings that the derived documents depend on. */
export type RoleSettings = Pick<
  Settings,
  | "securityAccount"
  | "memberAccounts"
  | "managementAccount"
  | "governManagementAccount"
  | "organizationId"
  | "externalId"
  | "breakGlassRoles"
  | "breakGlassUsers"
  | "rolePath"
  | "deploymentRole"
>;

/** @param settings read once a resource is checked, because publishing a pack has no stack */
export function remediationRolesAreDerived(settings: () => RoleSettings): ResourceValidationPolicy {
  return {
    name: "remediation-roles-are-derived",
    description:
      "Roles named cordon-contain-*, cordon-release-*, cordon-prepare-* and cordon-investigate-* " +
      "may do what their family declares and no more, and trust only the functions that do it, in " +
      "a StackSet's template as well.",
    enforcementLevel: "mandatory",
    severity: "critical",
    remediationSteps: "Change the permissions of a step or fact; the roles follow from them.",
    validateResource: (args, report) => {
      switch (args.type) {
        case "aws:iam/role:Role":
          return checkRole(args, settings, report);
        case "aws:iam/rolePolicy:RolePolicy":
          return checkPolicy(args, settings, report);
        case "aws:iam/rolePolicyAttachment:RolePolicyAttachment":
          return checkAttachment(args, [args.props.role], report);
        case "aws:iam/policyAttachment:PolicyAttachment":
          return checkAttachment(args, args.props.roles ?? [], report);
        case "aws:cloudformation/stackSet:StackSet":
        case "aws:cloudformation/stack:Stack":
          return checkTemplate(args, settings, report);
      }
    },
  };
}

function checkRole(
  { props, urn }: ResourceValidationArgs,
  settings: () => RoleSettings,
  report: ReportViolation,
): void {
  if (!isRemediationRole(props.name)) {
    return;
  }
  const name: string = props.name;
  const role = memberRoles.find((candidate) => candidate.name === name);
  if (!role) {
    report(`${name} belongs to no family of the catalogue`, urn);
    return;
  }
  for (const violation of trustViolations(role, parsed(props.assumeRolePolicy), settings())) {
    report(violation, urn);
  }
  for (const property of ["managedPolicyArns", "inlinePolicies"]) {
    if ((props[property] ?? []).length > 0) {
      report(`${name}: ${property} must be empty, permissions come from the catalogue`, urn);
    }
  }
}

function checkPolicy(
  { props, urn }: ResourceValidationArgs,
  settings: () => RoleSettings,
  report: ReportViolation,
): void {
  if (!isRemediationRole(props.role)) {
    return;
  }
  const name: string = props.role;
  const role = memberRoles.find((candidate) => candidate.name === name);
  if (!role) {
    report(`${name} belongs to no family of the catalogue`, urn);
    return;
  }
  const { securityAccount, memberAccounts, managementAccount, governManagementAccount } =
    settings();
  const governed = [
    securityAccount,
    ...memberAccounts,
    ...(governManagementAccount ? [managementAccount] : []),
  ];
  for (const violation of violations(role, parsed(props.policy), settings(), governed)) {
    report(violation, urn);
  }
}

/** Holds the roles that a template makes, in accounts the engine does not see, to the same rules. */
function checkTemplate(
  { props, urn, name }: ResourceValidationArgs,
  settings: () => RoleSettings,
  report: ReportViolation,
): void {
  if (props.templateUrl) {
    report(`${name}: templateUrl must be empty, for what it names cannot be read here`, urn);
    return;
  }
  try {
    const { roles, added } = rolesOf(props.templateBody);
    for (const role of roles.filter((each) => isRemediationRole(each.name))) {
      for (const violation of templateViolations(role, settings())) report(violation, urn);
    }
    for (const { id, role } of added.filter((each) => isRemediationRole(each.role))) {
      report(`${role}: ${id} attaches a policy, permissions come from the catalogue`, urn);
    }
  } catch (error) {
    report(`${name}: the template cannot be read: ${(error as Error).message}`, urn);
  }
}

function templateViolations(found: TemplateRole, settings: RoleSettings): readonly string[] {
  const role = memberRoles.find((candidate) => candidate.name === found.name);
  if (!role) {
    return [`${found.name} belongs to no family of the catalogue`];
  }
  return [
    ...trustViolations(role, found.trust, settings),
    ...(found.attached.length > 0
      ? [`${role.name}: ManagedPolicyArns must be empty, permissions come from the catalogue`]
      : []),
    ...(found.policies.length === 1
      ? violations(role, found.policies[0], settings, [exampleAccount])
      : [`${role.name}: there must be one policy, but there are ${found.policies.length}`]),
  ];
}

function trustViolations(
  role: MemberRole,
  document: unknown,
  settings: RoleSettings,
): readonly string[] {
  const difference = firstDifference(trustPolicy(role, settings), document);
  return difference
    ? [`${role.name}: the trust policy is not the derived one, see ${difference}`]
    : [];
}

/**
 * Says in sentences what a remediation role's policy has beyond the derived one, or lacks.
 *
 * @param governed accounts that it may be for, the first where it names none
 */
function violations(
  role: MemberRole,
  document: unknown,
  settings: RoleSettings,
  governed: readonly string[],
): readonly string[] {
  const statements = statementsOf(document);
  if (!statements) {
    return [`${role.name}: the policy is not a policy document with statements`];
  }
  return statementViolations(role, statements, settings, governed).map(
    (violation) => `${role.name}: ${violation}`,
  );
}

function statementViolations(
  role: MemberRole,
  statements: readonly RawStatement[],
  settings: RoleSettings,
  governed: readonly string[],
): readonly string[] {
  const found = [...new Set(JSON.stringify(statements).match(/(?<=:)\d{12}(?=:)/g) ?? [])];
  // Every policy names the security account, for the roles of functions there.
  const others = found.filter((each) => each !== settings.securityAccount);
  const named = others.length > 0 ? others : found;
  const account = named[0] ?? governed[0]!;
  if (named.length > 1 || !governed.includes(account)) {
    return [`the policy names ${named.join(" and ")}, but a role is for one governed account`];
  }
  const derived = memberRoleStatements(role, account, settings);
  return [
    ...statements.flatMap((statement, index) =>
      statement.Effect === "Deny"
        ? []
        : excess(statement, derived).map((reason) => `statement ${index} ${reason}`),
    ),
    ...derived
      .filter((wanted) => wanted.effect === "Deny")
      .filter((wanted) => !statements.some((statement) => denies(statement, wanted)))
      .map((wanted) => `the derived deny of ${wanted.actions.join(", ")} is missing or weaker`),
  ];
}

function checkAttachment(
  { urn, name }: ResourceValidationArgs,
  roles: readonly unknown[],
  report: ReportViolation,
): void {
  for (const role of roles.filter(isRemediationRole)) {
    report(`${role}: ${name} attaches a managed policy, permissions come from the catalogue`, urn);
  }
}

function isRemediationRole(name: unknown): name is string {
  return typeof name === "string" && /^cordon-(contain|release|prepare|investigate)-/.test(name);
}

function statementsOf(document: unknown): readonly RawStatement[] | undefined {
  const statements = (document as { Statement?: unknown } | undefined)?.Statement;
  const list = Array.isArray(statements) ? statements : [statements];
  return list.every((statement) => typeof statement === "object" && statement !== null)
    ? list
    : undefined;
}

function parsed(json: unknown): unknown {
  try {
    return JSON.parse(String(json));
  } catch {
    return undefined;
  }
}

/** Finds where two documents part, as a path like "Statement.0.Principal.AWS". */
function firstDifference(wanted: unknown, found: unknown, path = ""): string | undefined {
  if (!isBranch(wanted) || !isBranch(found)) {
    return wanted === found ? undefined : path || "the whole document";
  }
  return [...new Set([...Object.keys(wanted), ...Object.keys(found)])]
    .map((key) => firstDifference(wanted[key], found[key], path ? `${path}.${key}` : key))
    .find((difference) => difference !== undefined);
}

function isBranch(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
