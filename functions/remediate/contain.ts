/** Brings a target to an incident's wanted state, contained, and reads back that it is there. */
import type { MemberAccount } from "../model/member-account";
import type { MadeGroups } from "../model/step";
import { timeLimit } from "../model/time-limit";
import type { IncidentRecord, Mark, Marks, Proposal } from "../record/journal";
import { Closer } from "./closer";
import { converge, isInEffect } from "./converge";
import { type Engine, marksOf, problemsOf, type StepProblem } from "./engine";
import { allSteps, chainsOf, type Extension, mapSteps, type Stage } from "./plan";
import { Sessions } from "./sessions";
import { kindOf, type Step } from "./steps";
import { NamesakeHit } from "./steps/shared/namesake";

export interface Contained {
  readonly record: IncidentRecord;
  readonly marks: Marks;
  /** How much of the access that the target had is cut, as it was read back. */
  readonly extent: "whole" | "part" | "none";
  /** Steps that are in effect; those after a stage that stopped are not among them. */
  readonly done: readonly Step[];
  /** Steps whose target no longer exists: nothing was done. */
  readonly gone: readonly Step[];
  /** Steps that were not begun, for want of time to close what they open. */
  readonly skipped: readonly Step[];
  /** Empty when the whole plan is in effect and was verified. */
  readonly problems: readonly StepProblem[];
}

/** Steps that were in effect and are not any more, or never were. */
export interface Drift {
  readonly pending: readonly Step[];
  /** Steps whose state could not be read. */
  readonly unread: readonly StepProblem[];
}

/**
 * Checks whether a step closes a way of the target. Protection of evidence and traffic do not: they are
 * responders' to change as they work.
 */
export function closesWay({ kind }: Step): boolean {
  return !["protection", "traffic"].includes(kindOf(kind).undonePart);
}

/** Eventual consistency: what was just written may take some seconds to be read, IAM's the longest. */
const verifyPauseMs = 1_000;
const verifyRounds = 8;

/**
 * Contains an incident from its plan: journals it, then changes. The first steps get their sessions
 * while the journal is written; no step runs before the write has succeeded.
 *
 * @param begin writes the sealed plan into the journal; undefined where the incident may not begin
 * @returns undefined, with nothing written or changed, where it may not
 * @throws LeaseHeld when another run has begun this incident.
 */
export async function contain(
  engine: Engine,
  proposal: Proposal,
  begin: (sealed: Proposal) => Promise<IncidentRecord | undefined>,
): Promise<Contained | undefined> {
  const sessions = new Sessions(engine, proposal, "contain");
  for (const chain of chainsOf(proposal.plan)) {
    for (const stage of chain.slice(0, 2)) sessions.prepare(stage.steps);
  }
  const record = await begin({ ...proposal, seal: await engine.seal(proposal) });
  if (record === undefined) return undefined;
  return carryOut(engine, { record, sessions }, () => Promise.resolve(true));
}

/** Reads which steps of a record's plan, extended, are not in effect. Changes nothing. */
export async function readDrift(
  engine: Engine,
  record: IncidentRecord,
  { plan, recorded }: Extension,
): Promise<Drift> {
  const sessions = new Sessions(engine, { ...record, plan }, "contain");
  const wasDone = marked(record, "done");
  const unread = new Map<Step, unknown>();
  const read = async (step: Step): Promise<readonly Step[]> => {
    try {
      const { inspect, opens } = kindOf(step.kind);
      const state = await inspect(step, await sessions.of(step));
      // Only the journal shows whether a step that opens its target was done, or skipped.
      const isDone = opens === undefined || wasDone.has(recorded(step));
      if (isTransient(step) && isDone) return state === "half" ? [step] : [];
      return isInEffect(state) ? [] : [step];
    } catch (error) {
      unread.set(step, error);
      return [];
    }
  };
  const pending = await Promise.all(allSteps(plan).map(read));
  return { pending: pending.flat(), unread: problemsOf(unread, engine.isFinal) };
}

/**
 * Applies the plan of an incident again, extended by what was found since: finishes what a run that
 * died has begun, and repairs what was changed. Steps that are in effect are left alone.
 *
 * @param extension the record's own plan, extended
 * @param drift what is not in effect; `isLimited` leaves everything else alone
 * @throws LeaseHeld while another run works on the incident.
 */
