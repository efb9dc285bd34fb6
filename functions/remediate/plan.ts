/** A response as data: what would be done, before anything is. Types only. */
import type { Kind, StepOf } from "./steps";

/** Steps side by side; stages in order. */
export interface Stage<K extends Kind = Kind> {
  readonly name: string;
  readonly steps: readonly StepOf<K>[];
  /**
   * "continue": a refused snapshot must not hold up isolation; it is tried again at the next
   * delivery. "stop": nothing later makes sense until this stands.
   */
  readonly onFailure: "stop" | "continue";
  /** Seconds after which the next stage begins although this one still runs. */
  readonly limitSeconds?: number;
}

export interface Plan<K extends Kind = Kind> {
  readonly stages: readonly Stage<K>[];
  /** What this response cannot do, in sentences for the notice. Never empty: isolation is not total. */
  readonly residual: readonly string[];
  /** What the person who reads the notice should do next. */
  readonly nextSteps: readonly string[];
}
