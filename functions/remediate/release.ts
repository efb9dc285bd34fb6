/** Undoes the plan of an incident: what is still as Cordon left it, in safe order, and read back. */
import { command } from "../model/command";
import type { MemberAccount } from "../model/member-account";
import { errorText } from "../model/plain-text";
import { type UndoPart, undoParts } from "../model/step";
import type { IncidentRecord, Mark, Marks } from "../record/journal";
import type { ReleaseOrder } from "../record/release-order";
import { converge, isInEffect, unconverge } from "./converge";
import { type Engine, marksOf } from "./engine";
import { allSteps, chainsOf, type Stage } from "./plan";
import { Sessions } from "./sessions";
import { kindOf, type Step, type StepOf } from "./steps";
import { LeftOver } from "./steps/shared/role-deny";

/** A release makes no plan that it would seal, and opens nothing for an instant. */
export type Undoing = Omit<Engine, "seal" | "mayOpen" | "lookAgain">;

export interface ReleaseOptions {
  /** Undo the steps, too, that give access back. @default they are kept */
  readonly onRequest?: boolean;
  /** End the release, whatever fails. @default it can be run again */
  readonly close?: boolean;
  /** Disable these keys first; while one is active, nothing is undone. */
  readonly exposedKeys?: readonly StepOf<"disable-access-key">[];
  /** Lists the steps whose effect stays, because other incidents want it, too. @default none */
  readonly wantedByOthers?: () => Promise<readonly Step[]>;
}

/** What was not undone, and how to undo it manually. */
export interface UndoProblem {
  readonly what: string;
  readonly why: string;
  readonly manual: string;
}

export interface Released {
  readonly record: IncidentRecord;
  readonly order: ReleaseOrder;
  readonly marks: Marks;
  /** Keys that were active although they are known to be exposed. */
  readonly disabled: readonly Step[];
  readonly restored: readonly Step[];
  readonly kept: readonly Step[];
  /** Their target no longer exists. */
  readonly gone: readonly Step[];
  /** Changed since the containment, and not reverted. */
  readonly drifted: readonly UndoProblem[];
  /** Failed for good, or closed as they were. */
  readonly byHand: readonly UndoProblem[];
  /** Not tried, because what must come first is not undone. */
  readonly keptInPlace: readonly UndoProblem[];
  /** Failed, and may succeed when the release is run again: it has not ended. */
  readonly problems: readonly UndoProblem[];
}

type Outcome =
  | { readonly is: "restored" | "kept" | "gone" }
  | { readonly is: "drifted" | "by-hand" | "waiting" | "failed"; readonly why: string };

/** One target as it is undone. */
interface Target {
  readonly undone: Step[];
  obstruct(step: Step): void;
}

/**
 * What must be undone before a part is. The marks say whether the target is cut off, which neither
 * its traffic nor its protection changes.
 */
const prerequisites: Readonly<Record<UndoPart, readonly UndoPart[]>> = {
  network: [],
  credentials: ["network"],
  traffic: ["network", "credentials"],
  protection: ["network", "credentials", "traffic"],
  marks: ["network", "credentials"],
};

/** Eventual consistency: AWS may show a change some seconds late. */
const readBackPauseMs = 1_000;
const readBackRounds = 8;

/**
 * Releases an incident: part by part, within each from the plan's end to its beginning. It restores
 * what is still as Cordon left it. It reports, and does not revert, what has changed since.
 *
 * @throws LeaseHeld while another run holds the incident.
 */
