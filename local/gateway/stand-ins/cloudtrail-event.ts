/** Writes a call as CloudTrail reports it: the event record, and LookupEvents' envelope. */
import { randomUUID } from "node:crypto";
import type { Caller } from "../iam/caller";
import { isMutating, type RecordedCall } from "../record";
import { fromArn } from "../wire/arn";
import { type Answer, member, parseXml, text } from "../wire/protocol";

export interface ReportedCall {
  readonly call: RecordedCall;
  /** The account whose history it enters. */
  readonly account: string;
  readonly identity: Identity;
  /** Milliseconds since 1970, whole seconds. */
  readonly time: number;
  readonly response: unknown;
  readonly errorCode: string | undefined;
}

/** Writes an event in the shape of LookupEvents' answer. */
export function eventOf({ call, account, identity, time, response, errorCode }: ReportedCall) {
  const eventID = randomUUID();
  const eventName = eventNameOf(call);
  const readOnly = isReadOnly(call);
  const { sessionName, ...userIdentity } = identity;
  const Username = identity.userName ?? sessionName;
  return {
    EventId: eventID,
    EventName: eventName,
    ReadOnly: String(readOnly),
    ...(identity.accessKeyId !== undefined && { AccessKeyId: identity.accessKeyId }),
    EventTime: time / 1000,
    EventSource: sourceOf(call),
    ...(Username !== undefined && { Username }),
    Resources: resourcesOf(call.request, response),
    CloudTrailEvent: JSON.stringify({
      eventVersion: "1.11",
      userIdentity,
      eventTime: new Date(time).toISOString().replace(".000Z", "Z"),
      eventSource: sourceOf(call),
      eventName,
      awsRegion: regionOf(call),
      sourceIPAddress: call.sourceAddress,
      userAgent: call.userAgent,
      ...(errorCode !== undefined && {
        errorCode: errorCodeOf(call, errorCode),
        ...(call.why !== undefined && { errorMessage: call.why }),
      }),
      requestParameters: lowerCamel(call.request),
      responseElements: response ?? null,
      requestID: randomUUID(),
      eventID,
      readOnly,
      eventType: "AwsApiCall",
      managementEvent: true,
      recipientAccountId: account,
      eventCategory: "Management",
    }),
  };
}

export interface Identity {
  readonly type: string;
  readonly principalId: string | undefined;
  readonly accountId: string;
  readonly accessKeyId?: string;
  readonly userName?: string;
  readonly sessionName?: string;
  readonly sessionContext?: object;
}

/** Writes who called, in the forms of the userIdentity element's reference. */
export function identityOf(call: RecordedCall, caller: Caller): Identity {
  const issued = caller.context["aws:TokenIssueTime"];
  const attributes = issued && {
    creationDate: `${issued.slice(0, 19)}Z`,
    mfaAuthenticated: "false",
  };
  const same = {
    principalId: caller.context["aws:userid"],
    arn: caller.arn,
    accountId: caller.account,
    accessKeyId: call.accessKeyId,
  };
  if (caller.roleArn === undefined) {
    return {
      type: "IAMUser",
      ...same,
      userName: caller.context["aws:username"] ?? "",
      ...(attributes && { sessionContext: { attributes } }),
    };
  }
  return {
    type: "AssumedRole",
    ...same,
    sessionName: caller.sessionName ?? "",
    sessionContext: {
      sessionIssuer: {
        type: "Role",
        principalId: same.principalId?.split(":")[0],
        arn: caller.roleArn,
        accountId: caller.account,
        userName: fromArn(caller.roleArn).resource.split("/").at(-1),
      },
      attributes,
    },
  };
}

// What the services' guides list as data events, and what CloudTrail does not log at all.
const dataEvents = [
  /^dynamodb:((Get|Put|Update|Delete|BatchGet|BatchWrite)Item|Transact(Get|Write)Items|Query|Scan)$/,
  /^dynamodb:((Batch)?ExecuteStatement|ExecuteTransaction)$/,
  /^sqs:((Send|Receive|Delete)Message\w*|ChangeMessageVisibility\w*|Get\w+|List\w+)$/,
  /^s3:(Get|Put|Head|Delete|Copy|List)Objects?(V2|Versions|Acl|Tagging|Attributes|Retention)?$/,
  /^s3:\w*(Multipart|Part)\w*$/,
  /^(sns:Publish\w*|lambda:Invoke|events:PutEvents)$/,
  /^(logs:(PutLogEvents|GetLogEvents|FilterLogEvents)|cloudwatch:(PutMetricData|GetMetric\w+))$/,
];

