/** Writes for other teams' programs what a notice says to people. */
import { createHash } from "node:crypto";
import type { IncidentMessage, IncidentStatus } from "../../contract/incident-message";
import { plain } from "../model/plain-text";
import type { Subject } from "./subject";

/** A message of which the publisher still has to say when. */
export type IncidentNews = Omit<IncidentMessage, "at">;

/** What is known of an incident that has a plan. */
export interface Planned {
  readonly id: string;
  readonly revision: string;
  readonly plannedAt: string;
}

const mostReasons = 10;
const reasonLimit = 300;

/**
 * Says how an incident stands. Made again from the same record it has the same id: whoever publishes
 * a second time after a crash tells nothing new.
 */
export function incidentNews(
  subject: Subject,
  status: IncidentStatus,
  reasons: readonly string[],
  planned?: Planned,
): IncidentNews {
  const { finding, place, playbook } = subject;
  const said = {
    format: "cordon-incident/1" as const,
    status,
    ...(planned && {
      incident: planned.id,
      revision: planned.revision,
      plannedAt: planned.plannedAt,
    }),
    ...(playbook && { playbook }),
    account: { id: place.account, name: subject.accountName },
    region: place.region,
    resource: subject.resource,
    finding: {
      id: finding.id,
      type: finding.type,
      severity: finding.severity,
      sample: finding.sample,
      lastSeen: finding.lastSeen,
    },
    reasons: reasons.slice(0, mostReasons).map((reason) => plain(reason, reasonLimit)),
  };
  const id = createHash("sha256").update(JSON.stringify(said)).digest("hex").slice(0, 16);
  return { ...said, id };
}
