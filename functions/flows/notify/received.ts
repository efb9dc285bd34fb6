/** Reads what the topic delivers: Cordon's messages, and the alarms of CloudWatch, which have no model. */
import * as z from "zod/mini";
import { plain } from "../../model/plain-text";
import { fact, type Message, messageOf, type Origin, section } from "../../notify/message";

export interface Received {
  /** Id of the SNS message: the same in every delivery. */
  readonly id: string;
  readonly at: Date;
  readonly message: Message;
}

const envelope = z.object({
  Type: z.literal("Notification"),
  MessageId: z.string().check(z.regex(/^[\w-]{1,100}$/)),
  TopicArn: z.string(),
  Subject: z.optional(z.string()),
  Message: z.string(),
  Timestamp: z.iso.datetime(),
  MessageAttributes: z.optional(z.record(z.string(), z.object({ Value: z.string() }))),
});

/** As much of the model as delivery itself relies on; Cordon's functions wrote the rest. */
const model = z.looseObject({
  urgency: z.enum(["urgent", "normal"]),
  heading: z.string(),
  lead: z.array(z.string()),
  facts: z.array(z.object({ name: z.string(), value: z.string() })),
  sections: z.array(z.object({ title: z.string(), lines: z.array(z.string()) })),
  closing: z.array(z.string()),
});

/** What CloudWatch publishes when the state of an alarm changes. */
const alarm = z.object({
  AlarmName: z.string(),
  AlarmDescription: z.nullish(z.string()),
  NewStateValue: z.string(),
  NewStateReason: z.string(),
});

/** The part of contract/incident-message.ts that channels choose by. */
const incidentNews = z.object({
  status: z.string(),
  incident: z.optional(z.string()),
  account: z.object({ id: z.string() }),
  region: z.string(),
  finding: z.object({ type: z.string(), severity: z.number() }),
});

/** Reads an envelope of the topic. @returns why it is none, as a sentence */
export function readReceived(event: unknown, topicArn: string): Received | string {
  const parsed = envelope.safeParse(event);
  if (!parsed.success) return "It is no message of SNS";
  const { MessageId: id, TopicArn, Timestamp, Message, Subject, MessageAttributes } = parsed.data;
  if (TopicArn !== topicArn) return `It was published to the topic ${plain(TopicArn, 300)}`;
  const value = (name: string) => MessageAttributes?.[name]?.Value;
  const given = model.safeParse(fromJson(value("message")));
  const message = given.success
    ? (given.data as unknown as Message)
    : (alarmMessage(Message) ??
      plainMessage(Subject ?? "A message of Cordon", Message, {
        isUrgent: value("urgency") === "urgent",
        news: value("incident"),
      }));
  return { id, at: new Date(Timestamp), message };
}

function alarmMessage(text: string): Message | undefined {
  const parsed = alarm.safeParse(fromJson(text));
  if (!parsed.success) return undefined;
  const { AlarmName, AlarmDescription, NewStateValue, NewStateReason } = parsed.data;
  const rings = NewStateValue === "ALARM";
  return messageOf(
    rings ? "urgent" : "normal",
    rings ? `Alarm: ${AlarmName}` : `Alarm ${AlarmName} is now ${NewStateValue}`,
    [AlarmDescription ?? "", fact("Alarm", AlarmName), section("Why", [NewStateReason])],
  );
}

/** Takes a message whose model was too large for SNS from its text. */
function plainMessage(
  subject: string,
  text: string,
  { isUrgent, news }: { readonly isUrgent: boolean; readonly news: string | undefined },
): Message {
  const heading = subject.replace(/^\[Cordon\] (URGENT )?/, "");
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const parts = [section("Message", lines)];
  return messageOf(isUrgent ? "urgent" : "normal", heading, parts, originIn(news));
}

function originIn(news: string | undefined): Origin | undefined {
  const parsed = incidentNews.safeParse(fromJson(news));
  if (!parsed.success) return undefined;
  const { status, incident, account, region, finding } = parsed.data;
  return {
    account: account.id,
    region,
    severity: finding.severity,
    type: finding.type,
    ...(incident !== undefined && { incident }),
    ...(status === "released" && { closes: true as const }),
    links: [],
  };
}

function fromJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}
