/** The severities from which Cordon responds automatically, and from which it notifies. */
import type { Tier } from "../model/verdict";

// GuardDuty calls 7 and above high, and 4 and above medium.
export const automaticFrom = 7;
export const notifyFrom = 4;

/** Gives the tier by severity alone, as for a finding that no playbook covers. */
export function tierOf(severity: number): Extract<Tier, "auto" | "notify" | "log"> {
  if (severity >= automaticFrom) return "auto";
  return severity >= notifyFrom ? "notify" : "log";
}
