/** What the drill of key rotation needs beside AWS: a verified sender, and a listener of the reports. */

import {
  CreateEmailIdentityCommand,
  SESv2Client,
  type SendEmailCommandInput,
} from "@aws-sdk/client-sesv2";
import { SNSClient, SubscribeCommand, UnsubscribeCommand } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { homeRegion, security } from "../../gateway/accounts";
import { ownerConfig, trustedConfig } from "../../gateway/client";
import { takeMessages } from "../../services/queue";
import type { DrillSession, Injected } from "../session";

/** Verifies the sender's domain with SES; in AWS its owner does so by DNS. */
export async function verifySender(session: DrillSession): Promise<void> {
  const ses = new SESv2Client(ownerConfig(session.organization.gateway, security.id));
  const create = new CreateEmailIdentityCommand({ EmailIdentity: "example.com" });
  await ses.send(create).catch((error: Error) => {
    if (error.name !== "AlreadyExistsException") throw error;
  });
}

/** Lists the addresses that were sent e-mail, with the texts. */
export function mails({ calls }: Injected): readonly (readonly [string, string])[] {
  return calls
    .filter(({ action, status }) => action === "ses:SendEmail" && status === 200)
    .map(({ request }) => {
      const { Destination, Content } = request as SendEmailCommandInput;
      return [
        Destination?.ToAddresses?.join(", ") ?? "",
        Content?.Simple?.Body?.Text?.Data ?? "",
      ] as const;
    });
}

/** Creates a queue to which a statement lets others send. */
export async function createQueue(
  settings: ReturnType<typeof ownerConfig>,
  account: string,
  QueueName: string,
  sender: { readonly Principal: object; readonly Condition?: object },
) {
  const sqs = new SQSClient(settings);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName }));
  const Resource = `arn:aws:sqs:${homeRegion}:${account}:${QueueName}`;
  const Statement = [{ Effect: "Allow", ...sender, Action: "sqs:SendMessage", Resource }];
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  return {
    arn: Resource,
    /** Receives and deletes the messages that arrived since the last call; gives their bodies. */
    async bodies(): Promise<string[]> {
      const messages = await takeMessages(sqs, QueueUrl ?? "");
      return messages.map(({ Body }) => Body ?? "");
    },
    close: async () => void (await sqs.send(new DeleteQueueCommand({ QueueUrl }))),
  };
}

/** Subscribes a queue of its own to a topic, as another team would. */
export async function listen(session: DrillSession, TopicArn: string) {
  const settings = trustedConfig(session.organization.gateway, security.id, "observer");
  const sns = new SNSClient(settings);
  const queue = await createQueue(settings, security.id, "key-rotation-observer", {
    Principal: { Service: "sns.amazonaws.com" },
    Condition: { ArnEquals: { "aws:SourceArn": TopicArn } },
  });
  const { SubscriptionArn } = await sns.send(
    new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: queue.arn }),
  );
  return {
    /** Receives the messages that arrived since the last call; gives their texts. */
    received: async (): Promise<string[]> =>
      (await queue.bodies()).map((body) => (JSON.parse(body) as { Message: string }).Message),
    async close(): Promise<void> {
      await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
      await queue.close();
    },
  };
}
