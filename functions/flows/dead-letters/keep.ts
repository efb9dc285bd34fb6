/** Keeps dead letters, and notifies of them: of the first at once, of a storm together. */
import type { SQSRecord } from "aws-lambda";
import type { Clock, Notices } from "../../model/ports";
import type { DeadLetterKeeper, LetterQueue } from "../../record/dead-letters";
import { readLetter } from "./letter";
import { deadLetterNotice } from "./notice";

export interface Keeper extends Clock, Notices {
  readonly letters: DeadLetterKeeper;
  /** Deliveries after which a queue gives up. */
  readonly deliveries: number;
}

type Message = Pick<SQSRecord, "messageId" | "body" | "messageAttributes">;

/** Keeps one message of a dead-letter queue; one that is delivered again is the same letter. */
export async function keepLetter(
  message: Message,
  { queue }: LetterQueue,
  { letters, deliveries, now }: Omit<Keeper, "publish">,
) {
  const letter = readLetter(message, { queue, at: now().toISOString(), deliveries });
  return { letter, isNew: await letters.keep(letter, message.body) };
}

/**
 * Notifies of a queue's letters that nobody was notified of, unless it did within the last minutes.
 *
 * @returns of how many letters
 * @throws where the notice was not sent: the letters stay pending
 */
export async function notifyOf(
  of: LetterQueue,
  { letters, publish }: Pick<Keeper, "letters" | "publish">,
): Promise<number> {
  if (of.silent) return 0;
  const pending = await letters.claim(of.queue);
  if (pending === undefined) return 0;
  try {
    await publish(deadLetterNotice(pending, of));
  } catch (error) {
    await letters.giveBack(pending).catch(() => undefined);
    throw error;
  }
  await letters.markNotified(pending);
  return pending.count;
}
