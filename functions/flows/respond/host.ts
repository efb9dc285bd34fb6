/** Asks people about the instance whose credentials were stolen: its session is cut without waiting. */
import { detectedHost, isOfHost } from "../../detect/host";
import type { Incident } from "../../model/incident";
import type { IncidentRecord } from "../../record/journal";
import { answer } from "./respond";
import type { Answer, Responder } from "./responder";
import type { HostTask } from "./tasks";

/**
 * Plans the containment of the instance and has people asked about it, as of a finding that leaves open
 * who began it: whoever used the credentials elsewhere may have been on the instance, or has them from a
 * forged request. The record says which instance: the task names nothing but the incident.
 */
export async function askAboutHost(
  { incident: key }: HostTask,
  responder: Responder,
): Promise<Answer> {
  const record = await responder.journal.find(key);
  if (record === undefined || !isOfHost(record.incident)) {
    return { outcome: "refused", reason: `Incident ${key} is not about an instance's credentials` };
  }
  if (record.status === "released") {
    return { outcome: "logged", reason: `Incident ${record.id} is released` };
  }
  const incident = await found(record, responder);
  if (incident === undefined) {
    // Responders have the command in the notice about the credentials.
    return {
      outcome: "logged",
      reason: `No governed region has the instance of incident ${record.id}`,
    };
  }
  return answer(incident, responder);
}

/**
 * Finds the instance's region, which no finding about credentials names: the finding has the region of
 * the calls. An instance's role is of its own account.
 */
async function found(
  { id, incident: { finding, place, resource } }: IncidentRecord,
  responder: Responder,
): Promise<Incident | undefined> {
  const instance = resource.kind === "role" ? resource.session : "";
  const { governedRegions } = responder.policy;
  for (const region of [place.region, ...governedRegions.filter((each) => each !== place.region)]) {
    if (!governedRegions.includes(region)) continue;
    const incident = detectedHost({ account: place.account, region }, instance, finding, id);
    const account = await responder.reader(incident);
    if ((await account.compute.instance(instance)) !== undefined) return incident;
  }
  return undefined;
}
