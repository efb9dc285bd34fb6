/** Writes the alerts of a tripped brake. */
import { limitText, smallGroup } from "../catalogue/brake-scopes";
import { command } from "../model/command";
import type { Incident } from "../model/incident";
import { type HeldBack, mostWaiting, type TrippedBrake } from "../record/brakes";
import { fact, section } from "./message";
import { type Notice, notice } from "./notice";
import { urgencyOf } from "./urgency";

/** Announces that a brake is tripped: what it counts, what happens now, and how to go on. */
export function brakeNotice(
  { scope, limit, trippedAt, incident: id }: TrippedBrake,
  { finding, place }: Incident,
): Notice {
  const times = limitText(scope, limit);
  return notice(urgencyOf("brake-tripped"), `Brake tripped: ${scope}`, [
    `Cordon made ${times} and makes no more in this scope.`,
    fact("Brake", scope),
    fact("Limit", times),
    fact("Tripped", trippedAt),
    fact(
      "Stopped",
      `${id}: ${finding.type}, severity ${finding.severity}, in ${place.account}, ${place.region}`,
    ),
    section("What happens now", [
      `Every further automatic response in this scope waits, and its plan is recorded. An alert an hour counts what waits; in an Auto Scaling group of at most ${smallGroup} instances each has a notice.`,
      "What is contained stays contained, and what a responder requests in Security Hub is carried out.",
    ]),
    section("Do this", [
      "See what waits: npx cordon brake list",
      "Find out whether this is a mass compromise, or one wrong list, image or detector. For a wrong one, suppress the finding first.",
      "Contain what cannot wait: send its finding by CordonContain in Security Hub.",
      `Then let Cordon go on: ${command`npx cordon brake reset ${scope} --reason "WHY"`}. New findings about what waits are answered again.`,
    ]),
  ]);
}

const mostListed = 10;

/** Announces what a tripped brake has held back since the last alert: it may be a storm, or hidden in one. */
export function heldNotice(
  { scope, limit, trippedAt, alertedAt = trippedAt }: TrippedBrake,
  { waiting, findings, severities }: HeldBack,
): Notice {
  const targets = findings.filter(
    ({ incident }, index) => findings.findIndex((each) => each.incident === incident) === index,
  );
  const highest = Math.max(...severities, ...findings.map(({ severity }) => severity));
  const more = waiting >= mostWaiting ? " or more" : "";
  return notice(urgencyOf("brake-tripped"), `Brake holds back ${waiting}${more}: ${scope}`, [
    `A tripped brake goes on holding back automatic responses: ${waiting}${more} ${waiting === 1 ? "waits" : "wait"}.`,
    fact("Brake", scope),
    fact("Limit", limitText(scope, limit)),
    fact("Tripped", trippedAt),
    fact("Severity", `${highest} is the highest since ${alertedAt}`),
    section(
      `Held back since ${alertedAt}, the newest first`,
      targets
        .slice(0, mostListed)
        .map(
          ({ at, incident, severity, type, resource, account, region }) =>
            `${at} ${incident}: ${resource} (${type}), severity ${severity}, in ${account}, ${region}`,
        ),
    ),
    section("Do this", [
      "See what waits: npx cordon brake list",
      "Contain what cannot wait: send its finding by CordonContain in Security Hub.",
      `Then let Cordon go on: ${command`npx cordon brake reset ${scope} --reason "WHY"`}. New findings about what waits are answered again.`,
    ]),
    "Cordon repeats this alert after an hour at the earliest, if something is held back by then.",
  ]);
}

/**
 * Announces that a finding type is no longer answered automatically: the figures, and how to go on.
 *
 * @param share how many false positives there are, in words
 * @param fewest of fewer targets no share counts
 */
export function falsePositivesNotice(
  { scope, limit, trippedAt, incident: id }: TrippedBrake,
  { finding, place }: Incident,
  { share, fewest }: { readonly share: string; readonly fewest: number },
): Notice {
  return notice(urgencyOf("asks-first"), `Too many false positives, asks first: ${finding.type}`, [
    `Responders marked too many findings of type ${finding.type} as false positives: Cordon asks before it responds to this type.`,
    fact("Type", finding.type),
    fact("Marked", share),
    fact("Limit", `${limitText(scope, limit)}, of at least ${fewest} targets`),
    fact("Tripped", trippedAt),
    fact("Waits", `${id}: severity ${finding.severity}, in ${place.account}, ${place.region}`),
    section("What happens now", [
      "Every further automatic response to this type waits for an approval. Each has a notice of its own; this alert is sent once.",
      "What is contained stays contained, and what a responder requests in Security Hub is carried out.",
    ]),
    section("Do this", [
      "See what was marked, and why: npx cordon except list. Remove a mark that is wrong: npx cordon except remove ID",
      "Have GuardDuty archive what is harmless: npx cordon mark prints the filter for cordon:suppressionFilters.",
      `Then have Cordon respond by itself again: ${command`npx cordon brake reset ${scope} --reason "WHY"`}. Only what is contained and marked after that counts.`,
    ]),
  ]);
}
