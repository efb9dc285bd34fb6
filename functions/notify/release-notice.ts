/** Writes the notice of a release: who requested it and why, and what became of every change. */
import type { Released, UndoProblem } from "../remediate/release";
import { kindOf, type Step } from "../remediate/steps";
import { incidentNews, subjectOf } from "./incident-news";
import { fact, section } from "./message";
import { about, type Notice, notice, originOf } from "./notice";
import { urgencyOf } from "./urgency";

const meanings = {
  released: "Cordon took back what it had done: the containment is over.",
  "released-in-part":
    "Cordon took back what it could: the containment is over, and the rest is for you to do.",
  "release-unfinished": "Cordon could not take everything back: run the release again.",
} as const;

/** Leaves out what was there for a moment. */
function isTold(step: Step): boolean {
  const { scaffolds, transient } = kindOf(step.kind);
  return !scaffolds && !transient?.(step);
}

/** @param others names the other open incidents of the target, its role or its user */
export function releaseNotice(released: Released, others: readonly string[]): Notice {
  const { record, order, disabled, restored, kept, gone } = released;
  const { drifted, byHand, keptInPlace, problems } = released;
  const subject = subjectOf(record.incident, record.accountName, record.owner);
  const { region } = record.incident.place;
  const whole = [drifted, byHand, keptInPlace, problems].every((each) => each.length === 0);
  const status =
    problems.length > 0 ? "release-unfinished" : whole ? "released" : "released-in-part";
  const written = notice(
    urgencyOf(whole ? "released" : "released-in-part"),
    `${whole ? "Released" : "Released in part"}: ${subject.resource} (${record.id})`,
    [
      meanings[status],
      ...about(subject, record.id),
      fact("Requester", order.by),
      fact("Reason", order.reason),
      section("Exposed access keys, disabled before the release", disabled.map(describe)),
      section("Reverted", restored.filter(isTold).map(describeUndo)),
      section("Left in place by design", kept.filter(isTold).map(manualOf)),
      section("No longer exists, nothing to revert", gone.map(describeUndo)),
      section("Changed since containment, not reverted", drifted.map(describeProblem)),
      section(`Failed permanently: do it manually, in ${region}`, byHand.map(describeProblem)),
      section("Failed to revert: run the release again", problems.map(describeProblem)),
      section("Kept in place", keptInPlace.map(describeProblem)),
      section("Other open incidents here", others),
    ],
    { ...originOf(subject, record.id), ...(status !== "release-unfinished" && { closes: true }) },
  );
  const reasons = {
    released: "Every change was reverted or left in place by design",
    "released-in-part": "Some changes were not reverted",
    "release-unfinished": "Some changes could not be reverted; run the release again",
  }[status];
  const left = [...problems, ...byHand, ...drifted].map(({ what, why }) => `${what}: ${why}.`);
  const waiting = keptInPlace.length === 0 ? [] : [`${keptInPlace.length} more are kept in place.`];
  const news = [reasons, ...waiting, ...left];
  return { ...written, incident: incidentNews(subject, status, news, record) };
}

function describe(step: Step): string {
  return kindOf(step.kind).describe(step);
}

function describeUndo(step: Step): string {
  return kindOf(step.kind).describeUndo(step);
}

function manualOf(step: Step): string {
  return kindOf(step.kind).manual(step);
}

function describeProblem({ what, why, manual }: UndoProblem): string {
  return `${what}: ${why}. Manual step: ${manual}`;
}
