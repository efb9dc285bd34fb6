/**
 * Resource table: what the deployment calls besides, with what AWS then asks of it on behalf of the
 * caller: to pass roles and to use keys. No other caller is answered these: most of them the
 * emulator answers no workload truthfully.
 */
import { management } from "../accounts";
import { fromArn, toArn } from "../wire/arn";
import { list, member, text, UnknownOperationError } from "../wire/protocol";
import { administrationOperations } from "./administration";
import { passing } from "./baseline";
import { all, anywhere, byArn, name, named, on } from "./named";
import type { Check, Operation, Request } from "./operation";

const passed = (parameter: string, service: string) => (request: Request) =>
  passing(text(request.parameters[parameter]), service);

const key = (request: Request) => {
  const given = name(request, "KeyId");
  return given.startsWith("arn:") ? given : named("kms", "KeyId", "key/")(request);
};
const alias = named("kms", "AliasName");

/** An alias and its key, both of which the call needs. */
function ofAlias(action: string, keyOf: (request: Request) => Promise<string> | string): Operation {
  return async (request) => {
    const { account } = request;
    const context = { "kms:CallerAccount": account };
    return [alias(request), await keyOf(request)].map((resource) => ({
      action: `kms:${action}`,
      resource,
      account,
      context,
    }));
  };
}

async function keyOfAlias(request: Request): Promise<string> {
  const { account, region, world } = request;
  const known = await world.customerKey({ account, region }, name(request, "AliasName"));
  if (!known) throw new UnknownOperationError(`the alias ${name(request, "AliasName")}`);
  return known;
}

/** What DynamoDB does with a customer's key to put a table under it, in the caller's name. */
const keyForTable = [
  "DescribeKey",
  "Decrypt",
  "Encrypt",
  "GenerateDataKey",
  "GenerateDataKeyWithoutPlaintext",
  "ReEncryptFrom",
  "ReEncryptTo",
  "CreateGrant",
];

export function tableKey({ account, region, parameters }: Request): readonly Check[] {
  const encryption = member(parameters, "SSESpecification");
  const id = text(member(encryption, "KMSMasterKeyId"));
  if (id === undefined) return [];
  const resource = id.startsWith("arn:") ? id : toArn("kms", region, account, `key/${id}`);
  return keyForTable.map((action) => ({
    action: `kms:${action}`,
    resource,
    account: fromArn(resource).account,
    context: {
      "kms:CallerAccount": account,
      "kms:ViaService": `dynamodb.${region}.amazonaws.com`,
      ...(action === "CreateGrant" && { "kms:GrantIsForAWSResource": "true" }),
    },
  }));
}

const table = named("dynamodb", "TableName", "table/");
const fn = named("lambda", "FunctionName", "function:");

/** A mapping has no ARN before it exists; who may touch it goes by its function. */
const mapping: (action: string) => Operation = (action) => (request) => {
  const { account, region, parameters, world } = request;
  const id = text(parameters.UUID);
  const of = id === undefined ? name(request, "FunctionName") : world.functionOf(id);
  return [
    {
      action: `lambda:${action}`,
      resource: id ? toArn("lambda", region, account, `event-source-mapping:${id}`) : "*",
      account,
      context: of
        ? { "lambda:FunctionArn": toArn("lambda", region, account, `function:${of}`) }
        : {},
    },
  ];
};

const logGroup = named("logs", "logGroupName", "log-group:");
const bucket = (request: Request) => `arn:aws:s3:::${name(request, "Bucket")}`;
const object = (request: Request) => `${bucket(request)}/${name(request, "Key")}`;
const parameterOf = (parameter: string) => (request: Request) =>
  toArn("ssm", request.region, request.account, `parameter/${name(request, parameter).slice(1)}`);
/** A subscription's ARN continues its topic's. */
const topicOf = (request: Request) =>
  name(request, "SubscriptionArn").split(":").slice(0, 6).join(":");
const machine = named("states", "name", "stateMachine:");

/** Service-managed stack sets are the management account's, whoever administers them. */
const stackSet = (request: Request) =>
  toArn(
    "cloudformation",
    request.region,
    management.id,
    `stackset/${name(request, "StackSetName")}:*`,
  );

/** Permissions of S3 that are not called as their operations are. */
const bucketPermissions: Readonly<Record<string, string>> = {
  HeadBucket: "ListBucket",
  PutBucketEncryption: "PutEncryptionConfiguration",
  DeleteBucketEncryption: "PutEncryptionConfiguration",
  PutPublicAccessBlock: "PutBucketPublicAccessBlock",
  DeletePublicAccessBlock: "PutBucketPublicAccessBlock",
};
const bucketOperations = [
  "CreateBucket",
  "DeleteBucket",
  "DeleteBucketPolicy",
  "PutBucketPolicy",
  "PutBucketTagging",
  ...Object.keys(bucketPermissions),
];