export async function release(
  engine: Undoing,
  record: IncidentRecord,
  order: ReleaseOrder,
  {
    onRequest = false,
    close = false,
    exposedKeys = [],
    wantedByOthers = async () => [],
  }: ReleaseOptions = {},
): Promise<Released> {
  await engine.journal.take(record, engine.runner, "releasing", { order });
  const steps = allSteps(record.plan);
  const outcomes = new Map<Step, Outcome>();

  // Once this incident is being released: of two that are, neither keeps the other's.
  const wanted = await wantedByOthers();
  const stays = (step: Step): boolean => {
    const kind = kindOf(step.kind);
    return kind.undo === "keep" || (kind.onRequest === true && !onRequest) || wanted.includes(step);
  };
  const sessions = new Sessions(engine, record, "release", (step) => !stays(step));
  const fail = (step: Step, why: string) => void outcomes.set(step, { is: "failed", why });

  const disabled = await Promise.all(exposedKeys.map((step) => disable(engine, record, step)));
  const active = disabled.find(({ problem }) => problem !== undefined)?.step;

  const undo = async (
    step: Step,
    account: MemberAccount,
    { undone, obstruct }: Target,
  ): Promise<Outcome> => {
    const kind = kindOf(step.kind);
    const state = await kind.inspect(step, account);
    if (state === "gone") return { is: "gone" };
    if (state === "other") {
      if (!(await kind.regained?.(step, account))) obstruct(step);
      return { is: "drifted", why: "it was changed after the containment" };
    }
    if (state !== "before" && !kind.changesNothing?.(step)) {
      await unconverge(step, account, engine.now(), engine);
      undone.push(step);
    }
    return { is: "restored" };
  };
  const attempt = async (step: Step, target: Target): Promise<void> => {
    let account: MemberAccount;
    try {
      account = await sessions.of(step);
    } catch (error) {
      // Without a session nothing was refused to this step: a person may mend the role.
      return fail(step, errorText(error));
    }
    try {
      outcomes.set(step, await undo(step, account, target));
    } catch (error) {
      if (error instanceof LeftOver) {
        return void outcomes.set(step, { is: "drifted", why: error.message });
      }
      const is = engine.isFinal(error) ? "by-hand" : "failed";
      const gone = await hasVanished(step, account);
      outcomes.set(step, gone ? { is: "gone" } : { is, why: errorText(error) });
    }
  };

  sessions.prepare(steps.filter((step) => !stays(step)));
  /** Undoes one target: what is not undone of another keeps nothing of it in place. */
  const follow = async (stages: readonly Stage[]): Promise<void> => {
    /** What keeps later parts from being undone: the first such step of each part. */
    const obstacles = new Map<UndoPart, Step>();
    const obstruct = (step: Step): void => {
      const { undonePart } = kindOf(step.kind);
      if (!obstacles.has(undonePart)) obstacles.set(undonePart, step);
    };
    for (const part of undoParts) {
      const first = active ?? prerequisites[part].map((each) => obstacles.get(each)).find(Boolean);
      const undone: Step[] = [];
      for (const stage of [...stages].reverse()) {
        const own = stage.steps.filter((step) => kindOf(step.kind).undonePart === part);
        // What cannot be restored here must not keep the rest of the part from being restored.
        await Promise.all(
          own.map((step) => {
            if (stays(step)) return outcomes.set(step, { is: "kept" });
            if (first === undefined) return attempt(step, { undone, obstruct });
            return outcomes.set(step, { is: "waiting", why: waitsFor(first, first === active) });
          }),
        );
      }
      for (const step of await notRestored(engine, sessions, undone)) {
        fail(step, "it was reverted, but AWS does not show it yet");
      }
      const all = allSteps({ stages });
      for (const step of all.filter((each) => kindOf(each.kind).undonePart === part)) {
        // A label or a group that is left over cuts nothing off.
        const matters = kindOf(step.kind).cuts === true || part === "traffic";
        const left = /^(by-hand|waiting|failed)$/.test(outcomes.get(step)?.is ?? "");
        if (matters && left) obstruct(step);
      }
    }
  };
  await Promise.all(chainsOf(record.plan).map(follow));

  const having = (is: Outcome["is"]) => steps.filter((step) => outcomes.get(step)?.is === is);
  const problemsOf = (is: Outcome["is"]): readonly UndoProblem[] =>
    having(is).map((step) => {
      const outcome = outcomes.get(step);
      const why = outcome !== undefined && "why" in outcome ? outcome.why : "";
      const kind = kindOf(step.kind);
      return { what: kind.describeUndo(step), why, manual: kind.manual(step) };
    });
  const failed = [...disabled.flatMap(({ problem }) => problem ?? []), ...problemsOf("failed")];
  const ends = close || failed.length === 0;
  return {
    record,
    order,
    marks: marksOf(record.plan, (step) => markOf(outcomes.get(step), ends)),
    disabled: disabled.flatMap(({ step, problem }) => (problem === undefined ? [step] : [])),
    restored: having("restored"),
    kept: having("kept"),
    gone: having("gone"),
    drifted: problemsOf("drifted"),
    byHand: [...problemsOf("by-hand"), ...(ends ? failed : [])],
    keptInPlace: problemsOf("waiting"),
    problems: ends ? [] : failed,
  };
}

/** What is left when a release ends is done by hand; until then it may still be undone. */
function markOf(outcome: Outcome | undefined, ends: boolean): Mark | undefined {
  if (outcome?.is !== "waiting" && outcome?.is !== "failed") return outcome?.is;
  return ends ? "by-hand" : undefined;
}

function waitsFor(first: Step, isActiveKey: boolean): string {
  return isActiveKey
    ? `kept in place because an exposed key may be active: ${kindOf(first.kind).describe(first)}`
    : `kept in place because this is not done: ${kindOf(first.kind).describeUndo(first)}`;
}

/** Disables a key, and reads it back; the problem says why it may still be active. */
async function disable(
  engine: Undoing,
  record: IncidentRecord,
  step: StepOf<"disable-access-key">,
): Promise<{ readonly step: Step; readonly problem?: UndoProblem }> {
  const kind = kindOf(step.kind);
  const problem = (why: string) => ({
    step,
    problem: {
      what: kind.describe(step),
      why,
      manual: command`aws iam update-access-key --user-name=${step.user.name} --access-key-id=${step.accessKey} --status Inactive`,
    },
  });
  const { place } = record.incident;
  try {
    const account = await engine.assume(
      "identity",
      place,
      kind.undoPermissions(step, place),
      record.id,
    );
    await converge(step, account, engine);
    const inEffect = async () => isInEffect(await kind.inspect(step, account));
    if (await shows(engine, inEffect)) return { step };
    return problem("it was disabled, but AWS does not show it yet");
  } catch (error) {
    return problem(errorText(error));
  }
}

/** Reads undone steps back; lists those that AWS does not show as restored. */
async function notRestored(
  engine: Undoing,
  sessions: Sessions,
  undone: readonly Step[],
): Promise<readonly Step[]> {
  const restored = await Promise.all(
    undone.map((step) =>
      shows(engine, async () => {
        const state = await kindOf(step.kind).inspect(step, await sessions.of(step));
        return state === "before" || state === "gone";
      }),
    ),
  );
  return undone.filter((_, index) => !restored[index]);
}

/** Asks until the answer is yes, or it is asked often enough. An error is a no. */
async function shows(engine: Undoing, ask: () => Promise<boolean>): Promise<boolean> {
  for (let round = 1; ; round++) {
    if (await ask().catch(() => false)) return true;
    if (round === readBackRounds) return false;
    await engine.sleep(readBackPauseMs);
  }
}

/** Checks whether the step's instance no longer exists, so that nothing can be restored. */
async function hasVanished(step: Step, { compute }: MemberAccount): Promise<boolean> {
  if (!("instance" in step)) return false;
  try {
    const instance = await compute.instance(step.instance);
    return instance === undefined || /^(shutting-down|terminated)$/.test(instance.state);
  } catch {
    return false;
  }
}
