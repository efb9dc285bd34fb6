/** Publishes the notices that were held in a storm, in one message an account. */
import type { Clock, Notices } from "../../model/ports";
import { stormNotices } from "../../notify/storm";
import type { StormLog } from "../../record/storm";

export interface StormWatch extends Clock, Notices {
  readonly storm: Pick<StormLog, "unpublished" | "markPublished">;
}

/** Longer than the watch may be late: its failure has an alarm. */
const backMs = 6 * 60 * 60_000;

/** Publishes what is held; returns how many notices that was. A run that dies before it marks them publishes twice. */
export async function publishHeld({ storm, now, publish }: StormWatch): Promise<number> {
  const notices = await storm.unpublished(new Date(now().getTime() - backMs), now());
  if (notices.length === 0) return 0;
  for (const each of stormNotices(notices)) await publish(each);
  await storm.markPublished(notices);
  return notices.length;
}
