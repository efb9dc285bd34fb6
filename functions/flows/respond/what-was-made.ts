/** Finds what a principal made or changed that outlives its deny, and the commands that contain it. */

import type { LookedUpEvent } from "../../history/event-history";
import { field, recordOf, type Trace, type TrailRecord, traceOf } from "../../history/traces";
import { command } from "../../model/command";
import { quoted } from "../../model/plain-text";

/** One thing it made or changed. */
export interface Made extends Trace {
  /** How often: a call may be repeated to hide another. */
  readonly times: number;
  /**
   * Commands of the AWS CLI. Where the call may have changed nothing, or a command cannot be undone,
   * the first one reads. Empty where none is known, or the resource is another account's.
   */
  readonly commands: readonly string[];
}

/** Reads a field of the request, the response or the caller by its path; "" where it is no text. */
type Read = (path: string) => string;
/** Writes the commands of a call; "" for one of which the record lacks a value. */
type Commands = (read: Read, region: string, now: Date) => readonly string[];

const user = (read: Read) => read("request.userName") || read("caller");
const denyAll = "arn:aws:iam::aws:policy/AWSDenyAll";

const disable = (read: Read, key: string) =>
  aws`iam update-access-key --user-name=${user(read)} --access-key-id=${key} --status=Inactive`;
const password: Commands = (read) => [
  look(aws`iam get-login-profile --user-name=${user(read)}`),
  only(
    "if its owner did not set it",
    aws`iam update-login-profile --user-name=${user(read)}`,
    '--password="$(openssl rand -base64 24)" --password-reset-required',
  ),
];
const attached =
  (kind: "user" | "role" | "group"): Commands =>
  (read) => {
    const [name, policy] = [read(`request.${kind}Name`), read("request.policyArn")];
    return [
      look(aws`iam list-attached-${kind}-policies --${kind}-name=${name}`),
      only(
        "if it was not attached before",
        aws`iam detach-${kind}-policy --${kind}-name=${name} --policy-arn=${policy}`,
      ),
    ];
  };
const inline =
  (kind: "user" | "role" | "group"): Commands =>
  (read) => {
    const [name, policy] = [read(`request.${kind}Name`), read("request.policyName")];
    return [
      only(
        "look first, and keep it",
        aws`iam get-${kind}-policy --${kind}-name=${name} --policy-name=${policy}`,
      ),
      only(
        "if it did not exist before",
        aws`iam delete-${kind}-policy --${kind}-name=${name} --policy-name=${policy}`,
      ),
    ];
  };
const version: Commands = (read) => [
  look(aws`iam list-policy-versions --policy-arn=${read("request.policyArn")}`),
];
const stopFunction = (read: Read, region: string) =>
  aws`lambda put-function-concurrency --function-name=${read("request.functionName")} --reserved-concurrent-executions=0 --region=${region}`;
const changedFunction: Commands = (read, region) => [
  look(aws`lambda get-function --function-name=${read("request.functionName")} --region=${region}`),
  only("if it is not yours", stopFunction(read, region)),
];