export function isDataEvent({ action }: RecordedCall): boolean {
  return dataEvents.some((pattern) => pattern.test(action));
}

// KMS counts what it does with a key, as it changes none, among the reads.
function isReadOnly({ action }: RecordedCall): boolean {
  const operation = action.slice(action.indexOf(":") + 1);
  return /^kms:(Decrypt|Encrypt|GenerateDataKey|ReEncrypt)/.test(action) || !isMutating(operation);
}

// "Global service events": looked up in us-east-1 alone. Regional STS endpoints log where they are.
export function regionOf({ service, region }: RecordedCall): string {
  return ["iam", "organizations", "cloudfront", "route53", "support"].includes(service)
    ? "us-east-1"
    : region;
}

const sources: Readonly<Record<string, string>> = { cloudwatch: "monitoring", tag: "tagging" };

function sourceOf({ service }: RecordedCall): string {
  return `${sources[service] ?? service}.amazonaws.com`;
}

// Lambda's events carry the version of its first API in their names; later APIs' do not always.
const firstEdition =
  /^((Create|Delete)Function|ListFunctions|ListVersionsByFunction|(Create|Delete|Get|Update)EventSourceMapping|ListEventSourceMappings)$/;
const secondEdition =
  /^(AddPermission|GetFunction|GetFunctionConfiguration|GetPolicy|RemovePermission|UpdateFunctionCode|UpdateFunctionConfiguration)$/;

function eventNameOf({ action, service }: RecordedCall): string {
  const operation = action.slice(action.indexOf(":") + 1);
  if (service !== "lambda") return operation;
  if (secondEdition.test(operation)) return `${operation}20150331v2`;
  return firstEdition.test(operation) ? `${operation}20150331` : operation;
}

// EC2 says whose fault it was; IAM uses the names of its exceptions, but for denials.
function errorCodeOf({ service }: RecordedCall, code: string): string {
  if (service === "ec2") return `Client.${code}`;
  return service === "iam" && !/^AccessDenied$|Exception$/.test(code) ? `${code}Exception` : code;
}

/** Reads what IAM and STS answered to a change or an opened session, without its secrets. */
export function responseOf(call: RecordedCall, answer: Answer): unknown {
  const reported =
    (call.service === "iam" && call.mutating) ||
    /^sts:(AssumeRole|GetSessionToken)/.test(call.action);
  if (!reported || answer.status >= 300) return undefined;
  const operation = call.action.slice(call.action.indexOf(":") + 1);
  const root = member(parseXml(answer.body.toString()), `${operation}Response`);
  const result = member(root, `${operation}Result`);
  return typeof result === "object" && result !== null ? lowerCamel(result) : undefined;
}

const secrets = new Set(["SecretAccessKey", "SessionToken", "Password", "NewPassword"]);

/** Writes names as CloudTrail does: "UserName" as "userName". Secrets are left out. */
function lowerCamel(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowerCamel);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([name]) => !secrets.has(name));
  return entries.length === 0
    ? null
    : Object.fromEntries(
        entries.map(([name, each]) => [
          name.charAt(0).toLowerCase() + name.slice(1),
          lowerCamel(each),
        ]),
      );
}

interface EventResource {
  readonly ResourceType: string;
  readonly ResourceName: string;
}

// IAM, EC2, S3 and STS name what they act on by these parameters.
const types: Readonly<Record<string, string>> = {
  UserName: "AWS::IAM::User",
  RoleName: "AWS::IAM::Role",
  RoleArn: "AWS::IAM::Role",
  GroupName: "AWS::IAM::Group",
  PolicyArn: "AWS::IAM::Policy",
  AccessKeyId: "AWS::IAM::AccessKey",
  InstanceProfileName: "AWS::IAM::InstanceProfile",
  Bucket: "AWS::S3::Bucket",
  InstanceId: "AWS::EC2::Instance",
  NetworkInterfaceId: "AWS::EC2::NetworkInterface",
};

/** Lists what a request names and what its response says was made; lower-camel-case in both. */
function resourcesOf(request: unknown, response: unknown): readonly EventResource[] {
  const named = Object.entries(types).flatMap(([parameter, ResourceType]) => {
    const ResourceName = text(member(request, parameter));
    return ResourceName ? [{ ResourceType, ResourceName }] : [];
  });
  const key = text(member(member(response, "accessKey"), "accessKeyId"));
  const session = text(member(member(response, "credentials"), "accessKeyId"));
  return [
    ...named,
    ...[key, session].flatMap((ResourceName) =>
      ResourceName ? [{ ResourceType: "AWS::IAM::AccessKey", ResourceName }] : [],
    ),
  ];
}
