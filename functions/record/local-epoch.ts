/** The epochs of incidents that responders contained by hand. */

/**
 * Numbers them by the day, from 1001 on, so that they follow those of Cordon's own journal, which begin at
 * 1: the names that a plan creates hold the number.
 */
export function localEpoch(day: Date): number {
  return 1_001 + Math.floor((day.getTime() - Date.UTC(2026, 0, 1)) / 86_400_000);
}

/** Incidents of one target that are contained by hand on one day at most, each in the epoch of a next day. */
const mostADay = 50;

/** Checks whether an epoch may be that of a local journal by now. */
export function isLocalEpoch(epoch: number, now: Date): boolean {
  return epoch >= 1_001 && epoch < localEpoch(now) + mostADay;
}
