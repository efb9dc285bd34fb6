import {
  CreateTopicCommand,
  DeleteTopicCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from "@aws-sdk/client-sns";
import * as z from "zod/mini";
import { optionalText, regional, resourceType, tagged, tagList, text } from "../resource-type";
import { compact } from "../values";

const accountOf = (arn: string): string => arn.split(":")[4] ?? "";

const topic = resourceType({
  inputs: z.strictObject({
    name: text,
    displayName: optionalText,
    kmsMasterKeyId: optionalText,
    ...regional,
    ...tagged,
  }),
  computed: ["arn", "owner"],
  async create({ name, displayName, kmsMasterKeyId }, place, tags) {
    const Attributes = compact({
      DisplayName: displayName,
      KmsMasterKeyId: kmsMasterKeyId,
    }) as Record<string, string>;
    const { TopicArn: arn = "" } = await place
      .client(SNSClient)
      .send(new CreateTopicCommand({ Name: name, Attributes, Tags: tagList(tags) }));
    return { id: arn, outputs: { arn, owner: accountOf(arn) } };
  },
  async delete(id, _state, place) {
    await place.client(SNSClient).send(new DeleteTopicCommand({ TopicArn: id }));
  },
});

/** Gives the policy that SNS puts on a new topic: its owner alone may use it. */
const ownersOnly = (arn: string): string =>
  JSON.stringify({
    Version: "2008-10-17",
    Id: "__default_policy_ID",
    Statement: [
      {
        Sid: "__default_statement_ID",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: [
          "SNS:GetTopicAttributes",
          "SNS:SetTopicAttributes",
          "SNS:AddPermission",
          "SNS:RemovePermission",
          "SNS:DeleteTopic",
          "SNS:Subscribe",
          "SNS:ListSubscriptionsByTopic",
          "SNS:Publish",
        ],
        Resource: arn,
        Condition: { StringEquals: { "AWS:SourceOwner": accountOf(arn) } },
      },
    ],
  });

const setPolicy = (arn: string, policy: string) =>
  new SetTopicAttributesCommand({
    TopicArn: arn,
    AttributeName: "Policy",
    AttributeValue: policy,
  });

const topicPolicy = resourceType({
  inputs: z.strictObject({ arn: text, policy: text, ...regional }),
  documents: ["policy"],
  computed: ["owner"],
  updatable: ["policy"],
  async create({ arn, policy }, place) {
    await place.client(SNSClient).send(setPolicy(arn, policy));
    return { id: arn, outputs: { owner: accountOf(arn) } };
  },
  async update(id, { policy }, place) {
    await place.client(SNSClient).send(setPolicy(id, policy));
    return {};
  },
  // A topic always has a policy: the real provider puts the first one back.
  async delete(id, _state, place) {
    await place.client(SNSClient).send(setPolicy(id, ownersOnly(id)));
  },
});

const topicSubscription = resourceType({
  // Queues of the same account only: others wait for somebody to confirm.
  inputs: z.strictObject({
    topic: text,
    protocol: z.literal("sqs"),
    endpoint: text,
    ...regional,
  }),
  computed: ["arn", "ownerId", "confirmationWasAuthenticated", "pendingConfirmation"],
  async create({ topic: topicArn, protocol, endpoint }, place) {
    const { SubscriptionArn: arn = "" } = await place.client(SNSClient).send(
      new SubscribeCommand({
        TopicArn: topicArn,
        Protocol: protocol,
        Endpoint: endpoint,
        ReturnSubscriptionArn: true,
      }),
    );
    return {
      id: arn,
      outputs: {
        arn,
        ownerId: accountOf(arn),
        confirmationWasAuthenticated: true,
        pendingConfirmation: false,
      },
    };
  },
  async delete(id, _state, place) {
    await place.client(SNSClient).send(new UnsubscribeCommand({ SubscriptionArn: id }));
  },
});

export const resources = {
  "aws:sns/topic:Topic": topic,
  "aws:sns/topicPolicy:TopicPolicy": topicPolicy,
  "aws:sns/topicSubscription:TopicSubscription": topicSubscription,
};
