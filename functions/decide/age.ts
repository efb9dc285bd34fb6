/** How old a finding is, and from which age on Cordon does not trust it as it is. */
import type { Finding } from "../model/finding";

const hourMs = 60 * 60 * 1_000;
/** Older: GuardDuty is asked whether the finding is still current. */
export const askedAfterMs = hourMs;
/** What a person approved or asked for reached Cordon later: it is about then, and asked again. */
export const holdsMs = hourMs;
/** Older: nothing happens automatically. */
export const oldAfterMs = 24 * hourMs;

/**
 * Returns the time since the finding's newest activity, or since its event where that is older. A
 * message that waited or was sent again has an old event; an event that was just sent may be about
 * activity that ended long ago. A time that cannot be read is infinitely old.
 */
export function ageOf({ lastSeen, report }: Finding, now: Date): number {
  // Events of sample findings have been seen with the time 0: they are as old as their activity.
  const sent = report === undefined ? 0 : Date.parse(report.sentAt);
  const seen = Date.parse(lastSeen);
  const age = now.getTime() - (sent === 0 ? seen : Math.min(seen, sent));
  return Number.isNaN(age) ? Number.POSITIVE_INFINITY : age;
}

/** Checks whether a finding ages: a responder's request is about now, and a public key stays public. */
export function ages({ requestedAt, exposed }: Finding): boolean {
  return requestedAt === undefined && exposed !== true;
}
