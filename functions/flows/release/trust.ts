/** Decides whether a release may go by a record: the journal is written by several functions. */
import { untrackGroupName } from "../../catalogue/quarantine-group";
import type { IncidentRecord } from "../../record/journal";
import { allSteps } from "../../remediate/plan";
import type { Step } from "../../remediate/steps";

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

/** Lists the policies and groups of a plan that a release would delete but that are of no such name. */
function foreignNames({ id, plan }: IncidentRecord): readonly string[] {
  const isOf = (own: string) => (name: string) => name === own || name.startsWith(`${own}-`);
  const isPolicy = isOf(`Cordon-${id}`);
  const isGroup = isOf(untrackGroupName(id));
  const steps = allSteps(plan);
  return [
    ...steps
      .flatMap((step) => ("policy" in step && step.policy ? [step.policy] : []))
      .filter((name) => !isPolicy(name)),
    ...steps.flatMap(untrackGroupsOf).filter((name) => !isGroup(name)),
  ];
}

function untrackGroupsOf(step: Step): readonly string[] {
  if (step.kind === "cut-connections") return [step.untrack.name];
  return step.kind === "provide-untrack-group" || step.kind === "remove-untrack-group"
    ? [step.name]
    : [];
}
