/** Messages out of Cordon: notices for people, dead letters for what was refused. */
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { IncidentMessage } from "../record/incident-message";
import type { IncidentNews } from "../record/incident-news";
import type { Notice } from "../record/notice";
import { clientConfig } from "./client";

/**
 * Publishes a notice once, for two kinds of readers: people read the message, other teams' programs
 * its attributes. SNS would take a text for each protocol, too, but sends no attributes with those,
 * and subscribers could not choose by them.
 */
export function noticeTopic(region: string, topicArn: string, now: () => Date) {
  const client = new SNSClient(clientConfig(region));
  return {
    async publish({ subject, text, incident }: Notice): Promise<void> {
      await client.send(
        new PublishCommand({
          TopicArn: topicArn,
          Subject: subject,
          Message: text,
          ...(incident && { MessageAttributes: attributesOf(incident, now()) }),
        }),
      );
    },
  };
}

/** SQS takes ten attributes from SNS. What subscribers may filter by stands in one of its own. */
function attributesOf(incident: IncidentNews, at: Date) {
  const message: IncidentMessage = { ...incident, at: at.toISOString() };
  const attributes = {
    format: message.format,
    status: message.status,
    account: message.account.id,
    incident: JSON.stringify(message),
  };
  return Object.fromEntries(
    Object.entries(attributes).map(([name, StringValue]) => [
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
            Reason: { DataType: "String", StringValue: reason.slice(0, reasonLimit) },
          },
        }),
      );
    },
  };
}
