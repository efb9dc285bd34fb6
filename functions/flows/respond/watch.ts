/** Looks at open incidents from the journal's side: tags and groups in an account may say anything. */
import type { PlaybookId } from "../../catalogue/playbooks";
import { decideOnAccount } from "../../decide/decide";
import { type Journal, LeaseHeld } from "../../record/journal";
import { closeOpened } from "../../remediate/closer";
import { keepContained } from "./keep";
import { known, look } from "./look";
import type { Answer, Responder } from "./responder";
import type { Task } from "./tasks";

/** Incidents that are looked at in the same second of a round. */
const perSecond = 5;
/** Seconds: the longest delay SQS takes. */
const longestDelay = 900;

/** Lists a task for each open incident of a playbook that is to be kept contained. */
export async function watchTasks(
  journal: Pick<Journal, "openIncidents">,
  playbook: PlaybookId,
): Promise<readonly { readonly task: Task; readonly seconds: number }[]> {
  const open = await journal.openIncidents();
  return open
    .filter(({ incident, status }) => incident.playbook === playbook && status !== "releasing")
    .map(({ incident }, index) => ({
      task: { task: "look-again", incident: incident.key },
      seconds: Math.min(longestDelay, Math.floor(index / perSecond)),
    }));
}

/** Looks whether an incident's target is still contained, and contains it again if not. */
export async function lookAgain({ incident: key }: Task, responder: Responder): Promise<Answer> {
  const record = await responder.journal.find(key);
  if (record === undefined || !["containing", "contained"].includes(record.status)) {
    return { outcome: "logged", reason: `Incident ${record?.id ?? key} is not to be contained` };
  }
  const { incident } = record;
  const account = await known(() => responder.account(incident.place.account), responder);
  const early = decideOnAccount(incident, responder.policy, account);
  if (early?.decision === "refuse") return { outcome: "refused", reason: early.reasons[0] };
  // Before anything else: the run that opened a target may have died, with its lease still held.
  if (record.status === "containing") await closeOpened(responder, record);
  try {
    const seen = await look(incident, responder, account);
    return await keepContained(incident, responder, seen, record, "watch");
  } catch (error) {
    if (!(error instanceof LeaseHeld)) throw error;
    // That run reads back by itself what it does.
    return { outcome: "logged", reason: error.message, incident: record.id };
  }
}
