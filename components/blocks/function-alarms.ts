/** Alarms of functions: what waits for one, how it fails, and what Lambda keeps from it. */
import type * as pulumi from "@pulumi/pulumi";
import { alarmAbove } from "./alarm";

export interface FunctionAlarmArgs {
  readonly functionName: string;
  readonly alarmTopicArn: pulumi.Input<string>;
  readonly opts: pulumi.CustomResourceOptions;
}

/** Raises an alarm where a function crashes or times out. */
export function alarmOnErrors(
  name: string,
  args: FunctionAlarmArgs & {
    /** What the function could not do, and where to read more: "could not ask …: see its log". */
    readonly what: string;
    /** Whether a queue delivers again what fails: one crash is then no news. @default false */
    readonly retried?: boolean;
  },
): void {
  const { functionName, what, retried = false, alarmTopicArn, opts } = args;
  alarmAbove(
    name,
    {
      alarmName: `${functionName}-errors`,
      description: `${functionName} ${what}.`,
      namespace: "AWS/Lambda",
      metricName: "Errors",
      dimensions: { FunctionName: functionName },
      statistic: "Sum",
      // A message that crashes the function comes again every three minutes.
      ...(retried ? { period: 900, above: 1 } : { period: 300 }),
      alarmTopicArn,
    },
    opts,
  );
}

/**
 * Raises an alarm where Lambda goes on refusing to run a function: each refusal of a message counts as
 * one of its deliveries, although the function never saw it.
 */
export function alarmOnThrottles(
  name: string,
  { functionName, alarmTopicArn, opts }: FunctionAlarmArgs,
  consequence: string,
): void {
  alarmAbove(
    name,
    {
      alarmName: `${functionName}-throttles`,
      description: `Lambda has refused to run ${functionName} for ten minutes: ${consequence}.`,
      namespace: "AWS/Lambda",
      metricName: "Throttles",
      dimensions: { FunctionName: functionName },
      statistic: "Sum",
      period: 300,
      periods: 2,
      alarmTopicArn,
    },
    opts,
  );
}

/** Raises an alarm where a run comes near the time at which Lambda ends it. */
export function alarmOnDuration(
  name: string,
  { functionName, alarmTopicArn, opts }: FunctionAlarmArgs,
  timeoutSeconds: number,
): void {
  alarmAbove(
    name,
    {
      alarmName: `${functionName}-slow`,
      description: `A run of ${functionName} took more than 90 percent of the ${timeoutSeconds} seconds that it has: see its log.`,
      namespace: "AWS/Lambda",
      metricName: "Duration",
      dimensions: { FunctionName: functionName },
      statistic: "Maximum",
      period: 300,
      above: timeoutSeconds * 900,
      alarmTopicArn,
    },
    opts,
  );
}

/**
 * Raises an alarm while messages of a queue wait to be taken. Not by the age of the oldest: that counts
 * from the sending, and so passes three minutes with each delivery that fails, after which a message is
 * hidden that long. What is hidden or delayed is not visible, so that neither raises it.
 */
export function alarmOnWaiting(
  name: string,
  queueName: string,
  { functionName, alarmTopicArn, opts }: FunctionAlarmArgs,
  minutes: number,
): void {
  alarmAbove(
    name,
    {
      alarmName: `${queueName}-waiting`,
      description: `Messages have waited in ${queueName} for ${minutes} minutes: ${functionName} does not take them, or has more than it can handle at once.`,
      namespace: "AWS/SQS",
      metricName: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: queueName },
      statistic: "Maximum",
      period: 60,
      periods: minutes,
      alarmTopicArn,
    },
    opts,
  );
}
