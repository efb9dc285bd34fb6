/** AWS::SQS::Queue and AWS::SQS::QueuePolicy in a stack. */
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueUrlCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import * as z from "zod/mini";
import {
  AlreadyExists,
  document,
  type StackSite,
  stackResource,
  unlessGone,
} from "./stack-resource";

const gone = ["QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"];

const queueProperties = z.strictObject({
  QueueName: z.string(),
  MessageRetentionPeriod: z.optional(z.number()),
  SqsManagedSseEnabled: z.optional(z.boolean()),
});

/** What AWS sets where the template is silent. */
const defaults = { MessageRetentionPeriod: 345_600, SqsManagedSseEnabled: true };

function attributesOf({ QueueName: _, ...given }: z.infer<typeof queueProperties>) {
  return Object.fromEntries(
    Object.entries({ ...defaults, ...given }).map(([name, value]) => [name, String(value)]),
  );
}

export const queue = stackResource({
  properties: queueProperties,
  replacing: ["QueueName"],
  nameOf: ({ QueueName }) => QueueName,
  async create(properties, site) {
    const { QueueName } = properties;
    // CreateQueue answers with the queue that is there already when its attributes are the same.
    if (await urlOf(QueueName, site)) throw new AlreadyExists("AWS::SQS::Queue", QueueName);
    const Attributes = attributesOf(properties);
    await site.client(SQSClient).send(new CreateQueueCommand({ QueueName, Attributes }));
  },
  async update(_before, after, site) {
    const QueueUrl = await urlOf(after.QueueName, site);
    const Attributes = attributesOf(after);
    await site.client(SQSClient).send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
  },
  async delete({ QueueName }, site) {
    const QueueUrl = await urlOf(QueueName, site);
    if (QueueUrl) await site.client(SQSClient).send(new DeleteQueueCommand({ QueueUrl }));
  },
});

async function urlOf(QueueName: string, site: StackSite): Promise<string | undefined> {
  const found = await unlessGone(
    site.client(SQSClient).send(new GetQueueUrlCommand({ QueueName })),
    gone,
  );
  return found?.QueueUrl;
}

const policyProperties = z.strictObject({
  Queues: z.array(z.string()),
  PolicyDocument: document,
});

async function setPolicy(queues: readonly string[], policy: string, site: StackSite) {
  for (const QueueUrl of queues) {
    const setting = { QueueUrl, Attributes: { Policy: policy } };
    await site.client(SQSClient).send(new SetQueueAttributesCommand(setting));
  }
}

export const queuePolicy = stackResource({
  properties: policyProperties,
  replacing: [],
  nameOf: ({ Queues }) => Queues.join(),
  create: ({ Queues, PolicyDocument }, site) =>
    setPolicy(Queues, JSON.stringify(PolicyDocument), site),
  async update(before, { Queues, PolicyDocument }, site) {
    await setPolicy(Queues, JSON.stringify(PolicyDocument), site);
    const left = before.Queues.filter((url) => !Queues.includes(url));
    await setPolicy(left, "", site);
  },
  delete: ({ Queues }, site) => unlessGone(setPolicy(Queues, "", site), gone),
});
