/** Remembers deliveries in memory as the table does, without its clock: a claim lasts until it is confirmed. */
import type {
  ChannelAlert,
  ChannelDelivery,
  DeliveryLog,
  Thread,
} from "../../functions/notify/delivery-log";
import { MemoryNotificationLog } from "./memory-notification-log";

export class MemoryDeliveryLog
  extends MemoryNotificationLog<ChannelDelivery>
  implements DeliveryLog
{
  readonly why = new Map<string, string>();
  readonly threads = new Map<string, { by: string; opened: boolean; id?: string }>();
  readonly misses = new Map<string, Set<string>>();
  readonly #alerts = new MemoryNotificationLog<ChannelAlert>();

  claimAlert(key: ChannelAlert, message: string) {
    return this.#alerts.claim(key, message);
  }

  confirmAlert(key: ChannelAlert) {
    return this.#alerts.confirm(key);
  }

  async failed({ channel }: ChannelDelivery, why: string) {
    this.why.set(channel, why);
  }

  async thread({ incident, channel }: Thread, message: string) {
    const key = `${incident}/${channel}`;
    const known = this.threads.get(key);
    if (known?.opened) return known.id === undefined ? {} : { id: known.id };
    if (known && known.by !== message) return "claimed" as const;
    this.threads.set(key, { by: message, opened: false });
    return "ours" as const;
  }

  async keepThread({ incident, channel }: Thread, id: string | undefined) {
    this.threads.set(`${incident}/${channel}`, {
      by: "",
      opened: true,
      ...(id !== undefined && { id }),
    });
  }

  async missed(channel: string, day: string, message: string) {
    const key = `${channel}/${day}`;
    const known = this.misses.get(key) ?? new Set();
    this.misses.set(key, known.add(message));
    return known.size;
  }
}
