/** Finds the incidents whose time is over: addresses are blocked for some hours. */
import type { IncidentRecord } from "../../record/journal";
import { stepsOfKind } from "../../remediate/plan";

/** Asks the release function to end an incident: it looks by itself whether its time is over. */
export interface ExpiryTask {
  readonly task: "expired";
  /** The incident's name: its key and epoch. */
  readonly incident: string;
}

/**
 * Says until when an incident lasts by its plan; undefined where it lasts until people release it. An
 * unreadable time ends nothing: comparisons with it are false.
 */
export function endOf({ incident, plan }: IncidentRecord): Date | undefined {
  if (incident.resource.kind !== "address") return undefined;
  const [step] = stepsOfKind(plan, "block-address");
  return step && new Date(step.until);
}

export function isOver(record: IncidentRecord, now: Date): boolean {
  const end = endOf(record);
  return end !== undefined && end.getTime() <= now.getTime();
}
