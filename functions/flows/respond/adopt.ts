/**
 * Takes over what a responder contained by hand while Cordon could not: the incident is in the journal
 * then, kept and released like any other. Nothing is applied: what the local journal says must be so.
 */
import type { PlaybookId } from "../../catalogue/playbooks";
import { asksForUnits, dryRunReason } from "../../decide/stage-policy";
import { oneLine } from "../../model/plain-text";
import { type IncidentRecord, isOpen, LeaseHeld, type Proposal } from "../../record/journal";
import { reasonProblem } from "../../record/release-order";
import { closesWay, readDrift, resume } from "../../remediate/contain";
import { type Extension, extended, unextended } from "../../remediate/plan";
import { planOf } from "../../remediate/playbooks";
import { kindOf } from "../../remediate/steps";
import { finishContainment } from "./finish";
import { readLocal, strangerIn, whyForeign } from "./local-record";
import { readFacts } from "./look";
import type { Responder } from "./responder";

/** What a person asked to adopt. */
export interface AdoptionRequest {
  /** The record of the local journal, as JSON. */
  readonly adopt: string;
  /** Why: one line of 1 to 1,000 characters. */
  readonly reason: string;
  /** ARN of the person, proven. */
  readonly by: string;
}

/** "refused": nothing was written or changed. */
export interface AdoptionReport {
  readonly outcome: "adopted" | "refused";
  readonly reason: string;
  readonly incident?: string;
}

/** Adopts an incident of one playbook. */
export async function adopt(
  { adopt: given, by, reason }: AdoptionRequest,
  playbook: PlaybookId,
  responder: Responder,
): Promise<AdoptionReport> {
  const refused = (why: string): AdoptionReport => ({ outcome: "refused", reason: why });
  const problem = reasonProblem(reason, "for the adoption");
  if (problem !== undefined) return refused(problem);
  const read = readLocal(given, { by, reason });
  if ("problem" in read) return refused(read.problem);
  const local = read.record;
  const { id, incident } = local;
  const wrong = whyForeign(local, playbook, responder.now());
  if (wrong !== undefined) return refused(wrong);
  const account = await responder.account(incident.place.account);
  if (account === undefined) {
    return refused(`Account ${incident.place.account} is not in the organization`);
  }
  const { policy } = responder;
  const units = asksForUnits(policy.stage, playbook) ? await responder.unitsOf(account.id) : [];
  const dryRun = dryRunReason(incident, policy, { known: true, value: units });
  if (dryRun !== undefined) {
    return refused(
      `${dryRun}: Cordon would not keep ${id} contained. Release it from the local journal`,
    );
  }
  const known = await responder.journal.find(incident.key);
  if (known?.id === id && (known.status === "containing" || known.status === "contained")) {
    // A run that died, or another delivery of the request, has adopted it: the watch goes on with it.
    return { outcome: "adopted", reason: `Incident ${id} is in the journal`, incident: id };
  }
  if (known !== undefined && isOpen(known)) {
    return refused(
      `Incident ${known.id} about the same target is open already: release one of the two, the newer one first`,
    );
  }
  if (known !== undefined && known.epoch >= local.epoch) {
    return refused(`The journal has a newer incident about the same target, ${known.id}`);
  }
  const facts = await readFacts(incident, responder);
  if (!facts.known) return refused(`The target could not be read: ${facts.why}`);
  const stranger = strangerIn(local, facts.value);
  if (stranger !== undefined) return refused(stranger);
  const { suffix = "" } = local.plan;
  const today = planOf(incident, facts.value, id, responder.now(), responder.policy, suffix);
  const extension = extended(local.plan, today, () => false);
  const open = await openSteps(responder, local, extension);
  if (open.length > 0) {
    return refused(
      `${open.length} ${open.length === 1 ? "step is" : "steps are"} not in effect, the first: ${oneLine(open[0] ?? "")}. Run npx cordon contain again, then adopt`,
    );
  }
  try {
    const adopted = { ...local, accountName: account.name };
    const seal = await responder.seal(adopted);
    const begun = await responder.journal.begin({ ...proposalOf(adopted), seal }, responder.runner);
    const taken = { ...begun, marks: local.marks };
    const nothing = { pending: [], isLimited: true };
    const contained = await resume(responder, taken, unextended(local.plan), nothing);
    const answered = await finishContainment(responder, contained);
    return { outcome: "adopted", reason: answered.reason, incident: id };
  } catch (error) {
    if (!(error instanceof LeaseHeld)) throw error;
    return refused(`Another run works on ${id}; try again in three minutes`);
  }
}

/** Lists what opens a way to the target today: steps of its plan that are not in effect, or not read. */
async function openSteps(
  responder: Responder,
  local: IncidentRecord,
  extension: Extension,
): Promise<readonly string[]> {
  const drift = await readDrift(responder, local, extension);
  return [
    ...drift.pending.filter(closesWay).map((each) => kindOf(each.kind).describe(each)),
    ...drift.unread.map(({ step: each, why }) => `${kindOf(each.kind).describe(each)}: ${why}`),
  ];
}

/** Leaves out what the journal adds. */
function proposalOf(adopted: IncidentRecord): Proposal {
  const { id, epoch, incident, accountName, reasons, plan, plannedAt } = adopted;
  return { id, epoch, incident, accountName, reasons, plan, plannedAt };
}
