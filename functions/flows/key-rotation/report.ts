/** Reads the reports of the accounts' automations, and the events of automations that failed. */
import * as z from "zod/mini";
import { keyRotationReport, keyRotationRule } from "../../catalogue/compliance-rules";
import { automationChanges } from "../../catalogue/patterns";
import { plain } from "../../model/plain-text";

/** A user whose access key is due for rotation, as an automation reported it. */
export interface Report {
  /** Id of the SNS message: the same in every delivery. */
  readonly id: string;
  readonly account: string;
  readonly userName: string;
}

/** An automation that ended without a report. */
export interface FailedReport {
  /** Id of the event: the same in every delivery. */
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

/** The envelope in which SNS delivers a message to a queue. */
const envelope = z.object({
  Type: z.literal("Notification"),
  MessageId: z.string().check(z.minLength(1), z.maxLength(100)),
  TopicArn: z.string(),
  Message: z.string(),
});

// IAM allows these characters in the name of a user.
const reported = keyRotationReport("(\\d{12})", "([\\w+=,.@-]{1,64})").replace(/\.$/, "\\.");
const reportText = new RegExp(`^${reported}$`);

const failure = z.object({
  id: z.string().check(z.regex(/^[0-9a-f-]{1,64}$/)),
  source: z.literal(automationChanges.source),
  "detail-type": z.literal(automationChanges.detailType),
  account: z.string().check(z.regex(/^\d{12}$/)),
  region: z.string().check(z.regex(/^[a-z0-9-]{1,32}$/)),
  detail: z.object({
    ExecutionId: z.string().check(z.regex(/^[0-9a-f-]{36}$/)),
    Definition: z.literal(keyRotationRule),
    Status: z.enum(automationChanges.failures),
  }),
});

/**
 * Reads a message of the queue: an SNS message of the topic with the automation's text, or the event
 * of a failed automation.
 */
export function readMessage(message: unknown, topicArn: string): ReadMessage {
  const event = failure.safeParse(message);
  if (event.success) {
    const { id, account, region, detail } = event.data;
    const { ExecutionId: execution, Status: status } = detail;
    return { kind: "failed", failed: { id, account, region, execution, status } };
  }
  const parsed = envelope.safeParse(message);
  if (!parsed.success)
    return refused("It is neither an SNS message nor the event of a failed automation");
  const { MessageId: id, TopicArn, Message } = parsed.data;
  if (TopicArn !== topicArn)
    return refused(`It was published to the topic ${plain(TopicArn, 300)}`);
  const [, account, userName] = reportText.exec(Message) ?? [];
  return account === undefined || userName === undefined
    ? refused("Its text is not the automation's")
    : { kind: "report", report: { id, account, userName } };
}

function refused(reason: string): ReadMessage {
  return { kind: "refused", reason };
}
