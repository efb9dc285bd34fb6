/** Finds what a principal made or changed that outlives its deny, in CloudTrail's events. */
import type { LookedUpEvent } from "../../history/event-history";

/** One thing it made or changed. */
export interface Made {
  readonly kind: string;
  readonly name: string;
  /** The call, as IAM names it, and when it was made: ISO 8601. */
  readonly call: string;
  readonly at: string;
  readonly region: string;
  /** A command of the AWS CLI that contains it, or shows what to put back. */
  readonly command: string;
}

/** Reads a field of the request or the response by its path; "" where it is no text. */
type Read = (path: string) => string;

interface Entry {
  readonly kind: string;
  readonly name: (read: Read) => string;
  readonly command: (read: Read, region: string) => string;
}

const denyAll = "--policy-arn arn:aws:iam::aws:policy/AWSDenyAll";
const user = (read: Read) => quoted(read("request.userName") || read("caller"));
const role = (read: Read) => quoted(read("request.roleName"));
const holder = (kind: string) => `${kind}Name`;
const quotedOf = (read: Read, field: string) => quoted(read(`request.${field}`));

const key: Entry = {
  kind: "access key",
  name: (read) => read("response.accessKey.accessKeyId") || read("request.accessKeyId"),
  command: (read) =>
    `aws iam update-access-key --user-name ${user(read)} --access-key-id ${quoted(key.name(read))} --status Inactive`,
};
const password: Entry = {
  kind: "console password",
  name: (read) => read("request.userName") || read("caller"),
  command: (read) => `aws iam delete-login-profile --user-name ${user(read)}`,
};
const attached = (kind: "user" | "role" | "group"): Entry => ({
  kind: `policy of a ${kind}`,
  name: (read) => `${read("request.policyArn")} on ${read(`request.${holder(kind)}`)}`,
  command: (read) =>
    `aws iam detach-${kind}-policy --${kind}-name ${quotedOf(read, holder(kind))} --policy-arn ${quotedOf(read, "policyArn")}`,
});
const inline = (kind: "user" | "role" | "group"): Entry => ({
  kind: `policy of a ${kind}`,
  name: (read) => `${read("request.policyName")} of ${read(`request.${holder(kind)}`)}`,
  command: (read) =>
    `aws iam delete-${kind}-policy --${kind}-name ${quotedOf(read, holder(kind))} --policy-name ${quotedOf(read, "policyName")}`,
});
const version: Entry = {
  kind: "policy version",
  name: (read) => read("request.policyArn"),
  command: (read) => `aws iam list-policy-versions --policy-arn ${quotedOf(read, "policyArn")}`,
};
const fn: Entry = {
  kind: "function",
  name: (read) => read("request.functionName"),
  command: (read, region) =>
    `aws lambda put-function-concurrency --function-name ${quotedOf(read, "functionName")} --reserved-concurrent-executions 0 --region ${region}`,
};

