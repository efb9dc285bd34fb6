/** Writes what an alarm publishes, in the form that CloudWatch gives its messages to topics. */
import type { Place } from "../../gateway/world";
import type { DeployedAlarm } from "./definitions";
import type { AlarmState } from "./evaluation";

interface Change {
  readonly from: AlarmState;
  readonly to: AlarmState;
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Regions by the names in which CloudWatch writes them. */
const regionNames: Readonly<Record<string, string>> = {
  "eu-west-1": "EU (Ireland)",
  "us-east-1": "US East (N. Virginia)",
};

/** Writes subject and text of the message about a change of an alarm's state. */
export function alarmMessage(
  { account, region }: Place,
  alarm: DeployedAlarm,
  { from, to, reason, at }: Change,
): { readonly subject: string; readonly text: string } {
  const regionName = regionNames[region];
  if (regionName === undefined) throw new Error(`CloudWatch's name of ${region} is not known here`);
  const { name, metric, statistic, unit, missingData } = alarm;
  const text = {
    AlarmName: name,
    AlarmDescription: alarm.description ?? null,
    AWSAccountId: account,
    AlarmConfigurationUpdatedTimestamp: moment(alarm.configured),
    NewStateValue: to,
    NewStateReason: reason,
    StateChangeTime: moment(at),
    Region: regionName,
    AlarmArn: alarm.arn,
    OldStateValue: from,
    OKActions: [],
    AlarmActions: alarm.actions,
    InsufficientDataActions: [],
    Trigger: {
      MetricName: metric.metricName,
      Namespace: metric.namespace,
      StatisticType: "Statistic",
      Statistic: statistic.toUpperCase(),
      Unit: unit ?? null,
      Dimensions: Object.entries(metric.dimensions).map(([key, value]) => ({ value, name: key })),
      Period: alarm.periodSeconds,
      EvaluationPeriods: alarm.evaluationPeriods,
      ComparisonOperator: alarm.comparison,
      Threshold: alarm.threshold,
      TreatMissingData: missingData,
      EvaluateLowSampleCountPercentile: "",
    },
  };
  return { subject: `${to}: "${name}" in ${regionName}`, text: JSON.stringify(text) };
}

/** 2025-02-02T12:06:35.472+0000. */
function moment(at: number): string {
  return new Date(at).toISOString().replace("Z", "+0000");
}
