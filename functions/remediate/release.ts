/** Undoes the plan of an incident: what is still as Cordon left it, and nothing else. */
import type { MemberAccount } from "../model/member-account";
import type { IncidentRecord, Mark, Marks } from "../record/journal";
import { unconverge } from "./converge";
import { type Engine, marksOf, problemsOf, type UndoProblem } from "./engine";
import { allSteps } from "./plan";
import { Sessions } from "./sessions";
import { kindOf, type Step } from "./steps";

export interface Released {
  readonly record: IncidentRecord;
  readonly marks: Marks;
  readonly restored: readonly Step[];
  readonly kept: readonly Step[];
  /** Changed since the containment, and not reverted. */
  readonly drifted: readonly UndoProblem[];
  /** Refused by AWS; the release can be run again. */
  readonly problems: readonly UndoProblem[];
}

/**
 * Releases an incident: walks the plan backwards and restores what is still as Cordon left it. It
 * reports, and does not revert, what has changed since.
 *
 * @param requested whether steps that give access back are undone too, or kept.
 * @throws LeaseHeld while another run holds the incident.
 */
export async function release(
  engine: Omit<Engine, "seal">,
  record: IncidentRecord,
  requested = false,
): Promise<Released> {
  await engine.journal.take(record, engine.runner, "releasing");
  const outcome = new Map<Step, Mark>();
  const failures = new Map<Step, unknown>();

  const stays = (step: Step): boolean => {
    const kind = kindOf(step.kind);
    return kind.undo === "keep" || (kind.onRequest === true && !requested);
  };
  const undo = async (step: Step): Promise<Mark> => {
    const kind = kindOf(step.kind);
    if (stays(step)) return "kept";
    const account = await sessions.of(step);
    const state = await kind.inspect(step, account);
    if (state === "gone") return "kept";
    if (state === "other") return "drifted";
    if (state !== "before") await unconverge(step, account, engine.now(), engine);
    return "restored";
  };
  const attempt = async (step: Step): Promise<void> => {
    try {
      outcome.set(step, await undo(step));
    } catch (error) {
      if (await hasVanished(step, await sessions.of(step).catch(() => undefined))) {
        outcome.set(step, "kept");
      } else {
        failures.set(step, error);
      }
    }
  };
  const sessions = new Sessions(engine, record, "release", (step) => !stays(step));
  sessions.prepare(allSteps(record.plan).filter((step) => !stays(step)));
  for (const stage of [...record.plan.stages].reverse()) {
    // What cannot be restored here must not keep the rest from being restored.
    await Promise.all(stage.steps.map(attempt));
  }
  const having = (value: Mark) => allSteps(record.plan).filter((s) => outcome.get(s) === value);
  return {
    record,
    marks: marksOf(record.plan, (step) => outcome.get(step)),
    restored: having("restored"),
    kept: having("kept"),
    drifted: having("drifted").map((step) => ({
      step,
      why: "it was changed after the containment",
      final: true,
      manual: kindOf(step.kind).manual(step),
    })),
    problems: problemsOf(failures, engine.isFinal).map((problem) => ({
      ...problem,
      manual: kindOf(problem.step.kind).manual(problem.step),
    })),
  };
}

/** Checks whether the step's instance no longer exists, so that nothing can be restored. */
async function hasVanished(step: Step, account: MemberAccount | undefined): Promise<boolean> {
  if (account === undefined || !("instance" in step)) return false;
  try {
    const instance = await account.compute.instance(step.instance);
    return instance === undefined || instance.state === "terminated";
  } catch {
    return false;
  }
}