/** Of what functions/history/kinds-of-trace.ts lists; a call that is not here gets no command. */
const commands: Readonly<Record<string, Commands>> = {
  "iam:CreateUser": (read) => [
    aws`iam attach-user-policy --user-name=${user(read)} --policy-arn=${denyAll}`,
  ],
  "iam:CreateAccessKey": (read) => [disable(read, read("response.accessKey.accessKeyId"))],
  "iam:UpdateAccessKey": (read) => {
    const key = read("request.accessKeyId");
    if (read("request.status") !== "Active") return [];
    return [
      look(aws`iam get-access-key-last-used --access-key-id=${key}`),
      only("if it was inactive before", disable(read, key)),
    ];
  },
  "iam:ChangePassword": password,
  "iam:CreateLoginProfile": password,
  "iam:UpdateLoginProfile": password,
  "iam:CreateRole": (read) => {
    const name = read("request.roleName");
    return [
      look(aws`iam get-role --role-name=${name}`),
      only(
        "if it is not yours",
        aws`iam attach-role-policy --role-name=${name} --policy-arn=${denyAll}`,
      ),
    ];
  },
  "iam:UpdateAssumeRolePolicy": (read) => [
    look(aws`iam get-role --role-name=${read("request.roleName")}`),
  ],
  "iam:AttachUserPolicy": attached("user"),
  "iam:AttachRolePolicy": attached("role"),
  "iam:AttachGroupPolicy": attached("group"),
  "iam:PutUserPolicy": inline("user"),
  "iam:PutRolePolicy": inline("role"),
  "iam:PutGroupPolicy": inline("group"),
  "iam:CreatePolicyVersion": version,
  "iam:SetDefaultPolicyVersion": version,
  "iam:AddUserToGroup": (read) => [
    look(aws`iam list-groups-for-user --user-name=${user(read)}`),
    only(
      "if it was no member before",
      aws`iam remove-user-from-group --user-name=${user(read)} --group-name=${read("request.groupName")}`,
    ),
  ],
  "sts:AssumeRole": (read, _region, now) => {
    const name = read("request.roleArn").split("/").at(-1) ?? "";
    return [
      look(aws`iam get-role --role-name=${name}`),
      // Instances hold theirs for hours: what runs on them stops, too.
      only(
        "if its sessions may end",
        aws`iam put-role-policy --role-name=${name} --policy-name=AWSRevokeOlderSessions --policy-document=${revocation(now)}`,
      ),
    ];
  },
  "lambda:CreateFunction": (read, region) => [stopFunction(read, region)],
  "lambda:UpdateFunctionCode": changedFunction,
  "lambda:UpdateFunctionConfiguration": changedFunction,
  "lambda:AddPermission": changedFunction,
  "lambda:CreateFunctionUrlConfig": changedFunction,
  "ec2:RunInstances": (read, region) => {
    const ids = read("response.instancesSet.items.instanceId").split(" ");
    return ids.every((id) => /^i-/.test(id))
      ? [
          `${aws`ec2 stop-instances --region=${region}`} --instance-ids ${ids.map(quoted).join(" ")}`,
        ]
      : [];
  },
};

/** Writes the policy of the console's "Revoke active sessions": later sessions go on working. */
function revocation(now: Date): string {
  const Condition = { DateLessThan: { "aws:TokenIssueTime": now.toISOString() } };
  const Statement = [{ Effect: "Deny", Action: ["*"], Resource: ["*"], Condition }];
  return JSON.stringify({ Version: "2012-10-17", Statement });
}

/** Writes a command. A value follows "=", so that none is read as an option; "" where one lacks. */
function aws(parts: TemplateStringsArray, ...values: readonly string[]): string {
  if (values.includes("")) return "";
  return `aws ${command(parts, ...values)}`;
}

function look(command: string): string {
  return only("look first", command);
}

function only(when: string, command: string, more = ""): string {
  return command && `${when}: ${[command, more].filter(Boolean).join(" ")}`;
}

/**
 * Lists what the events' calls made or changed in an account, oldest first: each once, and equal ones
 * together.
 */
export function whatWasMade(
  events: readonly LookedUpEvent[],
  { account, now }: { readonly account: string; readonly now: Date },
): readonly Made[] {
  // An event of a global service may be in more regions than one.
  const distinct = new Map(events.map((event) => [event.EventId ?? event, event]));
  const found = [...distinct.values()].flatMap((event): readonly Made[] => {
    const record = recordOf(event);
    if (record === undefined) return [];
    const region = typeof record.awsRegion === "string" ? record.awsRegion : "";
    const trace = traceOf(event, record, region);
    if (trace === undefined) return [];
    return [{ ...trace, times: 1, commands: commandsOf(trace, reader(record), account, now) }];
  });
  const equal = new Map<string, Made>();
  for (const made of found.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))) {
    const key = JSON.stringify([made.call, made.commands.length > 0 ? made.commands : made.name]);
    const first = equal.get(key) ?? { ...made, times: 0 };
    equal.set(key, { ...first, times: first.times + 1 });
  }
  return [...equal.values()];
}

function commandsOf(trace: Trace, read: Read, account: string, now: Date): readonly string[] {
  const named = ["roleArn", "policyArn", "functionName"].map((name) => read(`request.${name}`));
  if (named.some((name) => isForeign(name, account))) return [];
  const known = Object.hasOwn(commands, trace.call) ? commands[trace.call] : undefined;
  const lines = known?.(read, trace.region, now) ?? [];
  return lines.includes("") ? [] : lines;
}

/** Checks whether an ARN, or a function's shorter name, bears another account's number. */
function isForeign(name: string, account: string): boolean {
  return [...name.matchAll(/(?:^|:)(\d{12}):/g)].some(([, number]) => number !== account);
}

function reader(record: TrailRecord): Read {
  const roots: Readonly<Record<string, unknown>> = {
    request: record.requestParameters,
    response: record.responseElements,
    caller: field(record.userIdentity, "userName"),
  };
  const text = (value: unknown) => (typeof value === "string" ? value : "");
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
