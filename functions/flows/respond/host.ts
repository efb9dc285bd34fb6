/** Asks people about the instance whose credentials were stolen: its session is cut without waiting. */
import { detectedHost } from "../../detect/host";
import type { Incident } from "../../model/incident";
import { errorText } from "../../model/plain-text";
import type { IncidentRecord } from "../../record/journal";
import { hostsOf } from "./parts";
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
  const [first, ...others] = record === undefined ? [] : hostsOf(record);
  if (record === undefined || first === undefined) {
    return { outcome: "refused", reason: `Incident ${key} is not about an instance's credentials` };
  }
  if (record.status === "released") {
    return { outcome: "logged", reason: `Incident ${record.id} is released` };
  }
  for (const other of others) await askAbout(other, responder);
  return askAbout(first, responder);
}

/** @param record of a sequence as one of the part alone */
async function askAbout(record: IncidentRecord, responder: Responder): Promise<Answer> {
  const { incident, unread } = await found(record, responder);
  if (incident === undefined && unread.length > 0 && responder.delivery < responder.lastDelivery) {
    throw new Error(
      `The instance of incident ${record.id} was not found, and ${unread.join("; ")}`,
    );
  }
  if (incident === undefined) {
    // Responders have the command in the notice about the credentials.
    const but = unread.length > 0 ? `, as far as it could be read: ${unread.join("; ")}` : "";
    return {
      outcome: "logged",
      reason: `No governed region has the instance of incident ${record.id} with role ${record.incident.resource.id}${but}`,
    };
  }
  const standing = await responder.journal.find(incident.key);
  if (standing !== undefined && standing.status !== "planned" && standing.status !== "released") {
    // Calls from elsewhere say nothing of what a contained instance does.
    return {
      outcome: "logged",
      reason: `Incident ${standing.id} about the instance is open`,
      incident: standing.id,
    };
  }
  return answer(incident, responder);
}

/**
 * Finds the instance's region, which no finding about credentials names: the finding has the region of
 * the calls. Whoever opens a session of a role chooses its name, so that only an instance that has the
 * role counts. A region that cannot be read, such as one that the account has not enabled, hides no other.
 */
async function found(
  { id, incident: { finding, place, resource } }: IncidentRecord,
  responder: Responder,
): Promise<{ readonly incident?: Incident; readonly unread: readonly string[] }> {
  const instance = resource.kind === "role" ? resource.session : "";
  const { governedRegions } = responder.policy;
  const unread: string[] = [];
  for (const region of [place.region, ...governedRegions.filter((each) => each !== place.region)]) {
    if (!governedRegions.includes(region)) continue;
    const incident = detectedHost({ account: place.account, region }, instance, finding, id);
    try {
      const { compute, identity } = await responder.reader(incident);
      const profile = (await compute.instance(instance))?.profile?.split("/").at(-1);
      const role = profile === undefined ? undefined : await identity.roleOfProfile(profile);
      if (role?.name === resource.id) return { incident, unread };
    } catch (error) {
      unread.push(`${region} could not be read (${errorText(error, 200)})`);
    }
  }
  return { unread };
}
