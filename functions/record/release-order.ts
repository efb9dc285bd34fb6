/** Who requests a release, and why. */

export interface ReleaseOrder {
  /** As the requester states it; CloudTrail records who invoked the function. */
  readonly by: string;
  readonly reason: string;
  /** ISO 8601. */
  readonly at: string;
}

const reasonLimit = 1_000;

/** Explains in one sentence what is wrong with a reason; undefined if nothing is. */
export function reasonProblem(reason: string, of = "for the release"): string | undefined {
  const wanted = `The reason ${of} must be one line of 1 to 1,000 characters`;
  if (reason.trim() === "") return `${wanted}, but none was given`;
  if (reason.length > reasonLimit) return `${wanted}, but it has ${reason.length}`;
  return /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(reason)
    ? `${wanted}, but it has line breaks or control characters`
    : undefined;
}
