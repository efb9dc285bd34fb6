/** What a deployment does in every account that it governs: the parts that all roles share. */

import { cordonTag, quarantineTagValue } from "../../functions/catalogue/quarantine-group";
import { roleChanges } from "../../functions/iam/guarded-actions";
import { type Grant, own, type Part, reference, roles } from "./grants";

const deploymentRole = roles(`/${reference("RoleName")}`);

/** Names Cordon's roles: those of functions have no path, those of members perhaps one. */
const cordonRoles = [roles("/cordon-*"), roles(`${reference("RolePath")}cordon-*`)];

/**
 * Makes Cordon's roles and hands them to services. Who may give a role its policies has, in the end,
 * all rights of the account; the denial keeps the deployment's own role out of its reach.
 */
export function roleGrants(services: readonly string[]): readonly Grant[] {
  return [
    {
      sid: "Roles",
      actions: ["iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:PutRolePolicy"],
      updates: [
        "iam:DeleteRolePermissionsBoundary",
        "iam:PutRolePermissionsBoundary",
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateRole",
        "iam:UpdateRoleDescription",
      ],
      reads: [
        "iam:GetRole",
        "iam:GetRolePolicy",
        "iam:ListAttachedRolePolicies",
        "iam:ListInstanceProfilesForRole",
        "iam:ListRolePolicies",
      ],
      resources: cordonRoles,
    },
    {
      sid: "PassRoles",
      actions: ["iam:PassRole"],
      resources: cordonRoles,
      conditions: { StringEquals: { "iam:PassedToService": services } },
    },
    { sid: "OwnRole", effect: "Deny", actions: roleChanges, resources: [deploymentRole] },
  ];
}

export const queues: Grant = {
  sid: "Queues",
  actions: [
    "sqs:CreateQueue",
    "sqs:DeleteQueue",
    "sqs:GetQueueAttributes",
    "sqs:SetQueueAttributes",
  ],
  reads: ["sqs:GetQueueUrl", "sqs:ListQueueTags"],
  resources: [own("sqs", "cordon-*")],
};

export const rules: Grant = {
  sid: "Rules",
  actions: ["events:DeleteRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets"],
  reads: ["events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule"],
  resources: [own("events", "rule/cordon-*")],
};

/** Roles, queues and rules of an account that has no others of Cordon's. */
export const memberGrants: readonly Grant[] = [
  ...roleGrants(["events.amazonaws.com", "ssm.amazonaws.com"]),
  queues,
  rules,
];

const ofQuarantine = { StringEquals: { [`aws:ResourceTag/${cordonTag}`]: quarantineTagValue } };

/** Quarantine groups: what has another tag, or none, cannot be changed. */
export const groups: Part = {
  name: "quarantine-groups",
  purpose: "Quarantine groups, and no other security group",
  grants: [
    {
      sid: "ReadNetworks",
      actions: ["ec2:DescribeSecurityGroups", "ec2:DescribeVpcs"],
      reads: ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroupRules"],
      resources: ["*"],
    },
    {
      sid: "CreateInVpc",
      actions: ["ec2:CreateSecurityGroup"],
      // A shared VPC bears its owner's account, and the group this one.
      resources: ["arn:aws:ec2:*:*:vpc/*"],
    },
    {
      sid: "CreateGroup",
      actions: ["ec2:CreateSecurityGroup"],
      resources: [own("ec2", "security-group/*")],
      conditions: {
        StringEquals: { [`aws:RequestTag/${cordonTag}`]: quarantineTagValue },
      },
    },
    {
      sid: "TagGroup",
      actions: ["ec2:CreateTags"],
      resources: [own("ec2", "security-group/*")],
      conditions: { StringEquals: { "ec2:CreateAction": "CreateSecurityGroup" } },
    },
    {
      sid: "ChangeGroup",
      actions: ["ec2:DeleteSecurityGroup", "ec2:RevokeSecurityGroupEgress"],
      resources: [own("ec2", "security-group/*")],
      conditions: ofQuarantine,
    },
  ],
};

/** What `npx cordon check` asks; it enters the other accounts with the deployment's roles. */
export function preflight(asked: readonly string[], when?: Part["when"]): Part {
  // Other statements of the same roles allow these, most of them on fewer resources.
  const known = [
    "ec2:CreateSecurityGroup",
    "ec2:CreateTags",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeVpcs",
    "sts:AssumeRole",
  ];
  return {
    name: when ? "preflight-account" : "preflight",
    purpose: "What `npx cordon check` reads",
    ...(when && { when }),
    grants: [
      {
        sid: "Preflight",
        reads: [...new Set(asked)].filter((action) => !known.includes(action)).sort(),
        resources: ["*"],
      },
    ],
  };
}

/** What a deployment without StackSets makes in every account; the account may be the hub's own. */
export function baseline(when: Part["when"], besides: readonly Grant[]): Part {
  return {
    name: "baseline",
    purpose:
      "Roles, forwarding, the key rotation rule and the sets of blocked addresses of an account, without StackSets",
    ...(when && { when }),
    grants: [
      ...besides,
      {
        sid: "ReadRules",
        actions: ["config:DescribeConfigRules"],
        resources: ["*"],
      },
      {
        sid: "KeyRotationRule",
        // AWS assigns the rule its id, which its ARN has in the place of the name.
        actions: ["config:DeleteConfigRule", "config:PutConfigRule"],
        reads: ["config:ListTagsForResource"],
        resources: [own("config", "config-rule/*")],
      },
      {
        sid: "KeyRotationRemediation",
        actions: ["config:DeleteRemediationConfiguration", "config:PutRemediationConfigurations"],
        reads: ["config:DescribeRemediationConfigurations"],
        resources: [own("config", "remediation-configuration/*")],
      },
      {
        sid: "Runbooks",
        actions: ["ssm:CreateDocument", "ssm:DeleteDocument"],
        updates: ["ssm:UpdateDocument", "ssm:UpdateDocumentDefaultVersion"],
        reads: [
          "ssm:DescribeDocument",
          "ssm:DescribeDocumentPermission",
          "ssm:GetDocument",
          "ssm:ListTagsForResource",
        ],
        resources: [own("ssm", "document/cordon-*")],
      },
      {
        sid: "BlockedAddresses",
        actions: ["wafv2:CreateIPSet", "wafv2:DeleteIPSet", "wafv2:GetIPSet"],
        updates: ["wafv2:UpdateIPSet"],
        reads: ["wafv2:ListTagsForResource"],
        resources: [own("wafv2", "regional/ipset/cordon-blocked-*")],
      },
    ],
  };
}
