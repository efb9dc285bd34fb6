/** What the journal says of an incident's state. */
import type { IncidentRecord, Mark } from "../../functions/record/journal";
import { allSteps } from "../../functions/remediate/plan";
import { kindOf, kinds, type Step } from "../../functions/remediate/steps";

/** A step of a plan, and what became of it as far as the journal knows. */
export interface StepView {
  readonly number: number;
  readonly stage: string;
  /** Of an attack sequence, the name of the target. */
  readonly part?: string;
  readonly kind: string;
  readonly what: string;
  /** "not done": nothing was begun. "unknown": perhaps begun. */
  readonly state: Mark | "not done" | "unknown";
  /** What a release restores, where the step keeps it under this name. */
  readonly before?: unknown;
}

export function stepsOf({ plan, marks, status }: IncidentRecord): readonly StepView[] {
  const all = allSteps(plan);
  return plan.stages.flatMap(({ name, part, steps }) =>
    steps.map((step: Step) => {
      const number = all.indexOf(step);
      return {
        number,
        stage: name,
        ...(part !== undefined && { part }),
        kind: step.kind,
        // A newer version may have written the plan.
        what: step.kind in kinds ? kindOf(step.kind).describe(step) : "unknown to this version",
        state: marks[number] ?? (status === "planned" ? "not done" : "unknown"),
        ...("before" in step && { before: step.before }),
      };
    }),
  );
}

/** Lists the steps of which the journal does not say that they are in effect. */
export function notInEffect(record: IncidentRecord): readonly StepView[] {
  const inEffect: readonly string[] =
    record.status === "releasing"
      ? ["done", "kept", "drifted", "by-hand", "unknown"]
      : record.status === "released"
        ? ["kept", "drifted"]
        : ["done"];
  return stepsOf(record).filter(({ state }) => !inEffect.includes(state));
}

/** Says since when the incident is in its status. */
export function sinceOf({ status, ...record }: IncidentRecord): string {
  const { plannedAt, containedAt, release, releasedAt } = record;
  switch (status) {
    case "contained":
      return containedAt ?? plannedAt;
    case "releasing":
      return release?.at ?? plannedAt;
    case "released":
      return releasedAt ?? plannedAt;
    case "planned":
    case "containing":
      return plannedAt;
  }
}

/** Says what a plan that was not begun waits for. */
export function waitsFor({ status, objectedBy, dryRun }: IncidentRecord): string | undefined {
  if (status !== "planned") return undefined;
  return dryRun !== undefined || objectedBy === undefined ? "dry run" : "approval";
}
