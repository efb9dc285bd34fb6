/**
 * Holds the messages that a queue is to show later, until a test or drill lets the time pass: the
 * emulator counts seconds of this machine, so a message would come in the middle of something else. A
 * batch of which only some are delayed goes to the emulator.
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

export class DelayedMessages {
  #held: DelayedMessage[] = [];

  /** Answers a batch that is delayed as a whole; undefined for every other call. */
  answer(call: ApiCall, at: Place): Answer | undefined {
    if (call.operation !== "SendMessageBatch") return undefined;
    const entries = list<Entry>(call.parameters.Entries);
    if (entries.some(({ DelaySeconds = 0 }) => DelaySeconds === 0)) return undefined;
    const queueUrl = String(call.parameters.QueueUrl);
    this.#held.push(
      ...entries.map(({ MessageBody, DelaySeconds = 0 }) => ({
        at,
        queueUrl,
        body: MessageBody,
        seconds: DelaySeconds,
      })),
    );
    const Successful = entries.map(({ Id, MessageBody }) => ({
      Id,
      MessageId: randomUUID(),
      MD5OfMessageBody: createHash("md5").update(MessageBody).digest("hex"),
    }));
    return json({ Successful, Failed: [] });
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
