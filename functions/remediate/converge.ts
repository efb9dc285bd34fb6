/** Applies and undoes one step, whatever became of the reply, as AWS catches up with its own writes. */
import type { MemberAccount } from "../model/member-account";
import type { MadeGroups, StepState } from "../model/step";
import type { Waiting } from "../model/time-limit";
import type { Step } from "./steps";
import { kindOf } from "./steps";

/**
 * Errors of calls that EC2, IAM or WAF accepts a moment later: it does not know yet what was just made, or
 * that what was just given up is no longer in use (EC2 Developer Guide, "Eventual consistency"; IAM User
 * Guide, "Changes that I make are not always immediately visible").
 */
const settling = new Set([
  "DeleteConflictException",
  "DependencyViolation",
  "InvalidGroup.InUse",
  "InvalidGroup.NotFound",
  "NotVisibleYet",
  // AWS WAF: another run has changed the set since it was read, or the set is not to be found yet.
  "WAFOptimisticLockException",
  "WAFUnavailableEntityException",
]);

/** Before each further try. Eight seconds in all: the queue's redelivery comes after minutes. */
const pausesMs = [250, 500, 1_000, 2_000, 4_000];

/**
 * Applies a step. If that fails, asks whether it took effect nevertheless (a lost reply, a race), and
 * tries again while AWS has yet to settle.
 */
export function converge(
  step: Step,
  account: MemberAccount,
  waiting: Waiting,
  made?: MadeGroups,
): Promise<void> {
  const kind = kindOf(step.kind);
  const inspect = () => kind.inspect(step, account);
  return attempt(() => kind.apply(step, account, made), inspect, isInEffect, waiting);
}

/** Undoes a step in the same way. */
export async function unconverge(
  step: Step,
  account: MemberAccount,
  now: Date,
  waiting: Waiting,
): Promise<void> {
  const kind = kindOf(step.kind);
  const { undo } = kind;
  if (undo === "keep") return;
  const inspect = () => kind.inspect(step, account);
  const restored = (state: StepState) => state === "before";
  await attempt(() => undo(step, account, now), inspect, restored, waiting);
}

/** Checks whether what the step is about is as the step wants it. */
export function isInEffect(state: StepState): boolean {
  return state === "after" || state === "gone";
}

async function attempt(
  change: () => Promise<void>,
  inspect: () => Promise<StepState>,
  isDone: (state: StepState) => boolean,
  { sleep }: Waiting,
): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return await change();
    } catch (error) {
      if (isDone(await inspect().catch((): StepState => "other"))) return;
      const pause = pausesMs[tries];
      if (pause === undefined || !settling.has((error as Error).name)) throw error;
      await sleep(pause);
    }
  }
}
