/** Announces what a response would do, or why nothing is left to do. */

import { createHash } from "node:crypto";
import { commandFor } from "../../detect/sequence";
import { command } from "../../model/command";
import type { Incident } from "../../model/incident";
import type { Part } from "../../model/resource";
import { resourceName } from "../../model/resource";
import type { Verdict } from "../../model/verdict";
import { subjectOf } from "../../notify/incident-news";
import { announcement } from "../../notify/notice";
import { isPressing, publishOnce } from "../../notify/once";
import type { Outcome } from "../../notify/urgency";
import type { IncidentRecord, Proposal } from "../../record/journal";
import type { Answer, Responder } from "./responder";

/**
 * Announces and records a plan that is not carried out. The same of a finding is announced once in a
 * period: while a severe one goes on, a plan that waits is announced every hour. Announcing comes first:
 * a run that dies between the two announces twice, never not at all.
 *
 * @param seen the journal's record, where it says the same of the same plan
 */
export async function announcePlan(
  responder: Responder,
  proposal: Proposal,
  verdict: Verdict,
  seen: IncidentRecord | undefined,
): Promise<Answer> {
  const outcome = verdict.dryRun === undefined ? "awaiting-approval" : "dry-run";
  const why = verdict.dryRun ?? "A responder must approve the plan";
  const waits = outcome === "awaiting-approval";
  // One alert stands in for what a brake holds back, but not for a dry run of it.
  const isAnnounced = verdict.isAnnounced === true && waits;
  // A dry run announced a plan that nobody could approve.
  const isNew = seen === undefined || (waits && seen.seal === undefined);
  // The plan that was announced stays the valid one.
  const next = seen ? { ...proposal, plan: seen.plan, plannedAt: seen.plannedAt } : proposal;
  let isRepeated = false;
  if (!isAnnounced) {
    // Whatever keeps the page from being linked to, people are asked.
    const address = waits
      ? await responder.pageAddress?.(isNew ? next : seen).catch(() => undefined)
      : undefined;
    const notice = announcement(
      subjectOf(proposal.incident, proposal.accountName, proposal.owner),
      outcome,
      [why, ...verdict.reasons],
      // The revision that was announced stays the valid one.
      {
        planned: seen ?? proposal,
        manualSteps: verdict.manualSteps,
        isAlarming: verdict.urgent === true && waits,
        page: address,
      },
    );
    const pressing = waits && isPressing(proposal.incident.finding, verdict.urgent);
    isRepeated = !(await publishOnce(proposal.incident, notice, pressing, responder));
  }
  const record = isNew ? await recordPlan(responder, next, waits) : seen;
  // Also of a known plan: the run that recorded it may have died before it asked.
  if (waits) await responder.askApproval(record, isAnnounced);
  return {
    outcome,
    reason: isAnnounced ? verdict.reasons[0] : why,
    incident: proposal.id,
    ...(isRepeated && { isRepeated }),
  };
}

/** Records a plan; one that people may approve with a seal, so that they approve what Cordon planned. */
async function recordPlan(
  responder: Responder,
  proposal: Proposal,
  waits: boolean,
): Promise<IncidentRecord> {
  const seal = waits ? { seal: await responder.seal(proposal) } : {};
  return responder.journal.propose({ ...proposal, ...seal });
}

/**
 * Announces the plan that a responder requested, each time. The journal does not record it, so that a
 * later response is announced, too. The notice names no incident: under that name the journal has
 * another one, or none.
 */
export async function announceAsked(
  responder: Responder,
  proposal: Proposal,
  verdict: Verdict,
): Promise<Answer> {
  const { requestedBy: by } = proposal.incident.finding;
  const why = `${by ?? "A responder"} requested a dry run ${by === undefined ? "in Security Hub" : "by command"}`;
  await responder.publish(
    announcement(
      subjectOf(proposal.incident, proposal.accountName, proposal.owner),
      "dry-run",
      [why, ...verdict.reasons],
      { plan: proposal.plan, manualSteps: verdict.manualSteps },
    ),
  );
  return { outcome: "dry-run", reason: why };
}

