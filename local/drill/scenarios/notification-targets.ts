/** Creates the targets of key rotation notices that Pulumi.local.yaml names, as their owners would. */

import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
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
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import {
  type KeyRotationMessage,
  parseKeyRotationMessage,
} from "../../../contract/key-rotation-message";
import { homeRegion, members, security } from "../../gateway/accounts";
import { ownerConfig, trustedConfig } from "../../gateway/client";
import { jiraSite } from "../../services/jira";
import { takeMessages } from "../../services/queue";
import type { DrillSession, Injected } from "../session";

const webhookParameter = "/chat/key-rotation";
const chatHost = "chat.example.com";
const queueName = "key-rotation-reports";
const [queueOwner] = members as [(typeof members)[number]];
const jira = { host: "cordon-local.atlassian.net", user: "cordon@example.com", token: "s3cret" };
const secret = { name: "jira-token", ending: "a1B2c3" };

export interface NotificationTargets {
  /** Texts that the chat received, in order. */
  readonly posts: readonly string[];
  readonly issues: ReturnType<typeof jiraSite>["issues"];
  /** Receives the other account's messages since the last call. */
  received(): Promise<KeyRotationMessage[]>;
  close(): Promise<void>;
}

/** Opens chat, Jira and queue, each as its owner would, and stores their secrets. */
export async function openTargets(session: DrillSession): Promise<NotificationTargets> {
  const { internet } = session.organization;
  const posts: string[] = [];
  await putWebhook(session);
  await putToken(session);
  await verifySender(session);
  const closeChat = internet.serve(chatHost, ({ body }) => {
    posts.push((JSON.parse(body) as { text: string }).text);
    return { status: 200, body: "ok" };
  });
  const site = jiraSite({ project: "SEC", issueType: "Task", ...jira });
  const closeJira = internet.serve(jira.host, site.answer);
  const queue = await openQueue(session);
  return {
    posts,
    issues: site.issues,
    received: queue.received,
    async close() {
      closeChat();
      closeJira();
      await queue.close();
    },
  };
}

async function putWebhook(session: DrillSession): Promise<void> {
  await new SSMClient(ownerConfig(session.organization.gateway, security.id)).send(
    new PutParameterCommand({
      Name: webhookParameter,
      Type: "SecureString",
      Value: `https://${chatHost}/hook`,
      Overwrite: true,
    }),
  );
}

async function putToken(session: DrillSession): Promise<void> {
  const client = new SecretsManagerClient(ownerConfig(session.organization.gateway, security.id));
  const create = new CreateSecretCommand({
    Name: secret.name,
    SecretString: jira.token,
    // Chooses what AWS generates: the last six characters of the ARN.
    Tags: [{ Key: "_custom_id_", Value: secret.ending }],
  });
  await client.send(create).catch(async (error: Error) => {
    if (error.name !== "ResourceExistsException") throw error;
    await client.send(
      new PutSecretValueCommand({ SecretId: secret.name, SecretString: jira.token }),
    );
  });
}

/** Verifies the sender's domain with SES; in AWS its owner does so by DNS. */
async function verifySender(session: DrillSession): Promise<void> {
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
async function createQueue(
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

/** Creates the queue that docs/contract.md requires of another account. */
async function openQueue(session: DrillSession) {
  const settings = ownerConfig(session.organization.gateway, queueOwner.id);
  const role = `arn:aws:iam::${security.id}:role/cordon-notify-key-rotation`;
  const sender = { Principal: { AWS: role } };
  const queue = await createQueue(settings, queueOwner.id, queueName, sender);
  return {
    received: async (): Promise<KeyRotationMessage[]> =>
      (await queue.bodies()).map(parseKeyRotationMessage),
    close: queue.close,
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
