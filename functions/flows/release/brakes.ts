/** Lists and resets tripped brakes on behalf of a responder. */
import { scopeProblem } from "../../catalogue/brake-scopes";
import type { BrakeControl, BrakeReset, HeldBrake } from "../../record/brakes";
import { reasonProblem } from "../../record/release-order";

export type BrakeReport =
  | { readonly outcome: "listed"; readonly brakes: readonly HeldBrake[] }
  | ({ readonly outcome: "reset"; readonly brake: HeldBrake } & BrakeReset)
  | { readonly outcome: "refused"; readonly reason: string };

/** Lists the tripped brakes, or resets one. What the caller writes is checked here, too. */
export async function controlBrakes(
  control: BrakeControl,
  wanted: string,
  scope: string,
  { by, reason }: BrakeReset,
): Promise<BrakeReport> {
  if (wanted === "list") return { outcome: "listed", brakes: await control.held() };
  const problem =
    wanted === "reset"
      ? (scopeProblem(scope) ?? reasonProblem(reason, "for the reset"))
      : "Brakes are listed or reset";
  if (problem !== undefined) return { outcome: "refused", reason: problem };
  const brake = await control.reset(scope, { by, reason });
  return brake === undefined
    ? { outcome: "refused", reason: `Brake ${scope} is not tripped` }
    : { outcome: "reset", brake, by, reason };
}