export async function resume(
  engine: Engine,
  record: IncidentRecord,
  { plan, recorded }: Extension,
  {
    pending,
    isLimited,
    left = [],
  }: Pick<Drift, "pending"> & {
    readonly isLimited: boolean;
    /** Steps that are not in effect, and must not be applied now. */
    readonly left?: readonly Step[];
  },
): Promise<Contained> {
  const renewed = new Map<Step, Step>();
  const current = mapSteps(plan, (step) => {
    const { atTime } = kindOf(step.kind);
    const next = atTime && pending.includes(step) ? atTime(step, engine.now()) : step;
    renewed.set(step, next);
    return next;
  });
  const seal = await engine.seal({ ...record, plan: current });
  await engine.journal.take(record, engine.runner, "containing", { plan: current, seal });
  const taken = { ...record, plan: current, seal };
  const sessions = new Sessions(engine, taken, "contain");
  const markedNow = (mark: Mark) => {
    const before = marked(record, mark);
    return new Set(
      [...renewed].flatMap(([old, step]) => (before.has(recorded(old)) ? [step] : [])),
    );
  };
  const finished = markedNow("done");
  const waiting = pending.map((step) => renewed.get(step) ?? step);
  const run = {
    record: taken,
    sessions,
    byHand: markedNow("by-hand"),
    left: left.map((step) => renewed.get(step) ?? step),
  };
  return carryOut(engine, run, async (step) => {
    const kind = kindOf(step.kind);
    if (kind.redoneWith?.(step, waiting)) return true;
    if (waiting.includes(step)) return true;
    const isOver = isLimited || (isTransient(step) && finished.has(step));
    return !isOver && !isInEffect(await kind.inspect(step, await sessions.of(step)));
  });
}

/** @param isDue checks whether a step must be applied */
async function carryOut(
  engine: Engine,
  {
    record,
    sessions,
    byHand,
    left = [],
  }: {
    readonly record: IncidentRecord;
    readonly sessions: Sessions;
    /** Steps that failed for good before. */
    readonly byHand?: ReadonlySet<Step>;
    /** Steps that are left alone. */
    readonly left?: readonly Step[];
  },
  isDue: (step: Step) => Promise<boolean>,
): Promise<Contained> {
  const applied = new Set<Step>();
  const changed = new Set<Step>();
  const skipped = new Set<Step>();
  const made: MadeGroups = new Map();
  const failures = new Map<Step, unknown>(left.map((step) => [step, new LeftAlone()]));
  const running: Promise<void>[] = [];

  const closer = new Closer(engine, record.incident.key);
  /** What a run that died left open is closed, whatever the time. */
  const mayBegin = async (step: Step, account: MemberAccount): Promise<boolean> => {
    const { opens, inspect } = kindOf(step.kind);
    if (opens === undefined) return true;
    if (!engine.mayOpen(opens.seconds)) return (await inspect(step, account)) === "half";
    await closer.stands();
    return true;
  };
  const run = async (step: Step): Promise<void> => {
    if (left.includes(step)) return;
    try {
      const account = await sessions.of(step);
      if (await isDue(step)) {
        if (!(await mayBegin(step, account))) return void skipped.add(step);
        changed.add(step);
        await converge(step, account, engine, made);
      }
      applied.add(step);
    } catch (error) {
      failures.set(step, error);
    }
  };

  const follow = async (stages: readonly Stage[]): Promise<void> => {
    for (const [index, stage] of stages.entries()) {
      const steps = stage.steps.map(run);
      const next = stages[index + 1]?.steps ?? [];
      sessions.prepare(next);
      if (next.some((step) => kindOf(step.kind).opens)) closer.prepare();
      running.push(...steps);
      await within(engine, Promise.all(steps), stage.limitSeconds);
      const failed = stage.steps.filter((step) => failures.has(step));
      if (stage.onFailure === "stop" && failed.length > 0) {
        const waiting = stages.slice(index + 1).flatMap((later): readonly Step[] => later.steps);
        const final = failed.every((step) => engine.isFinal(failures.get(step)));
        for (const step of waiting) failures.set(step, new NotTried(final));
        break;
      }
    }
  };
  await Promise.all(chainsOf(record.plan).map(follow));
  await Promise.all(running);
  const gone = new Set<Step>();
  await verify(engine, { record, sessions, failures, made, gone, changed });
  return concluded(engine, record, { applied, skipped, failures, gone, byHand });
}

