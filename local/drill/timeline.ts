/** Measures a response in the gateway's record: its timeline, and its longest chain of calls. */
import type { RecordedCall } from "../gateway/record";

interface Moment {
  /** Milliseconds since the function received the finding. */
  readonly ms: number;
  readonly what: string;
}

export interface Measured {
  /** When every interface had only the quarantine group for the first time. */
  readonly quarantinedMs: number | null;
  readonly quarantinedChain: number;
  readonly quarantinedPathMs: number;
  /** When tracked connections were cut, too; for credentials: when every key and session was. */
  readonly isolatedMs: number | null;
  readonly isolatedChain: number;
  readonly isolatedPathMs: number;
  /** When the containment was complete, verified and the responders notified. */
  readonly containedMs: number | null;
  readonly containedChain: number;
  readonly containedPathMs: number;
  readonly calls: number;
  readonly timeline: readonly Moment[];
}

/** Actions that revoke credentials. */
const credentialCuts = [
  "iam:UpdateAccessKey",
  "iam:AttachUserPolicy",
  "iam:PutUserPolicy",
  "iam:PutUserPermissionsBoundary",
  "iam:PutRolePolicy",
  "iam:AttachRolePolicy",
];

/**
 * Measures one invocation.
 *
 * @param calls by Cordon's own code, from the invocation's start to its end
 * @param startMs when the function received the finding, in the record's time
 * @param interfaces ids of the interfaces that containment should isolate; none for credentials
 */
export function measure(
  calls: readonly RecordedCall[],
  startMs: number,
  interfaces: readonly string[],
): Measured {
  const done = calls.filter((call) => call.status === 200);
  const groupChanges = interfaces.map((id) =>
    done.filter(
      (call) =>
        call.action === "ec2:ModifyNetworkInterfaceAttribute" &&
        text(call.request, "NetworkInterfaceId") === id,
    ),
  );
  const latest = (ends: readonly (number | undefined)[]) =>
    ends.length === 0 || ends.some((end) => end === undefined)
      ? undefined
      : Math.max(...(ends as number[]));
  const quarantined = latest(groupChanges.map((changes) => changes[0]?.endMs));
  const cuts = done.filter((call) => credentialCuts.includes(call.action));
  const isolated =
    interfaces.length === 0
      ? latest(cuts.map((call) => call.endMs))
      : latest(
          groupChanges.map((changes) => (changes.length < 3 ? undefined : changes.at(-1)?.endMs)),
        );
  const contained = done.findLast((call) => call.action === "sns:Publish")?.endMs;
  const relative = (end: number | undefined) => (end === undefined ? null : round(end - startMs));
  return {
    quarantinedMs: relative(quarantined),
    quarantinedChain: longestChain(done, quarantined),
    quarantinedPathMs: round(criticalPathMs(done, quarantined)),
    isolatedMs: relative(isolated),
    isolatedChain: longestChain(done, isolated),
    isolatedPathMs: round(criticalPathMs(done, isolated)),
    containedMs: relative(contained),
    containedChain: longestChain(done, contained),
    containedPathMs: round(criticalPathMs(done, contained)),
    calls: calls.length,
    timeline: done
      .flatMap((call) => {
        const what = describe(call);
        return what === undefined ? [] : [{ ms: round(call.endMs - startMs), what }];
      })
      .sort((a, b) => a.ms - b.ms),
  };
}

/**
 * Counts the longest chain of calls up to a moment in which each call began after the previous one
 * ended: the response cannot take fewer round trips. Calls that follow each other by chance count,
 * too, so the chain is never shorter than the true dependency.
 */
function longestChain(calls: readonly RecordedCall[], until: number | undefined): number {
  if (until === undefined) return 0;
  let length = 0;
  let free = Number.NEGATIVE_INFINITY;
  for (const call of calls
    .filter((each) => each.endMs <= until)
    .sort((a, b) => a.endMs - b.endMs)) {
    if (call.ms < free) continue;
    length += 1;
    free = call.endMs;
  }
  return length;
}

/**
 * Sums the milliseconds of the calls in the slowest such chain: how long a response without any
 * time of its own would have taken.
 */
function criticalPathMs(calls: readonly RecordedCall[], until: number | undefined): number {
  if (until === undefined) return 0;
  const ended = calls.filter((each) => each.endMs <= until).sort((a, b) => a.endMs - b.endMs);
  const paths: { readonly endMs: number; readonly ms: number }[] = [];
  for (const call of ended) {
    const before = paths.filter(({ endMs }) => endMs <= call.ms).map(({ ms }) => ms);
    paths.push({ endMs: call.endMs, ms: call.endMs - call.ms + Math.max(0, ...before) });
  }
  return Math.max(0, ...paths.map(({ ms }) => ms));
}

function describe(call: RecordedCall): string | undefined {
  const id = (name: string) => text(call.request, name) ?? "";
  switch (call.action) {
    case "dynamodb:PutItem":
    case "dynamodb:TransactWriteItems":
      return "journal written before the first change";
    case "dynamodb:UpdateItem":
      return "journal closed";
    case "ec2:CreateSnapshots":
      return "snapshots of all volumes started as one set";
    case "ec2:ModifyInstanceAttribute":
      return "protected from termination";
    case "iam:PutRolePolicy":
      return `instance credentials denied by policy ${id("PolicyName")} on role ${id("RoleName")}`;
    case "iam:AttachRolePolicy":
      return `credentials denied by managed policy ${id("PolicyArn")} on role ${id("RoleName")}`;
    case "iam:UpdateAccessKey":
      return `access key ${id("AccessKeyId")} ${id("Status") === "Inactive" ? "disabled" : "reactivated"}`;
    case "iam:AttachUserPolicy":
    case "iam:PutUserPolicy":
    case "iam:PutUserPermissionsBoundary":
      return `user ${id("UserName")} denied everything`;
    case "iam:TagUser":
    case "iam:TagRole":
      return "tagged";
    case "iam:DetachUserPolicy":
    case "iam:DeleteUserPolicy":
    case "iam:DeleteRolePolicy":
    case "iam:DetachRolePolicy":
      return "deny policy removed";
    case "autoscaling:DetachInstances":
      return `detached from Auto Scaling group ${id("AutoScalingGroupName")}`;
    case "elasticloadbalancing:DeregisterTargets":
    case "elasticloadbalancing:DeregisterInstancesFromLoadBalancer":
      return "removed from its load balancer";
    case "ec2:CreateSecurityGroup":
      return `group ${id("GroupName")} created`;
    case "ec2:ModifyNetworkInterfaceAttribute":
      return `${id("NetworkInterfaceId")} → ${groupsOf(call.request).join(", ")}`;
    case "ec2:CreateTags":
      return "tagged";
    case "ec2:DeleteSecurityGroup":
      return "untrack group deleted";
    case "sns:Publish":
      return "responders notified";
    default:
      return undefined;
  }
}

function groupsOf(request: unknown): string[] {
  const groups = (request as { SecurityGroupId?: unknown }).SecurityGroupId;
  if (typeof groups === "string") return [groups];
  return Array.isArray(groups) ? groups.map(String) : [];
}

function text(request: unknown, name: string): string | undefined {
  const value = (request as Record<string, unknown> | undefined)?.[name];
  return typeof value === "string" ? value : undefined;
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
