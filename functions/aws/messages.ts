/** Sends Cordon's messages: notices for responders, dead letters for refused events. */
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import {
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { IncidentMessage, IncidentsFormat } from "../../contract/incident-message";
import { plain } from "../model/plain-text";
import type { IncidentNews } from "../notify/incident-news";
import { aboutOf } from "../notify/message";
import { asMessage, type Notice } from "../notify/notice";
import { type Credentials, clientConfig } from "./client";
import { orUndefined } from "./errors";

/**
 * Publishes a notice once, for two kinds of readers: responders read the message, other teams' programs
 * its attributes. SNS would take a text for each protocol, too, but sends no attributes with those,
 * and subscribers could not choose by them.
 */
export function noticeTopic(region: string, topicArn: string, now: () => Date) {
  const client = new SNSClient(clientConfig(region));
  const topic = {
    async publish(notice: Notice): Promise<void> {
      await topic.send(notice);
    },
    /** Publishes it, too. @returns the message's id: the same in every delivery of it */
    async send(notice: Notice): Promise<string> {
      const { subject, text: whole, page, tally, urgency, origin, channels } = notice;
      const { incident, incidents } = notice;
      const text = whole + [page, tally].map((line) => (line ? `\n${line}\n` : "")).join("");
      const message = JSON.stringify(asMessage(notice));
      const { MessageId = "" } = await client.send(
        new PublishCommand({
          TopicArn: topicArn,
          Subject: subject,
          Message: text,
          MessageAttributes: {
            ...attributes({
              // Filters pass what lacks their attribute: a test reaches every channel.
              ...(channels === "test" ? { about: "test" } : { about: aboutOf(notice), urgency }),
              ...(origin && { account: origin.account }),
              ...(incident && attributesOf(incident, now())),
              ...(incidents && listOf(incidents, now())),
            }),
            ...(Buffer.byteLength(JSON.stringify({ text, message })) < messageLimit &&
              attributes({ message })),
            // A number: subscribers filter by a threshold.
            ...(origin && {
              severity: { DataType: "Number", StringValue: String(origin.severity) },
            }),
          },
        }),
      );
      return MessageId;
    },
  };
  return topic;
}

/**
 * SNS allows 256 KiB, attributes included, and so does SQS of its envelope, in which quotes and line ends
 * count twice: this leaves room for the others.
 */
const messageLimit = 240_000;

const incidentsFormat: IncidentsFormat = "cordon-incidents/1";

/** Lists what a storm's message is about, for the same readers. */
function listOf(incidents: readonly IncidentNews[], at: Date) {
  const messages = incidents.map((each): IncidentMessage => ({ ...each, at: at.toISOString() }));
  return { format: incidentsFormat, incidents: JSON.stringify(messages) };
}

/** SQS takes ten attributes from SNS. Each value that subscribers may filter by has one of its own. */
function attributesOf(incident: IncidentNews, at: Date) {
  const message: IncidentMessage = { ...incident, at: at.toISOString() };
  return {
    format: message.format,
    status: message.status,
    account: message.account.id,
    incident: JSON.stringify(message),
  };
}

function attributes(values: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(values).map(([name, StringValue]) => [
      name,
      { DataType: "String", StringValue },
    ]),
  );
}

/** SQS allows 256 KiB a message, attributes included. */
const reasonLimit = 1_000;

export function deadLetters(region: string, queueUrl: string) {
  const client = new SQSClient(clientConfig(region));
  return {
    async keep(body: string, reason: string): Promise<void> {
      await client.send(
        new SendMessageCommand({
          QueueUrl: queueUrl,
          MessageBody: body,
          MessageAttributes: {
            // A refused event may bear characters that SQS does not take.
            Reason: { DataType: "String", StringValue: plain(reason, reasonLimit) },
          },
        }),
      );
    },
  };
}

/** A queue to which messages go as they are. */
export function outbox(region: string, queueUrl: string) {
  const client = new SQSClient(clientConfig(region));
  return {
    async send(body: string): Promise<void> {
      await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }));
    },
  };
}

/** SQS takes so many messages in one call. */
const batchSize = 10;

/** A queue that a function sends itself work through. */
export function workQueue(region: string, queueUrl: string) {
  const client = new SQSClient(clientConfig(region));
  return {
    /** Sends tasks as JSON. @throws when SQS did not take every one: some may then be sent twice */
    async send(tasks: readonly { readonly task: object; readonly seconds: number }[]) {
      for (let next = 0; next < tasks.length; next += batchSize) {
        const { Failed = [] } = await client.send(
          new SendMessageBatchCommand({
            QueueUrl: queueUrl,
            Entries: tasks.slice(next, next + batchSize).map(({ task, seconds }, index) => ({
              Id: String(index),
              MessageBody: JSON.stringify(task),
              ...(seconds > 0 && { DelaySeconds: seconds }),
            })),
          }),
        );
        if (Failed.length > 0) {
          throw new Error(`SQS refused ${Failed.length} tasks: ${Failed[0]?.Code}`);
        }
      }
    },
  };
}

/** Counts the messages that wait in a queue of a member account; undefined without the queue. */
export async function waitingIn(
  { region, account, queue }: { region: string; account: string; queue: string },
  credentials: Credentials,
): Promise<number | undefined> {
  const client = new SQSClient({
    ...clientConfig(region, credentials),
    // The URL is only put together: the client's own endpoint is the one to ask.
    useQueueUrlAsEndpoint: false,
  });
  const found = await orUndefined(
    client.send(
      new GetQueueAttributesCommand({
        QueueUrl: `https://sqs.${region}.amazonaws.com/${account}/${queue}`,
        AttributeNames: ["ApproximateNumberOfMessages"],
      }),
    ),
    "QueueDoesNotExist",
    "AWS.SimpleQueueService.NonExistentQueue",
  );
  return found && Number(found.Attributes?.ApproximateNumberOfMessages ?? 0);
}
