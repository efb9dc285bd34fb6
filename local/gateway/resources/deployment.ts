/**
 * Resource table: what the deployment calls besides, with what AWS then asks of it on behalf of the
 * caller: to pass roles, to use keys, to make the roles with which services act. No other caller is
 * answered these: most of them the emulator answers no workload truthfully.
 */
import { management, organizationId } from "../accounts";
import { fromArn, toArn } from "../wire/arn";
import { list, member, text, UnknownOperationError } from "../wire/protocol";
import { requestTags } from "../world";
import { passing } from "./baseline";
import { unscoped } from "./compute";
import type { Check, Operation, Request } from "./operation";

type Context = NonNullable<Check["context"]>;

/** Makes the checks of a call on one resource; of tags at creation each service asks in its own way. */
function on(
  action: string,
  resource: (request: Request) => string,
  also: (request: Request) => readonly Check[] | Promise<readonly Check[]> = () => [],
  context?: (request: Request) => Context,
): Operation {
  return async (request) => {
    refuseTags(action, request);
    return [
      {
        action,
        resource: resource(request),
        account: request.account,
        ...(context && { context: context(request) }),
      },
      ...(await also(request)),
    ];
  };
}

function refuseTags(action: string, { parameters }: Request): void {
  for (const tags of [parameters.Tags, parameters.tags]) {
    if (typeof tags === "object" && tags !== null && Object.keys(tags).length > 0) {
      throw new UnknownOperationError(`${action} with tags`);
    }
  }
}

function name({ parameters }: Request, parameter: string): string {
  const value = text(parameters[parameter]);
  if (!value) throw new UnknownOperationError(`a call without ${parameter}`);
  return value;
}

/** Names a resource of the caller's account and region by one parameter. */
const named =
  (service: string, parameter: string, prefix = "") =>
  (request: Request) =>
    toArn(service, request.region, request.account, prefix + name(request, parameter));
/** Names it by its ARN. */
const byArn = (parameter: string) => (request: Request) => name(request, parameter);

/** Asks for the same of several operations of a service. */
function all(
  service: string,
  operations: readonly string[],
  resource: (request: Request) => string,
): Record<string, Operation> {
  return Object.fromEntries(
    operations.map((each) => [`${service}:${each}`, on(`${service}:${each}`, resource)]),
  );
}

function anywhere(service: string, operations: readonly string[]): Record<string, Operation> {
  return Object.fromEntries(
    operations.map((each) => [`${service}:${each}`, unscoped(`${service}:${each}`)]),
  );
}

/** AWS makes the role itself with the caller's rights where it does not exist yet. */
function serviceRole({ account }: Request, service: string): Check {
  return {
    action: "iam:CreateServiceLinkedRole",
    resource: toArn("iam", "", account, `role/aws-service-role/${service}/AWSServiceRoleFor*`),
    account,
    context: { "iam:AWSServiceName": service },
  };
}

const passed = (parameter: string, service: string) => (request: Request) =>
  passing(text(request.parameters[parameter]), service);

const createDetector: Operation = (request) => {
  const { account, region, parameters } = request;
  const given = (parameters.tags ?? {}) as Record<string, string>;
  const tags = requestTags(Object.entries(given).map(([Key, Value]) => ({ Key, Value })));
  const check = { account, context: tags };
  return [
    { ...check, action: "guardduty:CreateDetector", resource: "*" },
    ...(Object.keys(tags).length > 0
      ? [
          {
            ...check,
            action: "guardduty:TagResource",
            resource: toArn("guardduty", region, account, "detector/*"),
          },
        ]
      : []),
    serviceRole(request, "guardduty.amazonaws.com"),
  ];
};

const detector = named("guardduty", "DetectorId", "detector/");
const filter = (parameter: string) => (request: Request) =>
  `${detector(request)}/filter/${name(request, parameter)}`;
const hub = ({ account, region }: Request) => toArn("securityhub", region, account, "hub/default");

const organizations = (resource: string) => toArn("organizations", "", management.id, resource);
const administrator = (id: string) => organizations(`account/${organizationId}/${id}`);

/** Asks what Organizations asks of whoever makes an account a service's administrator. */
function designation(request: Request, parameter: string, service: string): readonly Check[] {
  const { account } = request;
  const context = { "organizations:ServicePrincipal": service };
  return [
    { action: "organizations:EnableAWSServiceAccess", resource: "*", account, context },
    {
      action: "organizations:RegisterDelegatedAdministrator",
      resource: administrator(name(request, parameter)),
      account,
      context,
    },
  ];
}

const ofService = (request: Request): Context => ({
  "organizations:ServicePrincipal": name(request, "ServicePrincipal"),
});

