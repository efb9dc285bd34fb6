/** Remembers in memory which notifications were sent. */
import type { NotificationLog } from "../../functions/notify/notification-log";

/** Remembers claims as the table does, without its clock: a claim lasts until it is confirmed. */
export class MemoryNotificationLog<K> implements NotificationLog<K> {
  readonly items = new Map<string, { report: string; notified: boolean }>();

  async claim(key: K, by: string) {
    const known = this.items.get(JSON.stringify(key));
    if (known?.notified) return "notified";
    if (known && known.report !== by) return "claimed";
    this.items.set(JSON.stringify(key), { report: by, notified: false });
    return "ours";
  }

  async confirm(key: K) {
    const known = this.items.get(JSON.stringify(key));
    if (known) known.notified = true;
  }
}
