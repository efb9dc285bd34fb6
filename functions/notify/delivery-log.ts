/** What is known of messages and channels: which has which, its threads, what it missed. */
import type { NotificationLog } from "./notification-log";

/** One message for one channel. */
export interface ChannelDelivery {
  /** Id of the message. */
  readonly message: string;
  /** Name of the channel. */
  readonly channel: string;
}

/** An alert about a channel. */
export interface ChannelAlert {
  readonly channel: string;
  /** "2026-11-21T10", in UTC. */
  readonly hour: string;
}

/** The messages of one incident in one channel. */
export interface Thread {
  readonly incident: string;
  readonly channel: string;
}

/** What became of one message in one channel. */
export interface DeliveryState {
  readonly channel: string;
  readonly delivered: boolean;
  /** Why not, as it was last tried. */
  readonly why?: string;
}

export interface DeliveryLog extends NotificationLog<ChannelDelivery> {
  /** As `claim`, of an alert about a channel. */
  claimAlert(
    key: ChannelAlert,
    message: string,
  ): ReturnType<NotificationLog<ChannelAlert>["claim"]>;
  confirmAlert(key: ChannelAlert): Promise<void>;
  /** Keeps why a channel does not have a message. */
  failed(key: ChannelDelivery, why: string): Promise<void>;
  /**
   * Finds the thread of an incident, or claims to open it.
   *
   * @returns "ours": the message opens it; "claimed": another one is opening it at this moment
   */
  thread(key: Thread, message: string): Promise<{ readonly id?: string } | "ours" | "claimed">;
  /** Remembers it; without an id, that the channel has none. */
  keepThread(key: Thread, id: string | undefined): Promise<void>;
  /** Counts a message that a channel missed, once. @returns how many it missed on that day, up to `mostMissed` */
  missed(channel: string, day: string, message: string): Promise<number>;
}

/** A day's count ends there: an item of the table holds so many ids with ease. */
export const mostMissed = 1_000;
