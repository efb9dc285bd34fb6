/** Delivers the messages of the notice topic to the channels that a function posts to. */
import * as pulumi from "@pulumi/pulumi";
import type { QueuedFunctionContract } from "../../../contract/outputs";
import type { PostedChannel } from "../../../functions/catalogue/channels";
import type { Environment } from "../../../functions/handlers/deliver";
import { functionRoleNames } from "../../../functions/iam/member-roles";
import {
  deliveryStatements,
  type OrganizationAccess,
  type RecordAccess,
  unitsStatement,
} from "../../blocks/access";
import type { StatementArgs } from "../../blocks/inline-function";
import { maxReceiveCount } from "../../blocks/queue";
import { type RedriveAccess, redrivers } from "../../blocks/queue-admission";
import { QueuedFunction } from "../../blocks/queued-function";

/** Names the queue of the topic's messages. */
const deliveryQueue = "cordon-deliver";

export interface ChannelDeliveryArgs extends RecordAccess, OrganizationAccess, RedriveAccess {
  readonly channels: readonly PostedChannel[];
}

/** The queue of the topic's messages, and the function that posts them. */
export class ChannelDelivery extends pulumi.ComponentResource {
  readonly contract: pulumi.Output<QueuedFunctionContract>;

  constructor(name: string, args: ChannelDeliveryArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("cordon:index:ChannelDelivery", name, {}, opts);
    const delivery = new QueuedFunction<Environment>(
      `${name}-messages`,
      {
        queueName: deliveryQueue,
        sources: [{ topicArn: args.noticeTopicArn }],
        senders: redrivers(args),
        unhandled: "Messages that a channel of cordon:notify did not take",
        alarmTopicArn: args.noticeTopicArn,
        entry: "functions/handlers/deliver.ts",
        functionName: functionRoleNames.notifyChannels,
        roleName: functionRoleNames.notifyChannels,
        description: "Posts messages to the channels of cordon:notify",
        environment: {
          CHANNELS: JSON.stringify(args.channels),
          NOTICE_TOPIC_ARN: args.noticeTopicArn,
          JOURNAL_TABLE: args.journalTableName,
          MAX_RECEIVE_COUNT: String(maxReceiveCount),
        },
        statements: statements(args),
        // Shorter than a claim of the log lasts: what dies has lost its claims when it is tried again.
        timeoutSeconds: 55,
        memoryMb: 512,
        // Chats take about one message a second; SQS delivers refused ones again later.
        concurrency: 5,
      },
      { parent: this },
    );
    this.contract = delivery.contract;
    this.registerOutputs({ contract: this.contract });
  }
}

function statements(args: ChannelDeliveryArgs): readonly StatementArgs[] {
  const { channels, homeRegion, securityAccount } = args;
  const secrets = channels.flatMap((channel) => ("secret" in channel ? [channel.secret] : []));
  const [arns, parameters] = [true, false].map((isArn) =>
    [...new Set(secrets)].filter((secret) => secret.startsWith("arn:") === isArn),
  ) as [string[], string[]];
  const queues = channels.flatMap((each) => (each.type === "sqs" ? [each.queue] : []));
  const topics = channels.flatMap((each) => (each.type === "sns" ? [each.topic] : []));
  return [
    ...deliveryStatements(args),
    ...(channels.some(({ units }) => units !== undefined) ? [unitsStatement(args)] : []),
    ...only(
      "ssm:GetParameter",
      parameters.map((name) => `arn:aws:ssm:${homeRegion}:${securityAccount}:parameter${name}`),
    ),
    ...only("secretsmanager:GetSecretValue", arns),
    ...keyStatements(args, arns),
    ...sendStatements("sqs", "sqs:SendMessage", queues),
    ...sendStatements("sns", "sns:Publish", topics),
  ];
}

/**
 * Allows reading secrets under keys of the account's own, whose policies decide. Keys that AWS manages for
 * both services need no statement.
 */
function keyStatements(
  { channels, homeRegion, securityAccount }: ChannelDeliveryArgs,
  arns: readonly string[],
): readonly StatementArgs[] {
  if (!channels.some((channel) => "secret" in channel)) return [];
  const regions = [...new Set([homeRegion, ...arns.map((arn) => arn.split(":")[3] ?? "")])];
  return [
    {
      actions: ["kms:Decrypt"],
      resources: regions.map((region) => `arn:aws:kms:${region}:${securityAccount}:key/*`),
      conditions: {
        StringEquals: {
          "kms:ViaService": [
            `ssm.${homeRegion}.amazonaws.com`,
            ...new Set(arns.map((arn) => `secretsmanager.${arn.split(":")[3]}.amazonaws.com`)),
          ],
        },
      },
    },
  ];
}

function only(action: string, resources: readonly string[]): readonly StatementArgs[] {
  return resources.length === 0 ? [] : [{ actions: [action], resources: [...resources] }];
}

/**
 * Allows sending to other teams' queues or topics, and using their KMS keys for that. The statement names
 * keys by account alone: each key's own policy decides.
 */
function sendStatements(
  service: "sqs" | "sns",
  action: string,
  targets: readonly string[],
): readonly StatementArgs[] {
  if (targets.length === 0) return [];
  const places = [...new Set(targets.map((arn) => arn.split(":").slice(3, 5).join(":")))];
  const regions = [...new Set(places.map((place) => place.split(":")[0]))];
  return [
    ...only(action, targets),
    {
      actions: ["kms:Decrypt", "kms:GenerateDataKey*"],
      resources: places.map((place) => `arn:aws:kms:${place}:key/*`),
      conditions: {
        StringEquals: {
          "kms:ViaService": regions.map((region) => `${service}.${region}.amazonaws.com`),
        },
      },
    },
  ];
}
