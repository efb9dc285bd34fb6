/** The drill's record as JSON, for people who want to check it and for other programs. */

import type { RecordedCall } from "../gateway/record";
import type { Deployment } from "../organization/engine";
import type { Check, DrillSession, EventResult, IncidentResult, Received } from "./session";

export interface ReportedCall {
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
    /** What stands in the engine's state only. */
    readonly recordedNotEmulated: readonly string[];
  };
  readonly events: readonly EventResult[];
  readonly incidents: readonly IncidentResult[];
  readonly checks: readonly Check[];
  /** What other teams' queues received. */
  readonly received: readonly Received[];
  /** Every call after the deployment began, in order of arrival. */
  readonly calls: readonly ReportedCall[];
  /** Calls by Cordon's own code that IAM refused. */
  readonly denied: readonly ReportedCall[];
  /** Operations that the gateway had to refuse by name. */
  readonly unknown: readonly string[];
  readonly notProven: readonly string[];
}

/** What a run on this machine cannot show about AWS. */
export const notProven: readonly string[] = [
  "that GuardDuty detects, and CloudTrail tells of new VPCs: their events are injected",
  "that GuardDuty and Security Hub take up every account: what is recorded only has no effect here",
  "that a security group stops packets, and that untracking ends connections",
  "how long AWS takes: calls here answer in milliseconds, IAM changes hold at once",
  "how late CloudTrail and Trusted Advisor tell: here they do so at once",
  "that AWS Config evaluates its rule, starts the remediation and retries it: the drill says when",
  "that StackSets deploys to an account that joins, and how soon: a stand-in does so, at once",
  "that SNS delivers: the gateway does, by the policies of topic and queue",
  "that SES takes the sender and delivers mail: the emulator keeps what is sent",
  "which fields more a Jira project requires of an issue: a stand-in knows the four that are sent",
  "that Step Functions runs the workflow as the emulator's interpreter does",
  "that AWS tells what is imported as it is declared: the local provider tells it from the emulator",
  "that request signatures are right: the gateway goes by key and session token",
  "service control policies of others than Cordon, and most of AWS's quotas and throttling",
];

/** Gathers the record. The drill passed when every check held and nothing was denied or unknown. */
export function reportOf(
  session: DrillSession,
  deployment: Deployment,
  secondUpChanges: number,
): Report {
  const { record } = session.organization.gateway;
  // "service": Step Functions, with the role of a deployed state machine.
  const denied = record.entries.filter(
    ({ origin, allowed }) => (origin === "cordon" || origin === "service") && !allowed,
  );
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
    calls: record.entries.map(reported),
    denied: denied.map(reported),
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
