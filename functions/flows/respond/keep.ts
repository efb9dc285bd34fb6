/** Keeps what an incident wants until responders release it: its target contained. */
import { catalogue, isIntrusion } from "../../catalogue/playbooks";
import { optOut } from "../../catalogue/tags";
import type { Circumstances } from "../../decide/circumstances";
import { isReadable } from "../../decide/decide";
import type { Incident } from "../../model/incident";
import type { Known } from "../../model/verdict";
import type { IncidentRecord } from "../../record/journal";
import { closesWay, type Drift, readDrift, resume } from "../../remediate/contain";
import { readerOf } from "../../remediate/facts";
import type { TargetState } from "../../remediate/facts/reader";
import { restricted } from "../../remediate/narrow";
import {
  allSteps,
  type Extension,
  extended,
  type Plan,
  stepsOfKind,
  unextended,
} from "../../remediate/plan";
import { planOf } from "../../remediate/playbooks";
import { kindOf, type Step } from "../../remediate/steps";
import {
  announceActivity,
  announceAsked,
  announceClaims,
  announceDrift,
  announceGone,
  announceOtherType,
  announceTooLate,
  announceUnread,
  announceUnreleased,
  announceWornOff,
  claims,
} from "./announce";
import { finishContainment, partial } from "./finish";
import { judgeOpen, readFacts, type Seen, targetOf, unread } from "./look";
import type { Answer, Responder } from "./responder";

/**
 * Activity until then may be older than the containment: CloudTrail and GuardDuty date what was under
 * way, and IAM takes a moment to hold everywhere.
 */
const graceMs = 2 * 60_000;
/**
 * Until so long after the plan, a pod's interface that appears is one that was on its way: nodes without a
 * network get no further pods, and a tag that appears later is more likely somebody's.
 */
const claimMs = 2 * 60_000;
/** What recurs is notified once in this time. */
const repeatMs = 60 * 60_000;
/** Of a setting that was changed back, in this time. */
const dayMs = 24 * repeatMs;

/**
 * Answers a finding about an incident that is recorded: finishes what a run that died has begun, applies
 * the plan again where the target is no longer contained, and notifies where that may not be done or
 * does not hold.
 *
 * @param origin "watch" where no finding came: Cordon looks by itself
 */
export async function keepContained(
  incident: Incident,
  responder: Responder,
  seen: Seen,
  record: IncidentRecord,
  origin: "finding" | "watch" = "finding",
): Promise<Answer> {
  const { finding } = incident;
  // The watch looks with the finding that began the incident, which a responder may have sent.
  const isAsked = origin === "finding" && finding.requestedAt !== undefined;
  const announceUnreadable = (why: string) => {
    const isQuiet = !isAsked && wasNoticed(record, "unread", responder.now());
    return announceUnread(responder, record, why, isQuiet);
  };
  if (!isReadable(incident, responder.policy, seen.account)) {
    return announceUnreadable("it was not read");
  }
  if (finding.dryRun && record.status === "containing") {
    return announceTooLate(responder, incident, record);
  }
  const read = await current(identified(incident, record), responder, seen);
  const { facts, claimed } = isAsked
    ? { facts: read, claimed: [] }
    : withoutClaims(read, incident, record, responder.now());
  const target = targetOf(incident, facts);
  if (!target.known) return announceUnreadable(target.why);
  if (target.value.state !== "present") return announceGone(responder, incident, record, origin);
  if (record.status === "releasing" && !reopens(incident, record)) {
    return announceUnreleased(responder, record);
  }

  if (claimed.length > 0 && !wasNoticed(record, claims, responder.now())) {
    await announceClaims(responder, record, claimed);
  }
  const isOver = hasWornOff(record, responder.now());
  if (isOver && origin === "watch") return announceWornOff(responder, record);
  const plan = planToday(incident, responder, record, facts, isOver || !target.value.quarantined);
  const drift = await driftOf(responder, record, plan, isAsked);
  // What a run left unfinished is gone on with, also where a step cannot be read: that is its problem.
  if (record.status !== "containing" && drift.pending.length === 0 && drift.unread.length > 0) {
    if (drift.unread.some(({ final }) => !final) && responder.delivery < responder.lastDelivery) {
      throw new Error(`The state of ${record.id} could not be read: ${drift.unread[0]?.why}`);
    }
    return announceUnreadable(drift.unread[0]?.why ?? "");
  }
  if (drift.pending.length === 0 && record.status === "contained") {
    return origin === "watch"
      ? { outcome: "logged", reason: `Incident ${record.id} is contained`, incident: record.id }
      : answerSettled(incident, responder, record);
  }
  return apply(incident, responder, seen, { record, plan, drift, target, origin });
}

