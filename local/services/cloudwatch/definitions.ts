/** Reads the alarms that are deployed, and refuses by name what the local organization does not evaluate. */
import type { State } from "../../gateway/emulator/moto";
import { items } from "../../gateway/iam/policies";
import { member, text } from "../../gateway/wire/protocol";
import type { Place } from "../../gateway/world";
import {
  type Alarm,
  type Comparison,
  comparisons,
  type MissingData,
  type Statistic,
  statistics,
} from "./evaluation";

export interface DeployedAlarm extends Alarm {
  /** Topics to which it publishes when it is raised; none while its actions are disabled. */
  readonly actions: readonly string[];
  /** When it was last created or changed, in milliseconds since 1970. */
  readonly configured: number;
}

/** What this organization publishes of AWS's own metrics. */
const published = new Set([
  "AWS/SQS ApproximateNumberOfMessagesVisible",
  "AWS/Lambda Errors",
  // Nothing throttles a function here, and no clock goes as fast as its: tests put values of these.
  "AWS/Lambda Throttles",
  "AWS/Lambda Duration",
  "AWS/States ExecutionsFailed",
  "AWS/States ExecutionsTimedOut",
  "AWS/States ExecutionsAborted",
]);

const known = new Set([
  "AlarmName",
  "AlarmArn",
  "AlarmDescription",
  "AlarmConfigurationUpdatedTimestamp",
  "ActionsEnabled",
  "AlarmActions",
  "StateValue",
  "StateReason",
  "StateReasonData",
  "StateUpdatedTimestamp",
  "StateTransitionedTimestamp",
  "MetricName",
  "Namespace",
  "Statistic",
  "Dimensions",
  "Period",
  "Unit",
  "EvaluationPeriods",
  "DatapointsToAlarm",
  "Threshold",
  "ComparisonOperator",
  "TreatMissingData",
]);

/** Reads all alarms of an account and region. */
export async function readAlarms(state: State, at: Place): Promise<readonly DeployedAlarm[]> {
  const answer = await state.query(at, "monitoring", "DescribeAlarms");
  return items(member(member(answer, "DescribeAlarmsResult"), "MetricAlarms")).map(readAlarm);
}

function readAlarm(alarm: unknown): DeployedAlarm {
  const field = (key: string) => text(member(alarm, key)) || undefined;
  const name = field("AlarmName") ?? "";
  const unknown = (what: string) => new Error(`${what} of alarm ${name} is not known here`);
  const other = Object.entries(alarm as object).find(
    ([key, value]) => !known.has(key) && value !== "",
  );
  if (other) throw unknown(other[0]);
  const statistic = field("Statistic") as Statistic;
  if (!Object.hasOwn(statistics, statistic)) throw unknown(`The statistic ${statistic}`);
  const comparison = field("ComparisonOperator") as Comparison;
  if (!Object.hasOwn(comparisons, comparison)) throw unknown(`The comparison ${comparison}`);
  const missingData = (field("TreatMissingData") ?? "missing") as MissingData;
  if (!["breaching", "notBreaching", "ignore", "missing"].includes(missingData)) {
    throw unknown(`TreatMissingData ${missingData}`);
  }
  const periodSeconds = Number(field("Period"));
  // Shorter ones, of high resolution, are evaluated more often than once a minute.
  if (!(periodSeconds > 0) || periodSeconds % 60 !== 0)
    throw unknown(`The period ${periodSeconds}`);
  const namespace = field("Namespace") ?? "";
  const metricName = field("MetricName") ?? "";
  if (namespace.startsWith("AWS/") && !published.has(`${namespace} ${metricName}`)) {
    throw unknown(`The metric ${namespace} ${metricName}`);
  }
  const actions = items(member(alarm, "AlarmActions")).map((action) => text(action) ?? "");
  const noTopic = actions.find((action) => !/^arn:aws:sns:[^:]+:\d{12}:[^:]+$/.test(action));
  if (noTopic !== undefined) throw unknown(`The action ${noTopic}`);
  const evaluationPeriods = Number(field("EvaluationPeriods"));
  return {
    name,
    arn: field("AlarmArn") ?? "",
    description: field("AlarmDescription"),
    metric: {
      namespace,
      metricName,
      dimensions: Object.fromEntries(
        items(member(alarm, "Dimensions")).map((dimension) => [
          text(member(dimension, "Name")) ?? "",
          text(member(dimension, "Value")) ?? "",
        ]),
      ),
    },
    unit: field("Unit"),
    statistic,
    periodSeconds,
    evaluationPeriods,
    datapointsToAlarm: Number(field("DatapointsToAlarm") ?? evaluationPeriods),
    comparison,
    threshold: Number(field("Threshold")),
    missingData,
    actions: field("ActionsEnabled") === "false" ? [] : actions,
    configured: Date.parse(field("AlarmConfigurationUpdatedTimestamp") ?? ""),
  };
}
