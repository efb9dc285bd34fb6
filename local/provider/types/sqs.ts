import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import * as z from "zod/mini";
import * as input from "../resource-type";

const attributeNames = {
  delaySeconds: "DelaySeconds",
  kmsDataKeyReusePeriodSeconds: "KmsDataKeyReusePeriodSeconds",
  kmsMasterKeyId: "KmsMasterKeyId",
  maxMessageSize: "MaximumMessageSize",
  messageRetentionSeconds: "MessageRetentionPeriod",
  receiveWaitTimeSeconds: "ReceiveMessageWaitTimeSeconds",
  redriveAllowPolicy: "RedriveAllowPolicy",
  redrivePolicy: "RedrivePolicy",
  sqsManagedSseEnabled: "SqsManagedSseEnabled",
  visibilityTimeoutSeconds: "VisibilityTimeout",
} as const;

const queue = input.resourceType({
  inputs: z.strictObject({
    name: input.text,
    delaySeconds: input.optionalNumber,
    kmsDataKeyReusePeriodSeconds: input.optionalNumber,
    kmsMasterKeyId: input.optionalText,
    maxMessageSize: input.optionalNumber,
    messageRetentionSeconds: input.optionalNumber,
    receiveWaitTimeSeconds: input.optionalNumber,
    redriveAllowPolicy: input.optionalText,
    redrivePolicy: input.optionalText,
    sqsManagedSseEnabled: input.optionalFlag,
    visibilityTimeoutSeconds: input.optionalNumber,
    ...input.regional,
    ...input.tagged,
  }),
  documents: ["redrivePolicy", "redriveAllowPolicy"],
  computed: ["arn", "url"],
  async create(inputs, place, tags) {
    const sqs = place.client(SQSClient);
    const attributes = Object.entries(attributeNames).flatMap(([property, attribute]) => {
      const value = inputs[property as keyof typeof attributeNames];
      return value === undefined ? [] : [[attribute, String(value)]];
    });
    const { QueueUrl: url } = await sqs.send(
      new CreateQueueCommand({
        QueueName: inputs.name,
        Attributes: Object.fromEntries(attributes),
        tags: { ...tags },
      }),
    );
    const described = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["QueueArn"] }),
    );
    return { id: url ?? "", outputs: { arn: described.Attributes?.QueueArn, url } };
  },
  async delete(id, _state, place) {
    await place.client(SQSClient).send(new DeleteQueueCommand({ QueueUrl: id }));
  },
});

const setPolicy = (url: string, policy: string) =>
  new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { Policy: policy } });

const queuePolicy = input.resourceType({
  inputs: z.strictObject({ queueUrl: input.text, policy: input.text, ...input.regional }),
  documents: ["policy"],
  updatable: ["policy"],
  async create({ queueUrl, policy }, place) {
    await place.client(SQSClient).send(setPolicy(queueUrl, policy));
    return { id: queueUrl, outputs: {} };
  },
  async update(id, { policy }, place) {
    await place.client(SQSClient).send(setPolicy(id, policy));
    return {};
  },
  async delete(id, _state, place) {
    await place.client(SQSClient).send(setPolicy(id, ""));
  },
});

export const resources = {
  "aws:sqs/queue:Queue": queue,
  "aws:sqs/queuePolicy:QueuePolicy": queuePolicy,
};
