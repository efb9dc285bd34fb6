/** Looks up what an access key did, in every region side by side, as far as time allows. */
import { errorText, plain } from "../../model/plain-text";
import { type Activity, type LookedUpEvent, type RegionRead, summarize } from "./activity";

/** Reads CloudTrail's event history of one account. */
export interface Trail {
  /** Reads one page of a key's events in a region, newest first. */
  page(
    region: string,
    lookUp: { readonly accessKey: string; readonly from: Date; readonly to: Date },
    next: string | undefined,
  ): Promise<{ readonly events: readonly LookedUpEvent[]; readonly next?: string }>;
}

/** Reports that no region could be read: what the key did is unknown. */
export class ActivityUnread extends Error {
  override readonly name = "ActivityUnread";
}

/** Events read of a region at most: the newest. At two pages of 50 a second this takes ten seconds. */
export const eventsPerRegion = 1_000;
/** CloudTrail answers two look-ups a second, per account and region. */
const pauseMs = 500;

/**
 * Looks up a key's events of the past hours. A region that cannot be read is named, and so is one
 * with more events than were read.
 *
 * @param clock `until`: the time, in milliseconds since 1970, at which no further page is requested
 * @throws ActivityUnread when no region at all could be read
 */
export async function lookUp(
  accessKey: string,
  hours: number,
  regions: readonly string[],
  trail: Trail,
  clock: { now(): Date; sleep(ms: number): Promise<void>; readonly until: number },
): Promise<Activity> {
  const to = clock.now();
  const from = new Date(to.getTime() - hours * 3_600_000);
  const unread: { region: string; why: string }[] = [];
  const reads = await Promise.all(
    regions.map(async (region): Promise<readonly RegionRead[]> => {
      const events: LookedUpEvent[] = [];
      try {
        let next: string | undefined;
        do {
          if (next !== undefined) await clock.sleep(pauseMs);
          const page = await trail.page(region, { accessKey, from, to }, next);
          events.push(...page.events);
          next = page.next;
        } while (
          next !== undefined &&
          events.length < eventsPerRegion &&
          clock.now().getTime() < clock.until
        );
        return [{ region, events, incomplete: next !== undefined }];
      } catch (error) {
        unread.push({ region, why: errorText(error, 200) });
        return events.length === 0 ? [] : [{ region, events, incomplete: true }];
      }
    }),
  );
  const inOrder = unread.sort((a, b) => (a.region < b.region ? -1 : 1));
  const read = reads.flat();
  if (read.length === 0) {
    const why = inOrder.map((each) => `${each.region}: ${each.why}`).join("; ");
    throw new ActivityUnread(`CloudTrail could not be read in any region (${plain(why, 600)})`);
  }
  return summarize(accessKey, { from, to }, read, inOrder);
}
