/** Roles that Cordon never changes: its own, those AWS manages, and break-glass roles. Data only. */

/** Patterns within an account, after `role/`; an asterisk matches anything. */
export const protectedRolePatterns = [
  "cordon-*",
  "aws-service-role/*",
  "aws-reserved/*",
  "stacksets-exec-*",
  "AWSControlTowerExecution",
  "OrganizationAccountAccessRole",
] as const;

/** Checks whether a role's ARN matches one of the patterns. */
export function isProtectedRole(arn: string): boolean {
  return matchesPrincipal(arn, protectedRolePatterns);
}

/** Matches a role's or user's ARN, its path included, against patterns. */
export function matchesPrincipal(arn: string, patterns: readonly string[]): boolean {
  const name = arn.slice(arn.indexOf("/") + 1);
  return patterns.some((pattern) =>
    pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );
}
