/** Answers one incident from the finding to the notice: look, decide, act or announce, record. */
import type { Circumstances, ResponsePolicy } from "./decide/circumstances";
import { decide } from "./decide/decide";
import { type Incident, isRegional } from "./incident";
import type { MemberAccount } from "./member-account";
import {
  type IncidentRecord,
  incidentId,
  LeaseHeld,
  type Proposal,
  revisionOf,
} from "./record/journal";
import { announcement, containmentNotice, type Notice, subjectOf } from "./record/notice";
import { type Contained, contain, type Engine, resume } from "./remediate/engine";
import { readerOf } from "./remediate/facts";
import { planOf } from "./remediate/playbooks";
import type { Known, Verdict } from "./verdict";

export interface Responder extends Engine {
  readonly policy: ResponsePolicy;
  /** Looks the account up; undefined when the organization has none of that id. */
  account(id: string): Promise<{ readonly id: string; readonly name: string } | undefined>;
  /** Opens a session that can read the facts and nothing else. */
  reader(incident: Incident): Promise<MemberAccount>;
  publish(notice: Notice): Promise<void>;
  /** Tells whether an error means "not permitted": asking again will not help. */
  isRefusal(error: unknown): boolean;
  /** This delivery's number, from 1, and the number after which the queue gives up. */
  readonly delivery: number;
  readonly lastDelivery: number;
}

export type Outcome =
  | "contained"
  | "notified"
  | "logged"
  | "awaiting-approval"
  | "dry-run"
  | "duplicate"
  | "refused"
  | "target-missing";

export interface Answer {
  readonly outcome: Outcome;
  readonly reason: string;
  /** The incident's id, when the journal has one. */
  readonly incident?: string;
}

/** Containment stands in part; the journal knows how far. Fail the message to have it finished. */
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
  const { policy } = responder;
  const unread: Known<never> = { known: false, why: "it was not read" };
  // The account comes first and alone: a foreign one is not even read from.
  const account = await known(() => responder.account(incident.place.account), responder);
  const early = decide(incident, policy, { account, target: unread, releasedAt: unread });
  if (early.decision === "refuse" || early.decision === "log") {
    return {
      outcome: early.decision === "refuse" ? "refused" : "logged",
      reason: early.reasons[0],
    };
  }
  const accountName = (account.known && account.value?.name) || incident.place.account;
  const readable =
    account.known &&
    (!isRegional(incident.resource) || policy.governedRegions.includes(incident.place.region));
  const reader = readerOf(incident.resource.kind);
  const look = async () =>
    readable
      ? known(async () => reader.read(incident, await responder.reader(incident)), responder)
      : unread;
  const [standing, read] = await Promise.all([
    known(() => responder.journal.find(incident.key), responder),
    look(),
    // Also where the incident stands already: whoever releases it must not make the key active.
    known(() => noteExposure(incident, responder), responder),
  ]);
  const circumstances = (seen: typeof read): Circumstances["target"] =>
    seen.known ? { known: true, value: reader.circumstances(seen.value, incident) } : seen;
  const target = circumstances(read);

  const record = standing.known ? standing.value : undefined;
  if (record?.status === "containing") {
    return incident.finding.dryRun
      ? tellTooLate(responder, incident, record)
      : finishContainment(responder, await resume(responder, record));
  }
  if (record?.status === "contained" || record?.status === "releasing") {
    // What was read beside the journal may be older than the containment that the journal tells of.
    const stale = target.known && !target.value.quarantined;
    const known = await repeated(responder, record, stale ? circumstances(await look()) : target);
    return known.outcome === "duplicate" && incident.finding.requestedAt
      ? tellTooLate(responder, incident, record)
      : known;
  }

  const verdict = decide(incident, policy, {
    account,
    target,
    releasedAt: standing.known ? { known: true, value: record?.releasedAt } : standing,
  });
  if (verdict.decision !== "auto" && verdict.decision !== "approve") {
    // Another delivery may have begun between the two readings: what it did is no news for people.
    const later = await known(() => responder.journal.find(incident.key), responder);
    if (later.known && standing.known && later.value?.status !== record?.status) {
      return answer(incident, responder);
    }
    const missing = target.known && target.value.state === "missing";
    const outcome = missing ? "target-missing" : "notified";
    const { reasons, instead } = verdict;
    await responder.publish(
      announcement(subjectOf(incident, accountName), outcome, reasons, { instead }),
    );
    return { outcome, reason: verdict.reasons[0] };
  }
  if (!read.known) throw new Error("A verdict to act without facts is a defect");

  const epoch = nextEpoch(record);
  const id = incidentId(incident.key, epoch);
  const planAt = (at: Date) => planOf(incident, read.value, id, at, policy);
  const at = responder.now();
  const proposal: Proposal = {
    id,
    epoch,
    incident,
    accountName,
    reasons: verdict.reasons,
    plannedAt: at.toISOString(),
    plan: planAt(at),
  };
  if (incident.finding.dryRun) return announceAsked(responder, proposal, verdict);
  if (policy.mode === "dry-run" || verdict.decision === "approve") {
    // The same plan, made again at the time of the one that stands, has the same revision.
    const known =
      record?.status === "planned" &&
      revisionOf(planAt(new Date(record.plannedAt))) === record.revision;
    return announcePlan(responder, proposal, verdict, known ? record : undefined);
  }
  return finishContainment(responder, await contain(responder, proposal));
}

