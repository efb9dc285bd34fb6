/** A channel that people read: what the delivery of messages asks of each. */
import type { Message } from "./message";

export interface Posting {
  /** Names the message: a channel that knows it posts nothing a second time, where it can. */
  readonly id: string;
  readonly at: Date;
  /** What the first post of the same incident returned: its thread, ticket or alert. */
  readonly thread?: string;
}

/** What became of a post. */
export interface Posted {
  /** Names the thread, ticket or alert that further messages of the incident go to. */
  readonly thread?: string;
}

export interface ChannelClient {
  /**
   * Posts a message. One that closes its incident closes the ticket or alert, too.
   *
   * @throws ChannelRefused where another try cannot succeed: the channel is gone, the secret is wrong
   * @throws Error, after a short time, where it may: throttled, down, slow. Neither has the secret in it
   */
  post(message: Message, posting: Posting): Promise<Posted>;
}

/** The channel answered that it will not take the message, now or later. */
export class ChannelRefused extends Error {
  override readonly name = "ChannelRefused";
}
