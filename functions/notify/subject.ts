/** The subject of a notice. */
import type { PlaybookId } from "../catalogue/catalogue";
import type { Finding } from "../model/finding";
import type { Incident } from "../model/incident";
import type { Place } from "../model/resource";

export interface Subject {
  readonly finding: Finding;
  readonly place: Place;
  readonly accountName: string;
  readonly resource: string;
  /** Absent if no playbook covers the finding. */
  readonly playbook?: PlaybookId;
}

/** Names the subject of an incident's notices. */
export function subjectOf(incident: Incident, accountName: string): Subject {
  const { finding, place, playbook, resource } = incident;
  return {
    finding,
    place,
    playbook,
    accountName,
    resource: resource.kind === "instance" ? resource.id : `${resource.kind} ${resource.id}`,
  };
}
