/** Releases the incident of a finding, at a responder's request in Security Hub. */
import type { Requested } from "../../detect/security-hub";
import type { Attempt } from "../../model/ports";
import { type Subject, subjectOf } from "../../notify/incident-news";
import { announcement } from "../../notify/notice";
import { type IncidentRecord, LeaseHeld } from "../../record/journal";
import type { Answer } from "../respond/responder";
import { type ReleaseReport, type Releaser, releaseIncident } from "./release";

export interface RequestReleaser extends Releaser, Attempt {}

/**
 * "refused": the event is not for Cordon. "notified": nothing was changed, and a notice says why.
 * "logged": nothing is left to release.
 */
export interface ReleaseAnswer extends Omit<Answer, "outcome"> {
  readonly outcome: "notified" | "logged" | ReleaseReport["outcome"];
}

/**
 * Releases the incident of a finding that a responder sent, as the command does for an incident's
 * name. The journal knows the incident of the finding's resource. Access keys stay disabled: only
 * the command has an option to reactivate them.
 *
 * @throws LeaseHeld while another run works on the incident, until the last delivery
 */
export async function releaseRequested(
  requested: Requested,
  releaser: RequestReleaser,
): Promise<ReleaseAnswer> {
  if (requested.kind === "refused") return { outcome: "refused", reason: requested.reason };
  const notify = async (subject: Subject, reason: string, ...manualSteps: readonly string[]) => {
    await releaser.publish(announcement(subject, "notified", [reason], { manualSteps }));
    return { outcome: "notified" as const, reason };
  };
  const byName =
    "Release the incident that the notice names: npx cordon release INCIDENT --reason TEXT";
  if (requested.kind === "unanswered") {
    const { finding, place, resource, advice } = requested;
    const subject = { finding, place, resource, accountName: place.account };
    const why = advice?.why ?? `No playbook covers ${resource}`;
    return notify(subject, `Cordon cannot determine which incident to release: ${why}`, byName);
  }
  const { incident } = requested;
  const record = await releaser.journal.find(incident.key);
  const subject = subjectOf(incident, record?.accountName ?? incident.place.account);
  if (record === undefined) {
    return notify(subject, `The journal has no incident for ${subject.resource}`, byName);
  }
  const late = outdated(record, incident.finding.requestedAt);
  if (late !== undefined) return { ...(await notify(subject, late)), incident: record.id };
  const report = await releaseIncident(record.id, releaser, {
    by: "Security Hub custom action",
    reason: "requested in Security Hub",
  });
  if (report.outcome !== "refused") {
    return {
      outcome: report.outcome,
      reason: "A responder requested it in Security Hub",
      incident: record.id,
    };
  }
  if (report.busy && releaser.delivery < releaser.lastDelivery) throw new LeaseHeld(report.reason);
  return { ...(await notify(subject, report.reason)), incident: record.id };
}

/**
 * Explains why a request is older than this containment. Queues deliver more than once, and dead
 * letters can be redriven: an old request must not undo a newer containment.
 */
function outdated(
  { id, status, plannedAt }: IncidentRecord,
  requestedAt: string | undefined,
): string | undefined {
  if (status === "planned" || status === "released") return undefined;
  // NaN compares false: a time that cannot be parsed never counts as newer.
  return Date.parse(requestedAt ?? "") > Date.parse(plannedAt)
    ? undefined
    : `Incident ${id} was contained at ${plannedAt}, after this release was requested: request it again if you mean this containment`;
}
