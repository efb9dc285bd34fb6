/** Looks up what an access key did, in every region side by side, as far as time allows. */
import { type HistoryClock, pauseMs, readRegions, type Trail } from "../../history/event-history";
import { plain } from "../../model/plain-text";
import { type Activity, type Created, followed, summarize } from "./activity";

/** Reports that no region could be read: what the key did is unknown. */
export class ActivityUnread extends Error {
  override readonly name = "ActivityUnread";
}

/** Events read of a region at most: the newest. At two pages of 50 a second this takes ten seconds. */
export const eventsPerRegion = 1_000;
/** The same for a principal that the key created: one page. */
const followedPerRegion = 50;

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
  clock: HistoryClock,
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
