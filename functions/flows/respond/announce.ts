/** Announces what a response would do, or why nothing is left to do. */
import type { Circumstances } from "../../decide/circumstances";
import type { Incident } from "../../model/incident";
import type { Verdict } from "../../model/verdict";
import { subjectOf } from "../../notify/incident-news";
import { announcement } from "../../notify/notice";
import type { IncidentRecord, Proposal } from "../../record/journal";
import type { Answer, Responder } from "./responder";

/**
 * Announces and records a plan that is not carried out. A plan that was announced before is not
 * announced again, unless a responder requests it. Announcing comes first: a run that dies between
 * the two announces twice, never not at all.
 *
 * @param seen the journal's record of the same plan
 */
export async function announcePlan(
  responder: Responder,
  proposal: Proposal,
  verdict: Verdict,
  seen: IncidentRecord | undefined,
): Promise<Answer> {
  const outcome = responder.policy.mode === "dry-run" ? "dry-run" : "awaiting-approval";
  const why =
    outcome === "dry-run"
      ? "This deployment runs in dry-run mode"
      : "A responder must approve the plan";
  if (seen === undefined || proposal.incident.finding.requestedAt) {
    await responder.publish(
      announcement(
        subjectOf(proposal.incident, proposal.accountName),
        outcome,
        [why, ...verdict.reasons],
        // The revision that was announced stays the valid one.
        { planned: seen ?? proposal, manualSteps: verdict.manualSteps },
      ),
    );
  }
  if (seen === undefined) await responder.journal.propose(proposal);
  return { outcome, reason: why, incident: proposal.id };
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
  const why = "A responder requested a dry run in Security Hub";
  await responder.publish(
    announcement(
      subjectOf(proposal.incident, proposal.accountName),
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
  { id, status, accountName }: IncidentRecord,
): Promise<Answer> {
  const reason = `Incident ${id} is already ${status === "containing" ? "being " : ""}contained: nothing is left to ${incident.finding.dryRun ? "plan" : "do"}`;
  await responder.publish(announcement(subjectOf(incident, accountName), "notified", [reason]));
  return { outcome: "notified", reason, incident: id };
}

/** Answers a finding about an incident that is contained, or being released, already. */
export async function answerRepeated(
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
    ? `but ${target.value.drift ?? "the resource has since been taken out of quarantine"}`
    : `but reading its current state failed: ${target.why}`;
  if (target.known && !drifted && !unfinished) {
    return {
      outcome: "duplicate",
      reason: `Incident ${record.id} is ${record.status}`,
      incident: record.id,
    };
  }
  // A partly released resource may be reachable again: silence would look like safety.
  const reason = unfinished
    ? `Incident ${record.id} is only partly released, and its resource may be reachable: finish the release with npx cordon release ${record.id}`
    : `Incident ${record.id} was contained, ${changed}`;
  await responder.publish(
    announcement(subjectOf(record.incident, record.accountName), "notified", [reason], {
      planned: record,
    }),
  );
  return { outcome: "notified", reason, incident: record.id };
}
