/** Tells of the notices that were held in a storm, in one message. */
import type { Clock, Notices } from "../../model/ports";
import { stormNotice } from "../../notify/storm";
import type { StormLog } from "../../record/storm";

export interface StormWatch extends Clock, Notices {
  readonly storm: Pick<StormLog, "untold" | "told">;
}

/** Longer than the watch may be late. */
const backMs = 60 * 60_000;

/** Tells what is held; returns how many notices that was. A run that dies between the two tells twice. */
export async function tellHeld({ storm, now, publish }: StormWatch): Promise<number> {
  const notices = await storm.untold(new Date(now().getTime() - backMs), now());
  if (notices.length === 0) return 0;
  await publish(stormNotice(notices));
  await storm.told(notices);
  return notices.length;
}
