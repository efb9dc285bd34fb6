/** What the deployment does in the security account, the hub. */

import { accountActions, organizationActions, securityActions } from "../../cli/check/permissions";
import { baseline, groups, preflight, queues, roleGrants, rules } from "./accounts";
import { conformancePack, detection } from "./detection";
import { own, type Part, reference } from "./grants";

const functions: Part = {
  name: "functions",
  purpose: "Functions with their roles and log groups, and the workflow",
  grants: [
    ...roleGrants([
      "events.amazonaws.com",
      "lambda.amazonaws.com",
      "ssm.amazonaws.com",
      "states.amazonaws.com",
    ]),
    {
      sid: "Functions",
      actions: [
        "lambda:AddPermission",
        "lambda:CreateFunction",
        "lambda:CreateFunctionUrlConfig",
        "lambda:DeleteFunction",
        "lambda:DeleteFunctionUrlConfig",
        "lambda:PutFunctionConcurrency",
        "lambda:RemovePermission",
      ],
      updates: [
        "lambda:DeleteFunctionConcurrency",
        "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionConfiguration",
        "lambda:UpdateFunctionUrlConfig",
      ],
      reads: [
        "lambda:GetFunction",
        "lambda:GetFunctionCodeSigningConfig",
        "lambda:GetFunctionConfiguration",
        "lambda:GetFunctionUrlConfig",
        "lambda:GetPolicy",
        "lambda:ListTags",
        "lambda:ListVersionsByFunction",
      ],
      resources: [own("lambda", "function:cordon-*")],
    },
    {
      sid: "Mappings",
      actions: ["lambda:CreateEventSourceMapping", "lambda:DeleteEventSourceMapping"],
      updates: ["lambda:UpdateEventSourceMapping"],
      reads: ["lambda:GetEventSourceMapping"],
      // A mapping that does not exist yet has no ARN.
      resources: ["*"],
      conditions: { ArnLike: { "lambda:FunctionArn": own("lambda", "function:cordon-*") } },
    },
    {
      sid: "MappingTags",
      reads: ["lambda:ListTags"],
      resources: [own("lambda", "event-source-mapping:*")],
    },
    {
      sid: "LogGroups",
      actions: ["logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy"],
      reads: ["logs:ListTagsForResource"],
      resources: [own("logs", "log-group:/aws/lambda/cordon-*")],
    },
    { sid: "ReadLogGroups", actions: ["logs:DescribeLogGroups"], resources: ["*"] },
    {
      sid: "Workflows",
      actions: [
        "states:CreateStateMachine",
        "states:DeleteStateMachine",
        "states:DescribeStateMachine",
      ],
      updates: ["states:UpdateStateMachine"],
      reads: ["states:ListStateMachineVersions", "states:ListTagsForResource"],
      resources: [own("states", "stateMachine:cordon-*")],
    },
    // The provider has AWS check a definition before it plans a change.
    {
      sid: "CheckDefinitions",
      reads: ["states:ValidateStateMachineDefinition"],
      resources: ["*"],
    },
  ],
};

const ofDynamoDb = { StringLike: { "kms:ViaService": "dynamodb.*.amazonaws.com" } };
const keys = own("kms", "key/*");

