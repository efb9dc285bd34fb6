/** Keeps what CloudWatch knows of metrics: what functions logged, and what AWS publishes by itself. */
import type { Place } from "../../gateway/world";

/** What identifies a metric: another name or dimension is another metric. */
export interface MetricName {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** One value of a metric. */
export interface Datapoint {
  readonly value: number;
  /** Milliseconds since 1970, by the functions' clock. */
  readonly at: number;
  readonly unit?: string;
}

export class MetricStore {
  readonly #points = new Map<string, Datapoint[]>();

  put(place: Place, metric: MetricName, point: Datapoint): void {
    const key = keyOf(place, metric);
    const points = this.#points.get(key) ?? [];
    points.push(point);
    this.#points.set(key, points);
  }

  /** Lists the values of exactly this metric of an account and region, in order of arrival. */
  of(place: Place, metric: MetricName): readonly Datapoint[] {
    return this.#points.get(keyOf(place, metric)) ?? [];
  }
}

function keyOf({ account, region }: Place, { namespace, metricName, dimensions }: MetricName) {
  const sorted = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([account, region, namespace, metricName, sorted]);
}
