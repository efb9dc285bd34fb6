/** Alarms on metrics that should be low. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

export interface AlarmArgs {
  readonly alarmName: string;
  /** What it means, in one sentence. */
  readonly description: string;
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, pulumi.Input<string>>>;
  readonly statistic: "Sum" | "Maximum";
  /** Seconds of a period. */
  readonly period: number;
  /** Periods in a row. @default 1 */
  readonly periods?: number;
  /** The highest value that is well. @default 0 */
  readonly above?: number;
  readonly alarmTopicArn: pulumi.Input<string>;
}

/**
 * Raises an alarm as soon as the metric is above its limit, or has been for some periods, and ends it
 * when it is not, or not reported.
 */
export function alarmAbove(
  name: string,
  args: AlarmArgs,
  opts: pulumi.CustomResourceOptions,
): void {
  const { alarmName, description, namespace, metricName, dimensions, statistic, period } = args;
  new aws.cloudwatch.MetricAlarm(
    name,
    {
      name: alarmName,
      alarmDescription: description,
      namespace,
      metricName,
      dimensions,
      statistic,
      comparisonOperator: "GreaterThanThreshold",
      threshold: args.above ?? 0,
      period,
      evaluationPeriods: args.periods ?? 1,
      treatMissingData: "notBreaching",
      alarmActions: [args.alarmTopicArn],
    },
    opts,
  );
}
