/** Announces what a response would do, or why there is nothing left to do. */
import type { Circumstances } from "../../decide/circumstances";
import type { Incident } from "../../model/incident";
import type { Verdict } from "../../model/verdict";
import { announcement } from "../../notify/notice";
import { subjectOf } from "../../notify/subject";
import type { IncidentRecord, Proposal } from "../../record/journal";
import type { Answer, Responder } from "./responder";

/**
 * Announces and records a plan that is not carried out; a plan people have seen stays quiet, unless
 * a person asks. In that order: a run that dies between them announces twice, never not at all.
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
export async function announceAsked(
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

/** Answers a person whose request comes too late: silence would look like no response. */
export async function announceTooLate(
  responder: Responder,
  incident: Incident,
  { id, status, accountName }: IncidentRecord,
): Promise<Answer> {
  const reason = `Incident ${id} is ${status === "containing" ? "being " : ""}contained: there is nothing left to ${incident.finding.dryRun ? "plan" : "do"}`;
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
