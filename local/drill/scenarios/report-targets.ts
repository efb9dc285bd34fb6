/** Sets up the notification targets of key rotation that Pulumi.local.yaml names. */
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
import { type OldKeyMessage, parseOldKeyMessage } from "../../../contract/key-rotation-message";
import { homeRegion, members, security } from "../../gateway/accounts";
import { ownerConfig, trustedConfig } from "../../gateway/client";
import { jiraSite } from "../../services/jira";
import { takeMessages } from "../../services/queue";
import type { DrillSession, Injected } from "../session";

const webhookParameter = "/chat/access-keys";
const chatHost = "chat.example.com";
const queueName = "access-key-reports";
const [queueOwner] = members as [(typeof members)[number]];
const jira = { host: "cordon-local.atlassian.net", user: "cordon@example.com", token: "s3cret" };
const secret = { name: "jira-token", ending: "a1B2c3" };

export interface ReportTargets {
  /** Texts that the chat got, in order. */
  readonly posts: readonly string[];
  readonly issues: ReturnType<typeof jiraSite>["issues"];
  /** Takes the messages of the other account's queue. */
  received(): Promise<OldKeyMessage[]>;
  close(): Promise<void>;
}

/** Sets up chat, Jira and queue as their owners would, and stores their secrets. */
export async function openTargets(session: DrillSession): Promise<ReportTargets> {
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
    // The emulator's way to choose what AWS draws: the ARN's last six characters.
    Tags: [{ Key: "_custom_id_", Value: secret.ending }],
  });
  await client.send(create).catch(async (error: Error) => {
    if (error.name !== "ResourceExistsException") throw error;
    await client.send(
      new PutSecretValueCommand({ SecretId: secret.name, SecretString: jira.token }),
    );
  });
}

/** Verifies the sender's domain in SES; at AWS its owner proves it by DNS. */
async function verifySender(session: DrillSession): Promise<void> {
  const ses = new SESv2Client(ownerConfig(session.organization.gateway, security.id));
  const create = new CreateEmailIdentityCommand({ EmailIdentity: "example.com" });
  await ses.send(create).catch((error: Error) => {
    if (error.name !== "AlreadyExistsException") throw error;
  });
}

/** Returns the recipients of mails, with the texts. */
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

/** Creates the queue that docs/contract.md requires of another account. */
async function openQueue(session: DrillSession) {
  const sqs = new SQSClient(ownerConfig(session.organization.gateway, queueOwner.id));
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: queueName }));
  const statement = {
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${security.id}:role/cordon-tell-old-key` },
    Action: "sqs:SendMessage",
    Resource: `arn:aws:sqs:${homeRegion}:${queueOwner.id}:${queueName}`,
  };
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  return {
    async received(): Promise<OldKeyMessage[]> {
      const messages = await takeMessages(sqs, QueueUrl ?? "");
      return messages.map(({ Body }) => parseOldKeyMessage(Body ?? ""));
    },
    close: async () => void (await sqs.send(new DeleteQueueCommand({ QueueUrl }))),
  };
}

/** Subscribes a queue of its own to a topic, as another team would. */
export async function listen(session: DrillSession, TopicArn: string) {
  const settings = trustedConfig(session.organization.gateway, security.id, "observer");
  const [sqs, sns] = [new SQSClient(settings), new SNSClient(settings)];
  const QueueName = "access-key-observer";
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName }));
  const queue = `arn:aws:sqs:${homeRegion}:${security.id}:${QueueName}`;
  const statement = {
    Effect: "Allow",
    Principal: { Service: "sns.amazonaws.com" },
    Action: "sqs:SendMessage",
    Resource: queue,
    Condition: { ArnEquals: { "aws:SourceArn": TopicArn } },
  };
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  const { SubscriptionArn } = await sns.send(
    new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: queue }),
  );
  return {
    /** Takes the messages and returns their texts. */
    async received(): Promise<string[]> {
      const messages = await takeMessages(sqs, QueueUrl ?? "");
      return messages.map(({ Body }) => (JSON.parse(Body ?? "{}") as { Message: string }).Message);
    },
    async close(): Promise<void> {
      await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
      await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    },
  };
}
