/**
 * Counts what responders marked as false positives, and has the detectors told of it. They write the register by themselves, and no log of
 * their command becomes a metric.
 */
import type { Clock } from "../../model/ports";
import type { CountedMark, NotificationLog } from "../../notify/notification-log";
import type { ExceptionRegister } from "../../record/exceptions";
import type { ToldFindings } from "../../record/told-findings";

export interface MarkCounter extends Clock {
  readonly exceptions: ExceptionRegister;
  readonly counted: NotificationLog<CountedMark>;
  readonly told: Pick<ToldFindings, "tellAgain">;
  /** Adds one to the metric. */
  count(): void;
}

/** Older marks are not looked at: counting tries a write for each. */
const lookBackMs = 86_400_000;

/**
 * Counts and tells of each mark of the last day once; one that ends or is removed meanwhile, too, if it was seen.
 *
 * @returns how many it counted
 */
export async function countMarks({
  now,
  exceptions,
  counted,
  count,
  told,
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
      await told.tellAgain({ incident: { key }, epoch });
    await counted.confirm({ id });
    marks += 1;
  }
  return marks;
}
