/** Picks from CloudTrail's events the calls that tell most of a principal: few, for a person who decides. */
import type { Excerpt, ExcerptCall } from "../record/approvals";
import type { LookedUpEvent } from "./event-history";
import { callOf, isDenied, recordOf, text, timeOf } from "./traces";

const mostCalls = 20;
/** Refused calls come first, but must not leave out every change. */
const mostRefused = 10;

/** Counts the events of each region, and lists the calls: refused ones and changes first, the newest first. */
export function excerptCalls(
  events: readonly { readonly event: LookedUpEvent; readonly region: string }[],
): Pick<Excerpt, "calls" | "found"> {
  const seen = new Set<string>();
  const found = events.filter(({ event: { EventId } }) => {
    // One event may be found by two look-ups.
    const isNew = EventId === undefined || !seen.has(EventId);
    if (EventId !== undefined) seen.add(EventId);
    return isNew;
  });
  const calls = together(found.map(({ event, region }) => readCall(event, region)));
  const refused = calls.filter(({ error }) => isDenied(error));
  const changes = calls.filter(({ error, changes }) => changes && !isDenied(error));
  const rest = calls.filter(({ error, changes }) => !changes && !isDenied(error));
  return {
    found: found.length,
    calls: [
      ...refused.slice(0, mostRefused),
      ...changes,
      ...refused.slice(mostRefused),
      ...rest,
    ].slice(0, mostCalls),
  };
}

type SingleCall = Omit<ExcerptCall, "times" | "addresses">;

function readCall(event: LookedUpEvent, region: string): SingleCall {
  const record = recordOf(event) ?? {};
  return {
    at: timeOf(event) ?? "",
    region: text(record.awsRegion) || region,
    call: callOf(event),
    address: text(record.sourceIPAddress),
    error: text(record.errorCode),
    // What does not say that it only reads counts as a change.
    changes: record.readOnly !== true && event.ReadOnly !== "true",
  };
}

/** Makes one line of the same call with the same end, from wherever: repeating one hides no other. */
function together(calls: readonly SingleCall[]): readonly ExcerptCall[] {
  const groups = new Map<string, SingleCall[]>();
  for (const call of [...calls].sort((one, other) => other.at.localeCompare(one.at))) {
    const key = JSON.stringify([call.region, call.call, call.error]);
    groups.set(key, [...(groups.get(key) ?? []), call]);
  }
  return [...groups.values()].map((group) => ({
    ...(group[0] as SingleCall),
    times: group.length,
    addresses: new Set(group.map(({ address }) => address)).size,
  }));
}
