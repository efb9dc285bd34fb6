/** Reads what the target of an open incident is now; of an attack sequence each part by itself. */
import type { Circumstances } from "../../decide/circumstances";
import { decide } from "../../decide/decide";
import { dryRunReason } from "../../decide/stage-policy";
import type { Incident } from "../../model/incident";
import type { Known } from "../../model/verdict";
import type { IncidentRecord } from "../../record/journal";
import { readerOf } from "../../remediate/facts";
import type { TargetState } from "../../remediate/facts/reader";
import type { JudgedPart, SequenceFacts, Stance } from "../../remediate/facts/sequence";
import { asOwn, type Extension, type Plan, stepsOfKind, unextended } from "../../remediate/plan";
import { circumstancesOfOpen, readFacts, type Seen, targetOf, unread } from "./look";
import {
  type AboutSequence,
  isSequence,
  judgeParts,
  type ReadPart,
  readParts,
  targetOfPart,
} from "./parts";
import type { Responder } from "./responder";

/**
 * Until so long after the plan, a pod's interface that appears is one that was on its way: nodes without a
 * network get no further pods, and a tag that appears later is more likely somebody's.
 */
const claimMs = 2 * 60_000;

export interface Standing {
  readonly facts: Known<unknown>;
  readonly target: Circumstances["target"];
  /** What is the target's by nothing but a tag that was set since. */
  readonly claimed: readonly string[];
  /** Why parts of an attack sequence may not be changed now, by name. */
  readonly barred: ReadonlyMap<string | undefined, string>;
  /** Checks whether a part is not as it was contained: what depends on the time is done anew. */
  renews(part: string | undefined): boolean;
}

/** @param isAsked whether a responder asks for what is contained */
export async function standingOf(
  incident: Incident,
  responder: Responder,
  seen: Seen,
  record: IncidentRecord,
  isAsked: boolean,
): Promise<Standing> {
  if (isSequence(incident)) return standingParts(incident, responder, seen, record);
  const about = identified(incident, record);
  const read = await current(about, responder, seen);
  const { facts, claimed } = isAsked
    ? { facts: read, claimed: [] }
    : withoutClaims(read, incident, record, responder.now());
  const target = targetOf(incident, facts);
  const renews = target.known && !target.value.quarantined;
  return { facts, target, claimed, barred: new Map(), renews: () => renews };
}

/**
 * Judges each part of an open incident by itself: one that may not be changed any more, or cannot be read,
 * keeps no other from being contained again.
 */
async function standingParts(
  incident: AboutSequence,
  responder: Responder,
  seen: Seen,
  record: IncidentRecord,
): Promise<Standing> {
  const own = asOwn(record);
  const parts = (record.plan.parts ?? []).map((part, index) => {
    const about = identified(own[index]?.incident ?? incident, own[index] ?? record);
    return { ...part, resource: about.resource } as typeof part;
  });
  const about = { ...incident, resource: { ...incident.resource, parts } };
  const read = await currentParts(about, responder, seen);
  const judged = read.map((each, index) =>
    judgeStanding(about, each, own[index] ?? record, responder, seen),
  );
  const barred = judged.flatMap(({ part, stance }) =>
    stance.is === "in" ? [] : [[part.name, "why" in stance ? stance.why : ""] as const],
  );
  const value: SequenceFacts = { parts: judged };
  const facts = { known: true, value } as const;
  return {
    facts,
    target: targetOf(about, facts),
    claimed: judged.flatMap(({ claimed }) => claimed),
    barred: new Map(barred),
    renews: (name) => judged.some(({ part, target }) => part.name === name && !target?.quarantined),
  };
}

/** Reads the parts again where what was read beside the journal may be older than the containment. */
async function currentParts(
  about: AboutSequence,
  responder: Responder,
  { parts = [] }: Seen,
): Promise<readonly ReadPart[]> {
  const { parts: wanted } = about.resource;
  const found = wanted.flatMap(({ name }) => parts.find(({ part }) => part.name === name) ?? []);
  const isCurrent =
    found.length === wanted.length &&
    found.every(({ part, facts }) => {
      const [target] = [targetOfPart({ ...about, ...part }, facts)];
      return target.known && target.value.quarantined;
    });
  return isCurrent ? found : readParts(about, responder);
}

/** @param own the record as one of this part alone */
function judgeStanding(
  incident: AboutSequence,
  read: ReadPart,
  own: IncidentRecord,
  responder: Responder,
  seen: Seen,
): JudgedPart & { readonly claimed: readonly string[] } {
  const { part } = read;
  const { policy } = responder;
  // It could not be read when the incident began: it is judged as it would have been then.
  if (own.plan.stages.length === 0) {
    const [first] = judgeParts(
      incident,
      [read],
      responder,
      circumstancesOfOpen(seen, responder),
    ).parts;
    const judged = first as JudgedPart;
    const { stance } = judged;
    return {
      ...judged,
      claimed: [],
      stance: stance.is === "asks" ? { ...stance, is: "out" } : stance,
    };
  }
  const about = { ...own.incident, resource: part.resource };
  const { facts, claimed } = withoutClaims(read.facts, about, own, responder.now());
  const target = targetOfPart(about, facts);
  const known = { part, facts: facts.known ? facts.value : undefined, claimed };
  if (!target.known) {
    return {
      ...known,
      target: undefined,
      stance: { is: "contained", why: `it could not be read: ${target.why}` },
    };
  }
  const barredBecause = (why: string): Stance => ({ is: "contained", why });
  const state = { ...known, target: target.value };
  if (target.value.state !== "present")
    return { ...state, stance: barredBecause("it does not exist any more") };
  const { requestedAt } = own.incident.finding;
  const { units } = seen;
  const verdict = decide(about, policy, {
    ...circumstancesOfOpen(forRepair(seen, own), responder),
    target: begun(target.value, own, unextended(own.plan)),
  });
  const isDry =
    dryRunReason(about, policy, units) !== undefined &&
    dryRunReason(incident, policy, units) === undefined;
  const isPermitted =
    permits(verdict) || (verdict.decision === "approve" && requestedAt !== undefined);
  return {
    ...state,
    stance:
      isPermitted && !isDry ? { is: "in" } : barredBecause(verdict.dryRun ?? verdict.reasons[0]),
  };
}

/** Checks whether what has begun is kept by itself: the policy asks before a response begins. */
export function permits({ decision, objectedBy = "" }: ReturnType<typeof decide>): boolean {
  return decision === "auto" || ["severityAutomatic", "automaticByPolicy"].includes(objectedBy);
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

/**
 * Describes the target as the incident found it: without what the incident's own steps have made of it,
 * and without what a thief may have written since to switch repairs off.
 */
export function begun(
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
export function forRepair({ exceptions, ...seen }: Seen, record: IncidentRecord): Seen {
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

/** Checks whether the incident began without an approval, and does not revoke a whole role since. */
export function isApproved(record: IncidentRecord, plan: Extension): boolean {
  return isNewSince(record, "noApprovalNeeded") && !escalates(record, plan);
}

/** Checks whether a plan of today revokes a whole role, of which the recorded one revoked less. */
export function escalates(record: IncidentRecord, { plan }: Extension): boolean {
  const revokesAll = (each: Plan) =>
    stepsOfKind(each, "revoke-sessions").some(({ only }) => only === undefined);
  return revokesAll(plan) && !revokesAll(record.plan);
}

/** Checks whether a guard that objects today did not when the incident began; unknown is a no. */
export function isNewSince({ checked = [] }: IncidentRecord, guard: string): boolean {
  return checked.includes(guard);
}
