/** Decides the state of an alarm, by the rules of the CloudWatch user guide for alarms and missing data. */
import type { Datapoint, MetricName } from "./metrics";

export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";

export type Statistic = "SampleCount" | "Average" | "Sum" | "Minimum" | "Maximum";
export type Comparison = keyof typeof comparisons;
export type MissingData = "breaching" | "notBreaching" | "ignore" | "missing";

export interface Alarm {
  readonly name: string;
  readonly arn: string;
  readonly description: string | undefined;
  readonly metric: MetricName;
  /** Values of other units do not count; undefined for any. */
  readonly unit: string | undefined;
  readonly statistic: Statistic;
  readonly periodSeconds: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly comparison: Comparison;
  readonly threshold: number;
  readonly missingData: MissingData;
}

/** A value of a period, with the period's begin. */
interface Value {
  readonly value: number;
  readonly at: number;
}

export interface Evaluated {
  readonly state: AlarmState;
  /** The sentence CloudWatch gives, where values decided. */
  readonly reason: string;
}

export const comparisons = {
  GreaterThanThreshold: { words: "greater than", holds: (a: number, b: number) => a > b },
  GreaterThanOrEqualToThreshold: {
    words: "greater than or equal to",
    holds: (a: number, b: number) => a >= b,
  },
  LessThanThreshold: { words: "less than", holds: (a: number, b: number) => a < b },
  LessThanOrEqualToThreshold: {
    words: "less than or equal to",
    holds: (a: number, b: number) => a <= b,
  },
} as const;

export const statistics: Readonly<Record<Statistic, (values: readonly number[]) => number>> = {
  SampleCount: (values) => values.length,
  Average: (values) => sum(values) / values.length,
  Sum: sum,
  Minimum: (values) => Math.min(...values),
  Maximum: (values) => Math.max(...values),
};

// In the guide's examples CloudWatch reads five periods to evaluate three.
const furtherPeriods = 2;

/**
 * Evaluates an alarm at the end of a minute, over the periods that end then. Values of further
 * periods count where newer ones are missing; what is missing still is filled in as the alarm says.
 */
export function evaluate(
  alarm: Alarm,
  points: readonly Datapoint[],
  end: number,
  current: AlarmState,
): Evaluated {
  const { evaluationPeriods, datapointsToAlarm, missingData } = alarm;
  const periods = valuesOf(alarm, points, end);
  const known = periods.filter((value) => value !== undefined).slice(0, evaluationPeriods);
  const { holds } = comparisons[alarm.comparison];
  const breaching = known.filter(({ value }) => holds(value, alarm.threshold));
  const absent = evaluationPeriods - known.length;
  const decided = (state: AlarmState) => ({ state, reason: reasonOf(alarm, known, state) });
  if (breaching.length >= datapointsToAlarm) return decided("ALARM");
  if (absent === 0 || missingData === "notBreaching") return decided("OK");
  if (missingData === "breaching") {
    return decided(breaching.length + absent >= datapointsToAlarm ? "ALARM" : "OK");
  }
  if (breaching.length < known.length) return decided("OK");
  if (missingData === "ignore") return { state: current, reason: "Unchanged: data is missing" };
  // The only known values breach, and are about to leave the range.
  const oldest = periods.findLastIndex((value) => value !== undefined);
  return known.length > 0 && oldest >= datapointsToAlarm
    ? decided("ALARM")
    : { state: "INSUFFICIENT_DATA", reason: "Insufficient Data: datapoints are missing" };
}

/** Gives the values of the periods before a moment, the newest first; undefined where none is known. */
function valuesOf(alarm: Alarm, points: readonly Datapoint[], end: number): (Value | undefined)[] {
  const { unit, statistic, periodSeconds, evaluationPeriods } = alarm;
  const counted = points.filter((point) => unit === undefined || point.unit === unit);
  return Array.from({ length: evaluationPeriods + furtherPeriods }, (_, index) => {
    const to = end - index * periodSeconds * 1000;
    const at = to - periodSeconds * 1000;
    const values = counted.filter((point) => point.at >= at && point.at < to);
    return values.length === 0
      ? undefined
      : { value: statistics[statistic](values.map(({ value }) => value)), at };
  });
}

/** Writes the reason in CloudWatch's words, as in its documented events. */
function reasonOf(
  { comparison, threshold, evaluationPeriods, datapointsToAlarm }: Alarm,
  known: readonly Value[],
  state: AlarmState,
): string {
  const { words, holds } = comparisons[comparison];
  const was = state === "ALARM" ? "was" : "was not";
  if (known.length === 0) {
    const treated = state === "ALARM" ? "Breaching" : "NonBreaching";
    return `Threshold Crossed: no datapoints were received and missing datapoints were treated as [${treated}].`;
  }
  const shown = known.filter(({ value }) => holds(value, threshold) === (state === "ALARM"));
  const values = shown.map(({ value, at }) => `${decimal(value)} (${moment(at)})`).join(", ");
  const transition =
    state === "ALARM"
      ? ` (minimum ${datapointsToAlarm} datapoint${datapointsToAlarm === 1 ? "" : "s"} for OK -> ALARM transition)`
      : "";
  return `Threshold Crossed: ${shown.length} out of the last ${evaluationPeriods} datapoints [${values}] ${was} ${words} the threshold (${decimal(threshold)})${transition}.`;
}

function decimal(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

/** 02/02/25 12:05:00, day first. */
function moment(at: number): string {
  const [date = "", time = ""] = new Date(at).toISOString().split("T");
  const [year = "", month, day] = date.split("-");
  return `${day}/${month}/${year.slice(2)} ${time.slice(0, 8)}`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
