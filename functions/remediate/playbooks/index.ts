/** Every playbook by its id in the catalogue. */
import type { PlaybookId } from "../../catalogue";
import type { Incident } from "../../incident";
import type { Plan } from "../../plan";
import type { Playbook } from "../../playbook";
import { containInstance } from "./contain-instance";

export const playbooks: { readonly [P in PlaybookId]: Playbook<P> } = {
  "contain-instance": containInstance,
};

/** Plans the answer to any incident. One cast: the compiler cannot follow a union through the map. */
export function planOf(incident: Incident, facts: unknown, incidentId: string, now: Date): Plan {
  const playbook = playbooks[incident.playbook] as unknown as (
    incident: Incident,
    facts: unknown,
    incidentId: string,
    now: Date,
  ) => Plan;
  return playbook(incident, facts, incidentId, now);
}
