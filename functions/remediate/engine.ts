/** What containing and releasing share: the ports of a run, and what becomes of each step. */
import { errorText } from "../model/plain-text";
import type { Waiting } from "../model/time-limit";
import type { Journal, Mark, Marks, Seal } from "../record/journal";
import type { Sealed } from "../record/seal";
import { allSteps, type Plan } from "./plan";
import type { SessionOpener } from "./sessions";
import type { Step } from "./steps";

export interface Engine extends SessionOpener, Waiting {
  /** What carrying a plan out, or undoing it, asks of the journal. */
  readonly journal: Pick<Journal, "begin" | "take">;
  /** Names this run in the journal's lease: no two runs may share it. */
  readonly runner: string;
  now(): Date;
  /** Checks whether the run has so many seconds left, and is not the last to try. */
  mayOpen(seconds: number): boolean;
  /** Has an incident looked at again, after each of these times; 900 seconds at most. */
  lookAgain(incident: string, seconds: readonly number[]): Promise<void>;
  /** Checks whether a change fails for good: no later try can succeed. */
  isFinal(error: unknown): boolean;
  /** Seals a plan, so that its release can trust the journal. */
  seal(record: Sealed): Promise<Seal>;
}

/** A step that is not in effect; its description says what is left to do. */
export interface StepProblem {
  readonly step: Step;
  readonly why: string;
  /** No later try can succeed: a person must do it, or change what forbids it. */
  readonly final: boolean;
}

export function marksOf(plan: Plan, markOf: (step: Step) => Mark | undefined): Marks {
  const marks: Record<number, Mark> = {};
  for (const [number, step] of allSteps(plan).entries()) {
    const mark = markOf(step);
    if (mark !== undefined) marks[number] = mark;
  }
  return marks;
}

export function problemsOf(
  failures: ReadonlyMap<Step, unknown>,
  isFinal: Engine["isFinal"],
): readonly StepProblem[] {
  return [...failures].map(([step, error]) => ({
    step,
    why: errorText(error),
    final: isFinal(error),
  }));
}
