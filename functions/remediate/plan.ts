/** A response as data: what would be done, before anything is. */
import type { Kind, Step, StepOf } from "./steps";

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
}

export interface Plan<K extends Kind = Kind> {
  readonly stages: readonly Stage<K>[];
  /**
   * Ways of the target that the plan cannot close, each with its reason. Where there is one, the
   * target is contained in part, and the subject of the notice says so.
   */
  readonly open?: readonly string[];
  /** The residual risk, in sentences for the notice. Never empty: isolation is not total. */
  readonly residual: readonly string[];
  /** The random part of the names it creates, so that the same plan can be made again. */
  readonly suffix?: string;
  /** Next steps for the responders. */
  readonly nextSteps: readonly string[];
}

export function allSteps(plan: Plan): readonly Step[] {
  return plan.stages.flatMap((stage): readonly Step[] => stage.steps);
}