const records: Part = {
  name: "records",
  purpose: "Bus, queues, rules, journal, topics, keys, alarms, parameters, Security Hub actions",
  grants: [
    queues,
    rules,
    {
      sid: "Bus",
      actions: ["events:CreateEventBus", "events:DeleteEventBus"],
      reads: ["events:DescribeEventBus", "events:ListTagsForResource"],
      resources: [own("events", "event-bus/cordon-*")],
    },
    {
      sid: "BusPolicy",
      actions: ["events:PutPermission", "events:RemovePermission"],
      resources: ["*"],
    },
    {
      sid: "Topics",
      actions: [
        "sns:CreateTopic",
        "sns:DeleteTopic",
        "sns:GetSubscriptionAttributes",
        "sns:SetTopicAttributes",
        "sns:Subscribe",
        "sns:Unsubscribe",
      ],
      updates: ["sns:SetSubscriptionAttributes"],
      reads: ["sns:GetTopicAttributes", "sns:ListTagsForResource"],
      resources: [own("sns", "cordon-*")],
    },
    {
      sid: "Alarms",
      actions: ["cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm"],
      reads: ["cloudwatch:ListTagsForResource"],
      resources: [own("cloudwatch", "alarm:cordon-*")],
    },
    {
      sid: "ReadAlarms",
      actions: ["cloudwatch:DescribeAlarms"],
      resources: [own("cloudwatch", "alarm:*")],
    },
    {
      sid: "Journal",
      actions: [
        "dynamodb:CreateTable",
        "dynamodb:DeleteTable",
        "dynamodb:DescribeTable",
        "dynamodb:UpdateContinuousBackups",
      ],
      updates: ["dynamodb:UpdateTable", "dynamodb:UpdateTimeToLive"],
      reads: [
        "dynamodb:DescribeContinuousBackups",
        "dynamodb:DescribeTimeToLive",
        "dynamodb:ListTagsOfResource",
      ],
      resources: [own("dynamodb", "table/cordon-*")],
    },
    { sid: "CreateKeys", actions: ["kms:CreateKey"], resources: ["*"] },
    {
      sid: "Keys",
      actions: ["kms:DescribeKey", "kms:EnableKeyRotation", "kms:ScheduleKeyDeletion"],
      updates: ["kms:PutKeyPolicy", "kms:UpdateKeyDescription"],
      reads: ["kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"],
      resources: [keys],
    },
    {
      sid: "Aliases",
      actions: ["kms:CreateAlias", "kms:DeleteAlias"],
      updates: ["kms:UpdateAlias"],
      resources: [own("kms", "alias/cordon*"), keys],
    },
    { sid: "ReadAliases", reads: ["kms:ListAliases"], resources: ["*"] },
    // DynamoDB proves with these that who puts a table under a key may use the key.
    {
      sid: "KeyForTable",
      actions: [
        "kms:Decrypt",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
      ],
      resources: [keys],
      conditions: ofDynamoDb,
    },
    {
      sid: "GrantForTable",
      actions: ["kms:CreateGrant"],
      resources: [keys],
      conditions: { ...ofDynamoDb, Bool: { "kms:GrantIsForAWSResource": "true" } },
    },
    {
      sid: "Parameters",
      actions: ["ssm:DeleteParameter", "ssm:GetParametersByPath", "ssm:PutParameter"],
      reads: ["ssm:GetParameter", "ssm:GetParameters", "ssm:ListTagsForResource"],
      resources: [own("ssm", "parameter/cordon/*")],
    },
    { sid: "ReadParameters", reads: ["ssm:DescribeParameters"], resources: ["*"] },
    {
      sid: "SecurityHubActions",
      reads: [
        "securityhub:CreateActionTarget",
        "securityhub:DeleteActionTarget",
        "securityhub:DescribeActionTargets",
        "securityhub:UpdateActionTarget",
      ],
      resources: [own("securityhub", "hub/default")],
    },
  ],
};

const accounts: Part = {
  name: "accounts",
  purpose: "Assume the deployment roles of the other accounts, read the organization",
  grants: [
    {
      sid: "EnterAccounts",
      actions: ["sts:AssumeRole"],
      resources: [`arn:aws:iam::*:role/${reference("RoleName")}`],
      conditions: { StringEquals: { "aws:ResourceOrgID": reference("OrganizationId") } },
    },
    // GuardDuty, Security Hub, AWS Config and StackSets ask for the caller's organization.
    {
      sid: "ReadOrganization",
      reads: [
        "organizations:DescribeAccount",
        "organizations:DescribeOrganization",
        "organizations:DescribeOrganizationalUnit",
        "organizations:ListAWSServiceAccessForOrganization",
        "organizations:ListAccounts",
        "organizations:ListDelegatedAdministrators",
      ],
      resources: ["*"],
    },
  ],
};

const stackSets: Part = {
  name: "stack-sets",
  purpose: "StackSets of the member baseline",
  when: { MemberDeployment: "stack-sets" },
  grants: [
    { sid: "CreateStackSets", actions: ["cloudformation:CreateStackSet"], resources: ["*"] },
    {
      sid: "StackSets",
      actions: [
        "cloudformation:CreateStackInstances",
        "cloudformation:DeleteStackInstances",
        "cloudformation:DeleteStackSet",
        "cloudformation:DescribeStackSet",
        "cloudformation:DescribeStackSetOperation",
        "cloudformation:ListStackInstances",
      ],
      updates: ["cloudformation:UpdateStackInstances", "cloudformation:UpdateStackSet"],
      reads: [
        "cloudformation:DescribeStackInstance",
        "cloudformation:ListStackSetOperationResults",
        "cloudformation:StopStackSetOperation",
      ],
      // Service-managed stack sets belong to the management account, whoever administers them.
      resources: [
        "arn:aws:cloudformation:*:*:stackset/cordon-*",
        "arn:aws:cloudformation:*:*:stackset-target/cordon-*",
        "arn:aws:cloudformation:*::type/resource/*",
      ],
    },
  ],
};

export const security: readonly Part[] = [
  functions,
  records,
  accounts,
  stackSets,
  baseline({ MemberDeployment: "direct" }, []),
  groups,
  detection,
  conformancePack,
  preflight([...accountActions, ...organizationActions, ...securityActions]),
];