/**
 * Reads the target again where what was read beside the journal may be older than the containment that
 * the journal records, or where nothing was read.
 */
async function current(incident: Incident, responder: Responder, { facts, target }: Seen) {
  const stale = facts === unread || (target.known && !target.value.quarantined);
  return stale ? readFacts(incident, responder) : facts;
}

/** Leaves out what was claimed to be the target's since it was contained. */
function withoutClaims(
  facts: Known<unknown>,
  { resource }: Incident,
  { plan, plannedAt }: IncidentRecord,
  now: Date,
): { readonly facts: Known<unknown>; readonly claimed: readonly string[] } {
  const reader = readerOf(resource.kind);
  // What could not be read then is read now: it is no claim of since.
  const isEarly = plan.isIncomplete === true || now.getTime() < Date.parse(plannedAt) + claimMs;
  if (!facts.known || isEarly || reader.withoutClaims === undefined) return { facts, claimed: [] };
  const quarantined = stepsOfKind(plan, "quarantine-interface");
  const own = quarantined.map(({ networkInterface }) => networkInterface);
  const left = reader.withoutClaims(facts.value, (id) => own.includes(id));
  return { facts: { known: true, value: left.facts }, claimed: left.claimed };
}

/** Adds to an incident what its plan knows of the user: a name in a finding may be another's by now. */
function identified(incident: Incident, { plan }: IncidentRecord): Incident {
  const { resource } = incident;
  if (resource.kind !== "user" || resource.uniqueId !== undefined) return incident;
  const [uniqueId] = stepsOfKind(plan, "deny-user").flatMap(({ user }) => user.uniqueId ?? []);
  return uniqueId === undefined ? incident : { ...incident, resource: { ...resource, uniqueId } };
}

/** Extends the recorded plan by what a plan made now does besides. */
function planToday(
  incident: Incident,
  responder: Responder,
  record: IncidentRecord,
  facts: Known<unknown>,
  renews: boolean,
): Extension {
  if (!facts.known) return unextended(record.plan);
  // The finding that began the incident is the one that its tags name.
  const begun = { ...record.incident, resource: incident.resource };
  const { suffix = "" } = record.plan;
  const whole = planOf(begun, facts.value, record.id, responder.now(), responder.policy, suffix);
  // People approved these steps and no others.
  const today = record.approval?.only === undefined ? whole : restricted(whole, record.plan);
  const isTimed = (step: Step) => kindOf(step.kind).atTime !== undefined;
  return extended(record.plan, today, (step) => renews && isTimed(step));
}

/**
 * Reads what is not in effect. Of an incident that was contained, protection of evidence and traffic
 * do not count unless a responder asks: they are responders' to change as they work, and open no way
 * to the target.
 */
async function driftOf(
  responder: Responder,
  record: IncidentRecord,
  plan: Extension,
  isAsked: boolean,
): Promise<Drift> {
  const drift = await readDrift(responder, record, plan);
  if (record.status !== "contained" || isAsked) return drift;
  return {
    pending: drift.pending.filter(closesWay),
    unread: drift.unread.filter(({ step }) => closesWay(step)),
  };
}

/** Checks whether all that is not in effect has failed for good before. */
function hasFailedBefore(
  record: IncidentRecord,
  { recorded }: Extension,
  { pending }: Drift,
): boolean {
  const numbers = new Map(allSteps(record.plan).map((step, number) => [step, number]));
  return pending.every((step) => record.marks[numbers.get(recorded(step)) ?? -1] === "by-hand");
}

/** Checks whether a step that lasts for some time only was applied longer ago. */
function hasWornOff({ plan, containedAt }: IncidentRecord, now: Date): boolean {
  return allSteps(plan).some((step) => {
    const { lastsSeconds } = kindOf(step.kind);
    return (
      lastsSeconds !== undefined &&
      containedAt !== undefined &&
      Date.parse(containedAt) + lastsSeconds * 1_000 < now.getTime()
    );
  });
}

