/** Writes a notice for other teams' programs. */
import { createHash } from "node:crypto";
import type { IncidentMessage, IncidentStatus } from "../../contract/incident-message";
import type { PlaybookId } from "../catalogue/playbooks";
import type { Finding } from "../model/finding";
import type { Incident } from "../model/incident";
import { plain } from "../model/plain-text";
import { type Place, type Resource, resourceName } from "../model/resource";
import { type TrailKey, trailKeyOf } from "./links";

/** What a notice or message is about. */
export interface Subject {
  readonly finding: Finding;
  readonly place: Place;
  readonly accountName: string;
  readonly resource: string;
  /** Absent if no playbook covers the finding. */
  readonly playbook?: PlaybookId;
  /** `ownerLines` of the resource's tags, where they were read. */
  readonly owner?: readonly string[] | undefined;
  /** By what CloudTrail finds what it did. */
  readonly trail?: TrailKey | undefined;
}

/** Names the subject of an incident's notices. */
export function subjectOf(
  incident: Incident,
  accountName: string,
  owner?: readonly string[],
): Subject {
  const { finding, place, playbook, resource } = incident;
  return {
    finding,
    place,
    playbook,
    accountName,
    owner,
    resource: nameOf(resource),
    trail: trailKeyOf(resource),
  };
}

/** Names a resource in words: "i-0123456789abcdef0", "user deploy", "bucket reports". */
export function nameOf(resource: Resource): string {
  return resource.kind === "instance" ? resource.id : resourceName(resource);
}

/** A message without its time, which the publisher adds. */
export type IncidentNews = Omit<IncidentMessage, "at">;

/** The journal's part of an incident that has a plan. */
export interface Planned {
  readonly id: string;
  readonly revision: string;
  readonly plannedAt: string;
}

const mostReasons = 10;
const reasonLimit = 300;

/**
 * Writes the status of an incident. The id is a hash of the contents, so that a message published a
 * second time after a crash has the same id.
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
