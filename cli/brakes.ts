/** What `npx cordon brake` prints. */
import colors from "picocolors";
import { limitText } from "../functions/catalogue/brake-scopes";
import { command } from "../functions/model/command";
import { oneLine } from "../functions/model/plain-text";
import type { HeldBrake } from "../functions/record/brakes";

/** Lists tripped brakes, each with what it holds back and the command that resets it. */
export function brakeLines(brakes: readonly HeldBrake[]): readonly string[] {
  if (brakes.length === 0) return ["No brake is tripped."];
  return brakes.flatMap(({ scope, limit, trippedAt, waiting }) => [
    `${colors.red(oneLine(scope))}: tripped at ${trippedAt}, at its limit of ${limitText(scope, limit)}; ${waiting.length} waiting`,
    ...waiting.map((incident) => `  - ${incident}`),
    // Members name the groups that brakes count.
    `  To reset it: ${oneLine(command`npx cordon brake reset ${scope} --reason "WHY"`)}`,
  ]);
}
