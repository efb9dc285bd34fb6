/**
 * Reads metrics out of log lines, as CloudWatch does, by AWS's specification of the embedded metric
 * format and its JSON schema. CloudWatch drops a line that breaks them; here it is an error.
 */
import { StandardUnit } from "@aws-sdk/client-cloudwatch";
import * as z from "zod/mini";
import type { Datapoint, MetricName } from "./metrics";

z.config(z.locales.en());

const name = z.string().check(z.minLength(1), z.maxLength(255));
const metadata = z.strictObject({
  Timestamp: z.int().check(z.minimum(0)),
  CloudWatchMetrics: z.array(
    z.strictObject({
      Namespace: name,
      Dimensions: z.array(z.array(name).check(z.maxLength(30))).check(z.minLength(1)),
      Metrics: z
        .array(
          z.strictObject({
            Name: name,
            Unit: z.optional(z.enum(StandardUnit)),
            StorageResolution: z.optional(z.union([z.literal(1), z.literal(60)])),
          }),
        )
        .check(z.maxLength(100)),
    }),
  ),
});
const target = z.union([z.number(), z.array(z.number()).check(z.maxLength(100))]);
// A dimension's value: PutMetricData, Dimension.
const dimension = z.string().check(z.minLength(1), z.maxLength(1024));

/** A metric and its value, as one log line gives them. */
export type Logged = MetricName & Datapoint;

/**
 * Reads the metrics of one line; a line that names none has none.
 *
 * @throws when CloudWatch would not take the line's metrics, with the place in it
 */
export function metricsIn(line: string): readonly Logged[] {
  if (!line.includes('"_aws"')) return [];
  const root = z.safeParse(z.record(z.string(), z.unknown()), parsed(line));
  if (!root.success) throw new Error("a line with metrics must be one JSON object");
  if (!Object.hasOwn(root.data, "_aws")) return [];
  const { Timestamp, CloudWatchMetrics } = read(metadata, root.data._aws, "_aws");
  return CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((keys) => {
      const dimensions = Object.fromEntries(
        keys.map((key) => [key, read(dimension, root.data[key], key)]),
      );
      return Metrics.flatMap(({ Name, Unit }) =>
        [read(target, root.data[Name], Name)].flat().map((value) => ({
          namespace: Namespace,
          metricName: Name,
          dimensions,
          value,
          at: Timestamp,
          ...(Unit !== undefined && { unit: Unit }),
        })),
      );
    }),
  );
}

function read<T>(schema: z.ZodMiniType<T>, value: unknown, where: string): T {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Error(`${[where, ...(issue?.path ?? [])].join(".")}: ${issue?.message}`);
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
