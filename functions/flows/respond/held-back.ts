/** Alerts again of what tripped brakes hold back: one alert stands in for many notices, so it must not be the last. */
import { onlyCounts } from "../../catalogue/brake-scopes";
import type { Clock, Notices } from "../../model/ports";
import { heldNotice } from "../../notify/brake-notice";
import { alertAgainMs, type Brakes, type TrippedBrake } from "../../record/brakes";

export interface BrakeWatch extends Clock, Notices {
  readonly brakes: Pick<Brakes, "tripped" | "heldBack" | "claimAlert" | "alerted">;
}

/**
 * Alerts of a brake that was alerted an hour ago and has held something back since. A run that dies
 * after the alert has it sent twice.
 *
 * @returns whether it did
 */
export async function alertAgain(
  { now, publish, brakes }: BrakeWatch,
  brake: TrippedBrake,
): Promise<boolean> {
  const { scope, alertedAt } = brake;
  // The first alert is the responders' to send; of a finding type each plan has a notice.
  if (alertedAt === undefined || onlyCounts(scope)) return false;
  if (Date.parse(alertedAt) + alertAgainMs > now().getTime()) return false;
  const held = await brakes.heldBack(scope);
  if (held.severities.length === 0 || !(await brakes.claimAlert(scope))) return false;
  await publish(heldNotice(brake, held));
  await brakes.alerted(scope, held);
  return true;
}

/** Looks at every tripped brake; returns how many it alerted of. */
export async function alertHeldBack(watch: BrakeWatch): Promise<number> {
  let alerted = 0;
  for (const brake of await watch.brakes.tripped()) {
    if (await alertAgain(watch, brake)) alerted += 1;
  }
  return alerted;
}
