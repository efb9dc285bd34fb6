/** Answers what a responder requests by command, as a finding that is sent from Security Hub. */
import { incidentKey } from "../../detect/detected";
import { detectRequest } from "../../detect/request";
import type { Incident } from "../../model/incident";
import { LeaseHeld } from "../../record/journal";
import { identified } from "../../remediate/facts/user";
import { PartialContainment } from "./finish";
import { known } from "./look";
import { answer } from "./respond";
import type { Answer, Responder } from "./responder";

/** Contains the target of a request, or says why not. "refused": nothing was changed. */
export async function answerRequest(input: unknown, responder: Responder): Promise<Answer> {
  const detected = detectRequest(input, responder.now());
  if (detected.kind === "refused") return { outcome: "refused", reason: detected.reason };
  try {
    return await patiently(responder, async (each) =>
      answer(await renamed(detected.incident, each), each),
    );
  } catch (error) {
    const { message } = error as Error;
    // Responders were notified; the watch goes on with it in a few minutes.
    if (error instanceof PartialContainment)
      return { outcome: "contained-in-part", reason: message };
    if (error instanceof LeaseHeld) {
      return { outcome: "refused", reason: `${message}; try again in three minutes` };
    }
    throw error;
  }
}

/**
 * Answers once more where a read failed: nothing delivers a request again, so that what cannot be read
 * is unknown then, as at the last delivery of a message.
 */
async function patiently(
  responder: Responder,
  work: (responder: Responder) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await work(responder);
  } catch (error) {
    if (error instanceof PartialContainment || error instanceof LeaseHeld) throw error;
    return work({ ...responder, delivery: responder.lastDelivery });
  }
}

/** Names the incident by what nobody can choose of its user. */
async function renamed(incident: Incident, responder: Responder): Promise<Incident> {
  const { place, playbook, resource } = incident;
  if (resource.kind !== "user") return incident;
  // Nothing is read from a foreign account; what could not be read, the answer says.
  const account = await known(() => responder.account(place.account), responder);
  if (!account.known || account.value === undefined) return incident;
  const named = await known(
    async () => identified(resource, (await responder.reader(incident)).identity),
    responder,
  );
  if (!named.known) return incident;
  return { ...incident, key: incidentKey(place, named.value, playbook), resource: named.value };
}