/** Answers a responder whose request comes too late: silence would look like no response. */
export async function announceTooLate(
  responder: Responder,
  incident: Incident,
  { id, status, accountName, owner }: IncidentRecord,
): Promise<Answer> {
  const reason = `Incident ${id} is already ${status === "containing" ? "being " : ""}contained: nothing is left to ${incident.finding.dryRun ? "plan" : "do"}`;
  await responder.publish(
    announcement(subjectOf(incident, accountName, owner), "notified", [reason]),
  );
  return { outcome: "notified", reason, incident: id };
}

/** Announces a record whose target's state could not be read. */
export async function announceUnread(
  responder: Responder,
  record: IncidentRecord,
  why: string,
  /** Responders know of it: it is logged. */
  isQuiet: boolean,
): Promise<Answer> {
  const reason = `Incident ${record.id} was contained, but reading its current state failed: ${why}`;
  if (isQuiet) return { outcome: "logged", reason, incident: record.id };
  // Whoever undoes a containment may have broken what would show it.
  return announceRecord(responder, record, reason, {
    more: { outcome: "not-holding" },
    what: "unread",
  });
}

/** Announces a release that did not end: silence would look like safety. */
export async function announceUnreleased(
  responder: Responder,
  record: IncidentRecord,
): Promise<Answer> {
  const reason = `Incident ${record.id} is only partly released, and its resource may be reachable: finish the release with npx cordon release ${record.id} --reason "WHY", or end it with --close`;
  return announceRecord(responder, record, reason, { more: { outcome: "released-in-part" } });
}

/**
 * Closes a containment whose target no longer exists, so that it does not stay half done; of one that
 * was contained, announces it once: whoever deleted or replaced it may be the thief.
 */
export async function announceGone(
  responder: Responder,
  { resource }: Incident,
  record: IncidentRecord,
  origin: "finding" | "watch",
): Promise<Answer> {
  const reason = `The ${resourceName(resource)} no longer exists`;
  if (record.status !== "containing") {
    const known = `Incident ${record.id} is ${record.status}, and ${reason}`;
    if (record.noticedAt?.gone !== undefined) {
      const outcome = origin === "watch" ? "logged" : "duplicate";
      return { outcome, reason: known, incident: record.id };
    }
    const left = [
      `If responders deleted it, end the incident: npx cordon release ${record.id} --close --reason "WHY"`,
    ];
    const more = { outcome: "target-missing" } as const;
    return announceRecord(responder, record, known, { left, more, what: "gone" });
  }
  await responder.journal.take(record, responder.runner, "containing");
  await responder.publish(
    announcement(
      subjectOf(record.incident, record.accountName, record.owner),
      "target-missing",
      [reason],
      {
        planned: record,
      },
    ),
  );
  await responder.journal.finish(record, responder.runner, "contained", record.marks);
  return { outcome: "target-missing", reason, incident: record.id };
}

/** Announces that a target is no longer contained, and why Cordon does not contain it again. */
export async function announceDrift(
  responder: Responder,
  record: IncidentRecord,
  drift: {
    readonly drifted: readonly string[];
    readonly why: string;
    readonly manualSteps: readonly string[] | undefined;
    /** What it is, as the journal remembers it. */
    readonly what: string;
    /** Responders know of it: it is logged. */
    readonly isQuiet: boolean;
  },
): Promise<Answer> {
  const was =
    record.status === "contained" ? "was contained, but is not any more" : "is contained in part";
  const reason = `Incident ${record.id} ${was}: ${drift.why}`;
  if (drift.isQuiet) return { outcome: "logged", reason, incident: record.id };
  const left = drift.drifted.map((what) => `Not in effect: ${what}`);
  const outcome = record.incident.resource.kind === "posture" ? "changed-back" : "not-holding";
  const more = { manualSteps: drift.manualSteps, outcome } as const;
  return announceRecord(responder, record, reason, { left, more, what: drift.what });
}

const listed = 20;

/** How the journal remembers that claims were announced. */
export const claims = "claims";

