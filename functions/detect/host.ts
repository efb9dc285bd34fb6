/** Makes the incident of an instance from that of its stolen credentials. */
import type { Finding } from "../model/finding";
import type { Incident } from "../model/incident";
import { instanceOfSession, type Place, type Resource } from "../model/resource";
import { incidentKey } from "./detected";

/** Checks whether an incident is about credentials that one instance had. */
export function isOfHost({ resource }: Incident): boolean {
  return resource.kind === "role" && instanceOfSession(resource.session) !== undefined;
}

/**
 * Names the incident as a finding about the instance would: one that stands is met, and no second one
 * begun. Nobody saw who began it, so that people are asked.
 *
 * @param by the incident of the credentials
 */
export function detectedHost(place: Place, id: string, finding: Finding, by: string): Incident {
  const resource: Resource = { kind: "instance", id };
  const playbook = "contain-instance";
  const begunBy = {
    who: "unclear",
    why: `its role's credentials were stolen, and denied in incident ${by}; whoever took them may be on the instance, or not`,
  } as const;
  // What a responder requested was about the credentials: nobody has asked for the instance. In Security
  // Hub the finding follows the incident of the credentials, too.
  const { requestedAt: _, requestedBy: __, dryRun: ___, ...unrequested } = finding;
  const { link: ____, inSecurityHub: _____, ...found } = unrequested;
  const key = incidentKey(place, resource, playbook);
  return { key, playbook, place, resource, finding: { ...found, begunBy } };
}
