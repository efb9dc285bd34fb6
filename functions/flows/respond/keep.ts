/** Keeps what an incident wants until responders release it: its target contained. */
import { catalogue, isIntrusion } from "../../catalogue/playbooks";
import { optOut } from "../../catalogue/tags";
import type { Circumstances } from "../../decide/circumstances";
import { isReadable } from "../../decide/decide";
import type { Incident } from "../../model/incident";
import type { Part } from "../../model/resource";
import type { Known } from "../../model/verdict";
import type { IncidentRecord } from "../../record/journal";
import { closesWay, type Drift, readDrift, resume } from "../../remediate/contain";
import type { TargetState } from "../../remediate/facts/reader";
import { restricted } from "../../remediate/narrow";
import {
  allSteps,
  asOwn,
  type Extension,
  extended,
  type Plan,
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
  announceParts,
  announceTooLate,
  announceUnread,
  announceUnreleased,
  announceWornOff,
  claims,
} from "./announce";
import { finishContainment, partial } from "./finish";
import { judgeOpen, type Seen } from "./look";
import { isSequence } from "./parts";
import type { Answer, Responder } from "./responder";
import {
  begun,
  escalates,
  forRepair,
  isApproved,
  isNewSince,
  permits,
  standingOf,
} from "./standing";

/**
 * Activity until then may be older than the containment: CloudTrail and GuardDuty date what was under
 * way, and IAM takes a moment to hold everywhere.
 */
const graceMs = 2 * 60_000;
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
  const { facts, target, claimed, barred, renews } = await standingOf(
    incident,
    responder,
    seen,
    record,
    isAsked,
  );
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
  const unknown = origin === "finding" ? unknownParts(incident, record) : [];
  if (unknown.length > 0) await announceParts(responder, record, unknown);
  const plan = planToday(incident, responder, record, facts, (part) => isOver || renews(part));
  const all = await driftOf(responder, record, plan, isAsked);
  const partOf = (step: Step) =>
    plan.plan.stages.find(({ steps }) => steps.includes(step as never))?.part;
  const left = all.pending.filter((step) => barred.has(partOf(step)));
  const drift = { ...all, pending: all.pending.filter((step) => !left.includes(step)) };
  // What a run left unfinished is gone on with, also where a step cannot be read: that is its problem.
  if (record.status !== "containing" && drift.pending.length === 0 && drift.unread.length > 0) {
    if (drift.unread.some(({ final }) => !final) && responder.delivery < responder.lastDelivery) {
      throw new Error(`The state of ${record.id} could not be read: ${drift.unread[0]?.why}`);
    }
    return announceUnreadable(drift.unread[0]?.why ?? "");
  }
  if (drift.pending.length === 0 && left.length > 0 && record.status === "contained") {
    const [first] = left as [Step];
    const why = `${partOf(first)} may not be changed now: ${barred.get(partOf(first))}`;
    const what = "drift of parts that may not be changed";
    const isQuiet = origin === "watch" && wasNoticed(record, what, responder.now());
    const drifted = left.map((step) => kindOf(step.kind).describe(step));
    return announceDrift(responder, record, {
      drifted,
      why,
      manualSteps: undefined,
      what,
      isQuiet,
    });
  }
  if (drift.pending.length === 0 && record.status === "contained") {
    return origin === "watch"
      ? { outcome: "logged", reason: `Incident ${record.id} is contained`, incident: record.id }
      : answerSettled(incident, responder, record);
  }
  return apply(incident, responder, seen, { record, plan, drift, left, target, origin });
}

/** Lists the parts that an update of a sequence names and that the incident did not know when it began. */
function unknownParts({ resource }: Incident, { incident, plan }: IncidentRecord): readonly Part[] {
  if (resource.kind !== "sequence" || incident.resource.kind !== "sequence") return [];
  const known = new Set(
    [...incident.resource.parts, ...(plan.parts ?? [])].map(({ name }) => name),
  );
  return resource.parts.filter(({ name }) => !known.has(name));
}

/** Extends the recorded plan by what a plan made now does besides. */
function planToday(
  incident: Incident,
  responder: Responder,
  record: IncidentRecord,
  facts: Known<unknown>,
  renews: (part: string | undefined) => boolean,
): Extension {
  if (!facts.known) return unextended(record.plan);
  // The finding that began the incident is the one that its tags name.
  const begun = { ...record.incident, resource: incident.resource };
  const { suffix = "" } = record.plan;
  const made = planOf(begun, facts.value, record.id, responder.now(), responder.policy, suffix);
  const whole = isSequence(record.incident) ? ofParts(record, made) : made;
  // People approved these steps and no others.
  const today = record.approval?.only === undefined ? whole : restricted(whole, record.plan);
  const timed = record.plan.stages.flatMap(({ part, steps }) =>
    renews(part) ? steps.filter(({ kind }) => kindOf(kind).atTime !== undefined) : [],
  );
  return extended(record.plan, today, (step) => timed.includes(step as never));
}

/**
 * Leaves of a sequence's plan of today what needs no new approval, and says again what the incident left
 * out when it began.
 */
function ofParts(record: IncidentRecord, today: Plan): Plan {
  const own = asOwn(record);
  const escalating = new Set(
    asOwn({ ...record, plan: { ...today, parts: record.plan.parts ?? [] } }).flatMap(
      ({ plan }, index) => {
        const before = own[index];
        const isSo = before && before.plan.stages.length > 0 && escalates(before, unextended(plan));
        return isSo ? (record.plan.parts?.[index]?.name ?? []) : [];
      },
    ),
  );
  const { resource } = record.incident;
  const planned = new Set(record.plan.parts?.map(({ name }) => name));
  const leftOut = (resource.kind === "sequence" ? resource.parts : [])
    .filter(({ name }) => !planned.has(name))
    .flatMap(({ name }) =>
      (record.plan.open ?? []).filter((way) => way.startsWith(`${name} is left out`)),
    );
  const open = [...new Set([...(today.open ?? []), ...leftOut])];
  const { open: _, ...rest } = today;
  return {
    ...rest,
    stages: today.stages.filter(({ part }) => part === undefined || !escalating.has(part)),
    ...(open.length > 0 && { open }),
  };
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

/** Checks whether a step that lasts for some time only was applied longer ago; of a sequence, of each part. */
function hasWornOff(record: IncidentRecord, now: Date): boolean {
  const { containedAt } = record;
  return asOwn(record).every(({ plan }) =>
    allSteps(plan).some((step) => {
      const { lastsSeconds } = kindOf(step.kind);
      return (
        lastsSeconds !== undefined &&
        containedAt !== undefined &&
        Date.parse(containedAt) + lastsSeconds * 1_000 < now.getTime()
      );
    }),
  );
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
  /** What is not in effect of parts that may not be changed now. */
  readonly left: readonly Step[];
  readonly target: Extract<Circumstances["target"], { known: true }>;
  readonly origin: "finding" | "watch";
}

/** Decides again, with today's policy and circumstances, and applies the plan or says why not. */
async function apply(
  incident: Incident,
  responder: Responder,
  seen: Seen,
  { record, plan, drift, left, target, origin }: Wanted,
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
    permits(verdict) ||
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
    left,
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
