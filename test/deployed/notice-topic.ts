/** Listens to the topic of notices as another account, and changes who may publish to it. */
import { GetKeyPolicyCommand, KMSClient, PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import {
  GetTopicAttributesCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { security } from "../../local/gateway/accounts";
import { ownerConfig } from "../../local/gateway/client";
import type { LocalOrganization } from "../../local/organization";
import { takeMessages } from "../../local/services/queue";
import { shop } from "./exposure";

export interface Listener {
  /** Gives the alarms that arrived since the last time, with their state. */
  heard(): Promise<string[]>;
}

/** Subscribes a queue of an account that the settings admit. */
export async function listen({ gateway, contract }: LocalOrganization): Promise<Listener> {
  const { account, region } = shop;
  const QueueName = "alarms";
  const queueArn = `arn:aws:sqs:${region}:${account}:${QueueName}`;
  const statement = {
    Effect: "Allow",
    Principal: { Service: "sns.amazonaws.com" },
    Action: "sqs:SendMessage",
    Resource: queueArn,
  };
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  const config = { ...ownerConfig(gateway, account), useQueueUrlAsEndpoint: false };
  const sqs = new SQSClient(config);
  await sqs.send(new CreateQueueCommand({ QueueName, Attributes: { Policy } }));
  await new SNSClient(config).send(
    new SubscribeCommand({
      TopicArn: contract.noticeTopicArn,
      Protocol: "sqs",
      Endpoint: queueArn,
    }),
  );
  return {
    async heard() {
      await gateway.subscriptions.settled();
      const all: string[] = [];
      for (let some = [""]; some.length > 0; all.push(...some)) {
        const messages = await takeMessages(sqs, `${gateway.url}/${account}/${QueueName}`);
        some = messages.map(({ Body = "" }) => (JSON.parse(Body) as { Message: string }).Message);
      }
      const alarms = all.filter((text) => text.startsWith('{"AlarmName"'));
      return alarms.map((text) => {
        const { AlarmName, NewStateValue } = JSON.parse(text);
        return `${AlarmName} ${NewStateValue}`;
      });
    },
  };
}

interface KeptPolicy {
  read(): Promise<string | undefined>;
  write(policy: string): Promise<unknown>;
}

async function attributesOf({ gateway, contract }: LocalOrganization) {
  const config = ownerConfig(gateway, security.id);
  const TopicArn = contract.noticeTopicArn;
  const sns = new SNSClient(config);
  const { Attributes = {} } = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
  return { config, TopicArn, sns, Attributes };
}

/** Gives access to the topic's policy. */
export async function topicPolicy(organization: LocalOrganization): Promise<KeptPolicy> {
  const { sns, TopicArn, Attributes } = await attributesOf(organization);
  const AttributeName = "Policy";
  return {
    read: async () => Attributes.Policy,
    write: (AttributeValue) =>
      sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName, AttributeValue })),
  };
}

/** Gives access to the policy of the topic's key. */
export async function keyPolicy(organization: LocalOrganization): Promise<KeptPolicy> {
  const { config, Attributes } = await attributesOf(organization);
  const kms = new KMSClient(config);
  const key = { KeyId: Attributes.KmsMasterKeyId, PolicyName: "default" };
  return {
    read: async () => (await kms.send(new GetKeyPolicyCommand(key))).Policy,
    write: (Policy) => kms.send(new PutKeyPolicyCommand({ ...key, Policy })),
  };
}
