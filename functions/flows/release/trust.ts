/** Decides whether a release may go by a record: the journal is written by several functions. */
import type { IncidentRecord } from "../../record/journal";
import { foreignNames } from "../../remediate/foreign-names";

export interface SealChecker {
  /** Returns in one sentence why a record's plan is not as a responder sealed it. */
  distrust(record: IncidentRecord): Promise<string | undefined>;
}

/** Explains in one sentence why a record's plan cannot be undone safely, or returns undefined. */
export async function whyNotUndone(
  record: IncidentRecord,
  { distrust }: SealChecker,
): Promise<string | undefined> {
  const foreign = foreignNames(record);
  if (foreign.length > 0) {
    return `The plan of ${record.id} names ${foreign.join(", ")}, which cannot be of this incident: undo the containment by hand, as its notice lists it`;
  }
  return distrust(record);
}
