/** Writes the drill's record as JSON, for review and for other programs. */

import { management, members, security } from "../gateway/accounts";
import type { RecordedCall } from "../gateway/record";
import { noSuchKey } from "../gateway/strict/identity";
import type { Deployment } from "../organization/engine";
import { type SentMessage, sentMessages } from "./messages";
import type { Check, DrillSession, EventResult, IncidentResult, Received } from "./session";

interface ReportedCall {
  readonly ms: number;
  readonly principal: string;
  readonly account: string;
  readonly region: string;
  readonly service: string;
  readonly action: string;
  readonly resource: readonly string[];
  readonly allowed: boolean;
  readonly status: number;
}

export interface Report {
  readonly ok: boolean;
  readonly deployment: {
    readonly resources: number;
    readonly seconds: number;
    readonly secondUpChanges: number;
    /** Resources that exist only in the engine's state. */
    readonly recordedNotEmulated: readonly string[];
  };
  readonly events: readonly EventResult[];
  readonly incidents: readonly IncidentResult[];
  readonly checks: readonly Check[];
  /** Messages that other teams' queues received. */
  readonly received: readonly Received[];
  /** Every message to people that was accepted. */
  readonly messages: readonly SentMessage[];
  /** Every call after the deployment began, in order of arrival. */
  readonly calls: readonly ReportedCall[];
  /** Calls by Cordon's own code, or by its deployment, that IAM refused and should have allowed. */
  readonly denied: readonly ReportedCall[];
  /** Denials that are AWS's answer to a question, with the reason. */
  readonly expectedDenials: readonly (ReportedCall & { readonly reason: string })[];
  /** Operations that the gateway had to refuse by name. */
  readonly unknown: readonly string[];
  readonly notProven: readonly string[];
}

/** Properties of AWS that a run on this machine cannot prove. */
export const notProven: readonly string[] = [
  "that GuardDuty detects and CloudTrail reports new VPCs: the drill injects their events",
  "that GuardDuty and Security Hub enroll every account: recorded resources have no effect here",
  "that a security group stops packets, and that the untrack group ends tracked connections",
  "how long AWS takes: calls answer in milliseconds, and changes are read and in effect at once",
  "how late CloudTrail and Trusted Advisor report: here they report immediately",
  "that AWS Config evaluates its rule, starts the remediation and retries it: the drill starts all",
  "that StackSets deploys to an account that joins, and how soon: a stand-in deploys immediately",
  "that SNS delivers: the gateway delivers, by the policies of topic and queue",
  "that SES accepts the sender and delivers mail: the emulator stores the mail",
  "which other fields a Jira project requires: a stand-in knows the four that Cordon sends",
  "that Step Functions runs the workflow as the emulator's interpreter does",
  "that AWS describes an imported resource as declared: here the emulator describes it",
  "how late CloudWatch has metrics and evaluates alarms: here at once, when a drill says so",
  "that functions run on arm64 and are held to all of their memory: here their heap is limited",
  "how Lambda's front end treats requests to function URLs: a stand-in does as its guide says",
  "how long an environment of a function lives, and that its connections outlast a freeze",
  "that EventBridge and Lambda retry what fails in passing: here an event is delivered once",
  "that a bus's policy knows the detail type of what another account's rule sends: here it does",
  "what of its packed limit STS counts for a session policy: here 2,048 characters are the limit",
  "that request signatures are valid, but for GetCallerIdentity: the gateway checks key and token",
  "that the AWS provider calls nothing beyond the deployment roles: the local one reads less",
  "service control policies other than Cordon's, and most quotas and throttling of AWS",
];

/** A denial that Cordon provokes and handles: it shows no missing permission. */
interface ExpectedDenial {
  readonly reason: string;
  matches(call: RecordedCall): boolean;
}

/** Accounts that are in the organization from the beginning. */
const joined = [management, security, ...members].map(({ id }) => id);

/** Lists them all: any other denial fails the drill. */
const expectedDenials: readonly ExpectedDenial[] = [
  {
    reason: "IAM denies this call for a key that is not the account's, and Cordon notifies",
    matches: ({ action, principal, request, why }) => {
      const { AccessKeyId = "" } = (request ?? {}) as { AccessKeyId?: string };
      // A missing permission names the user, not the key.
      return (
        action === "iam:GetAccessKeyLastUsed" &&
        why === noSuchKey({ arn: principal }, AccessKeyId).message
      );
    },
  },
  {
    reason:
      "no session opens in an account of no organization, or not yet, and the finding is refused",
    matches: ({ action, resource, why = "" }) =>
      action === "sts:AssumeRole" &&
      resource.every(
        (arn) => !joined.includes(arn.split(":")[4] ?? "") && arn.includes(":role/cordon-contain-"),
      ) &&
      why.endsWith("because no identity-based policy allows the sts:AssumeRole action"),
  },
];

/** Says why a denied call is expected; undefined where a permission is missing. */
export function whyExpected(call: RecordedCall): string | undefined {
  return expectedDenials.find(({ matches }) => matches(call))?.reason;
}

/** Gathers the record. The drill passes if every check passed and no call was denied or unknown. */
export function reportOf(
  session: DrillSession,
  deployment: Deployment,
  secondUpChanges: number,
): Report {
  const { record } = session.organization.gateway;
  // "service": Step Functions calls with the role of a deployed state machine.
  const refused = record.entries
    .filter(({ origin, allowed }) => ["cordon", "deployer", "service"].includes(origin) && !allowed)
    .map((call) => ({ call, reason: whyExpected(call) }));
  const denied = refused.flatMap(({ call, reason }) => (reason === undefined ? [call] : []));
  const unknown = [...new Set(record.unknown.map((call) => call.action))];
  const ok =
    session.checks.every((check) => check.ok) && denied.length === 0 && unknown.length === 0;
  return {
    ok,
    deployment: {
      resources: deployment.resources,
      seconds: Math.round(deployment.seconds * 10) / 10,
      secondUpChanges,
      recordedNotEmulated: deployment.recordedNotEmulated,
    },
    events: session.events,
    incidents: [...session.incidents.values()],
    checks: session.checks,
    received: session.received,
    messages: sentMessages(record.entries, session.organization.internet),
    calls: record.entries.map(reported),
    denied: denied.map(reported),
    expectedDenials: refused.flatMap(({ call, reason }) =>
      reason === undefined ? [] : [{ ...reported(call), reason }],
    ),
    unknown,
    notProven,
  };
}

function reported(call: RecordedCall): ReportedCall {
  const { ms, principal, account, region, service, action, resource, allowed, status } = call;
  return {
    ms: Math.round(ms * 10) / 10,
    principal,
    account,
    region,
    service,
    action,
    resource,
    allowed,
    status,
  };
}
