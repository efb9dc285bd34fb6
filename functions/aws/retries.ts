/** Retries of calls in member accounts, which share their account's request rates with everybody. */
import { StandardRetryStrategy } from "@smithy/core/retry";
import { hasCode, noRoom } from "./errors";
import { timeLeftMs } from "./time-left";

type Refresh = StandardRetryStrategy["refreshRetryTokenForRetry"];

/** With pauses of up to these, a call waits half a minute for its turn before it gives up. */
const attempts = 14;
const longestPauseMs = 5_000;
/** The next try may wait 20 seconds for an answer; then the journal and the notice are written. */
const reserveMs = 30_000;

/**
 * Tries again while the invocation has time, as long as a token bucket may take to refill for a storm
 * of findings. Not the SDK's adaptive mode: that slows every call of a client when one is throttled,
 * but EC2 has a bucket for each action, and a throttled attribute must not hold up isolation.
 */
export class PatientRetries extends StandardRetryStrategy {
  /** @param only the one kind of error that is tried again: a throttled call had no effect. */
  constructor(private readonly only?: "THROTTLING") {
    super({ maxAttempts: attempts, backoff: fullJitter() });
  }

  override async refreshRetryTokenForRetry(...[token, error]: Parameters<Refresh>) {
    const another =
      (this.only === undefined || this.only === error.errorType) &&
      // The SDK takes a quota of IAM for throttling: no later try would find room.
      !hasCode(error.error, ...noRoom);
    if (!another || timeLeftMs() < reserveMs + longestPauseMs) throw new Error("No retry");
    return super.refreshRetryTokenForRetry(token, error);
  }
}

/** Doubles the pause with each try, up to the longest, and waits for a random part of it. */
function fullJitter() {
  let base = 0;
  return {
    setDelayBase(ms: number) {
      base = ms;
    },
    computeNextBackoffDelay: (tries: number) =>
      Math.random() * Math.min(base * 2 ** tries, longestPauseMs),
  };
}