/** Checks whether an unfinished release is over for this finding: it is newer, or a responder asks. */
function reopens({ finding }: Incident, { release }: IncidentRecord): boolean {
  // NaN compares false: a time that cannot be parsed never counts as newer.
  return Date.parse(finding.requestedAt ?? finding.lastSeen) > Date.parse(release?.at ?? "");
}

interface Wanted {
  readonly record: IncidentRecord;
  readonly plan: Extension;
  readonly drift: Drift;
  readonly target: Extract<Circumstances["target"], { known: true }>;
  readonly origin: "finding" | "watch";
}

/** Decides again, with today's policy and circumstances, and applies the plan or says why not. */
async function apply(
  incident: Incident,
  responder: Responder,
  seen: Seen,
  { record, plan, drift, target, origin }: Wanted,
): Promise<Answer> {
  const { requestedAt, requestedBy, dryRun } = incident.finding;
  const verdict = judgeOpen(
    incident,
    responder,
    forRepair(seen, record),
    begun(target.value, record, plan),
  );
  const drifted = drift.pending.map((step) => kindOf(step.kind).describe(step));
  if (dryRun) return announceAsked(responder, { ...record, plan: plan.plan }, verdict);
  const permitted =
    verdict.decision === "auto" ||
    // The policy asks before a response begins: what has begun is kept.
    ["severityAutomatic", "automaticByPolicy"].includes(verdict.objectedBy ?? "") ||
    // The watch and a request by command keep what was approved, and approve no more than that.
    (verdict.decision === "approve" &&
      requestedAt !== undefined &&
      (!escalates(record, plan) || (origin === "finding" && requestedBy === undefined)));
  const why =
    verdict.dryRun ??
    (record.status === "contained" ? changedBack(incident, origin) : undefined) ??
    (permitted
      ? // Whoever can write the journal must not have responders contain by it.
        await responder.distrust(record)
      : verdict.reasons[0]);
  if (why !== undefined) {
    const { manualSteps } = verdict;
    const parts = [...new Set(drift.pending.map((step) => kindOf(step.kind).undonePart))];
    const what = `drift ${parts.sort().join(" ")}`;
    const isPosture = incident.resource.kind === "posture";
    const isQuiet = isPosture
      ? wasNoticed(record, what, responder.now(), dayMs)
      : origin === "watch" && wasNoticed(record, what, responder.now());
    return announceDrift(responder, record, { drifted, why, manualSteps, what, isQuiet });
  }
  const isKnown = wasNoticed(record, partial, responder.now());
  const hasFailed = origin === "watch" && hasFailedBefore(record, plan, drift);
  if (hasFailed && isKnown) {
    const reason = `Responders know what ${record.id} leaves to be done by hand`;
    return { outcome: "logged", reason, incident: record.id };
  }
  const contained = await resume(responder, record, plan, {
    pending: drift.pending,
    isLimited: record.status === "contained",
  });
  // What failed for good before is tried once an hour, and not again at the next delivery.
  const delivery = hasFailed ? responder.lastDelivery : responder.delivery;
  const changed = [...drifted, ...ignored(target.value, record, plan)];
  return finishContainment({ ...responder, delivery }, contained, {
    drifted: record.status === "containing" ? [] : changed,
    ...(origin === "watch" && { isKnown }),
  });
}

/**
 * Explains why a setting that was changed back is left alone: what deploys it does so again and again, and
 * a fight with it helps nobody. The watch looks with the finding that began the incident, which an approval
 * has marked as requested.
 */
function changedBack(
  { finding, resource }: Incident,
  origin: Wanted["origin"],
): string | undefined {
  const isAsked = origin === "finding" && finding.requestedAt !== undefined;
  return resource.kind === "posture" && !isAsked
    ? "Somebody, or what deploys it, changed the setting back: Cordon fixes a setting once"
    : undefined;
}

/**
 * Describes the target as the incident found it: without what the incident's own steps have made of it,
 * and without what a thief may have written since to switch repairs off.
 */
