/** Answers one incident from the finding to the notice: look, judge, propose, act. */

import type { Circumstances } from "../../decide/circumstances";
import { canLeadToAction, decide, decideOnAccount, isReadable } from "../../decide/decide";
import type { Incident } from "../../model/incident";
import { errorText } from "../../model/plain-text";
import type { Known, Verdict } from "../../model/verdict";
import { subjectOf } from "../../notify/incident-news";
import { announcement, containmentNotice } from "../../notify/notice";
import {
  type IncidentRecord,
  incidentId,
  LeaseHeld,
  type Proposal,
  revisionOf,
} from "../../record/journal";
import { type Contained, contain, resume } from "../../remediate/contain";
import { readerOf } from "../../remediate/facts";
import { planOf } from "../../remediate/playbooks";
import { announceAsked, announcePlan, announceTooLate, answerRepeated } from "./announce";
import type { Answer, Responder } from "./responder";

/** A partial containment, recorded in the journal. Fail the message so that it is finished. */
export class PartialContainment extends Error {
  override readonly name = "PartialContainment";
  constructor(contained: Contained) {
    const problems = contained.problems.map(({ step, why }) => `${step.kind}: ${why}`);
    super(`Incident ${contained.record.id} is contained in part: ${problems.join("; ")}`);
  }
}

/**
 * Answers an incident.
 *
 * @throws LeaseHeld or PartialContainment: fail the message, the next delivery goes on from there.
 * @throws whatever could not be read for reasons that may pass, until the last delivery.
 */
export async function answer(incident: Incident, responder: Responder): Promise<Answer> {
  // The account comes first and alone: nothing is read from a foreign one.
  const account = await known(() => responder.account(incident.place.account), responder);
  const early = decideOnAccount(incident, responder.policy, account);
  if (early?.decision === "refuse") return { outcome: "refused", reason: early.reasons[0] };
  if (early?.decision === "log") return { outcome: "logged", reason: early.reasons[0] };

  const seen = await look(incident, responder, account);
  const { record } = seen;
  if (record !== undefined && record.status !== "planned" && record.status !== "released") {
    return answerUnderWay(incident, responder, seen, record);
  }
  const verdict = judge(incident, responder, seen);
  if (verdict.decision !== "auto" && verdict.decision !== "approve") {
    return announceVerdict(incident, responder, seen, verdict);
  }
  return act(responder, propose(incident, responder, seen, verdict), verdict, seen);
}

/** Everything an answer depends on, as it was read. */
interface Seen {
  readonly account: Circumstances["account"];
  /** The account's name in the organization, or its id. */
  readonly accountName: string;
  readonly journal: Known<IncidentRecord | undefined>;
  /** The journal's record, where it could be read and has one. */
  readonly record: IncidentRecord | undefined;
  readonly facts: Known<unknown>;
  readonly target: Circumstances["target"];
}

/** Reads the journal and, side by side, the target where it may be read. */
async function look(
  incident: Incident,
  responder: Responder,
  account: Circumstances["account"],
): Promise<Seen> {
  const { policy } = responder;
  const worthReading = canLeadToAction(incident, policy) && isReadable(incident, policy, account);
  const [journal, facts] = await Promise.all([
    known(() => responder.journal.find(incident.key), responder),
    worthReading ? readFacts(incident, responder) : unread,
    // Also during a containment: its release must not make the key active.
    known(() => noteExposure(incident, responder), responder),
  ]);
  return {
    account,
    accountName: (account.known && account.value?.name) || incident.place.account,
    journal,
    record: journal.known ? journal.value : undefined,
    facts,
    target: targetOf(incident, facts),
  };
}

const unread: Known<never> = { known: false, why: "it was not read" };

function readFacts(incident: Incident, responder: Responder): Promise<Known<unknown>> {
  const reader = readerOf(incident.resource.kind);
  return known(
    async () => reader.read(incident, await responder.reader(incident), responder),
    responder,
  );
}

function targetOf(incident: Incident, facts: Known<unknown>): Circumstances["target"] {
  return facts.known
    ? {
        known: true,
        value: readerOf(incident.resource.kind).circumstances(facts.value, incident),
      }
    : facts;
}

function judge(incident: Incident, { policy }: Responder, seen: Seen): Verdict {
  const { account, target, journal, record } = seen;
  const releasedAt = journal.known ? { known: true as const, value: record?.releasedAt } : journal;
  return decide(incident, policy, { account, target, releasedAt });
}

