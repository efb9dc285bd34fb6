/** What the deployment does as the administrator of GuardDuty, Security Hub and AWS Config. */

import { own, type Part, roles, serviceRoles } from "./grants";

const guardDutyRole =
  "/aws-service-role/guardduty.amazonaws.com/AWSServiceRoleForAmazonGuardDuty" as const;
const hub = own("securityhub", "hub/default");

export const detection: Part = {
  name: "detection",
  purpose: "GuardDuty and Security Hub for the organization, and their buckets",
  when: { Detection: "managed" },
  grants: [
    {
      sid: "CreateDetectors",
      actions: ["guardduty:CreateDetector", "guardduty:ListDetectors"],
      reads: [
        "guardduty:CreateIPSet",
        "guardduty:CreatePublishingDestination",
        "guardduty:DescribeOrganizationConfiguration",
        "guardduty:UpdateOrganizationConfiguration",
      ],
      resources: ["*"],
    },
    {
      sid: "Detectors",
      actions: [
        "guardduty:CreateFilter",
        "guardduty:DeleteFilter",
        "guardduty:GetDetector",
        "guardduty:TagResource",
        "guardduty:UpdateDetector",
      ],
      updates: ["guardduty:UpdateFilter"],
      reads: [
        "guardduty:DeleteIPSet",
        "guardduty:DeletePublishingDestination",
        "guardduty:DescribePublishingDestination",
        "guardduty:GetFilter",
        "guardduty:GetIPSet",
        "guardduty:ListTagsForResource",
        "guardduty:UpdateIPSet",
        "guardduty:UpdatePublishingDestination",
      ],
      resources: [own("guardduty", "detector/*")],
    },
    // GuardDuty has who gives it a list give its role the right to read the list.
    {
      sid: "TrustedList",
      reads: ["iam:DeleteRolePolicy", "iam:PutRolePolicy"],
      resources: [roles(guardDutyRole)],
    },
    serviceRoles(
      "ServiceRoles",
      [
        "guardduty.amazonaws.com",
        "malware-protection.guardduty.amazonaws.com",
        "securityhub.amazonaws.com",
      ],
      true,
    ),
    {
      sid: "SecurityHub",
      actions: ["securityhub:EnableSecurityHub"],
      reads: [
        "securityhub:DescribeHub",
        "securityhub:DescribeOrganizationConfiguration",
        "securityhub:DisableSecurityHub",
        "securityhub:GetEnabledStandards",
        "securityhub:ListTagsForResource",
        "securityhub:StartConfigurationPolicyAssociation",
        "securityhub:StartConfigurationPolicyDisassociation",
        "securityhub:UpdateOrganizationConfiguration",
        "securityhub:UpdateSecurityHubConfiguration",
      ],
      resources: [hub],
    },
    {
      sid: "CentralConfiguration",
      reads: [
        "securityhub:CreateConfigurationPolicy",
        "securityhub:CreateFindingAggregator",
        "securityhub:GetConfigurationPolicyAssociation",
        "securityhub:ListFindingAggregators",
      ],
      resources: ["*"],
    },
    {
      sid: "ConfigurationPolicies",
      reads: [
        "securityhub:DeleteConfigurationPolicy",
        "securityhub:DeleteFindingAggregator",
        "securityhub:GetConfigurationPolicy",
        "securityhub:GetFindingAggregator",
        "securityhub:ListTagsForResource",
        "securityhub:UpdateConfigurationPolicy",
        "securityhub:UpdateFindingAggregator",
      ],
      resources: [
        own("securityhub", "configuration-policy/*"),
        own("securityhub", "finding-aggregator/*"),
      ],
    },
    {
      sid: "Buckets",
      actions: [
        "s3:CreateBucket",
        "s3:DeleteBucket",
        "s3:DeleteBucketPolicy",
        "s3:ListBucket",
        "s3:PutBucketPolicy",
        "s3:PutBucketPublicAccessBlock",
        "s3:PutEncryptionConfiguration",
      ],
      reads: [
        "s3:GetAccelerateConfiguration",
        "s3:GetBucketAcl",
        "s3:GetBucketCORS",
        "s3:GetBucketLocation",
        "s3:GetBucketLogging",
        "s3:GetBucketObjectLockConfiguration",
        "s3:GetBucketPolicy",
        "s3:GetBucketPublicAccessBlock",
        "s3:GetBucketRequestPayment",
        "s3:GetBucketTagging",
        "s3:GetBucketVersioning",
        "s3:GetBucketWebsite",
        "s3:GetEncryptionConfiguration",
        "s3:GetLifecycleConfiguration",
        "s3:GetReplicationConfiguration",
        "s3:ListTagsForResource",
      ],
      resources: ["arn:aws:s3:::cordon-*"],
    },
    {
      sid: "Objects",
      actions: ["s3:DeleteObject", "s3:PutObject"],
      reads: ["s3:GetObject", "s3:GetObjectTagging"],
      resources: ["arn:aws:s3:::cordon-trusted-addresses-*/*"],
    },
  ],
};

export const conformancePack: Part = {
  name: "conformance-pack",
  purpose: "Conformance pack of the organization",
  when: { ConformancePack: "deploy" },
  grants: [
    {
      sid: "ConformancePack",
      reads: [
        "config:DeleteOrganizationConformancePack",
        "config:GetOrganizationConformancePackDetailedStatus",
        "config:PutOrganizationConformancePack",
      ],
      resources: [own("config", "organization-conformance-pack/*")],
    },
    {
      sid: "ReadConformancePacks",
      reads: [
        "config:DescribeOrganizationConformancePackStatuses",
        "config:DescribeOrganizationConformancePacks",
      ],
      resources: ["*"],
    },
    serviceRoles(
      "ConformanceRoles",
      ["config-conforms.amazonaws.com", "config-multiaccountsetup.amazonaws.com"],
      false,
    ),
  ],
};
