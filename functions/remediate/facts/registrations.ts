/** Finds the target groups that an instance is registered with, without a burst of reads. */
import { inParallel } from "../../model/in-parallel";
import type { Balancing, TargetGroup } from "../../model/member-account";
import { errorText } from "../../model/plain-text";
import type { Refusals } from "../../model/ports";
import type { TimeLimit } from "../../model/time-limit";
import type { Unread } from "./unread";

/** Reads of target health at a time: load balancing throttles a burst of some dozens. */
const healthReads = 5;
/** Registrations that a plan ends at most. */
const mostRegistrations = 50;

export interface Registrations {
  readonly found: readonly { readonly arn: string; readonly port: number }[];
  /** Target groups in which no other target is healthy. */
  readonly lastIn: readonly string[];
  /** What was not read in time: of the groups that load balancers use, and of the others. */
  readonly unread: readonly Unread[];
}

/**
 * Asks each group, a few at a time: no call lists the groups that an instance is registered with. Those
 * that a load balancer uses come first, and of these the groups of its Auto Scaling group, so that they
 * are known when the time is over, however many others somebody created.
 */
export async function registrationsOf(
  balancing: Balancing,
  instance: string,
  groups: readonly TargetGroup[],
  ofScalingGroup: Promise<readonly string[]>,
  { limit, isRefusal }: { readonly limit: TimeLimit } & Refusals,
): Promise<Registrations> {
  const first: ReadonlySet<string> = new Set(
    groups.length > healthReads ? await ofScalingGroup : [],
  );
  const rank = ({ arn, isUsed }: TargetGroup) => (isUsed ? 0 : 2) + (first.has(arn) ? 0 : 1);
  const ordered = [...groups].sort((a, b) => rank(a) - rank(b));
  const failed: { readonly isUsed: boolean; readonly error: unknown }[] = [];
  const lastIn: string[] = [];
  const found = await inParallel(healthReads, ordered, async ({ arn, isUsed }) => {
    const read = limit.isOver
      ? { error: new Error("the time was over") }
      : await limit.within(balancing.registration(arn, instance));
    if ("value" in read) {
      if (read.value.isLast) lastIn.push(arn);
      return read.value.ports.map((port) => ({ arn, port }));
    }
    failed.push({ isUsed, error: read.error });
    return [];
  });
  const unread = ([true, false] as const).flatMap((used): Unread[] => {
    const errors = failed.filter(({ isUsed }) => isUsed === used).map(({ error }) => error);
    if (errors.length === 0) return [];
    const of = groups.filter(({ isUsed }) => isUsed === used).length;
    return [
      {
        what: used ? "targetGroups" : "unusedTargetGroups",
        why: `${errors.length} of ${of}, ${errorText(errors[0])}`,
        ...(errors.every(isRefusal) && { refused: true as const }),
      },
    ];
  });
  // An instance may be registered on a thousand ports of a group: a plan that no table holds would
  // contain nothing. Those of used groups come first, as they are ordered.
  const all = found.flat();
  const left = all.slice(mostRegistrations);
  if (left.length > 0) {
    const why = `${left.length} of ${all.length} are left as they are`;
    unread.push({ what: "registrations", why, refused: true });
  }
  return { found: all.slice(0, mostRegistrations), lastIn, unread };
}