/** Makes the plan, in the epoch that comes next. */
function propose(
  incident: Incident,
  responder: Responder,
  { accountName, facts, record }: Seen,
  { reasons, checked }: Verdict,
): Proposal {
  if (!facts.known) throw new Error("A verdict to act without facts is a defect");
  const epoch = nextEpoch(record);
  const id = incidentId(incident.key, epoch);
  const at = responder.now();
  return {
    id,
    epoch,
    incident,
    accountName,
    reasons,
    checked,
    plannedAt: at.toISOString(),
    plan: planOf(incident, facts.value, id, at, responder.policy),
  };
}

/** Carries the proposal out, or announces what would be done. */
async function act(
  responder: Responder,
  proposal: Proposal,
  verdict: Verdict,
  { facts, record }: Seen,
): Promise<Answer> {
  const { incident, id } = proposal;
  const { policy } = responder;
  if (incident.finding.dryRun) return announceAsked(responder, proposal, verdict);
  if (policy.mode === "dry-run" || verdict.decision === "approve") {
    // The same plan, made again at the time of the recorded one, has the same revision.
    const known =
      record?.status === "planned" &&
      facts.known &&
      revisionOf(planOf(incident, facts.value, id, new Date(record.plannedAt), policy)) ===
        record.revision;
    return announcePlan(responder, proposal, verdict, known ? record : undefined);
  }
  return finishContainment(responder, await contain(responder, proposal));
}

/** Finishes a containment that was begun, or answers a finding about one that is recorded. */
async function answerUnderWay(
  incident: Incident,
  responder: Responder,
  { account, facts, target }: Seen,
  record: IncidentRecord,
): Promise<Answer> {
  if (record.status === "containing") {
    return incident.finding.dryRun
      ? announceTooLate(responder, incident, record)
      : finishContainment(responder, await resume(responder, record));
  }
  // What was read beside the journal may be older than the containment that the journal records, and
  // nothing was read for a finding that could not begin one.
  const stale = target.known
    ? !target.value.quarantined
    : facts === unread && isReadable(incident, responder.policy, account);
  const current = stale ? targetOf(incident, await readFacts(incident, responder)) : target;
  const repeat = await answerRepeated(responder, record, current);
  return repeat.outcome === "duplicate" && incident.finding.requestedAt
    ? announceTooLate(responder, incident, record)
    : repeat;
}

/** Announces why nothing is changed. */
async function announceVerdict(
  incident: Incident,
  responder: Responder,
  { accountName, journal, record, target }: Seen,
  { reasons, manualSteps }: Verdict,
): Promise<Answer> {
  // Another delivery may have begun between the two reads, and announces its own changes.
  const later = await known(() => responder.journal.find(incident.key), responder);
  if (later.known && journal.known && later.value?.status !== record?.status) {
    return answer(incident, responder);
  }
  const missing = target.known && target.value.state === "missing";
  const outcome = missing ? "target-missing" : "notified";
  await responder.publish(
    announcement(subjectOf(incident, accountName), outcome, reasons, { manualSteps }),
  );
  return { outcome, reason: reasons[0] };
}

/** Notifies, then closes the journal; in that order, so that a crash between repeats the notice. */
async function finishContainment(responder: Responder, contained: Contained): Promise<Answer> {
  const { record, marks, problems } = contained;
  const { delivery, lastDelivery } = responder;
  const again = delivery < lastDelivery;
  if (problems.length === 0) {
    await responder.publish(containmentNotice(contained, again));
    await responder.journal.finish(record, responder.runner, "contained", marks);
    const { id, reasons, checked = [] } = record;
    return { outcome: "contained", reason: reasons[0] ?? "", incident: id, checked };
  }
  if (delivery === 1 || !again) {
    await responder.publish(containmentNotice(contained, again));
  }
  await responder.journal.handBack(record, responder.runner, marks);
  throw new PartialContainment(contained);
}

async function noteExposure({ finding, resource }: Incident, { journal }: Responder) {
  if (finding.exposed && "accessKey" in resource && resource.accessKey !== undefined) {
    await journal.noteExposed(resource.accessKey, finding.id);
  }
}

/** A plan that was not begun keeps its epoch; after a release the next one begins. */
function nextEpoch(record: IncidentRecord | undefined): number {
  if (record === undefined) return 1;
  return record.status === "released" ? record.epoch + 1 : record.epoch;
}

/**
 * Reads a circumstance. What AWS refuses is unknown at once. Other errors may be temporary: the next
 * delivery tries again, and at the last one the circumstance is unknown, so that responders are
 * notified in either case.
 */
async function known<T>(read: () => Promise<T>, responder: Responder): Promise<Known<T>> {
  try {
    return { known: true, value: await read() };
  } catch (error) {
    const final = responder.isRefusal(error) || responder.delivery >= responder.lastDelivery;
    if (!final || error instanceof LeaseHeld) throw error;
    return {
      known: false,
      why: errorText(error),
    };
  }
}
