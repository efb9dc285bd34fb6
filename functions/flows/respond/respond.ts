/** Answers one incident from the finding to the notice: look, judge, propose, act. */

import { closingOf, closingsOf } from "../../catalogue/containments";
import { controlOf } from "../../catalogue/controls";
import { filled } from "../../catalogue/controls/control";
import type { Circumstances } from "../../decide/circumstances";
import { decideOnAccount } from "../../decide/decide";
import { fewFalsePositives, noBrakeTripped } from "../../decide/guards";
import { containableAs, containCommand, containIfRight } from "../../detect/contain-command";
import type { SecurityHubName } from "../../model/finding";
import type { Incident } from "../../model/incident";
import type { Verdict } from "../../model/verdict";
import { subjectOf } from "../../notify/incident-news";
import { announcement } from "../../notify/notice";
import { isPressing, othersToo, publishOnce, publishOnceADay } from "../../notify/once";
import { ownerLines } from "../../notify/owner";
import { mostAlsoFound } from "../../record/finding-updates";
import { type IncidentRecord, incidentId, type Proposal, revisionOf } from "../../record/journal";
import { contain } from "../../remediate/contain";
import type { Plan } from "../../remediate/plan";
import { planOf } from "../../remediate/playbooks";
import { announceAsked, announcePlan } from "./announce";
import { begin, holdBack, holdType, readBrakes } from "./brake";
import { finishContainment } from "./finish";
import { keepContained } from "./keep";
import { judge, known, look, readAhead, readMembership, type Seen } from "./look";
import { mayBeRead } from "./parts";
import type { Answer, Responder } from "./responder";

/**
 * Answers an incident.
 *
 * @throws LeaseHeld or PartialContainment: fail the message, the next delivery goes on from there.
 * @throws whatever could not be read for reasons that may pass, until the last delivery.
 */
export async function answer(incident: Incident, responder: Responder): Promise<Answer> {
  const facts = readAhead(incident, responder);
  const membership = await readMembership(incident, responder);
  const early = decideOnAccount(incident, responder.policy, membership);
  if (early?.decision === "refuse" || early?.decision === "log") {
    // No call outlives the answer.
    await Promise.allSettled([facts]);
    return { outcome: early.decision === "log" ? "logged" : "refused", reason: early.reasons[0] };
  }

  const reading = readBrakes(incident, responder, membership);
  // What is contained stays so whether or not they can be read.
  reading.catch(() => undefined);
  const seen = await look(incident, responder, membership, { facts });
  const { record } = seen;
  if (record !== undefined && record.status !== "planned" && record.status !== "released") {
    const answered = await keepContained(incident, responder, seen, record);
    await noteFinding(incident, responder, record);
    return answered;
  }
  return follow(incident, responder, seen, await reading);
}

/** Has this finding updated, too, with what becomes of the incident: no response depends on it. */
async function noteFinding(
  { finding: { inSecurityHub } }: Incident,
  { journal }: Responder,
  record: IncidentRecord,
): Promise<void> {
  if (inSecurityHub === undefined || namesOf(record).has(inSecurityHub.id)) return;
  await journal.noteFinding(record, inSecurityHub).catch(() => undefined);
}

function namesOf({ incident, alsoFound = [] }: IncidentRecord): ReadonlySet<string | undefined> {
  return new Set([incident.finding.inSecurityHub, ...alsoFound].map((name) => name?.id));
}

/** Lists the findings about a plan's target that came before the one that the plan is now about. */
function foundBefore(
  { finding }: Incident,
  record: IncidentRecord | undefined,
): readonly SecurityHubName[] {
  if (record?.status !== "planned") return [];
  const { inSecurityHub: first } = record.incident.finding;
  return [...(first === undefined ? [] : [first]), ...(record.alsoFound ?? [])]
    .filter(({ id }) => id !== finding.inSecurityHub?.id)
    .slice(0, mostAlsoFound);
}

/** Does what is decided. */
async function follow(
  incident: Incident,
  responder: Responder,
  seen: Seen,
  brakes: Circumstances["brakes"],
): Promise<Answer> {
  const verdict = judge(incident, responder, seen, brakes);
  if (verdict.objectedBy === "serviceRead" && mayBeRead(seen.target, responder)) {
    throw new Error(verdict.reasons[0]);
  }
  if (verdict.decision !== "auto" && verdict.decision !== "approve") {
    return announceVerdict(incident, responder, seen, verdict);
  }
  return act(responder, propose(incident, responder, seen, verdict), verdict, seen, brakes);
}

