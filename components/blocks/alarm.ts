/** The alarm of a metric of which the first count already matters. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

/**
 * Raises an alarm as soon as the metric is above zero, or has been for some periods, and ends it when it
 * is not, or not reported.
 */
export function alarmAboveZero(
  name: string,
  args: {
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
    readonly alarmTopicArn: pulumi.Input<string>;
  },
  opts: pulumi.CustomResourceOptions,
): void {
  const {
    alarmName,
    description,
    namespace,
    metricName,
    dimensions,
    statistic,
    period,
    periods = 1,
  } = args;
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
      threshold: 0,
      period,
      evaluationPeriods: periods,
      treatMissingData: "notBreaching",
      alarmActions: [args.alarmTopicArn],
    },
    opts,
  );
}
