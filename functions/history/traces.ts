/** Finds in CloudTrail's events what a principal left behind. */
import { plain } from "../model/plain-text";
import type { LookedUpEvent } from "./event-history";
import { kindOfTrace } from "./kinds-of-trace";

/** Something a call made or changed that the end of its credential does not end. */
export interface Trace {
  readonly what: string;
  readonly call: string;
  /** The resource that the call named or created; empty when the record has none. */
  readonly name: string;
  readonly region: string;
  /** ISO 8601. */
  readonly at: string;
}

/** The fields of a CloudTrail record that are looked at. */
export interface TrailRecord {
  readonly awsRegion?: unknown;
  readonly sourceIPAddress?: unknown;
  readonly userAgent?: unknown;
  readonly userIdentity?: unknown;
  readonly errorCode?: unknown;
  readonly readOnly?: unknown;
  readonly requestParameters?: unknown;
  readonly responseElements?: unknown;
}

const textLimit = 128;

/** Parses the record of an event; undefined where it is no JSON object. */
export function recordOf({ CloudTrailEvent }: LookedUpEvent): TrailRecord | undefined {
  try {
    const record: unknown = JSON.parse(CloudTrailEvent ?? "");
    return typeof record === "object" && record !== null ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Gives what an event's call left behind; undefined where it failed, or leaves nothing. */
export function traceOf(
  event: LookedUpEvent,
  record: TrailRecord,
  region: string,
): Trace | undefined {
  if (text(record.errorCode) !== "") return undefined;
  const call = callOf(event);
  const what = kindOfTrace(call);
  if (what === undefined) return undefined;
  return {
    what,
    call,
    name: plain(namesIn(record).join(" "), textLimit) || firstResource(event),
    region,
    at: timeOf(event) ?? "",
  };
}

// What a call made or changed: its new id first, then what the caller named.
const made = [
  ["accessKey", "accessKeyId"],
  ["credentials", "accessKeyId"],
] as const;
const named = [
  "accessKeyId",
  "userName",
  "roleName",
  "roleArn",
  "groupName",
  "policyName",
  "policyArn",
  "functionName",
  "bucketName",
  "stackName",
  "autoScalingGroupName",
  "granteePrincipal",
  "keyId",
  "permissionSetArn",
  "principalId",
  "name",
] as const;

function namesIn({ requestParameters, responseElements }: TrailRecord): readonly string[] {
  const instances = field(field(responseElements, "instancesSet"), "items");
  return [
    ...made.map(([outer, inner]) => text(field(field(responseElements, outer), inner))),
    ...(Array.isArray(instances) ? instances.map((item) => text(field(item, "instanceId"))) : []),
    ...named.map((key) => text(field(requestParameters, key))),
  ].filter((name) => name !== "");
}

function firstResource({ Resources }: LookedUpEvent): string {
  return text(Resources?.[0]?.ResourceName);
}

/**
 * Names a call as IAM does: "iam:CreateUser" for CreateUser at iam.amazonaws.com. CloudTrail dates
 * Lambda's calls: CreateFunction20150331, UpdateFunctionCode20150331v2.
 */
export function callOf({ EventSource, EventName }: LookedUpEvent): string {
  const service = text(EventSource).replace(/\.amazonaws\.com$/, "");
  return `${service}:${text(EventName).replace(/\d{8}(v\d+)?$/, "")}`;
}

/** Checks whether AWS refused a call for lack of permission, by the record's error code. */
export function isDenied(code: string): boolean {
  return /AccessDenied|Unauthorized/.test(code);
}

export function timeOf({ EventTime }: LookedUpEvent): string | undefined {
  return EventTime === undefined || Number.isNaN(EventTime.getTime())
    ? undefined
    : EventTime.toISOString();
}

/** Reads text that the caller chose: cut short, on one line. */
export function text(value: unknown): string {
  return typeof value === "string" ? plain(value, textLimit) : "";
}

export function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
