/** Finds the names in a recorded plan that no plan of its incident would have. */
import { untrackGroupName } from "../catalogue/quarantine-group";
import type { IncidentRecord } from "../record/journal";
import { allSteps } from "./plan";
import type { Step } from "./steps";

/** Lists the policies and groups of a plan that a release would delete but that are of no such name. */
export function foreignNames({ id, plan }: Pick<IncidentRecord, "id" | "plan">): readonly string[] {
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
