/** Reads what a dead letter is about, and why it is one: whatever is in it, strangers may have written. */
import type { SQSRecord } from "aws-lambda";
import { plain } from "../../model/plain-text";
import type { DeadLetter } from "../../record/dead-letters";

const reasonLimit = 600;
const aboutLimit = 300;

/**
 * Describes a message of a dead-letter queue.
 *
 * @param deliveries after which the queue gives up
 */
export function readLetter(
  {
    messageId,
    body,
    messageAttributes,
  }: Pick<SQSRecord, "messageId" | "body" | "messageAttributes">,
  { queue, at, deliveries }: Pick<DeadLetter, "queue" | "at"> & { readonly deliveries: number },
): DeadLetter {
  const attribute = (name: string) => messageAttributes[name]?.stringValue;
  return {
    id: messageId,
    queue,
    at,
    reason: plain(reasonOf(attribute, deliveries), reasonLimit),
    about: plain(aboutOf(body), aboutLimit),
  };
}

/** Functions write the first attribute; EventBridge the others, to what a rule could not deliver. */
function reasonOf(attribute: (name: string) => string | undefined, deliveries: number): string {
  const refused = attribute("Reason");
  if (refused !== undefined) return `Refused: ${refused}`;
  const code = attribute("ERROR_CODE");
  return code === undefined
    ? `Given up after ${deliveries} deliveries that failed`
    : `EventBridge could not deliver it: ${code}: ${attribute("ERROR_MESSAGE") ?? "no message"}`;
}

function aboutOf(body: string): string {
  const event = objectOf(() => JSON.parse(body));
  if (event === undefined || typeof event["detail-type"] !== "string") return body;
  const detail = objectOf(() => event.detail) ?? {};
  const [first] = Array.isArray(detail.findings) ? detail.findings : [];
  const finding = objectOf(() => first) ?? detail;
  const what = finding.type ?? finding.Title ?? detail.eventName ?? event["detail-type"];
  const severity = finding.severity ?? objectOf(() => finding.Severity)?.Label;
  return [
    text(what),
    severity === undefined ? "" : `severity ${text(severity)}`,
    `account ${text(finding.accountId ?? finding.AwsAccountId ?? event.account)}`,
    text(finding.region ?? finding.Region ?? event.region),
    text(finding.id ?? finding.Id ?? event.id),
  ]
    .filter((part) => part !== "")
    .join(", ");
}

function objectOf(read: () => unknown): Record<string, unknown> | undefined {
  try {
    const value = read();
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function text(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "unknown";
}
