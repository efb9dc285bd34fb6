/** Narrows a plan to the steps that a person chose, by their numbers in the plan. */
import { allSteps, chainsOf, isSame, type Plan, type Stage } from "./plan";
import { kindOf, type Step } from "./steps";

/** Explains in one sentence why these steps cannot be carried out alone; undefined if they can. */
export function narrowingProblem(plan: Plan, only: readonly number[]): string | undefined {
  const steps = allSteps(plan);
  const stranger = only.find((number) => !Number.isSafeInteger(number) || !steps[number]);
  if (stranger !== undefined) {
    return `The plan has no step ${stranger}: its steps are 0 to ${steps.length - 1}`;
  }
  if (new Set(only).size < only.length) return "A step is named twice";
  const chosen = only.map((number) => steps[number] as Step);
  for (const step of chosen) {
    const { needs } = kindOf(step.kind);
    const own = allSteps({ stages: chainOf(plan, step) });
    const missing = steps.findIndex(
      (other) => own.includes(other) && needs?.(step, other) && !chosen.includes(other),
    );
    if (missing !== -1) {
      return `Step ${steps.indexOf(step)} (${step.kind}) needs step ${missing} (${steps[missing]?.kind})`;
    }
  }
  // An incident would count as contained, and nothing would be.
  return chosen.some(({ kind }) => kindOf(kind).cuts)
    ? undefined
    : "None of these steps takes access from the target";
}

/** Finds the stages of the target that a step is about. */
function chainOf(plan: Plan, step: Step): readonly Stage[] {
  return chainsOf(plan).find((chain) => allSteps({ stages: chain }).includes(step)) ?? [];
}

/** Leaves the chosen steps of a plan, and says of the others that they were left out. */
export function narrowed(plan: Plan, only: readonly number[] | undefined): Plan {
  if (only === undefined) return plan;
  const steps = allSteps(plan);
  const isChosen = (step: Step) => only.includes(steps.indexOf(step));
  const left = steps.filter((step) => !isChosen(step) && kindOf(step.kind).cuts);
  return {
    ...plan,
    stages: plan.stages
      .map((stage) => ({ ...stage, steps: stage.steps.filter(isChosen) }))
      .filter((stage) => stage.steps.length > 0),
    open: [
      ...(plan.open ?? []),
      ...left.map((step) => `left out by the approval: ${kindOf(step.kind).describe(step)}`),
    ],
  };
}

/**
 * Leaves of a plan that is made today what a narrowed plan does, and what it depends on; with the ways
 * that the narrowed one leaves open.
 */
export function restricted(today: Plan, narrow: Plan): Plan {
  const kept =
    ({ part }: Stage) =>
    (step: Step) => {
      const known = narrow.stages.filter((stage) => stage.part === part);
      const isKnown = allSteps({ stages: known }).some((each) => isSame(each, step));
      return isKnown || kindOf(step.kind).onlyToday === true;
    };
  return {
    ...today,
    stages: today.stages.map((stage) => ({ ...stage, steps: stage.steps.filter(kept(stage)) })),
    ...(narrow.open !== undefined && { open: narrow.open }),
  };
}