function concluded(
  engine: Engine,
  record: IncidentRecord,
  run: {
    readonly applied: ReadonlySet<Step>;
    readonly skipped: ReadonlySet<Step>;
    readonly failures: ReadonlyMap<Step, unknown>;
    readonly gone: ReadonlySet<Step>;
    readonly byHand: ReadonlySet<Step> | undefined;
  },
): Contained {
  const { applied, skipped, failures, gone, byHand } = run;
  const steps = allSteps(record.plan);
  const isDone = (step: Step) => applied.has(step) && !failures.has(step) && !gone.has(step);
  const isFinal: Engine["isFinal"] = (error) =>
    error instanceof NotTried ? error.final : engine.isFinal(error);
  const markOf = (step: Step): Mark | undefined => {
    if (isDone(step)) return "done";
    if (gone.has(step)) return "gone";
    if (skipped.has(step) && byHand?.has(step)) return "by-hand";
    return failures.has(step) && isFinal(failures.get(step)) ? "by-hand" : undefined;
  };
  const cutting = steps.filter((step) => kindOf(step.kind).cuts);
  const cut = cutting.filter(isDone).length;
  const isWhole = cutting.every((step) => isDone(step) || gone.has(step));
  const { open = [] } = record.plan;
  const ways = cutting.length + open.length;
  return {
    record,
    done: steps.filter(isDone),
    gone: steps.filter((step) => gone.has(step)),
    skipped: [...skipped],
    extent: cut === 0 && ways > 0 ? "none" : isWhole && open.length === 0 ? "whole" : "part",
    marks: marksOf(record.plan, markOf),
    problems: problemsOf(failures, isFinal),
  };
}

/**
 * Reads back every lasting step, applies those that are not in effect once more, and reports those
 * that still are not. A step that cannot be read is not applied again: it may be in effect. A step
 * that failed is read, too, but not applied again: its error says more than its state.
 */
async function verify(
  engine: Engine,
  run: {
    readonly record: IncidentRecord;
    readonly sessions: Sessions;
    readonly failures: Map<Step, unknown>;
    readonly made: MadeGroups;
    readonly gone: Set<Step>;
    readonly changed: ReadonlySet<Step>;
  },
): Promise<void> {
  const { sessions, failures, made, gone, changed } = run;
  const check = async (step: Step): Promise<unknown> => {
    try {
      const { inspect, takeBack } = kindOf(step.kind);
      const account = await sessions.of(step);
      const state = await inspect(step, account);
      if (state === "gone") {
        if (changed.has(step)) await takeBack?.(step, account);
        gone.add(step);
      }
      return isInEffect(state) ? undefined : new NotInEffect(step);
    } catch (error) {
      return error;
    }
  };
  const lasting = allSteps(run.record.plan).filter(
    (step) => !isTransient(step) && !failures.has(step),
  );
  let pending = lasting;
  for (let round = 1; round <= verifyRounds && pending.length > 0; round++) {
    if (round > 1) await engine.sleep(verifyPauseMs);
    const problems = await Promise.all(pending.map(check));
    pending = pending.filter((step, index) => {
      const problem = problems[index];
      if (problem === undefined) failures.delete(step);
      else failures.set(step, problem);
      // A change that was taken back shows no trace, and stays a failure.
      return problem !== undefined && !(problem instanceof NamesakeHit);
    });
    if (round === verifyRounds - 1) {
      const repairable = pending.filter(
        (step) => failures.get(step) instanceof NotInEffect && !kindOf(step.kind).once,
      );
      const apply = async (step: Step) =>
        kindOf(step.kind).apply(step, await sessions.of(step), made);
      await Promise.all(repairable.map((step) => apply(step).catch(() => undefined)));
      // What was in effect is read once more: a repair may have undone it.
      if (repairable.length > 0) {
        pending = lasting.filter((step) => !(failures.get(step) instanceof NamesakeHit));
      }
    }
  }
}

/** Lists the steps that the journal marks so. */
function marked({ plan, marks }: IncidentRecord, mark: Mark): ReadonlySet<Step> {
  return new Set(allSteps(plan).filter((_, number) => marks[number] === mark));
}

function isTransient(step: Step): boolean {
  return kindOf(step.kind).transient?.(step) === true;
}

class NotInEffect extends Error {
  override readonly name = "NotInEffect";
  constructor(step: Step) {
    super(`${kindOf(step.kind).describe(step)}: applied, but not in effect`);
  }
}

class NotTried extends Error {
  override readonly name = "NotTried";
  constructor(readonly final: boolean) {
    super("not tried while an earlier step fails");
  }
}

class LeftAlone extends Error {
  override readonly name = "LeftAlone";
  constructor() {
    super("left alone while its target may not be changed, or cannot be read");
  }
}

/** Waits for a stage, but no longer than its limit: what still runs is waited for at the end. */
async function within(engine: Engine, work: Promise<unknown>, seconds?: number): Promise<void> {
  if (seconds === undefined) return void (await work);
  const limit = timeLimit(engine, seconds);
  await limit.within(work);
  limit.end();
}
