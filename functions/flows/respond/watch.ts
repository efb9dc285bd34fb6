/** Looks at open incidents from the journal's side: tags and groups in an account may say anything. */
import { decideOnAccount } from "../../decide/decide";
import { LeaseHeld } from "../../record/journal";
import { closeOpened } from "../../remediate/closer";
import { keepContained } from "./keep";
import { look, readMembership } from "./look";
import type { Answer, Responder } from "./responder";
import type { Task } from "./tasks";

/** Looks whether an incident's target is still contained, and contains it again if not. */
export async function lookAgain({ incident: key }: Task, responder: Responder): Promise<Answer> {
  const record = await responder.journal.find(key);
  if (record === undefined || !["containing", "contained"].includes(record.status)) {
    return { outcome: "logged", reason: `Incident ${record?.id ?? key} is not to be contained` };
  }
  const { incident } = record;
  const membership = await readMembership(incident, responder);
  const early = decideOnAccount(incident, responder.policy, membership);
  if (early?.decision === "refuse") return { outcome: "refused", reason: early.reasons[0] };
  // Before anything else: the run that opened a target may have died, with its lease still held.
  if (record.status === "containing") await closeOpened(responder, record);
  try {
    const seen = await look(incident, responder, membership, { ageMs: 0 });
    return await keepContained(incident, responder, seen, record, "watch");
  } catch (error) {
    if (!(error instanceof LeaseHeld)) throw error;
    // That run reads back by itself what it does.
    return { outcome: "logged", reason: error.message, incident: record.id };
  }
}
