/** Roles no response may touch: Cordon's own, those AWS manages, and the ways back in. Data only. */

/** Patterns within an account, after `role/`; an asterisk stands for anything. */
export const protectedRolePatterns = [
  "cordon-*",
  "aws-service-role/*",
  "aws-reserved/*",
  "stacksets-exec-*",
  "AWSControlTowerExecution",
  "OrganizationAccountAccessRole",
] as const;

/** Tells whether a role's ARN matches one of the patterns. */
export function isProtectedRole(arn: string): boolean {
  return matchesPrincipal(arn, protectedRolePatterns);
}

/** Tells whether a role's or user's ARN matches one of some patterns, by its whole path. */
export function matchesPrincipal(arn: string, patterns: readonly string[]): boolean {
  const name = arn.slice(arn.indexOf("/") + 1);
  return patterns.some((pattern) =>
    pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );
}
