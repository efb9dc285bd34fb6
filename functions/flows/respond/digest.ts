/** Sends the digest of a day and the review of a week, once each. */
import { isoWeek } from "../../model/iso-week";
import type { Clock, Notices } from "../../model/ports";
import { dailyDigest, isOfAll, weeklyReview } from "../../notify/digest-notice";
import type { NotificationLog } from "../../notify/notification-log";
import type { DigestEntry, DigestLog, DigestNotice } from "../../record/digest";

export interface DigestWatch extends Clock, Notices {
  readonly digest: DigestLog;
  readonly sent: NotificationLog<DigestNotice>;
}

/** Hour, in UTC, from which the digest of the day before is sent: late enough for a working day in Europe. */
const fromHour = 6;
/** Entries of a day at most: a flood ends in the logs. */
const mostEntries = 2_000;
const dayMs = 86_400_000;

/** Sends what is due; returns how many notices were sent. A day without entries has no digest. */
export async function sendDigests(watch: DigestWatch): Promise<number> {
  const now = watch.now();
  if (now.getUTCHours() < fromHour) return 0;
  const yesterday = dayOf(new Date(now.getTime() - dayMs));
  // Monday to Sunday, ISO 8601.
  const sinceMonday = (now.getUTCDay() + 6) % 7;
  const days = Array.from({ length: 7 }, (_, index) =>
    dayOf(new Date(now.getTime() - (sinceMonday + 7 - index) * dayMs)),
  );
  const sent = [
    await send(watch, yesterday, [yesterday], dailyDigest, (entry) => !isOfAll(entry)),
    await send(watch, isoWeek(new Date(now.getTime() - 7 * dayMs)), days, weeklyReview, () => true),
  ];
  return sent.filter((each) => each).length;
}

async function send(
  { digest, sent, publish, now }: DigestWatch,
  of: string,
  days: readonly string[],
  write: typeof dailyDigest,
  isListed: (entry: DigestEntry) => boolean,
): Promise<boolean> {
  if ((await sent.claim({ of }, now().toISOString())) !== "ours") return false;
  const read: { readonly entries: readonly DigestEntry[]; readonly more: boolean }[] = [];
  for (const day of days) read.push(await digest.of(day, mostEntries));
  const entries = read.flatMap((each) => each.entries.filter(isListed));
  const more = read.some((each) => each.more);
  if (entries.length > 0) await publish(write(of, entries, more));
  await sent.confirm({ of });
  return entries.length > 0;
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}
