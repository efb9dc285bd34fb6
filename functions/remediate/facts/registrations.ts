/** Finds the target groups that an instance is registered with, without a burst of reads. */
import { inParallel } from "../../model/in-parallel";
import type { Balancing, Scaling } from "../../model/member-account";
import { errorText } from "../../model/plain-text";
import type { TimeLimit } from "../../model/time-limit";

/** Reads of target health at a time: load balancing throttles a burst of some dozens. */
const healthReads = 5;

export interface Registrations {
  readonly found: readonly { readonly arn: string; readonly port: number }[];
  /** How many target groups were not read in time, and why the first of them was not. */
  readonly unread?: string;
}

/**
 * Asks each group, a few at a time: no call lists the groups that an instance is registered with. The
 * groups of its Auto Scaling group come first, so that they are known when the time is over.
 */
export async function registrationsOf(
  { balancing, scaling }: { readonly balancing: Balancing; readonly scaling: Scaling },
  instance: string,
  groups: readonly string[],
  scalingGroup: Promise<string | undefined>,
  limit: TimeLimit,
): Promise<Registrations> {
  const first: ReadonlySet<string> =
    groups.length > healthReads
      ? await targetGroupsOf(scaling, await scalingGroup, limit)
      : new Set();
  const ordered = [...groups].sort((a, b) => Number(first.has(b)) - Number(first.has(a)));
  const failed: string[] = [];
  const found = await inParallel(healthReads, ordered, async (arn) => {
    const ports = limit.isOver
      ? { error: new Error("the time was over") }
      : await limit.within(balancing.registeredPorts(arn, instance));
    if ("value" in ports) return ports.value.map((port) => ({ arn, port }));
    failed.push(errorText(ports.error));
    return [];
  });
  const unread = failed.length > 0 && `${failed.length} of ${groups.length}, ${failed[0]}`;
  return { found: found.flat(), ...(unread && { unread }) };
}

async function targetGroupsOf(
  scaling: Scaling,
  group: string | undefined,
  limit: TimeLimit,
): Promise<ReadonlySet<string>> {
  if (group === undefined) return new Set();
  const own = await limit.within(scaling.targetGroupsOf(group));
  return new Set("value" in own ? own.value : []);
}
