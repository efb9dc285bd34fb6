/** The tiers of findings that no playbook answers; of all others `cordon:policy` has them. */
import type { Tier } from "../model/verdict";

// GuardDuty calls 7 and above high, and 4 and above medium.
const automaticFrom = 7;
export const notifyFrom = 4;

/** Gives the tier by severity alone. */
export function tierOf(severity: number): Extract<Tier, "auto" | "notify" | "log"> {
  if (severity >= automaticFrom) return "auto";
  return severity >= notifyFrom ? "notify" : "log";
}