export const deploymentOperations: Readonly<Record<string, Operation>> = {
  ...administrationOperations,
  ...anywhere("ec2", ["DescribeManagedPrefixLists"]),
  ...anywhere("events", ["PutPermission", "RemovePermission"]),
  ...all("events", ["CreateEventBus", "DeleteEventBus"], named("events", "Name", "event-bus/")),
  "kms:CreateKey": on("kms:CreateKey", () => "*"),
  ...all(
    "kms",
    ["DescribeKey", "EnableKeyRotation", "GetKeyPolicy", "PutKeyPolicy", "ScheduleKeyDeletion"],
    key,
  ),
  "kms:CreateAlias": ofAlias("CreateAlias", named("kms", "TargetKeyId", "key/")),
  "kms:DeleteAlias": ofAlias("DeleteAlias", keyOfAlias),
  "dynamodb:CreateTable": on("dynamodb:CreateTable", table, tableKey),
  ...all(
    "dynamodb",
    ["DeleteTable", "DescribeTable", "UpdateContinuousBackups", "UpdateTimeToLive"],
    table,
  ),
  "sns:CreateTopic": on("sns:CreateTopic", named("sns", "Name")),
  ...all("sns", ["DeleteTopic", "GetTopicAttributes", "SetTopicAttributes"], byArn("TopicArn")),
  ...all("sns", ["GetSubscriptionAttributes", "Unsubscribe"], topicOf),
  "lambda:CreateFunction": on("lambda:CreateFunction", fn, passed("Role", "lambda.amazonaws.com")),
  "lambda:UpdateFunctionConfiguration": on(
    "lambda:UpdateFunctionConfiguration",
    fn,
    passed("Role", "lambda.amazonaws.com"),
  ),
  ...all(
    "lambda",
    [
      "AddPermission",
      "CreateFunctionUrlConfig",
      "DeleteFunction",
      "DeleteFunctionConcurrency",
      "DeleteFunctionEventInvokeConfig",
      "DeleteFunctionUrlConfig",
      "PutFunctionConcurrency",
      "PutFunctionEventInvokeConfig",
      "RemovePermission",
      "UpdateFunctionCode",
    ],
    fn,
  ),
  "lambda:CreateEventSourceMapping": mapping("CreateEventSourceMapping"),
  "lambda:DeleteEventSourceMapping": mapping("DeleteEventSourceMapping"),
  "lambda:UpdateEventSourceMapping": mapping("UpdateEventSourceMapping"),
  ...anywhere("logs", ["DescribeLogGroups"]),
  ...all("logs", ["CreateLogGroup", "DeleteLogGroup", "PutRetentionPolicy"], logGroup),
  "cloudwatch:PutMetricAlarm": on(
    "cloudwatch:PutMetricAlarm",
    named("cloudwatch", "AlarmName", "alarm:"),
  ),
  ...Object.fromEntries(
    ["DeleteAlarms", "DescribeAlarms"].map((each) => [
      `cloudwatch:${each}`,
      ({ account, region, parameters }: Request) =>
        list<string>(parameters.AlarmNames).map((alarmName) => ({
          action: `cloudwatch:${each}`,
          resource: toArn("cloudwatch", region, account, `alarm:${alarmName}`),
          account,
        })),
    ]),
  ),
  ...Object.fromEntries(
    bucketOperations.map((each) => [
      `s3:${each}`,
      on(`s3:${bucketPermissions[each] ?? each}`, bucket),
    ]),
  ),
  ...all("s3", ["DeleteObject", "PutObject"], object),
  ...all("ssm", ["DeleteParameter", "PutParameter"], parameterOf("Name")),
  "ssm:GetParametersByPath": on("ssm:GetParametersByPath", parameterOf("Path")),
  "states:CreateStateMachine": on(
    "states:CreateStateMachine",
    machine,
    passed("roleArn", "states.amazonaws.com"),
  ),
  "states:UpdateStateMachine": on(
    "states:UpdateStateMachine",
    byArn("stateMachineArn"),
    passed("roleArn", "states.amazonaws.com"),
  ),
  "states:DeleteStateMachine": on("states:DeleteStateMachine", byArn("stateMachineArn")),
  "cloudformation:CreateStackSet": on("cloudformation:CreateStackSet", () => "*"),
  ...all(
    "cloudformation",
    [
      "CreateStackInstances",
      "DeleteStackInstances",
      "DeleteStackSet",
      "DescribeStackSet",
      "DescribeStackSetOperation",
      "ListStackInstances",
      "ListStackSetOperationResults",
      "UpdateStackInstances",
      "UpdateStackSet",
    ],
    stackSet,
  ),
};
