/** The incidents that the parts of an attack sequence would be. */
import type { Incident } from "./incident";
import type { Part } from "./resource";

/**
 * Makes the incident that a finding about the part alone would have. What a responder requested was the
 * plan of the sequence: no guard of a part is overruled by that.
 */
export function incidentOfPart({ finding }: Pick<Incident, "finding">, part: Part): Incident {
  const { requestedAt: _, requestedBy: __, dryRun: ___, ...found } = finding;
  const { key, playbook, place, resource, begunBy } = part;
  return {
    key,
    playbook,
    place,
    resource,
    finding: { ...found, ...(begunBy !== undefined && { begunBy }) },
  };
}
