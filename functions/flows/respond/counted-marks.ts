/**
 * Counts what responders marked as false positives, and has the findings updated. They write the register
 * by themselves, and no log of their command becomes a metric.
 */
import type { Clock } from "../../model/ports";
import type { CountedMark, NotificationLog } from "../../notify/notification-log";
import type { ExceptionRegister } from "../../record/exceptions";
import type { FindingUpdates } from "../../record/finding-updates";

export interface MarkCounter extends Clock {
  readonly exceptions: ExceptionRegister;
  readonly counted: NotificationLog<CountedMark>;
  readonly updates: Pick<FindingUpdates, "updateAgain">;
  /** Adds one to the metric. */
  count(): void;
}

/** Older marks are not looked at: counting tries a write for each. */
const lookBackMs = 86_400_000;

/**
 * Counts each mark of the last day once, and has its finding updated; one that ends or is removed meanwhile,
 * too, if it was seen.
 *
 * @returns how many it counted
 */
export async function countMarks({
  now,
  exceptions,
  counted,
  count,
  updates,
}: MarkCounter): Promise<number> {
  const at = now();
  let marks = 0;
  for (const entry of await exceptions.entries()) {
    if ("problem" in entry || entry.kind !== "false-positive") continue;
    if (Date.parse(entry.addedAt) + lookBackMs < at.getTime()) continue;
    const { id, covers, epoch } = entry;
    if ((await counted.claim({ id }, at.toISOString())) !== "ours") continue;
    // A run that dies before the next line has it counted twice, not never.
    count();
    const { incident: key } = covers;
    if (key !== undefined && epoch !== undefined)
      await updates.updateAgain({ incident: { key }, epoch });
    await counted.confirm({ id });
    marks += 1;
  }
  return marks;
}