/**
 * Announces and records a plan that is not carried out; a plan people have seen stays quiet, unless
 * a person asks. In that order: a run that dies between them announces twice, never not at all.
 *
 * @param seen the journal's record of the same plan
 */
async function announcePlan(
  responder: Responder,
  proposal: Proposal,
  verdict: Verdict,
  seen: IncidentRecord | undefined,
): Promise<Answer> {
  const outcome = responder.policy.mode === "dry-run" ? "dry-run" : "awaiting-approval";
  const why =
    outcome === "dry-run" ? "This deployment runs in dry-run mode" : "A person must approve first";
  if (seen === undefined || proposal.incident.finding.requestedAt) {
    await responder.publish(
      announcement(
        subjectOf(proposal.incident, proposal.accountName),
        outcome,
        [why, ...verdict.reasons],
        // The revision that people have seen stays the one that stands.
        { planned: seen ?? proposal, instead: verdict.instead },
      ),
    );
  }
  if (seen === undefined) await responder.journal.propose(proposal);
  return { outcome, reason: why, incident: proposal.id };
}

/**
 * Announces the plan that a person asked for, each time. The journal has no part in it: an answer
 * that comes later must not stay quiet because people have seen the plan. Nor does it name an
 * incident: under that name the journal has another one, or none.
 */
async function announceAsked(
  responder: Responder,
  proposal: Proposal,
  verdict: Verdict,
): Promise<Answer> {
  const why = "A person asked for a dry run in Security Hub";
  await responder.publish(
    announcement(
      subjectOf(proposal.incident, proposal.accountName),
      "dry-run",
      [why, ...verdict.reasons],
      { plan: proposal.plan, instead: verdict.instead },
    ),
  );
  return { outcome: "dry-run", reason: why };
}

/** Tells a person who asks that the response has been given: silence would look like none. */
async function tellTooLate(
  responder: Responder,
  incident: Incident,
  { id, status, accountName }: IncidentRecord,
): Promise<Answer> {
  const reason = `Incident ${id} is ${status === "containing" ? "being " : ""}contained: there is nothing left to ${incident.finding.dryRun ? "plan" : "do"}`;
  await responder.publish(announcement(subjectOf(incident, accountName), "notified", [reason]));
  return { outcome: "notified", reason, incident: id };
}

/** Tells people, then closes the journal; in that order, so that a crash between repeats the notice. */
async function finishContainment(responder: Responder, contained: Contained): Promise<Answer> {
  const { record, marks, problems } = contained;
  const { delivery, lastDelivery } = responder;
  const again = delivery < lastDelivery;
  if (problems.length === 0) {
    await responder.publish(containmentNotice(contained, again));
    await responder.journal.finish(record, responder.runner, "contained", marks);
    return { outcome: "contained", reason: record.reasons[0] ?? "", incident: record.id };
  }
  if (delivery === 1 || !again) {
    await responder.publish(containmentNotice(contained, again));
  }
  await responder.journal.handBack(record, responder.runner, marks);
  throw new PartialContainment(contained);
}

/** Answers a finding about an incident that is contained, or being released, already. */
async function repeated(
  responder: Responder,
  record: IncidentRecord,
  target: Circumstances["target"],
): Promise<Answer> {
  const drifted =
    record.status === "contained" &&
    target.known &&
    target.value.state === "present" &&
    !target.value.quarantined;
  const unfinished = record.status === "releasing";
  const changed = target.known
    ? `but ${target.value.drift ?? "someone has taken the resource out of quarantine since"}`
    : `but whether it still is could not be read: ${target.why}`;
  if (target.known && !drifted && !unfinished) {
    return {
      outcome: "duplicate",
      reason: `Incident ${record.id} is ${record.status}`,
      incident: record.id,
    };
  }
  // What is half released may be open again: nobody may take silence for safety.
  const reason = unfinished
    ? `Incident ${record.id} is being released and nothing is contained meanwhile: finish it with npx cordon release ${record.id}`
    : `Incident ${record.id} was contained, ${changed}`;
  await responder.publish(
    announcement(subjectOf(record.incident, record.accountName), "notified", [reason], {
      planned: record,
    }),
  );
  return { outcome: "notified", reason, incident: record.id };
}

async function noteExposure({ finding, resource }: Incident, { journal }: Responder) {
  if (finding.exposed && "accessKey" in resource) {
    await journal.noteExposed(resource.accessKey, finding.id);
  }
}

/** A plan nobody began keeps its epoch; after a release the next one begins. */
function nextEpoch(record: IncidentRecord | undefined): number {
  if (record === undefined) return 1;
  return record.status === "released" ? record.epoch + 1 : record.epoch;
}

/**
 * Reads a circumstance. What AWS refuses is unknown at once; what may pass is tried again by the
 * next delivery, and unknown at the last, so that people are told in either case.
 */
async function known<T>(read: () => Promise<T>, responder: Responder): Promise<Known<T>> {
  try {
    return { known: true, value: await read() };
  } catch (error) {
    const final = responder.isRefusal(error) || responder.delivery >= responder.lastDelivery;
    if (!final || error instanceof LeaseHeld) throw error;
    return {
      known: false,
      why: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    };
  }
}
