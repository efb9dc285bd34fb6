/** A response as data: what would be done, before anything is. */
import { isDeepStrictEqual } from "node:util";
import type { Incident } from "../model/incident";
import type { Part } from "../model/resource";
import { incidentOfPart } from "../model/sequence";
import { type Kind, kindOf, type Step, type StepOf } from "./steps";

/** Steps side by side; stages in order. */
export interface Stage<K extends Kind = Kind> {
  readonly name: string;
  readonly steps: readonly StepOf<K>[];
  /**
   * "continue": a refused snapshot must not hold up isolation; it is tried again at the next
   * delivery. "stop": nothing later makes sense until this is in effect.
   */
  readonly onFailure: "stop" | "continue";
  /** Seconds after which the next stage begins although this one still runs. */
  readonly limitSeconds?: number;
  /** Name of the part of the plan to which it belongs. Parts run side by side, and wait for no other. */
  readonly part?: string;
}

export interface Plan<K extends Kind = Kind> {
  readonly stages: readonly Stage<K>[];
  /** Of an attack sequence: the targets of the stages, and those that could not be read yet. */
  readonly parts?: readonly Part[];
  /**
   * Ways of the target that the plan cannot close, each with its reason. Where there is one, the
   * target is contained in part, and the subject of the notice says so.
   */
  readonly open?: readonly string[];
  /** What closes one of these ways could not be read: the next delivery may read it, and close it. */
  readonly isIncomplete?: true;
  /** The residual risk, in sentences for the notice. Never empty: isolation is not total. */
  readonly residual: readonly string[];
  /** The random part of the names it creates, so that the same plan can be made again. */
  readonly suffix?: string;
  /** Next steps for the responders. */
  readonly nextSteps: readonly string[];
}

export function allSteps(plan: Pick<Plan, "stages">): readonly Step[] {
  return plan.stages.flatMap((stage): readonly Step[] => stage.steps);
}

/** Lists the stages of each part; without parts, they are one. */
export function chainsOf<K extends Kind>({
  stages,
}: Pick<Plan<K>, "stages">): readonly (readonly Stage<K>[])[] {
  const names = [...new Set(stages.map(({ part }) => part))];
  return names.map((name) => stages.filter(({ part }) => part === name));
}

/**
 * Views an incident as those that its parts would be, each with its own steps; one without parts as it is.
 */
export function asOwn<R extends { readonly incident: Incident; readonly plan: Plan }>(
  record: R,
): readonly R[] {
  const { incident, plan } = record;
  return (plan.parts ?? []).length === 0
    ? [record]
    : (plan.parts ?? []).map((part) => ({
        ...record,
        incident: incidentOfPart(incident, part),
        plan: { ...plan, stages: plan.stages.filter((stage) => stage.part === part.name) },
      }));
}

/** Lists the steps of one kind. */
export function stepsOfKind<K extends Kind>(plan: Plan, kind: K): readonly StepOf<K>[] {
  return allSteps(plan).filter((step): step is StepOf<K> => step.kind === kind);
}

/** Replaces the steps of a plan one by one. */
export function mapSteps(plan: Plan, change: (step: Step) => Step): Plan {
  const stages = plan.stages.map((stage) => ({ ...stage, steps: stage.steps.map(change) }));
  return { ...plan, stages };
}

/** A recorded plan, extended by what a plan of today does besides. */
export interface Extension {
  readonly plan: Plan;
  /** Finds the recorded step that a step of the plan goes on with; the step itself if there is none. */
  recorded(step: Step): Step;
}

/** Goes on with a plan as it is recorded. */
export function unextended(plan: Plan): Extension {
  return { plan, recorded: (step) => step };
}

/**
 * Extends a plan by what a plan that is made today does besides. Steps that both have keep the
 * values of the first, which are those from before the incident, but for what the world around the
 * target has become since: a group that was deleted, an endpoint's new address. A part that the plan
 * of today lacks stays as it is.
 *
 * @param renew whether steps that depend on the time are taken from today's plan
 */
export function extended(standing: Plan, today: Plan, renew: (step: Step) => boolean): Extension {
  const origins = new Map<Step, Step>();
  const chains = chainsOf(standing).map((chain) => {
    const [{ part } = {}] = chain;
    const again = today.stages.filter((stage) => stage.part === part);
    return part !== undefined && again.length === 0
      ? chain
      : extendedChain(chain, again, renew, origins);
  });
  const known = new Set(standing.stages.map(({ part }) => part));
  const added = today.stages.filter(({ part }) => !known.has(part));
  const { open, isIncomplete, residual, nextSteps } = today;
  const { suffix, parts } = standing;
  const plan = {
    stages: [...chains.flat(), ...added],
    ...(parts !== undefined && { parts }),
    ...(open !== undefined && { open }),
    ...(isIncomplete && { isIncomplete }),
    residual,
    ...(suffix !== undefined && { suffix }),
    nextSteps,
  };
  return { plan, recorded: (step) => origins.get(step) ?? step };
}

/** Extends the stages of one target. */
function extendedChain(
  standing: readonly Stage[],
  today: readonly Stage[],
  renew: (step: Step) => boolean,
  origins: Map<Step, Step>,
): readonly Stage[] {
  const known = allSteps({ stages: standing });
  const added = (stage: Stage) =>
    stage.steps.filter((step) => !known.some((each) => isSame(each, step)));
  const going = (step: Step, next: Step): Step => {
    if (isDeepStrictEqual(step, next)) return step;
    origins.set(next, step);
    return next;
  };
  const kept = (step: Step): readonly Step[] => {
    const again = allSteps({ stages: today }).find((each) => isSame(each, step));
    const { onlyToday, adapted } = kindOf(step.kind);
    if (onlyToday) return again === undefined ? [] : [going(step, again)];
    if (again === undefined) return [step];
    if (renew(step)) return [again];
    return [adapted === undefined ? step : going(step, adapted(step, again))];
  };
  const stages = standing.map((stage) => ({
    ...stage,
    steps: [
      ...stage.steps.flatMap(kept),
      ...today.filter(({ name }) => name === stage.name).flatMap(added),
    ],
  }));
  for (const [index, stage] of today.entries()) {
    if (stages.some(({ name }) => name === stage.name) || added(stage).length === 0) continue;
    // A stage that the first plan did not need comes before those that follow it today.
    const later = today.slice(index + 1).map(({ name }) => name);
    const next = stages.findIndex(({ name }) => later.includes(name));
    stages.splice(next === -1 ? stages.length : next, 0, { ...stage, steps: added(stage) });
  }
  return stages;
}

export function isSame(one: Step, other: Step): boolean {
  const identity = (step: Step) => {
    const kind = kindOf(step.kind);
    return kind.identity?.(step) ?? kind.target(step);
  };
  return one.kind === other.kind && identity(one) === identity(other);
}
