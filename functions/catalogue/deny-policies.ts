/**
 * Managed policies by which Cordon denies a role's sessions where the role has no room for an inline
 * one. Data only.
 */

/** Their IAM path: member roles and service control policies know them by it. */
export const denyPolicyPath = "/cordon/";

/** @param account may be a placeholder for any, as may the name. */
export function denyPolicyArn(account: string, name: string): string {
  return `arn:aws:iam::${account}:policy${denyPolicyPath}${name}`;
}

/**
 * Names the policy by which an incident denies: nobody can take a name with a random part beforehand.
 *
 * @param suffix the random part; empty in plans of an earlier Cordon, whose policies have none
 */
export function denyPolicyName(incidentId: string, suffix: string): string {
  return suffix === "" ? `Cordon-${incidentId}` : `Cordon-${incidentId}-${suffix}`;
}
