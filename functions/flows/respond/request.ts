/** Answers what a person asked for by command, and proved, once. */
import type { PlaybookId } from "../../catalogue/playbooks";
import { holdsMs } from "../../decide/age";
import { incidentKey } from "../../detect/detected";
import { type ContainmentRequest, detectRequest } from "../../detect/request";
import type { Incident } from "../../model/incident";
import { subjectOf } from "../../notify/incident-news";
import { announcement } from "../../notify/notice";
import { LeaseHeld } from "../../record/journal";
import type { PersonsRequest, RequestAnswer } from "../../record/requests";
import { identified } from "../../remediate/facts/user";
import { adopt } from "./adopt";
import { PartialContainment } from "./finish";
import { readLocal } from "./local-record";
import { known } from "./look";
import { answer } from "./respond";
import type { Answer, Responder } from "./responder";
import type { RequestedTask } from "./tasks";

/** Answers a request, and writes the answer for the person who waits for it. */
export async function answerRequest(
  { request: id }: RequestedTask,
  playbook: PlaybookId,
  responder: Responder,
): Promise<Answer> {
  // The message only says where to look: who asked, and for what, the table says.
  const request = await responder.requests.find(id);
  if (request === undefined || request.playbook !== playbook) {
    return { outcome: "refused", reason: `Nobody made the request ${id} of ${playbook}` };
  }
  const { answer: given } = request;
  if (given !== undefined) {
    return { outcome: "logged", reason: `Request ${id} was answered: ${given.outcome}` };
  }
  const answered =
    (await tooLate(request, responder)) ?? (await carryOut(request, playbook, responder));
  const { checked: _, ...written } = answered;
  await responder.requests.answer(id, written satisfies RequestAnswer);
  const { outcome, ...rest } = answered;
  // What is refused the person reads: nobody need look at a dead letter.
  const isTold = outcome === "adopted" || outcome === "refused";
  return { ...rest, outcome: isTold ? "logged" : outcome };
}

interface Answered extends Omit<Answer, "outcome"> {
  readonly outcome: Answer["outcome"] | "adopted";
}

async function carryOut(
  { wanted, by, at }: PersonsRequest,
  playbook: PlaybookId,
  responder: Responder,
): Promise<Answered> {
  if ("adopt" in wanted) {
    // As at the last delivery: what cannot be read is unknown, and refuses.
    return adopt({ ...wanted, by }, playbook, { ...responder, delivery: responder.lastDelivery });
  }
  return contain({ ...wanted, by }, new Date(at), responder);
}

/** Notifies of a request that comes late, such as a dead letter that is sent again: it is about then. */
async function tooLate(
  { wanted, by, at }: PersonsRequest,
  responder: Responder,
): Promise<Answered | undefined> {
  // False for a time that is none.
  if (responder.now().getTime() < Date.parse(at) + holdsMs) return undefined;
  const reason = `${by} asked for it at ${at}, but it reached Cordon only now: ask again`;
  const about = aboutOf(wanted, by, at);
  if (about === undefined) return { outcome: "refused", reason };
  const subject = subjectOf(about, about.place.account);
  await responder.publish(announcement(subject, "notified", [reason], { isAlarming: true }));
  return { outcome: "notified", reason };
}

function aboutOf(wanted: PersonsRequest["wanted"], by: string, at: string): Incident | undefined {
  if ("adopt" in wanted) {
    const read = readLocal(wanted.adopt, { ...wanted, by });
    return "record" in read ? read.record.incident : undefined;
  }
  const detected = detectRequest({ ...wanted, by }, new Date(at));
  return detected.kind === "incident" ? detected.incident : undefined;
}

/** Contains the target of a request, or says why not. "refused": nothing was changed. */
async function contain(input: ContainmentRequest, at: Date, responder: Responder): Promise<Answer> {
  const detected = detectRequest(input, at);
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
    // Another delivery of this request, perhaps: its answer is the one to write.
    if (error instanceof LeaseHeld && responder.delivery >= responder.lastDelivery) {
      return { outcome: "refused", reason: `${message}; try again in three minutes` };
    }
    throw error;
  }
}

/**
 * Answers once more where a read failed: the person waits for an answer, so that what cannot be read
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
