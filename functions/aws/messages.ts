/** Messages out of Cordon: notices for people, dead letters for what was refused. */
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { Notice } from "../record/notice";
import { clientConfig } from "./client";

export function noticeTopic(region: string, topicArn: string) {
  const client = new SNSClient(clientConfig(region));
  return {
    async publish(notice: Notice): Promise<void> {
      await client.send(
        new PublishCommand({ TopicArn: topicArn, Subject: notice.subject, Message: notice.text }),
      );
    },
  };
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
