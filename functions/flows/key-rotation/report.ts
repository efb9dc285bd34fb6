/** Reads what the accounts' automations report of old access keys, and that one of them failed. */
import * as z from "zod/mini";
import { accessKeysRule } from "../../catalogue/compliance-rules";
import { automationChanges } from "../../catalogue/patterns";
import { plain } from "../../model/plain-text";

/** What an automation reported. */
export interface Report {
  /** Of the message at SNS: the same in every delivery. */
  readonly id: string;
  readonly account: string;
  readonly userName: string;
}

/** An automation that ended without having reported anybody. */
export interface FailedReport {
  /** Of the event: the same in every delivery. */
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly execution: string;
  readonly status: (typeof automationChanges.failures)[number];
}

export type ReadMessage =
  | { readonly kind: "report"; readonly report: Report }
  | { readonly kind: "failed"; readonly failed: FailedReport }
  | { readonly kind: "refused"; readonly reason: string };

/** What SNS wraps around a message for a queue. */
const envelope = z.object({
  Type: z.literal("Notification"),
  MessageId: z.string().check(z.minLength(1), z.maxLength(100)),
  TopicArn: z.string(),
  Message: z.string(),
});

// The text that the automation writes; IAM allows these characters in the name of a user.
const sentence =
  /^Account "(\d{12})" User "([\w+=,.@-]{1,64})" needs to rotate their access key\.$/;

const end = z.object({
  id: z.string().check(z.regex(/^[0-9a-f-]{1,64}$/)),
  source: z.literal(automationChanges.source),
  "detail-type": z.literal(automationChanges.detailType),
  account: z.string().check(z.regex(/^\d{12}$/)),
  region: z.string().check(z.regex(/^[a-z0-9-]{1,32}$/)),
  detail: z.object({
    ExecutionId: z.string().check(z.regex(/^[0-9a-f-]{36}$/)),
    Definition: z.literal(accessKeysRule),
    Status: z.enum(automationChanges.failures),
  }),
});

/**
 * Reads a message of the queue: an envelope of SNS about the topic, with the automation's text, or
 * the event of an automation's failure.
 */
export function readMessage(message: unknown, topicArn: string): ReadMessage {
  const event = end.safeParse(message);
  if (event.success) {
    const { id, account, region, detail } = event.data;
    const { ExecutionId: execution, Status: status } = detail;
    return { kind: "failed", failed: { id, account, region, execution, status } };
  }
  const parsed = envelope.safeParse(message);
  if (!parsed.success) return refused("It is no message of SNS, and no automation's failure");
  const { MessageId: id, TopicArn, Message } = parsed.data;
  if (TopicArn !== topicArn) return refused(`It is of the topic ${plain(TopicArn, 300)}`);
  const [, account, userName] = sentence.exec(Message) ?? [];
  return account === undefined || userName === undefined
    ? refused("Its text is not that of the automation")
    : { kind: "report", report: { id, account, userName } };
}

function refused(reason: string): ReadMessage {
  return { kind: "refused", reason };
}
