/**
 * What queues of cordon:accessKeyQueues get about a user with an old access key. Imports nothing of
 * Cordon's, so that it can be copied; docs/contract.md says what such a queue takes. Cordon's own
 * functions need its types only.
 */
import * as z from "zod";

/** Names the form of the message; another number when readers of this one would go wrong. */
export const oldKeyFormat = "cordon-old-key/1";

const text = z.string();

/** One user with an old access key. Members that a reader does not know are left out. */
export const oldKeyMessage = z.object({
  format: z.literal(oldKeyFormat),
  /**
   * The same in every copy of one message: messages come at least once. 16 hexadecimal digits, of
   * account, user and week.
   */
  id: text,
  /** When this copy was sent, ISO 8601, UTC: copies of a message differ in nothing else. */
  at: text,
  account: z.object({ id: text, name: text }),
  /** Name of the IAM user, without its path. */
  user: text,
  /** ISO week in which it is told, "2026-W47": a user whose key stays old is told of once in each. */
  week: text,
  /** What AWS Config calls the rule that found the user. */
  rule: text,
});

export type OldKeyMessage = z.infer<typeof oldKeyMessage>;

/**
 * Reads the body of a message.
 *
 * @throws SyntaxError or ZodError on anything but a message of this format
 */
export function parseOldKeyMessage(body: string): OldKeyMessage {
  return oldKeyMessage.parse(JSON.parse(body));
}
