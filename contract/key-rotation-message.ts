/**
 * Describes the message that queues of cordon:accessKeyQueues get about a user who must rotate an
 * access key. Imports nothing of Cordon's, so that it can be copied; docs/contract.md says what such a
 * queue needs. Cordon's own functions import its types only.
 */
import * as z from "zod";

/** Names the format. An incompatible change gets another number. */
export const keyRotationFormat = "cordon-key-rotation/1";

const text = z.string();

/** One user who must rotate an access key. Unknown members are dropped. */
export const keyRotationMessage = z.object({
  format: z.literal(keyRotationFormat),
  /**
   * The same in every copy of a message: delivery is at least once. 16 hexadecimal digits, derived
   * from account, user and week.
   */
  id: text,
  /** When this copy was sent, ISO 8601, UTC: copies of a message differ in this alone. */
  at: text,
  account: z.object({ id: text, name: text }),
  /** Name of the IAM user, without its path. */
  user: text,
  /** ISO week of the message, "2026-W47": there is one a week until the key is rotated. */
  week: text,
  /** Name of the AWS Config rule that found the user. */
  rule: text,
});

export type KeyRotationMessage = z.infer<typeof keyRotationMessage>;

/**
 * Reads the body of a message.
 *
 * @throws SyntaxError or ZodError on anything but a message of this format
 */
export function parseKeyRotationMessage(body: string): KeyRotationMessage {
  return keyRotationMessage.parse(JSON.parse(body));
}
