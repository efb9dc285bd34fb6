/** Reads CloudTrail's event history of an account: every region side by side, as far as time allows. */
import { errorText } from "../model/plain-text";

/** An event as CloudTrail's LookupEvents returns it. */
export interface LookedUpEvent {
  readonly EventId?: string | undefined;
  readonly EventName?: string | undefined;
  readonly EventSource?: string | undefined;
  readonly EventTime?: Date | undefined;
  /** "true" or "false". */
  readonly ReadOnly?: string | undefined;
  readonly Resources?:
    | readonly {
        readonly ResourceType?: string | undefined;
        readonly ResourceName?: string | undefined;
      }[]
    | undefined;
  /** The whole record, as JSON. */
  readonly CloudTrailEvent?: string | undefined;
}

/** The events of one region. */
export interface RegionRead {
  readonly region: string;
  readonly events: readonly LookedUpEvent[];
  /** There were more than were read. */
  readonly incomplete: boolean;
}

/** Reads CloudTrail's event history of one account. */
export interface Trail {
  /** Reads one page of a key's or a user's events in a region, newest first. */
  page(
    region: string,
    lookUp: {
      readonly by: "AccessKeyId" | "Username";
      readonly value: string;
      readonly from: Date;
      readonly to: Date;
    },
    next: string | undefined,
    /** Ends the tries. @default none does */
    signal?: AbortSignal,
  ): Promise<{ readonly events: readonly LookedUpEvent[]; readonly next?: string }>;
}

/** CloudTrail answers two look-ups a second, per account and region. */
export const pauseMs = 500;

/** A region that could not be read, and why. */
export interface UnreadRegion {
  readonly region: string;
  readonly why: string;
}

export interface HistoryClock {
  now(): Date;
  sleep(ms: number): Promise<void>;
  /** The time, in milliseconds since 1970, at which no further page is requested. */
  readonly until: number;
}

/** Reads the newest events of each region, up to a limit; names the regions that could not be read. */
export async function readRegions(
  what: Parameters<Trail["page"]>[1],
  regions: readonly string[],
  trail: Trail,
  clock: HistoryClock,
  limit: number,
): Promise<{ readonly reads: readonly RegionRead[]; readonly unread: readonly UnreadRegion[] }> {
  const unread: UnreadRegion[] = [];
  const reads = await Promise.all(
    regions.map(async (region): Promise<readonly RegionRead[]> => {
      const events: LookedUpEvent[] = [];
      try {
        let next: string | undefined;
        do {
          if (next !== undefined) await clock.sleep(pauseMs);
          const page = await trail.page(region, what, next);
          events.push(...page.events);
          next = page.next;
        } while (
          next !== undefined &&
          events.length < limit &&
          clock.now().getTime() < clock.until
        );
        return [{ region, events, incomplete: next !== undefined }];
      } catch (error) {
        unread.push({ region, why: errorText(error, 200) });
        return events.length === 0 ? [] : [{ region, events, incomplete: true }];
      }
    }),
  );
  return {
    reads: reads.flat(),
    unread: unread.sort((a, b) => (a.region < b.region ? -1 : 1)),
  };
}
