/** Roles that AWS manages, and how ARNs of roles and users are matched. Data only. */

/** After `role/`; IAM lets nobody but AWS create a role under these paths, whatever its name. */
export const serviceManagedRoles = ["aws-service-role/*", "aws-reserved/*"] as const;

/** Checks whether AWS manages a role: Cordon never changes it. */
export function isServiceManaged(arn: string): boolean {
  return matchesPrincipal(arn, serviceManagedRoles);
}

/** Matches a role's or user's ARN, its path included, against patterns. */
export function matchesPrincipal(arn: string, patterns: readonly string[]): boolean {
  const name = arn.slice(arn.indexOf("/") + 1);
  return patterns.some((pattern) =>
    pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );
}