/** Announces interfaces that are tagged as a contained node's since: Cordon leaves them alone. */
export async function announceClaims(
  responder: Responder,
  record: IncidentRecord,
  claimed: readonly string[],
): Promise<Answer> {
  const { resource, place } = record.incident;
  const shown = claimed.length > listed ? [...claimed.slice(0, listed), "others"] : claimed;
  const name = resource.kind === "sequence" ? resourceName(resource) : resource.id;
  const reason = `Since ${name} was contained, ${shown.join(", ")} ${claimed.length === 1 ? "is" : "are"} tagged as its pods' interfaces. Cordon leaves them alone: whoever may tag interfaces could have it isolate another node's pods`;
  const manualSteps = [
    "Find out who set the tag vpcresources.k8s.aws/trunk-eni-id: CreateTags in CloudTrail. EKS's controller sets it when a pod starts.",
    `If these pods are the node's: ${command`npx cordon contain ${resource.kind === "sequence" ? "INSTANCE" : resource.id} --account ${place.account} --region ${place.region} --reason "WHY"`}`,
  ];
  const more = { manualSteps, outcome: "contained-in-part" } as const;
  return announceRecord(responder, record, reason, { more, what: claims });
}

/**
 * Announces once what an update of an attack sequence names besides: an incident that is begun was counted,
 * and perhaps approved, with the parts that it had.
 */
export async function announceParts(
  responder: Responder,
  record: IncidentRecord,
  parts: readonly Part[],
): Promise<void> {
  const names = parts.map(({ name }) => name);
  const what = `parts ${createHash("sha256").update(names.join("\n")).digest("hex").slice(0, 16)}`;
  if (record.noticedAt?.[what] !== undefined) return;
  const shown = names.length > listed ? [...names.slice(0, listed), "others"] : names;
  const reason = `Since incident ${record.id} began, GuardDuty names in the same attack sequence: ${shown.join("; ")}. The incident does not contain them`;
  const manualSteps = parts.slice(0, listed).map(commandFor);
  const more = { manualSteps, outcome: "contained-in-part" } as const;
  await announceRecord(responder, record, reason, { more, what });
}

/** Announces the worst that can be read of a contained target: it goes on acting. */
export async function announceActivity(
  responder: Responder,
  { finding, resource }: Incident,
  record: IncidentRecord,
): Promise<Answer> {
  const reason = `The containment does not hold: the ${resourceName(resource)} was contained at ${record.containedAt}, and acted at ${finding.lastSeen} (${finding.type})`;
  const left = record.plan.residual.map((way) => `It may still act so: ${way}`);
  const more = { manualSteps: record.plan.nextSteps, outcome: "not-holding" } as const;
  return announceRecord(responder, record, reason, { left, more, what: `acting ${finding.type}` });
}

/** Announces once that a detector found something else about a contained target. */
export async function announceOtherType(
  responder: Responder,
  { finding }: Incident,
  record: IncidentRecord,
): Promise<Answer> {
  const reason = `Incident ${record.id} is contained; ${finding.type} of severity ${finding.severity}, last seen at ${finding.lastSeen}, is about the same resource`;
  const more = { outcome: "contained" } as const;
  return announceRecord(responder, record, reason, { more, what: `type ${finding.type}` });
}

/** Announces once that what contained a target has ended by itself: only a release closes the incident. */
export async function announceWornOff(
  responder: Responder,
  record: IncidentRecord,
): Promise<Answer> {
  const { id, containedAt = "", noticedAt, incident } = record;
  const what = "worn-off";
  const reason = `What contained ${id} has worn off: every session of ${resourceName(incident.resource)} that it denied has expired. Newer sessions are not denied. Release the incident, which removes the deny: npx cordon release ${id} --reason "WHY"`;
  if (Date.parse(noticedAt?.[what] ?? "") > Date.parse(containedAt)) {
    return { outcome: "logged", reason, incident: id };
  }
  return announceRecord(responder, record, reason, { more: { outcome: "worn-off" }, what });
}

/** Notifies of a record, then remembers it: a run that dies between the two notifies twice. */
async function announceRecord(
  responder: Responder,
  record: IncidentRecord,
  reason: string,
  {
    left = [],
    more = {},
    what,
  }: {
    readonly left?: readonly string[];
    readonly more?: {
      readonly manualSteps?: readonly string[] | undefined;
      readonly outcome?: Outcome;
    };
    /** What it is, if it may recur. */
    readonly what?: string;
  } = {},
): Promise<Answer> {
  await responder.publish(
    announcement(
      subjectOf(record.incident, record.accountName, record.owner),
      "notified",
      [reason, ...left],
      {
        planned: record,
        ...more,
      },
    ),
  );
  if (what !== undefined) await responder.journal.notice(record, what);
  return { outcome: "notified", reason, incident: record.id };
}
