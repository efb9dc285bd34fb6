/** Parameters of the calls of a deployment that make the resource table ask for everything. */

const key = "11111111-2222-3333-4444-555555555555";
const role = "arn:aws:iam::222233334444:role/cordon-sweep";
const fn = { FunctionName: "cordon-sweep" };
const detector = { DetectorId: "9fbcb2f8eaa5eb1769b5964ef55557e2" };
const filter = { ...detector, FilterName: "scanner" };
const bucket = { Bucket: "cordon-findings-222233334444" };
const object = { ...bucket, Key: "trusted-addresses-1.txt" };
const topic = { TopicArn: "arn:aws:sns:us-east-1:222233334444:cordon-notices" };
const subscription = { SubscriptionArn: `${topic.TopicArn}:87a4d373-5289-4080-8c98-8e1b2b072ae7` };
const table = { TableName: "cordon-journal" };
const encrypted = { ...table, SSESpecification: { Enabled: true, KMSMasterKeyId: key } };
const group = { logGroupName: "/aws/lambda/cordon-sweep" };
const alarms = { AlarmNames: ["cordon-sweep-errors", "cordon-triage-errors"] };
const machine = {
  stateMachineArn: "arn:aws:states:us-east-1:222233334444:stateMachine:cordon-exposed-key",
};
const mapping = { UUID: "854f8590-0034-46ff-ad6d-3d2844d5ebf5" };
const stackSet = { StackSetName: "cordon-baseline-global-prod" };
const delegated = {
  AccountId: "222233334444",
  ServicePrincipal: "config-multiaccountsetup.amazonaws.com",
};
const trusted = { ServicePrincipal: "config-multiaccountsetup.amazonaws.com" };
const control = { PolicyId: "p-7d086106dc" };
const attached = { ...control, TargetId: "r-cord" };
const bus = { Name: "cordon-hub" };

const all = (names: readonly string[], parameters: object) =>
  Object.fromEntries(names.map((name) => [name, { ...parameters }]));

export const deploymentSamples: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  ...all(["events:CreateEventBus", "events:DeleteEventBus"], bus),
  "iam:CreateServiceLinkedRole": { AWSServiceName: "guardduty.amazonaws.com" },
  "iam:DeleteServiceLinkedRole": { RoleName: "AWSServiceRoleForAmazonGuardDuty" },
  ...all(
    [
      "organizations:EnableAWSServiceAccess",
      "organizations:DisableAWSServiceAccess",
      "organizations:ListDelegatedAdministrators",
    ],
    trusted,
  ),
  ...all(
    [
      "organizations:RegisterDelegatedAdministrator",
      "organizations:DeregisterDelegatedAdministrator",
    ],
    delegated,
  ),
  ...all(["organizations:AttachPolicy", "organizations:DetachPolicy"], attached),
  ...all(["organizations:DeletePolicy", "organizations:UpdatePolicy"], control),
  "organizations:ListParents": { ChildId: "222233334444" },
  "guardduty:CreateDetector": { tags: { cordon: "detection" } },
  ...all(
    ["guardduty:DeleteDetector", "guardduty:GetDetector", "guardduty:UpdateDetector"],
    detector,
  ),
  "guardduty:CreateFilter": { ...detector, name: "scanner" },
  ...all(["guardduty:DeleteFilter", "guardduty:UpdateFilter"], filter),
  "guardduty:EnableOrganizationAdminAccount": { adminAccountId: "222233334444" },
  "securityhub:EnableOrganizationAdminAccount": { AdminAccountId: "222233334444" },
  ...all(
    [
      "kms:DescribeKey",
      "kms:EnableKeyRotation",
      "kms:GetKeyPolicy",
      "kms:PutKeyPolicy",
      "kms:ScheduleKeyDeletion",
    ],
    { KeyId: key },
  ),
  "kms:CreateAlias": { AliasName: "alias/cordon", TargetKeyId: key },
  "kms:DeleteAlias": { AliasName: "alias/cordon" },
  ...all(["dynamodb:CreateTable", "dynamodb:UpdateTable"], encrypted),
  ...all(
    [
      "dynamodb:DeleteTable",
      "dynamodb:DescribeTable",
      "dynamodb:UpdateContinuousBackups",
      "dynamodb:UpdateTimeToLive",
    ],
    table,
  ),
  "sns:CreateTopic": { Name: "cordon-notices" },
  ...all(["sns:DeleteTopic", "sns:GetTopicAttributes", "sns:SetTopicAttributes"], topic),
  ...all(["sns:GetSubscriptionAttributes", "sns:Unsubscribe"], subscription),
  ...all(["lambda:CreateFunction", "lambda:UpdateFunctionConfiguration"], { ...fn, Role: role }),
  ...all(
    [
      "lambda:AddPermission",
      "lambda:CreateEventSourceMapping",
      "lambda:CreateFunctionUrlConfig",
      "lambda:DeleteFunction",
      "lambda:DeleteFunctionConcurrency",
      "lambda:DeleteFunctionEventInvokeConfig",
      "lambda:DeleteFunctionUrlConfig",
      "lambda:GetFunctionUrlConfig",
      "lambda:PutFunctionConcurrency",
      "lambda:PutFunctionEventInvokeConfig",
      "lambda:RemovePermission",
      "lambda:UpdateFunctionCode",
      "lambda:UpdateFunctionUrlConfig",
    ],
    fn,
  ),
  ...all(["lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping"], mapping),
  ...all(["logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy"], group),
  "cloudwatch:PutMetricAlarm": { AlarmName: "cordon-sweep-errors" },
  ...all(["cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms"], alarms),
  ...all(
    [
      "s3:CreateBucket",
      "s3:DeleteBucket",
      "s3:DeleteBucketEncryption",
      "s3:DeleteBucketPolicy",
      "s3:DeletePublicAccessBlock",
      "s3:HeadBucket",
      "s3:PutBucketEncryption",
      "s3:PutBucketPolicy",
      "s3:PutBucketTagging",
      "s3:PutPublicAccessBlock",
    ],
    bucket,
  ),
  ...all(["s3:DeleteObject", "s3:PutObject"], object),
  ...all(["ssm:DeleteParameter", "ssm:PutParameter"], { Name: "/cordon/retained/declared" }),
  "ssm:GetParametersByPath": { Path: "/cordon/retained" },
  "states:CreateStateMachine": { name: "cordon-exposed-key", roleArn: role },
  "states:UpdateStateMachine": { ...machine, roleArn: role },
  "states:DeleteStateMachine": machine,
  ...all(
    [
      "cloudformation:CreateStackInstances",
      "cloudformation:DeleteStackInstances",
      "cloudformation:DeleteStackSet",
      "cloudformation:DescribeStackSet",
      "cloudformation:DescribeStackSetOperation",
      "cloudformation:ListStackInstances",
      "cloudformation:ListStackSetOperationResults",
      "cloudformation:UpdateStackInstances",
      "cloudformation:UpdateStackSet",
    ],
    stackSet,
  ),
};
