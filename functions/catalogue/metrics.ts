/** Metrics that functions log and alarms read. Both name a metric by its entry here. */

/** A metric in CloudWatch: another namespace, name or dimension is another metric. */
export interface Metric {
  readonly namespace: string;
  readonly metricName: string;
  /** At least one: the embedded metric format takes no metric without a set of dimensions. */
  readonly dimensions: Readonly<Record<string, string>>;
}

const namespace = "GuardDuty/AutoRemediation";
const service = { Service: "cordon" };

const counts = (metricName: string): Metric => ({ namespace, metricName, dimensions: service });

export const metrics = {
  accountsNotAsked: counts("AccountsNotAsked"),
  accountsUncontainable: counts("AccountsUncontainable"),
  accountsWithoutSupportPlan: counts("AccountsWithoutSupportPlan"),
  channelsFailed: counts("ChannelsFailed"),
  eventsMissed: counts("EventsMissed"),
  eventsRefused: counts("EventsRefused"),
  eventsUndelivered: counts("EventsUndelivered"),
  falsePositives: counts("FalsePositives"),
  forwardingMissing: counts("ForwardingMissing"),
  reportsUnfounded: counts("ReportsUnfounded"),
};

/** Gives the metric of containments of findings of one type. */
export function containments(findingType = "unknown"): Metric {
  return {
    namespace,
    metricName: "RemediationActions",
    dimensions: { Action: "contained", FindingType: findingType },
  };
}
