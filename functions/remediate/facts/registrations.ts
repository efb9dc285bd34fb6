/** Finds the target groups that an instance is registered with, without a burst of reads. */
import { inParallel } from "../../model/in-parallel";
import type { Balancing } from "../../model/member-account";
import { errorText } from "../../model/plain-text";
import type { Refusals } from "../../model/ports";
import type { TimeLimit } from "../../model/time-limit";

/** Reads of target health at a time: load balancing throttles a burst of some dozens. */
const healthReads = 5;

export interface Registrations {
  readonly found: readonly { readonly arn: string; readonly port: number }[];
  /** Target groups in which no other target is healthy. */
  readonly lastIn: readonly string[];
  /** How many target groups were not read in time, and why the first of them was not. */
  readonly unread?: string;
  /** AWS refused all of them. */
  readonly refused?: true;
}

/**
 * Asks each group, a few at a time: no call lists the groups that an instance is registered with. The
 * groups of its Auto Scaling group come first, so that they are known when the time is over.
 */
export async function registrationsOf(
  balancing: Balancing,
  instance: string,
  groups: readonly string[],
  ofScalingGroup: Promise<readonly string[]>,
  { limit, isRefusal }: { readonly limit: TimeLimit } & Refusals,
): Promise<Registrations> {
  const first: ReadonlySet<string> = new Set(
    groups.length > healthReads ? await ofScalingGroup : [],
  );
  const ordered = [...groups].sort((a, b) => Number(first.has(b)) - Number(first.has(a)));
  const failed: string[] = [];
  const lastIn: string[] = [];
  let refused = 0;
  const found = await inParallel(healthReads, ordered, async (arn) => {
    const read = limit.isOver
      ? { error: new Error("the time was over") }
      : await limit.within(balancing.registration(arn, instance));
    if ("value" in read) {
      if (read.value.isLast) lastIn.push(arn);
      return read.value.ports.map((port) => ({ arn, port }));
    }
    failed.push(errorText(read.error));
    if (isRefusal(read.error)) refused += 1;
    return [];
  });
  const unread = failed.length > 0 && `${failed.length} of ${groups.length}, ${failed[0]}`;
  return {
    found: found.flat(),
    lastIn,
    ...(unread && { unread }),
    ...(unread && refused === failed.length && { refused: true as const }),
  };
}
