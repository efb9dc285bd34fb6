/**
 * What a webhook, queue or topic in `cordon:notify` gets: each message that responders read, as JSON. Imports
 * nothing of Cordon's, so that it can be copied; docs/channels.md describes how to subscribe, and how to
 * verify a webhook's signature. Cordon's own functions need its types only.
 */
import * as z from "zod";

/** Names the form of the message; another number when readers of this one would go wrong. */
export const messageFormat = "cordon-message/1";

const text = z.string();

/** One message. Ignore members that you do not know. */
export const cordonMessage = z.object({
  format: z.literal(messageFormat),
  /** The same in every copy of one message: messages come at least once. */
  id: text,
  /** When it was written: ISO 8601, UTC. */
  at: text,
  /** `urgent` pages people. A later Cordon may have more: treat those as urgent. */
  urgency: text,
  /** `incidents`, `key-rotation` or `operations`. A later Cordon may have more. */
  about: text,
  /** Of a test: nothing happened. */
  test: z.optional(z.literal(true)),
  /** What happened, and to what. One line, as every other text. */
  heading: text,
  /** Sentences before everything else. */
  lead: z.array(text),
  /** Names and values: "Account", "payments (111122223333), eu-west-1". */
  facts: z.array(z.object({ name: text, value: text })),
  sections: z.array(z.object({ title: text, lines: z.array(text) })),
  /** Sentences after everything else. */
  closing: z.array(text),
  /** Where people on a phone read and answer it. */
  page: z.optional(text),
  /** How often and when it was seen. */
  tally: z.optional(text),
  /** Absent from what is about no account. */
  origin: z.optional(
    z.object({
      account: text,
      region: text,
      /** Of the finding: 0 to 10. */
      severity: z.number(),
      /** The finding's type. */
      type: text,
      /** Messages of one incident belong together. */
      incident: z.optional(text),
      /** Whether the incident is over. */
      closes: z.optional(z.literal(true)),
      /** Addresses that Cordon wrote. No other text holds one to follow. */
      links: z.array(z.object({ title: text, url: text })),
    }),
  ),
});

export type CordonMessage = z.infer<typeof cordonMessage>;

/**
 * Reads the body of a webhook's request, of a queue's message or of a topic's.
 *
 * @throws SyntaxError or ZodError on anything but a message of this format
 */
export function parseCordonMessage(body: string): CordonMessage {
  return cordonMessage.parse(JSON.parse(body));
}
