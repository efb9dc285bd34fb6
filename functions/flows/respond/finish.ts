/** Ends a run that contained: notifies, and closes the journal or gives its lease back. */
import { catalogue, hasIntruder } from "../../catalogue/playbooks";
import { containmentNotice } from "../../notify/notice";
import type { IncidentRecord } from "../../record/journal";
import type { Contained } from "../../remediate/contain";
import { kindOf } from "../../remediate/steps";
import { hostsOf } from "./parts";
import type { Answer, Responder } from "./responder";
import { followUpAfterSeconds, looksAfterSeconds } from "./tasks";

/** A partial containment, recorded in the journal. Fail the message so that it is finished. */
export class PartialContainment extends Error {
  override readonly name = "PartialContainment";
  constructor(contained: Contained) {
    const problems = contained.problems.map(({ step, why }) => `${step.kind}: ${why}`);
    super(`Incident ${contained.record.id} is contained in part: ${problems.join("; ")}`);
  }
}

/** What the journal remembers of a repair by the watch that did not contain its target. */
export const partial = "partial";

interface Repair {
  readonly drifted?: readonly string[];
  /** Given for the watch, which notifies once an hour; findings notify each time. */
  readonly isKnown?: boolean;
}

/**
 * Notifies, then closes the journal; in that order, so that a crash between repeats the notice. What
 * fails for good is left to a person where it only preserves; where it cuts access, and where a failure
 * may pass, the message is delivered again, until the last delivery.
 *
 * @param repair what was no longer in effect, where an incident was contained before; and whether
 *   responders know already that the watch does not get it contained
 * @throws PartialContainment to have the message delivered again, or kept as a dead letter
 */
export async function finishContainment(
  responder: Responder,
  contained: Contained,
  { drifted = [], isKnown }: Repair = {},
): Promise<Answer> {
  const { record, marks } = contained;
  const { delivery, lastDelivery } = responder;
  const unsettled = isUnsettled(contained);
  const again = unsettled && delivery < lastDelivery;
  const isPartial = unsettled || contained.extent !== "whole";
  const notifies = (!again || delivery === 1) && !(isPartial && isKnown === true);
  await Promise.all([
    ...(notifies ? [responder.publish(containmentNotice(contained, again, drifted))] : []),
    ...(again ? [] : [lookLater(responder, record)]),
    ...(drifted.length === 0 && hostsOf(record).length > 0 ? [askAbout(responder, record)] : []),
  ]);
  if (isPartial && isKnown === false) await responder.journal.notice(record, partial);
  if (again) await responder.journal.handBack(record, responder.runner, marks);
  else await responder.journal.finish(record, responder.runner, "contained", marks);
  if (unsettled) throw new PartialContainment(contained);
  const outcome = { whole: "contained", part: "contained-in-part", none: "not-contained" } as const;
  const { id, reasons, checked = [] } = record;
  const reason = drifted.length > 0 ? `Incident ${id} was contained again` : (reasons[0] ?? "");
  return { outcome: outcome[contained.extent], reason, incident: id, checked };
}

/** The watch looks every few minutes, too: no containment stays open for want of these looks. */
async function lookLater(responder: Responder, { incident }: IncidentRecord): Promise<void> {
  await Promise.allSettled([
    responder.lookAgain(incident.key, looksAfterSeconds),
    // Of a setting, or an address, there is no principal who may have made something.
    ...(hasIntruder(catalogue[incident.playbook].family)
      ? [responder.followUp(incident.key, followUpAfterSeconds)]
      : []),
  ]);
}

/** The notice has the command that contains the instance: no containment stays open for want of this. */
async function askAbout(responder: Responder, { incident }: IncidentRecord): Promise<void> {
  await Promise.allSettled([responder.askAboutHost(incident.key)]);
}

/** Checks whether another delivery may do more. */
function isUnsettled({ record, problems, gone, extent }: Contained): boolean {
  return (
    record.plan.isIncomplete === true ||
    problems.some(({ step, final }) => !final || kindOf(step.kind).cuts === true) ||
    // Renamed or replaced since it was read: the next delivery reads anew.
    (extent === "none" && gone.some((step) => kindOf(step.kind).cuts === true))
  );
}
