/** Sums up what an access key did, out of CloudTrail's events: what, where from, and what outlives it. */
import type { LookedUpEvent, RegionRead } from "../../history/event-history";
import {
  callOf,
  field,
  isDenied,
  recordOf,
  type Trace,
  type TrailRecord,
  text,
  timeOf,
  traceOf,
} from "../../history/traces";
import { plain } from "../../model/plain-text";

export interface Count {
  readonly name: string;
  readonly count: number;
}

/** A principal that the key created, and by what CloudTrail finds its calls. */
export interface Created {
  readonly by: "AccessKeyId" | "Username";
  readonly value: string;
  /** The call that created it. */
  readonly call: string;
}

/** What a principal did that the key created: one step is followed, and no further. */
export interface Followed extends Created {
  readonly events: number;
  readonly failed: number;
  readonly calls: readonly Count[];
  readonly traces: readonly Trace[];
  /** Why its calls are unknown, or not all known. */
  readonly unread?: string;
}

/** Plain JSON: it passes from state to state of the workflow, which holds 256 KiB. */
export interface Activity {
  readonly accessKey: string;
  /** ISO 8601. */
  readonly from: string;
  readonly to: string;
  readonly events: number;
  /** Calls that AWS answered with an error, those denied included. */
  readonly failed: number;
  readonly denied: number;
  /** Events whose record is not JSON: counted above, and nowhere else. */
  readonly malformed: number;
  readonly first?: string;
  readonly last?: string;
  /** The most frequent of each, "iam:CreateUser". */
  readonly calls: readonly Count[];
  readonly resources: readonly Count[];
  readonly addresses: readonly Count[];
  readonly agents: readonly Count[];
  readonly regions: readonly Count[];
  /** Oldest first. */
  readonly traces: readonly Trace[];
  readonly moreTraces: number;
  /** The principals that the key created, in order of time. */
  readonly created: readonly Created[];
  readonly followed: readonly Followed[];
  readonly incomplete: readonly string[];
  readonly unread: readonly { readonly region: string; readonly why: string }[];
}

const countLimit = 20;
const traceLimit = 50;
/** Principals that are followed at most: CloudTrail answers two look-ups a second. */
const createdLimit = 10;

/** Sums up the events of an access key, or of a principal, in every region that was read. */
export function summarize(
  accessKey: string,
  period: { readonly from: Date; readonly to: Date },
  reads: readonly RegionRead[],
  unread: Activity["unread"],
): Activity {
  const events = distinct(reads);
  const parsed = events.map((event) => ({ ...event, record: recordOf(event.event) }));
  const known = parsed.flatMap(({ event, region, record }) =>
    record === undefined ? [] : [{ event, record, region: text(record.awsRegion) || region }],
  );
  const errors = known.map(({ record }) => text(record.errorCode)).filter((code) => code !== "");
  // CloudTrail returns the newest first, with times in whole seconds.
  const traces = known
    .flatMap(({ event, record, region }) => traceOf(event, record, region) ?? [])
    .reverse()
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || 0);
  const times = events.flatMap(({ event }) => timeOf(event) ?? []).sort();
  const [first, last] = [times[0], times.at(-1)];
  return {
    accessKey,
    from: period.from.toISOString(),
    to: period.to.toISOString(),
    events: events.length,
    failed: errors.length,
    denied: errors.filter(isDenied).length,
    malformed: parsed.length - known.length,
    ...(first !== undefined && { first }),
    ...(last !== undefined && { last }),
    calls: counted(events.map(({ event }) => callOf(event))),
    resources: counted(
      events.flatMap(({ event }) =>
        (event.Resources ?? []).map(({ ResourceType, ResourceName }) =>
          [ResourceType, ResourceName].map((part) => text(part)).join(" "),
        ),
      ),
    ),
    addresses: counted(known.map(({ record }) => text(record.sourceIPAddress))),
    agents: counted(known.map(({ record }) => text(record.userAgent))),
    regions: counted(known.map(({ region }) => region)),
    traces: traces.slice(0, traceLimit),
    moreTraces: Math.max(0, traces.length - traceLimit),
    created: createdIn(known, accessKey),
    followed: [],
    incomplete: reads.filter((read) => read.incomplete).map(({ region }) => region),
    unread,
  };
}

/** Shortens the summary of a principal that the key created. */
export function followed(created: Created, activity: Activity): Followed {
  const { events, failed, calls, traces, unread, incomplete } = activity;
  const gaps = [
    ...unread.map(({ region, why }) => `${region}: ${why}`),
    ...incomplete.map((region) => `${region}: there are more events than were read`),
  ];
  return {
    ...created,
    events,
    failed,
    calls: calls.slice(0, 5),
    traces: traces.slice(0, 5),
    ...(gaps.length > 0 && { unread: plain(gaps.join("; "), 300) }),
  };
}

/** Calls that create a principal, with where the record names it. */
const creations: Readonly<Record<string, (record: TrailRecord) => Omit<Created, "call">>> = {
  "iam:CreateUser": ({ requestParameters }) => ({
    by: "Username",
    value: text(field(requestParameters, "userName")),
  }),
  "iam:CreateAccessKey": ({ responseElements }) => keyIn(responseElements, "accessKey"),
  "sts:AssumeRole": ({ responseElements }) => keyIn(responseElements, "credentials"),
  "sts:AssumeRoot": ({ responseElements }) => keyIn(responseElements, "credentials"),
  "sts:GetFederationToken": ({ responseElements }) => keyIn(responseElements, "credentials"),
  "sts:GetSessionToken": ({ responseElements }) => keyIn(responseElements, "credentials"),
};

function keyIn(responseElements: unknown, within: string): Omit<Created, "call"> {
  return { by: "AccessKeyId", value: text(field(field(responseElements, within), "accessKeyId")) };
}

function createdIn(
  known: readonly { readonly event: LookedUpEvent; readonly record: TrailRecord }[],
  accessKey: string,
): readonly Created[] {
  const found = new Map<string, Created>();
  // The newest come first; what is left out is the newest.
  for (const { event, record } of known.toReversed()) {
    const call = callOf(event);
    const created = creations[call]?.(record);
    if (!created?.value || text(record.errorCode) !== "" || created.value === accessKey) continue;
    if (!found.has(created.value)) found.set(created.value, { ...created, call });
  }
  return [...found.values()].slice(0, createdLimit);
}

/** An event of a global service may be in more regions than one: once is enough. */
function distinct(reads: readonly RegionRead[]) {
  const seen = new Set<string>();
  return reads.flatMap(({ region, events }) =>
    events.flatMap((event) => {
      if (event.EventId !== undefined && seen.has(event.EventId)) return [];
      if (event.EventId !== undefined) seen.add(event.EventId);
      return [{ event, region }];
    }),
  );
}

function counted(names: readonly string[]): readonly Count[] {
  const counts = new Map<string, number>();
  for (const name of names) if (name !== "") counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .map(([name, count]) => ({ name, count }))
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
    .slice(0, countLimit);
}
