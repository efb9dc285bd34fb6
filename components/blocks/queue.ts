/** Queues of events, what they give up, and the alarm on what stays there. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { functionRoleNames } from "../../functions/catalogue/own-roles";
import type { PolicyDocument } from "../../functions/model/policy-document";
import { alarmAbove } from "./alarm";
import type { StatementArgs } from "./inline-function";
import { allowSending } from "./queue-admission";

/**
 * Seconds a delivered message stays hidden. Longer than the runner's lease, which is longer than
 * the function's timeout: a redelivery must come after the first run and its lease have ended.
 */
export const visibilitySeconds = 180;
/** Deliveries after which a message becomes a dead letter. */
export const maxReceiveCount = 5;

/** The longest SQS keeps anything: a dead letter is an unanswered finding. */
export const deadLetterSeconds = 14 * 24 * 3600;

/**
 * Bytes: SQS allows four times as many. What becomes a dead letter must fit an item of DynamoDB, which has
 * 400 KB.
 */
const maxMessageSize = 262_144;

/** Makes a queue that gives messages up to another, after the last of several deliveries. */
export function workQueue(
  name: string,
  queueName: string,
  deadLetters: aws.sqs.Queue,
  opts: pulumi.CustomResourceOptions,
): aws.sqs.Queue {
  return new aws.sqs.Queue(
    name,
    {
      name: queueName,
      maxMessageSize,
      visibilityTimeoutSeconds: visibilitySeconds,
      sqsManagedSseEnabled: true,
      redrivePolicy: pulumi.jsonStringify({
        deadLetterTargetArn: deadLetters.arn,
        maxReceiveCount,
      }),
    },
    opts,
  );
}

/** Allows what Lambda does with queues in the role of the function that works through them. */
export function consumeStatement(
  ...queues: readonly { readonly arn: pulumi.Input<string> }[]
): StatementArgs {
  return {
    actions: [
      "sqs:ChangeMessageVisibility",
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:ReceiveMessage",
    ],
    resources: queues.map(({ arn }) => arn),
  };
}

/** Messages that one invocation gets: at most so many, of those that came in so many seconds. */
export interface Batch {
  readonly size: number;
  readonly seconds: number;
}

/** Hands a queue's messages to a function. */
export function mapQueue(
  name: string,
  queueArn: pulumi.Input<string>,
  functionName: pulumi.Input<string>,
  { concurrency, batch }: { readonly concurrency: number; readonly batch?: Batch | undefined },
  opts: pulumi.CustomResourceOptions,
): void {
  new aws.lambda.EventSourceMapping(
    name,
    {
      eventSourceArn: queueArn,
      functionName,
      // One incident an invocation: its time limit and its failure are its own.
      batchSize: batch?.size ?? 1,
      ...(batch && { maximumBatchingWindowInSeconds: batch.seconds }),
      functionResponseTypes: ["ReportBatchItemFailures"],
      scalingConfig: { maximumConcurrency: concurrency },
    },
    opts,
  );
}

/** Lets EventBridge send what one rule matched, or could not deliver, into a queue. */
export function admitRule(
  name: string,
  queue: aws.sqs.Queue,
  rule: aws.cloudwatch.EventRule,
  opts: pulumi.CustomResourceOptions,
): aws.sqs.QueuePolicy {
  return new aws.sqs.QueuePolicy(
    name,
    {
      queueUrl: queue.url,
      policy: pulumi
        .all([queue.arn, rule.arn])
        .apply(([queueArn, ruleArn]) => JSON.stringify(ruleAdmission(queueArn, ruleArn))),
    },
    opts,
  );
}

/** Writes the policy of a queue that takes what one rule matched. */
export function ruleAdmission(queueArn: string, ruleArn: string): PolicyDocument {
  return { Version: "2012-10-17", Statement: [allowSending("events", queueArn, ruleArn)] };
}

/** Makes a queue for what could not be delivered. */
export function deadLetterQueue(
  name: string,
  queueName: string,
  opts: pulumi.CustomResourceOptions,
): aws.sqs.Queue {
  return new aws.sqs.Queue(
    name,
    {
      name: queueName,
      messageRetentionSeconds: deadLetterSeconds,
      maxMessageSize,
      // Longer than the function that keeps dead letters may run.
      visibilityTimeoutSeconds: visibilitySeconds,
      sqsManagedSseEnabled: true,
    },
    opts,
  );
}

/** Minutes for which dead letters wait where something is wrong with the function that keeps them. */
const keptWithinMinutes = 5;

/**
 * Raises an alarm while anything waits in a dead-letter queue: at once where nothing takes it out, and
 * after minutes where a function keeps it and notifies of each letter.
 */
export function alarmOnDeadLetters(
  name: string,
  queue: { readonly name: pulumi.Input<string> },
  args: {
    readonly queueName: string;
    /** A name for the messages in it: "Events that X could not handle". */
    readonly what: string;
    /** Whether a function takes its messages out. */
    readonly kept: boolean;
    readonly alarmTopicArn: pulumi.Input<string>;
    readonly opts: pulumi.CustomResourceOptions;
  },
): void {
  const { what, queueName, kept } = args;
  alarmAbove(
    name,
    {
      alarmName: queueName,
      description: kept
        ? `${what} have waited in ${queueName} for ${keptWithinMinutes} minutes: ${functionRoleNames.notifyDeadLetters} does not keep them, and nobody is notified of them.`
        : `${what} wait in ${queueName}.`,
      namespace: "AWS/SQS",
      // SQS stops reporting on a queue that was not used for six hours.
      metricName: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: queue.name },
      statistic: "Maximum",
      period: 60,
      ...(kept && { periods: keptWithinMinutes }),
      alarmTopicArn: args.alarmTopicArn,
    },
    args.opts,
  );
}
