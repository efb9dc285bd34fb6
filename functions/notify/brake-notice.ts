/** Writes the one alert of a tripped brake. */
import { windowName } from "../catalogue/brake-scopes";
import type { Incident } from "../model/incident";
import type { TrippedBrake } from "../record/brakes";
import { type Notice, notice, section } from "./notice";

/** Announces that a brake is tripped: what it counts, what happens now, and how to go on. */
export function brakeNotice(
  { scope, limit, trippedAt, incident: id }: TrippedBrake,
  { finding, place }: Incident,
): Notice {
  const times = limit === 1 ? "containment" : "containments";
  return notice(`[Cordon] URGENT Brake tripped: ${scope}`, [
    `Cordon made ${limit} automatic ${times} in one ${windowName(scope)} and makes no more in this scope.`,
    "",
    `Brake      ${scope}`,
    `Limit      ${limit} automatic ${times} in one ${windowName(scope)}`,
    `Tripped    ${trippedAt}`,
    `Stopped    ${id}: ${finding.type}, severity ${finding.severity}, in ${place.account}, ${place.region}`,
    section("What happens now", [
      "Every further automatic response in this scope waits: its plan is recorded, and no notice is sent for it.",
      "What is contained stays contained, and what a responder requests in Security Hub is carried out.",
    ]),
    section("Do this", [
      "See what waits: npx cordon brake list",
      "Find out whether this is a mass compromise, or one wrong list, image or detector. For a wrong one, suppress the finding first.",
      "Contain what cannot wait: send its finding by CordonContain in Security Hub.",
      `Then let Cordon go on: npx cordon brake reset "${scope}" --reason "WHY". New findings about what waits are answered again.`,
    ]),
  ]);
}
