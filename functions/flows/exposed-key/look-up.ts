/** Looks up what an access key did, in every region side by side, as far as time allows. */
import { errorText, plain } from "../../model/plain-text";
import {
  type Activity,
  type Created,
  followed,
  type LookedUpEvent,
  type RegionRead,
  summarize,
} from "./activity";

/** Reads CloudTrail's event history of one account. */
export interface Trail {
  /** Reads one page of a key's or a user's events in a region, newest first. */
  page(
    region: string,
    lookUp: {
      readonly by: Created["by"];
      readonly value: string;
      readonly from: Date;
      readonly to: Date;
    },
    next: string | undefined,
  ): Promise<{ readonly events: readonly LookedUpEvent[]; readonly next?: string }>;
}

/** Reports that no region could be read: what the key did is unknown. */
export class ActivityUnread extends Error {
  override readonly name = "ActivityUnread";
}

/** Events read of a region at most: the newest. At two pages of 50 a second this takes ten seconds. */
export const eventsPerRegion = 1_000;
/** The same for a principal that the key created: one page. */
const followedPerRegion = 50;
/** CloudTrail answers two look-ups a second, per account and region. */
const pauseMs = 500;

interface Clock {
  now(): Date;
  sleep(ms: number): Promise<void>;
  /** The time, in milliseconds since 1970, at which no further page is requested. */
  readonly until: number;
}

/**
 * Looks up a key's events of the past hours, and those of the principals that it created, one step
 * far. A region that cannot be read is named, and so is one with more events than were read.
 *
 * @throws ActivityUnread when no region at all could be read
 */
export async function lookUp(
  accessKey: string,
  hours: number,
  regions: readonly string[],
  trail: Trail,
  clock: Clock,
): Promise<Activity> {
  const to = clock.now();
  const period = { from: new Date(to.getTime() - hours * 3_600_000), to };
  const read = async (by: Created["by"], value: string, limit: number) => {
    const found = await readRegions({ by, value, ...period }, regions, trail, clock, limit);
    return { ...found, activity: summarize(value, period, found.reads, found.unread) };
  };
  const { reads, unread, activity } = await read("AccessKeyId", accessKey, eventsPerRegion);
  if (reads.length === 0) {
    const why = unread.map((each) => `${each.region}: ${each.why}`).join("; ");
    throw new ActivityUnread(`CloudTrail could not be read in any region (${plain(why, 600)})`);
  }
  const steps: Activity["followed"][number][] = [];
  for (const created of activity.created) {
    if (clock.now().getTime() >= clock.until) break;
    await clock.sleep(pauseMs);
    const { activity: its } = await read(created.by, created.value, followedPerRegion);
    steps.push(followed(created, its));
  }
  return { ...activity, followed: steps };
}

async function readRegions(
  what: Parameters<Trail["page"]>[1],
  regions: readonly string[],
  trail: Trail,
  clock: Clock,
  limit: number,
): Promise<{ readonly reads: readonly RegionRead[]; readonly unread: Activity["unread"] }> {
  const unread: { region: string; why: string }[] = [];
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