/** Makes the plan, in the epoch that comes next. */
export function propose(
  incident: Incident,
  responder: Responder,
  { accountName, facts, record, target }: Seen,
  { reasons, checked, objectedBy, dryRun }: Verdict,
): Proposal {
  if (!facts.known) throw new Error("A verdict to act without facts is a defect");
  const epoch = nextEpoch(record);
  const id = incidentId(incident.key, epoch);
  const at = responder.now();
  const alsoFound = foundBefore(incident, record);
  const owner = ownerLines(target.known ? target.value.tags : {});
  return {
    id,
    epoch,
    incident,
    accountName,
    ...(owner.length > 0 && { owner }),
    reasons,
    checked,
    ...(objectedBy !== undefined && { objectedBy }),
    ...(dryRun !== undefined && { dryRun }),
    ...(alsoFound.length > 0 && { alsoFound }),
    plannedAt: at.toISOString(),
    plan: planOf(incident, facts.value, id, at, responder.policy, responder.suffix()),
  };
}

/** Carries the proposal out, or announces what would be done. */
async function act(
  responder: Responder,
  proposal: Proposal,
  verdict: Verdict,
  seen: Seen,
  brakes: Circumstances["brakes"],
): Promise<Answer> {
  const { incident } = proposal;
  const { facts, record } = seen;
  const { policy } = responder;
  if (incident.finding.dryRun) return announceAsked(responder, proposal, verdict);
  const same =
    record?.status === "planned" && facts.known && isSamePlan(record, incident, facts.value, policy)
      ? record
      : undefined;
  // Of what a brake held back one alert told, and not of this plan.
  const announced = same?.objectedBy === noBrakeTripped ? undefined : same;
  const isApproved = announced !== undefined && approves(incident, announced);
  if (verdict.dryRun !== undefined || (verdict.decision === "approve" && !isApproved)) {
    if (verdict.objectedBy === noBrakeTripped) {
      await holdBack(responder, proposal, seen, brakes, verdict.isAnnounced === true);
    }
    // That a plan now waits for responders is news to those who heard of a dry run.
    const isKnown = (same?.dryRun === undefined) === (verdict.dryRun === undefined);
    const valid = isKnown ? announced : undefined;
    const answer = await announcePlan(
      responder,
      valid && facts.known ? keepPlan(proposal, valid, facts.value, policy) : proposal,
      verdict,
      isKnown && same && saysTheSame(same, proposal) ? same : undefined,
    );
    if (verdict.objectedBy === fewFalsePositives) await holdType(responder, proposal, seen, brakes);
    return answer;
  }
  let taken = brakes;
  // The plan of now: it differs in times and in the random part of names alone.
  const contained = await contain(
    responder,
    verdict.decision === "approve" ? withApproval(proposal, announced) : proposal,
    async (sealed) => {
      const begun = await begin(responder, sealed, seen);
      if ("record" in begun) return begun.record;
      taken = begun.brakes;
      return undefined;
    },
  );
  // Refused, it is decided again, and no brake that refuses lets anything be automatic.
  if (contained === undefined) return follow(incident, responder, seen, taken);
  return finishContainment(responder, contained);
}

/**
 * Checks whether a request approves the plan that was announced. A request that is older, such as a
 * second delivery of the one that had the plan made, was sent before anybody could read it. A request by
 * command approves nothing: it binds no plan.
 */
function approves({ finding }: Incident, { plannedAt }: IncidentRecord): boolean {
  const { requestedAt = "", requestedBy } = finding;
  return requestedBy === undefined && Date.parse(requestedAt) > Date.parse(plannedAt);
}

function withApproval(proposal: Proposal, announced: IncidentRecord | undefined): Proposal {
  const reason = `A responder requested it after the plan of ${announced?.plannedAt} was announced, which approves it`;
  return { ...proposal, reasons: [reason, ...proposal.reasons] };
}

