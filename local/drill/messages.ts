/** Lists the messages that left Cordon in a run: to topics, by mail, to queues, and to hosts of the internet. */
import type { RecordedCall } from "../gateway/record";
import { list, member, text } from "../gateway/wire/protocol";
import { saidIn as saidInJson } from "../services/channels/webhook";
import type { Internet } from "../services/internet";

export interface SentMessage {
  /** ARN of the topic, URL of the queue, address of the mail, or host. */
  readonly channel: string;
  readonly urgent: boolean;
  readonly subject: string;
  readonly text: string;
  /** The incident that it names; null where the journal has none. */
  readonly incident: string | null;
}

/** Lists what SNS and SES took, in order, and then what hosts of the internet took. */
export function sentMessages(
  calls: readonly RecordedCall[],
  { answered }: Pick<Internet, "answered">,
): readonly SentMessage[] {
  const taken = calls.filter(({ allowed, status }) => allowed && status < 300);
  return [
    ...taken.flatMap(({ action, request }) => {
      if (action === "sns:Publish") return [published(request)];
      if (action === "sqs:SendMessage") return queued(request);
      return action === "ses:SendEmail" ? mailed(request) : [];
    }),
    ...answered
      .filter(({ status, said }) => status < 300 && said !== null)
      .map(({ host, body, said = { subject: "", text: body } }) => ({
        channel: host,
        ...saidIn(`${said?.subject}\n\n${said?.text}`),
        subject: said?.subject ?? "",
        text: said?.text ?? "",
      })),
  ];
}

function published(request: unknown): SentMessage {
  const at = (key: string) => text(member(request, key)) ?? "";
  const urgency = list(member(request, "MessageAttributes"))
    .filter((each) => text(member(each, "Name")) === "urgency")
    .map((each) => text(member(member(each, "Value"), "StringValue")));
  const message = at("Message");
  const said = isMessage(message) ? saidInJson(message) : { subject: at("Subject"), text: message };
  return {
    channel: at("TopicArn"),
    ...saidIn(said.text),
    ...said,
    urgent: urgency[0] === "urgent",
  };
}

/** Of what is sent to queues, people's messages alone: Cordon's own tasks are none. */
function queued(request: unknown): readonly SentMessage[] {
  const body = text(member(request, "MessageBody")) ?? "";
  if (!isMessage(body)) return [];
  const { subject, text: said } = saidInJson(body);
  const channel = text(member(request, "QueueUrl")) ?? "";
  return [{ channel, ...saidIn(`${subject}\n\n${said}`), subject, text: said }];
}

function isMessage(body: string): boolean {
  return body.startsWith('{"format":"cordon-message/');
}

function mailed(request: unknown): readonly SentMessage[] {
  const simple = member(member(request, "Content"), "Simple");
  const data = (part: unknown) => text(member(part, "Data")) ?? "";
  const subject = data(member(simple, "Subject"));
  const said = saidIn(data(member(member(simple, "Body"), "Text")));
  return list(member(member(request, "Destination"), "ToAddresses")).map((address) => ({
    channel: String(address),
    subject,
    ...said,
    urgent: isMarked(subject),
  }));
}

function saidIn(message: string) {
  const [, incident = null] = /^(?:[•-] )?Incident:?\s+([0-9a-f]{16}-\d+)$/m.exec(message) ?? [];
  return { text: message, incident, urgent: isMarked(message) };
}

function isMarked(message: string): boolean {
  return message.includes("[Cordon] URGENT ");
}