/** A policy, and the root or unit to which it is attached. */
function controlPolicy(action: string): Operation {
  return (request) => {
    const { account, parameters } = request;
    const id = text(parameters.PolicyId) ?? "p-*";
    const target = text(parameters.TargetId);
    const kind = target?.startsWith("r-") ? "root" : "ou";
    const policy = `policy/${organizationId}/service_control_policy/${id}`;
    return [policy, ...(target ? [`${kind}/${organizationId}/${target}`] : [])].map((resource) => ({
      action: `organizations:${action}`,
      resource: organizations(resource),
      account,
      context: { "organizations:PolicyType": "SERVICE_CONTROL_POLICY" },
    }));
  };
}

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

function tableKey({ account, region, parameters }: Request): readonly Check[] {
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

const logGroup = (request: Request) => `${named("logs", "logGroupName", "log-group:")(request)}:*`;
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
  ...anywhere("ec2", ["DescribeManagedPrefixLists"]),
  ...anywhere("events", ["PutPermission", "RemovePermission"]),
  ...all("events", ["CreateEventBus", "DeleteEventBus"], named("events", "Name", "event-bus/")),
  "iam:CreateServiceLinkedRole": (request) => [
    serviceRole(request, name(request, "AWSServiceName")),
  ],
  "iam:DeleteServiceLinkedRole": async (request) => {
    const { account, world } = request;
    const role = await world.policies.roleArn(account, name(request, "RoleName"));
    if (!role) throw new UnknownOperationError(`the role ${name(request, "RoleName")}`);
    return [{ action: "iam:DeleteServiceLinkedRole", resource: role, account }];
  },
  ...anywhere("organizations", ["ListAWSServiceAccessForOrganization"]),
  ...Object.fromEntries(
    ["EnableAWSServiceAccess", "DisableAWSServiceAccess", "ListDelegatedAdministrators"].map(
      (each) => [
        `organizations:${each}`,
        on(
          `organizations:${each}`,
          () => "*",
          undefined,
          each.startsWith("Disable") ? undefined : ofService,
        ),
      ],
    ),
  ),
  ...Object.fromEntries(
    ["RegisterDelegatedAdministrator", "DeregisterDelegatedAdministrator"].map((each) => [
      `organizations:${each}`,
      on(
        `organizations:${each}`,
        (request) => administrator(name(request, "AccountId")),
        undefined,
        ofService,
      ),
    ]),
  ),
  ...Object.fromEntries(
    ["AttachPolicy", "CreatePolicy", "DeletePolicy", "DetachPolicy", "UpdatePolicy"].map((each) => [
      `organizations:${each}`,
      controlPolicy(each),
    ]),
  ),
  "organizations:ListParents": on("organizations:ListParents", (request) =>
    administrator(name(request, "ChildId")),
  ),
  ...anywhere("guardduty", [
    "DisableOrganizationAdminAccount",
    "ListDetectors",
    "ListOrganizationAdminAccounts",
  ]),
  "guardduty:CreateDetector": createDetector,
  ...all("guardduty", ["DeleteDetector", "GetDetector", "UpdateDetector"], detector),
  "guardduty:CreateFilter": on("guardduty:CreateFilter", filter("name")),
  ...all("guardduty", ["DeleteFilter", "UpdateFilter"], filter("FilterName")),
  "guardduty:EnableOrganizationAdminAccount": on(
    "guardduty:EnableOrganizationAdminAccount",
    () => "*",
    (request) => designation(request, "adminAccountId", "guardduty.amazonaws.com"),
  ),
  "securityhub:EnableSecurityHub": on("securityhub:EnableSecurityHub", hub, (request) => [
    serviceRole(request, "securityhub.amazonaws.com"),
  ]),
  ...all(
    "securityhub",
    ["DescribeHub", "DisableOrganizationAdminAccount", "DisableSecurityHub"],
    hub,
  ),
  "securityhub:EnableOrganizationAdminAccount": on(
    "securityhub:EnableOrganizationAdminAccount",
    hub,
    (request) => designation(request, "AdminAccountId", "securityhub.amazonaws.com"),
  ),
  "kms:CreateKey": on("kms:CreateKey", () => "*"),
  ...all(
    "kms",
    ["DescribeKey", "EnableKeyRotation", "GetKeyPolicy", "PutKeyPolicy", "ScheduleKeyDeletion"],
    key,
  ),
  "kms:CreateAlias": ofAlias("CreateAlias", named("kms", "TargetKeyId", "key/")),
  "kms:DeleteAlias": ofAlias("DeleteAlias", keyOfAlias),
  "dynamodb:CreateTable": on("dynamodb:CreateTable", table, tableKey),
  "dynamodb:UpdateTable": on("dynamodb:UpdateTable", table, tableKey),
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
      "DeleteFunction",
      "DeleteFunctionConcurrency",
      "DeleteFunctionEventInvokeConfig",
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