/** Checks whether the plan, made again at the time of the recorded one, has the same revision. */
export function isSamePlan(
  record: IncidentRecord,
  incident: Incident,
  facts: unknown,
  policy: Responder["policy"],
): boolean {
  return revisionOf(planAgain(record, incident, facts, policy)) === record.revision;
}

function planAgain(
  { id, plannedAt, plan }: IncidentRecord,
  incident: Incident,
  facts: unknown,
  policy: Responder["policy"],
): Plan {
  return planOf(incident, facts, id, new Date(plannedAt), policy, plan.suffix ?? "");
}

/**
 * Keeps the plan that was announced, which stays the valid one, in what is to be recorded of it. It is
 * made again, because the journal returns the plan's members in another order.
 */
function keepPlan(
  proposal: Proposal,
  known: IncidentRecord,
  facts: unknown,
  policy: Responder["policy"],
): Proposal {
  const plan = planAgain(known, proposal.incident, facts, policy);
  return { ...proposal, plan, plannedAt: known.plannedAt };
}

/** Checks whether a record tells responders of this finding: why its plan waits, its type and how bad it is. */
function saysTheSame({ objectedBy, incident }: IncidentRecord, proposal: Proposal): boolean {
  const { finding } = proposal.incident;
  return (
    objectedBy === proposal.objectedBy &&
    incident.finding.type === finding.type &&
    incident.finding.severity >= finding.severity
  );
}

/** Announces why nothing is changed. */
export async function announceVerdict(
  incident: Incident,
  responder: Responder,
  { accountName, journal, record, target }: Seen,
  { reasons, manualSteps, objectedBy, urgent }: Verdict,
): Promise<Answer> {
  // Another delivery may have begun between the two reads, and announces its own changes.
  const later = await known(() => responder.journal.find(incident.key), responder);
  if (later.known && journal.known && later.value?.status !== record?.status) {
    return answer(incident, responder);
  }
  const missing = target.known && target.value.state === "missing";
  const outcome = missing ? "target-missing" : "notified";
  const owner = ownerLines(target.known ? target.value.tags : {});
  const { finding, resource } = incident;
  const isPosture = resource.kind === "posture" && finding.requestedAt === undefined;
  // Of who attacked an instance the instance's own responder notified.
  const isHandedOn = resource.kind === "address" && finding.requestedAt === undefined;
  if (isHandedOn || (isPosture && objectedBy === "notYetContained")) {
    return { outcome: "logged", reason: reasons[0] };
  }
  const isOneOfMany = isPosture && !urgent;
  const why = isOneOfMany ? [...reasons, othersToo] : reasons;
  const notice = announcement(subjectOf(incident, accountName, owner), outcome, why, {
    manualSteps: manualSteps ?? byHand(incident, objectedBy),
    isAlarming: urgent === true,
  });
  if (isOneOfMany) {
    const isFirst = await publishOnceADay(incident, notice, responder);
    return { outcome: isFirst ? outcome : "logged", reason: reasons[0] };
  }
  const isNew = await publishOnce(
    incident,
    notice,
    isPressing(incident.finding, urgent),
    responder,
  );
  return { outcome: isNew ? outcome : "duplicate", reason: reasons[0] };
}

/** Says what a person does about what Cordon does not change. */
function byHand(
  { finding, place, resource }: Incident,
  objectedBy: string | undefined,
): readonly string[] | undefined {
  if (resource.kind === "resource") {
    const contains = closingsOf(resource.type).map((each) =>
      filled(closingOf(each).does, resource),
    );
    return [
      ...(finding.actorSteps ?? []),
      `If it must be contained: ${containCommand(containableAs(resource), place)}`,
      ...contains.map((each) => `Or by hand: ${each}.`),
    ];
  }
  if (resource.kind !== "posture") {
    // Only here a person's word is all that is missing.
    return objectedBy === "severityHighEnough" && resource.kind !== "sequence"
      ? [containIfRight(containableAs(resource), place)]
      : undefined;
  }
  const { does, nextStep } = controlOf(resource.control);
  const of = { id: resource.id, ...place };
  return [`By hand: ${filled(does, of)}.`, filled(nextStep, of)];
}

/** A plan that was not begun keeps its epoch; after a release the next one begins. */
function nextEpoch(record: IncidentRecord | undefined): number {
  if (record === undefined) return 1;
  return record.status === "released" ? record.epoch + 1 : record.epoch;
}
