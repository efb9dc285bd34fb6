/**
 * Holds the messages that a queue is to show later, until a test or drill lets the time pass: the
 * emulator counts seconds of this machine, so a message would come in the middle of something else.
 */
import { createHash, randomUUID } from "node:crypto";
import { type Answer, type ApiCall, json, list } from "../wire/protocol";
import type { Place } from "../world";

export interface DelayedMessage {
  readonly at: Place;
  readonly queueUrl: string;
  readonly body: string;
  readonly seconds: number;
}

interface Entry {
  readonly Id: string;
  readonly MessageBody: string;
  readonly DelaySeconds?: number;
}

/** What SQS answers to a batch. */
export interface Sent {
  readonly Successful?: readonly unknown[];
  readonly Failed?: readonly unknown[];
}

export class DelayedMessages {
  #held: readonly DelayedMessage[] = [];

  /** The messages that no queue shows yet. */
  get held(): readonly DelayedMessage[] {
    return this.#held;
  }

  /** Answers a batch of which messages are delayed; `send` sends its others. Undefined for every other call. */
  async answer(
    call: ApiCall,
    at: Place,
    send: (batch: {
      readonly QueueUrl: string;
      readonly Entries: readonly Entry[];
    }) => Promise<Sent>,
  ): Promise<Answer | undefined> {
    if (call.operation !== "SendMessageBatch") return undefined;
    const entries = list<Entry>(call.parameters.Entries);
    const isDelayed = ({ DelaySeconds = 0 }: Entry) => DelaySeconds > 0;
    const delayed = entries.filter(isDelayed);
    if (delayed.length === 0) return undefined;
    const queueUrl = String(call.parameters.QueueUrl);
    const others = entries.filter((entry) => !isDelayed(entry));
    const sent: Sent =
      others.length === 0 ? {} : await send({ QueueUrl: queueUrl, Entries: others });
    this.#held = [
      ...this.#held,
      ...delayed.map(({ MessageBody, DelaySeconds = 0 }) => ({
        at,
        queueUrl,
        body: MessageBody,
        seconds: DelaySeconds,
      })),
    ];
    const held = delayed.map(({ Id, MessageBody }) => ({
      Id,
      MessageId: randomUUID(),
      MD5OfMessageBody: createHash("md5").update(MessageBody).digest("hex"),
    }));
    return json({ Successful: [...(sent.Successful ?? []), ...held], Failed: sent.Failed ?? [] });
  }

  /** Gives the messages that are visible after so many seconds, and keeps the others. */
  due(seconds: number): readonly DelayedMessage[] {
    const due = this.#held.filter((each) => each.seconds <= seconds);
    this.#held = this.#held
      .filter((each) => each.seconds > seconds)
      .map((each) => ({ ...each, seconds: each.seconds - seconds }));
    return due;
  }
}
