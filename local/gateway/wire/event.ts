/** An event of EventBridge, and the envelope that it puts around what a source gives it. */
import { randomUUID } from "node:crypto";
import type { Place } from "../world";

/** An event as its source gives it; EventBridge adds what its envelope lacks. */
export interface EventBridgeEvent {
  readonly version?: string;
  readonly id?: string;
  readonly source: string;
  readonly "detail-type": string;
  readonly account?: string;
  readonly time?: string;
  readonly region?: string;
  readonly resources?: readonly string[];
  readonly detail: object;
}

/** Completes an event: what it does not say itself is of this place, and of now to the second. */
export function inEnvelope(
  { account, region }: Place,
  event: EventBridgeEvent,
): Required<EventBridgeEvent> {
  return {
    version: "0",
    id: randomUUID(),
    account,
    time: toSeconds(new Date()),
    region,
    resources: [],
    ...event,
  };
}

/** Writes a time as AWS does in events, in UTC and without a fraction of the second. */
export function toSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}
