import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from "@aws-sdk/client-sns";
import * as z from "zod/mini";
import * as input from "../resource-type";
import { compact } from "../values";

const accountOf = (arn: string): string => arn.split(":")[4] ?? "";

const topic = input.resourceType({
  inputs: z.strictObject({
    name: input.text,
    displayName: input.optionalText,
    kmsMasterKeyId: input.optionalText,
    ...input.regional,
    ...input.tagged,
  }),
  computed: ["arn", "owner"],
  async create({ name, displayName, kmsMasterKeyId }, place, tags) {
    const Attributes = compact({
      DisplayName: displayName,
      KmsMasterKeyId: kmsMasterKeyId,
    }) as Record<string, string>;
    const { TopicArn: arn = "" } = await place
      .client(SNSClient)
      .send(new CreateTopicCommand({ Name: name, Attributes, Tags: input.tagList(tags) }));
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

const topicPolicy = input.resourceType({
  inputs: z.strictObject({ arn: input.text, policy: input.text, ...input.regional }),
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

const topicSubscription = input.resourceType({
  inputs: z.strictObject({
    topic: input.text,
    protocol: input.text,
    endpoint: input.text,
    rawMessageDelivery: input.optionalFlag,
    filterPolicy: input.optionalText,
    ...input.regional,
  }),
  computed: [
    "arn",
    "confirmationWasAuthenticated",
    "filterPolicyScope",
    "ownerId",
    "pendingConfirmation",
  ],
  async create({ topic, protocol, endpoint, rawMessageDelivery, filterPolicy }, place) {
    const sns = place.client(SNSClient);
    const { SubscriptionArn: arn = "" } = await sns.send(
      new SubscribeCommand({
        TopicArn: topic,
        Protocol: protocol,
        Endpoint: endpoint,
        ReturnSubscriptionArn: true,
        Attributes: compact({
          RawMessageDelivery:
            rawMessageDelivery === undefined ? undefined : `${rawMessageDelivery}`,
          FilterPolicy: filterPolicy,
        }) as Record<string, string>,
      }),
    );
    const { Attributes: made = {} } = await sns.send(
      new GetSubscriptionAttributesCommand({ SubscriptionArn: arn }),
    );
    return {
      id: arn,
      outputs: {
        arn,
        ownerId: made.Owner,
        pendingConfirmation: made.PendingConfirmation === "true",
        confirmationWasAuthenticated: made.ConfirmationWasAuthenticated === "true",
        filterPolicyScope: made.FilterPolicyScope,
      },
    };
  },
  async delete(id, _state, place) {
    const gone = place.client(SNSClient).send(new UnsubscribeCommand({ SubscriptionArn: id }));
    // As the real provider does: SNS deletes by itself what nobody confirms.
    await gone.catch((error: Error) => {
      if (!error.message.includes("pending confirmation")) throw error;
    });
  },
});

export const resources = {
  "aws:sns/topic:Topic": topic,
  "aws:sns/topicPolicy:TopicPolicy": topicPolicy,
  "aws:sns/topicSubscription:TopicSubscription": topicSubscription,
};