function begun(
  { limit, service: _service, tags: _tags, ...target }: TargetState,
  record: IncidentRecord,
  plan: Extension,
): Circumstances["target"] {
  const optedOut = target.optedOut && !isNewSince(record, "notOptedOut") && !wasRequested(record);
  const asks = limit?.tier === "approve" && !isApproved(record, plan) && { limit };
  return { known: true, value: { ...target, optedOut, quarantined: false, ...asks } };
}

/**
 * Leaves out the exceptions that do not keep an incident from being repaired: those that name a tag,
 * which a thief may have written since, and all of them where a responder requested the containment.
 */
function forRepair({ exceptions, ...seen }: Seen, record: IncidentRecord): Seen {
  if (wasRequested(record)) {
    return { ...seen, exceptions: { known: true, value: { entries: [], units: [] } } };
  }
  if (!exceptions.known) return { ...seen, exceptions };
  const entries = exceptions.value.entries.filter(({ covers }) => covers.tag === undefined);
  return { ...seen, exceptions: { known: true, value: { ...exceptions.value, entries } } };
}

function wasRequested({ incident }: IncidentRecord): boolean {
  return incident.finding.requestedAt !== undefined;
}

/** Names what is on the target only since the incident began, and does not keep it from being repaired. */
function ignored(
  { limit, optedOut }: TargetState,
  record: IncidentRecord,
  plan: Extension,
): readonly string[] {
  return [
    ...(optedOut && isNewSince(record, "notOptedOut")
      ? [`the tag ${optOut.tag}=${optOut.value} was set: it does not count for this incident`]
      : []),
    ...(limit?.tier === "approve" && isApproved(record, plan)
      ? [`${limit.why}: this was not so when the incident began, and does not count for it`]
      : []),
  ];
}

/** Checks whether the incident began without an approval, and does not revoke a whole role since. */
function isApproved(record: IncidentRecord, plan: Extension): boolean {
  return isNewSince(record, "noApprovalNeeded") && !escalates(record, plan);
}

/** Checks whether a plan of today revokes a whole role, of which the recorded one revoked less. */
function escalates(record: IncidentRecord, { plan }: Extension): boolean {
  const revokesAll = (each: Plan) =>
    stepsOfKind(each, "revoke-sessions").some(({ only }) => only === undefined);
  return revokesAll(plan) && !revokesAll(record.plan);
}

/** Checks whether a guard that objects today did not when the incident began; unknown is a no. */
function isNewSince({ checked = [] }: IncidentRecord, guard: string): boolean {
  return checked.includes(guard);
}

/** Answers a finding about a target that is contained. */
async function answerSettled(
  incident: Incident,
  responder: Responder,
  record: IncidentRecord,
): Promise<Answer> {
  const { finding } = incident;
  if (finding.requestedAt) return announceTooLate(responder, incident, record);
  if (!isIntrusion(catalogue[incident.playbook].family)) {
    // Another rule finds the same, or AWS Config had looked before it was fixed. A blocked address goes on
    // attacking instances, which no web ACL is before.
    const reason = `Incident ${record.id} is ${incident.resource.kind === "address" ? "blocked" : "fixed"}`;
    return { outcome: "duplicate", reason, incident: record.id };
  }
  const now = responder.now();
  // That a key is public is no activity of the user, and its own workflow notifies of it.
  const isActivity = finding.exposed !== true;
  const isActing =
    isActivity &&
    record.containedAt !== undefined &&
    Date.parse(finding.lastSeen) > Date.parse(record.containedAt) + graceMs;
  if (isActing && !wasNoticed(record, `acting ${finding.type}`, now)) {
    return announceActivity(responder, incident, record);
  }
  const isNewType =
    isActivity &&
    finding.type !== record.incident.finding.type &&
    ["acting", "type"].every((what) => record.noticedAt?.[`${what} ${finding.type}`] === undefined);
  if (isNewType) {
    return announceOtherType(responder, incident, record);
  }
  return {
    outcome: "duplicate",
    reason: `Incident ${record.id} is ${record.status}`,
    incident: record.id,
  };
}

function wasNoticed(
  { noticedAt }: IncidentRecord,
  what: string,
  now: Date,
  withinMs = repeatMs,
): boolean {
  const at = noticedAt?.[what];
  return at !== undefined && Date.parse(at) + withinMs > now.getTime();
}
