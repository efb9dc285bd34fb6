/** What the deployment does in the management account. */

import {
  accountActions,
  managementActions,
  organizationActions,
} from "../../cli/check/permissions";
import { baseline, groups, memberGrants, preflight } from "./accounts";
import { type Grant, type Part, reference, roles, serviceRoles } from "./grants";

const inOrganization = (resource: string) =>
  `arn:aws:organizations::${reference("AWS::AccountId")}:${resource}`;
const hub = reference("SecurityAccount");

/** Names the account that becomes an administrator, whatever the organization's id. */
const administrator = inOrganization(`account/*/${hub}`);

const stackSets = "member.org.stacksets.cloudformation.amazonaws.com";
const conformancePacks = "config-multiaccountsetup.amazonaws.com";
const detection = ["guardduty.amazonaws.com", "securityhub.amazonaws.com"];
const forServices = (services: readonly string[]): NonNullable<Grant["conditions"]> => ({
  StringEquals: { "organizations:ServicePrincipal": services },
});

const governed = { GovernManagementAccount: "true" };

export const management: readonly Part[] = [
  {
    name: "organization",
    purpose: "Delegate to the security account, read the organization",
    grants: [
      {
        sid: "TrustServices",
        actions: ["organizations:EnableAWSServiceAccess"],
        resources: ["*"],
        conditions: forServices([conformancePacks, ...detection]),
      },
      {
        sid: "Delegate",
        actions: [
          "organizations:DeregisterDelegatedAdministrator",
          "organizations:RegisterDelegatedAdministrator",
        ],
        resources: [administrator],
        conditions: forServices([stackSets, conformancePacks, ...detection]),
      },
      {
        sid: "ReadOrganization",
        actions: [
          "organizations:ListAWSServiceAccessForOrganization",
          "organizations:ListDelegatedAdministrators",
        ],
        reads: [
          "organizations:DescribeAccount",
          "organizations:DescribeOrganization",
          "organizations:DescribeOrganizationalUnit",
          "organizations:ListAccounts",
          "organizations:ListParents",
        ],
        resources: ["*"],
      },
    ],
  },
  {
    name: "detection",
    purpose: "Designate the administrators of GuardDuty and Security Hub",
    when: { Detection: "managed" },
    grants: [
      {
        sid: "DesignateGuardDuty",
        actions: ["guardduty:EnableOrganizationAdminAccount"],
        reads: ["guardduty:ListOrganizationAdminAccounts"],
        resources: ["*"],
      },
      {
        sid: "DesignateSecurityHub",
        actions: ["securityhub:EnableOrganizationAdminAccount"],
        reads: ["securityhub:ListOrganizationAdminAccounts"],
        resources: [`arn:aws:securityhub:*:${reference("AWS::AccountId")}:hub/default`],
      },
      serviceRoles("ServiceRoles", ["guardduty.amazonaws.com"], true),
      {
        sid: "GuardDutyRole",
        actions: ["iam:GetRole", "iam:TagRole"],
        resources: [roles("/aws-service-role/guardduty.amazonaws.com/*")],
      },
      { sid: "ReadRoles", actions: ["iam:ListRoles"], resources: ["*"] },
    ],
  },
  {
    name: "service-control-policies",
    purpose: "Service control policies; IAM cannot limit which",
    when: { ServiceControlPolicy: "attach" },
    grants: [
      {
        sid: "ServiceControlPolicies",
        // A policy has an id that AWS assigns: none can be named beforehand.
        actions: [
          "organizations:AttachPolicy",
          "organizations:CreatePolicy",
          "organizations:DeletePolicy",
          "organizations:DetachPolicy",
        ],
        updates: ["organizations:UpdatePolicy"],
        reads: ["organizations:DescribePolicy", "organizations:ListTargetsForPolicy"],
        resources: [
          inOrganization("ou/*"),
          inOrganization("policy/*/service_control_policy/*"),
          inOrganization("root/*"),
        ],
        conditions: {
          StringEquals: { "organizations:PolicyType": "SERVICE_CONTROL_POLICY" },
        },
      },
      {
        sid: "ReadPolicyTags",
        reads: ["organizations:ListTagsForResource"],
        resources: [inOrganization("policy/*/service_control_policy/*")],
      },
    ],
  },
  { ...groups, when: governed },
  baseline(governed, memberGrants),
  preflight([...managementActions, ...organizationActions]),
  preflight(accountActions, governed),
];
