/** Declares the type of a Lambda handler. */
import type { Context } from "aws-lambda";

/**
 * Answers an invocation, always with an object: some versions of Lambda's runtime answer null when
 * an invocation ends early, and a handler that returns nothing could not be distinguished from that.
 */
export type Handler<Event, Result extends object> = (
  event: Event,
  context: Context,
) => Promise<Result>;
