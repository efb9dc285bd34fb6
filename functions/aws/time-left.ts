/** Keeps when the invocation ends: Lambda gives a process one invocation at a time. */

let endsAt = Number.POSITIVE_INFINITY;

/** Begins an invocation that Lambda ends after so many milliseconds. */
export function beginInvocation(context: { getRemainingTimeInMillis(): number }): void {
  endsAt = performance.now() + context.getRemainingTimeInMillis();
}

/** Gives the milliseconds until Lambda ends the invocation; infinite outside one. */
export function timeLeftMs(): number {
  return endsAt - performance.now();
}
