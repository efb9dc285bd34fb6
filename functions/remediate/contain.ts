/** Carries out the plan of an incident: the journal first, then stage by stage, then read back. */
import type { MadeGroups } from "../model/step";
import { timeLimit } from "../model/time-limit";
import type { IncidentRecord, Marks, Proposal } from "../record/journal";
import { converge, isInEffect } from "./converge";
import { type Engine, marksOf, problemsOf, type StepProblem } from "./engine";
import { allSteps } from "./plan";
import { Sessions } from "./sessions";
import { kindOf, type Step } from "./steps";

export interface Contained {
  readonly record: IncidentRecord;
  readonly marks: Marks;
  /** Steps that are in effect; those after a stage that stopped are not among them. */
  readonly done: readonly Step[];
  /** Empty when the whole plan is in effect and was verified. */
  readonly problems: readonly StepProblem[];
}

/** Eventual consistency: what was just written may take some seconds to be read, IAM's the longest. */
const verifyPauseMs = 1_000;
const verifyRounds = 8;

/**
 * Contains an incident from its plan: journals it, then changes. The first steps get their sessions
 * while the journal is written; no step runs before the write has succeeded.
 *
 * @throws LeaseHeld when another run has begun this incident.
 */
export async function contain(engine: Engine, proposal: Proposal): Promise<Contained> {
  const sessions = new Sessions(engine, proposal, "contain");
  const seal = await engine.seal(proposal);
  const begun = engine.journal.begin({ ...proposal, seal }, engine.runner);
  for (const stage of proposal.plan.stages.slice(0, 2)) sessions.prepare(stage.steps);
  const record = await begun;
  return carryOut(engine, record, sessions, false);
}

/** Finishes what a run that died has begun. @throws LeaseHeld while that run may still live. */
export async function resume(engine: Engine, record: IncidentRecord): Promise<Contained> {
  await engine.journal.take(record, engine.runner, "containing");
  const sessions = new Sessions(engine, record, "contain");
  return carryOut(engine, record, sessions, true);
}

async function carryOut(
  engine: Engine,
  record: IncidentRecord,
  sessions: Sessions,
  resumed: boolean,
): Promise<Contained> {
  const applied = new Set<Step>();
  const made: MadeGroups = new Map();
  const failures = new Map<Step, unknown>();
  const running: Promise<void>[] = [];

  const run = async (step: Step): Promise<void> => {
    try {
      const account = await sessions.of(step);
      const state = resumed ? await kindOf(step.kind).inspect(step, account) : "before";
      if (!isInEffect(state)) await converge(step, account, engine, made);
      applied.add(step);
    } catch (error) {
      failures.set(step, error);
    }
  };

  const { stages } = record.plan;
  for (const [index, stage] of stages.entries()) {
    const steps = stage.steps.map(run);
    sessions.prepare(stages[index + 1]?.steps ?? []);
    running.push(...steps);
    await within(engine, Promise.all(steps), stage.limitSeconds);
    if (stage.onFailure === "stop" && stage.steps.some((step) => failures.has(step))) {
      const waiting = stages.slice(index + 1).flatMap((later): readonly Step[] => later.steps);
      for (const step of waiting) failures.set(step, "not tried while an earlier step fails");
      break;
    }
  }
  await Promise.all(running);
  if (failures.size === 0) await verify(engine, record, sessions, failures, made);
  const done = allSteps(record.plan).filter((step) => applied.has(step) && !failures.has(step));
  return {
    record,
    done,
    marks: marksOf(record.plan, (step) => (done.includes(step) ? "done" : undefined)),
    problems: problemsOf(failures),
  };
}

/**
 * Reads back every lasting step, applies those that are not in effect once more, and reports those
 * that still are not. A step that cannot be read is not applied again: it may be in effect.
 */
async function verify(
  engine: Engine,
  record: IncidentRecord,
  sessions: Sessions,
  failures: Map<Step, unknown>,
  made: MadeGroups,
): Promise<void> {
  const check = async (step: Step): Promise<unknown> => {
    try {
      const state = await kindOf(step.kind).inspect(step, await sessions.of(step));
      return isInEffect(state) ? undefined : new NotInEffect(step);
    } catch (error) {
      return error;
    }
  };
  let pending = allSteps(record.plan).filter((step) => !kindOf(step.kind).transient?.(step));
  for (let round = 1; round <= verifyRounds && pending.length > 0; round++) {
    if (round > 1) await engine.sleep(verifyPauseMs);
    const problems = await Promise.all(pending.map(check));
    pending = pending.filter((step, index) => {
      const problem = problems[index];
      if (problem === undefined) failures.delete(step);
      else failures.set(step, problem);
      return problem !== undefined;
    });
    if (round === verifyRounds - 1) {
      const repairable = pending.filter(
        (step) => failures.get(step) instanceof NotInEffect && !kindOf(step.kind).once,
      );
      const apply = async (step: Step) =>
        kindOf(step.kind).apply(step, await sessions.of(step), made);
      await Promise.all(repairable.map((step) => apply(step).catch(() => undefined)));
    }
  }
}

class NotInEffect extends Error {
  override readonly name = "NotInEffect";
  constructor(step: Step) {
    super(`${kindOf(step.kind).describe(step)}: applied, but not in effect`);
  }
}

/** Waits for a stage, but no longer than its limit: what still runs is waited for at the end. */
async function within(engine: Engine, work: Promise<unknown>, seconds?: number): Promise<void> {
  if (seconds === undefined) return void (await work);
  const limit = timeLimit(engine, seconds);
  await limit.within(work);
  limit.end();
}
