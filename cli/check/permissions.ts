/** Everything the check may ask of AWS, as IAM actions. docs/preflight.md has the same, as a policy. */

/** Asked in every governed account; the session there is narrowed to these. */
export const accountActions = [
  "cloudtrail:DescribeTrails",
  "cloudtrail:GetEventSelectors",
  "cloudtrail:GetTrailStatus",
  "config:DescribeConfigurationRecorders",
  "config:DescribeConfigurationRecorderStatus",
  // Dry runs alone: EC2 answers whether it would have done it, and does nothing.
  "ec2:CreateSecurityGroup",
  "ec2:CreateTags",
  "ec2:DescribeRegions",
  "ec2:DescribeSecurityGroups",
  "ec2:DescribeVpcs",
  "events:ListRules",
  "iam:GetAccountSummary",
  "iam:GetRole",
  "iam:SimulatePrincipalPolicy",
  "servicequotas:GetAWSDefaultServiceQuota",
  "servicequotas:GetServiceQuota",
  "support:DescribeTrustedAdvisorCheckResult",
] as const;

/** Asked in the management account, or in the security account where no session opens there. */
export const organizationActions = [
  "organizations:DescribeOrganization",
  "organizations:ListAWSServiceAccessForOrganization",
  "organizations:ListAccounts",
  "organizations:ListAccountsForParent",
  "organizations:ListDelegatedServicesForAccount",
  "organizations:ListOrganizationalUnitsForParent",
  "organizations:ListRoots",
] as const;

/** Asked in the management account alone, besides. */
export const managementActions = [
  "cloudformation:DescribeStackSet",
  "cloudformation:ListStackSets",
  // The organization's trails are there, and answer there alone.
  "cloudtrail:GetEventSelectors",
  "cloudtrail:GetTrailStatus",
  "guardduty:ListOrganizationAdminAccounts",
  "servicequotas:GetAWSDefaultServiceQuota",
  "servicequotas:GetServiceQuota",
] as const;

/** Asked in the security account alone, besides what is asked everywhere. */
export const securityActions = [
  "guardduty:DescribeOrganizationConfiguration",
  "guardduty:ListDetectors",
  "lambda:GetAccountSettings",
  "securityhub:DescribeOrganizationConfiguration",
  "sns:ListSubscriptionsByTopic",
  "sts:AssumeRole",
  // IAM allows it to every principal, whatever the policies.
  "sts:GetCallerIdentity",
] as const;

export type Action =
  | (typeof accountActions)[number]
  | (typeof managementActions)[number]
  | (typeof organizationActions)[number]
  | (typeof securityActions)[number];

/** The policy of a session in another account: whatever its role may do, the session only reads. */
export function sessionPolicy(actions: readonly Action[]): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }],
  });
}