/** Closed: a call that is not here is not reported. */
const entries: Readonly<Record<string, Entry>> = {
  "iam:CreateUser": {
    kind: "user",
    name: (read) => read("request.userName"),
    command: (read) => `aws iam attach-user-policy --user-name ${user(read)} ${denyAll}`,
  },
  "iam:CreateAccessKey": key,
  "iam:UpdateAccessKey": key,
  "iam:CreateLoginProfile": password,
  "iam:UpdateLoginProfile": password,
  "iam:CreateRole": {
    kind: "role",
    name: (read) => read("request.roleName"),
    command: (read) => `aws iam attach-role-policy --role-name ${role(read)} ${denyAll}`,
  },
  "iam:UpdateAssumeRolePolicy": {
    kind: "trust policy",
    name: (read) => read("request.roleName"),
    command: (read) =>
      `aws iam get-role --role-name ${role(read)} --query Role.AssumeRolePolicyDocument`,
  },
  "iam:AttachUserPolicy": attached("user"),
  "iam:AttachRolePolicy": attached("role"),
  "iam:AttachGroupPolicy": attached("group"),
  "iam:PutUserPolicy": inline("user"),
  "iam:PutRolePolicy": inline("role"),
  "iam:PutGroupPolicy": inline("group"),
  "iam:CreatePolicyVersion": version,
  "iam:SetDefaultPolicyVersion": version,
  "iam:AddUserToGroup": {
    kind: "group membership",
    name: (read) => `${read("request.userName")} in ${read("request.groupName")}`,
    command: (read) =>
      `aws iam remove-user-from-group --user-name ${user(read)} --group-name ${quotedOf(read, "groupName")}`,
  },
  "sts:AssumeRole": {
    kind: "session of a role",
    name: (read) => `${read("request.roleArn")} as ${read("request.roleSessionName")}`,
    // Its sessions outlive the deny of the user; this stops everything that uses the role.
    command: (read) =>
      `aws iam attach-role-policy --role-name ${quoted(read("request.roleArn").split("/").at(-1) ?? "")} ${denyAll}`,
  },
  "lambda:CreateFunction": fn,
  "lambda:UpdateFunctionCode": fn,
  "lambda:UpdateFunctionConfiguration": fn,
  "lambda:AddPermission": fn,
  "lambda:CreateFunctionUrlConfig": fn,
  "ec2:RunInstances": {
    kind: "instances",
    name: (read) => read("response.instancesSet.items.instanceId"),
    command: (read, region) =>
      `aws ec2 stop-instances --instance-ids ${read("response.instancesSet.items.instanceId").split(" ").map(quoted).join(" ")} --region ${region}`,
  },
};

/** Lists what the events' calls made or changed, oldest first, each once. Failed calls made nothing. */
export function whatWasMade(events: readonly LookedUpEvent[]): readonly Made[] {
  const seen = new Set<string>();
  const made = events.flatMap(({ EventId, CloudTrailEvent }): readonly Made[] => {
    const record = parsed(CloudTrailEvent);
    if (record === undefined || text(record.errorCode) !== "") return [];
    // CloudTrail dates Lambda's calls: CreateFunction20150331, UpdateFunctionCode20150331v2.
    const name = text(record.eventName).replace(/\d{8}(v\d+)?$/, "");
    const call = `${text(record.eventSource).replace(/\.amazonaws\.com$/, "")}:${name}`;
    const entry = Object.hasOwn(entries, call) ? entries[call] : undefined;
    // An event of a global service may be in more regions than one.
    if (entry === undefined || (EventId !== undefined && seen.has(EventId))) return [];
    if (EventId !== undefined) seen.add(EventId);
    const read = reader(record);
    if (call === "iam:UpdateAccessKey" && read("request.status") !== "Active") return [];
    const region = text(record.awsRegion);
    const at = text(record.eventTime);
    return [
      {
        kind: entry.kind,
        name: entry.name(read),
        call,
        at,
        region,
        command: entry.command(read, region),
      },
    ];
  });
  return made.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

function reader(record: Readonly<Record<string, unknown>>): Read {
  const roots: Readonly<Record<string, unknown>> = {
    request: record.requestParameters,
    response: record.responseElements,
    caller: field(record.userIdentity, "userName"),
  };
  return (path) => {
    const found = path
      .split(".")
      .reduce<unknown>(
        (value, name) =>
          Array.isArray(value) ? value.map((each) => field(each, name)) : field(value, name),
        roots,
      );
    return Array.isArray(found) ? found.map(text).filter(Boolean).join(" ") : text(found);
  };
}

function parsed(json: string | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    const record: unknown = JSON.parse(json ?? "");
    return typeof record === "object" && record !== null
      ? (record as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The thief chose the name, and a responder pastes the command into a shell. */
export function quoted(name: string): string {
  return /^[\w+=,.@:/-]+$/.test(name) ? name : `'${name.replace(/'/g, "'\\''")}'`;
}
