/** Releases what a finding is about, for a person who chose so in Security Hub. */
import type { Requested } from "../../detect/security-hub";
import type { Attempt } from "../../model/ports";
import { announcement } from "../../notify/notice";
import { type Subject, subjectOf } from "../../notify/subject";
import { type IncidentRecord, LeaseHeld } from "../../record/journal";
import type { Answer } from "../respond/responder";
import { type ReleaseReport, type Releaser, releaseIncident } from "./release";

export interface RequestReleaser extends Releaser, Attempt {}

/** "refused": the event is none of ours. "notified": nothing was changed, and people know why. */
export interface ReleaseAnswer extends Omit<Answer, "outcome"> {
  readonly outcome: "notified" | ReleaseReport["outcome"];
}

/**
 * Answers a finding that a person sent to have its containment taken back, as the command does with
 * an incident's name. Which incident stands for what the finding is about, the journal knows. Access
 * keys stay disabled: to make one active takes a word that no finding has.
 *
 * @throws LeaseHeld while another run works on the incident, until the last delivery
 */
export async function releaseRequested(
  requested: Requested,
  releaser: RequestReleaser,
): Promise<ReleaseAnswer> {
  if (requested.kind === "refused") return { outcome: "refused", reason: requested.reason };
  const notify = async (subject: Subject, reason: string, ...instead: readonly string[]) => {
    await releaser.publish(announcement(subject, "notified", [reason], { instead }));
    return { outcome: "notified" as const, reason };
  };
  const byName = "Release it by the incident that its notice names: npx cordon release INCIDENT";
  if (requested.kind === "unanswered") {
    const { finding, place, resource, advice } = requested;
    const subject = { finding, place, resource, accountName: place.account };
    const why = advice?.why ?? `No playbook answers ${resource}`;
    return notify(subject, `Which incident to release cannot be told: ${why}`, byName);
  }
  const { incident } = requested;
  const record = await releaser.journal.find(incident.key);
  const subject = subjectOf(incident, record?.accountName ?? incident.place.account);
  if (record === undefined) {
    return notify(subject, `The journal has no incident about ${subject.resource}`, byName);
  }
  const late = outdated(record, incident.finding.requestedAt);
  if (late !== undefined) return { ...(await notify(subject, late)), incident: record.id };
  const report = await releaseIncident(record.id, releaser);
  if (report.outcome !== "refused") {
    return {
      outcome: report.outcome,
      reason: "A person asked for it in Security Hub",
      incident: record.id,
    };
  }
  if (report.busy && releaser.delivery < releaser.lastDelivery) throw new LeaseHeld(report.reason);
  return { ...(await notify(subject, report.reason)), incident: record.id };
}

/**
 * Says why a request does not mean this containment. Queues deliver more than once, and dead letters
 * are sent again by hand: an old request must not take back what was contained since.
 */
function outdated(
  { id, status, plannedAt }: IncidentRecord,
  requestedAt: string | undefined,
): string | undefined {
  if (status === "planned" || status === "released") return undefined;
  // Asked this way round, a time that cannot be read is not newer.
  return Date.parse(requestedAt ?? "") > Date.parse(plannedAt)
    ? undefined
    : `Incident ${id} was contained at ${plannedAt}, after this release was asked for: ask again if it is meant`;
}
