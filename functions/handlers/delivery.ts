/** What every queue-driven function does with a message: parse, answer, log, refuse, count. */
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import type { ReleaseAnswer } from "../release-request";
import type { Answer } from "../response";

export const logger = new Logger();
/** Written to the log, so that counting costs no call. */
export const metrics = new Metrics({ namespace: "GuardDuty/AutoRemediation" });

export interface Delivery {
  /** The event, or undefined when the body is not JSON. */
  readonly event: unknown;
  readonly number: number;
  readonly securityAccount: string;
  readonly requestId: string;
}

/** An answer with what the log and the metrics need of its finding; undefined: not ours to answer. */
export type LoggedAnswer = (Answer | ReleaseAnswer) & {
  readonly findingType?: string;
  readonly account?: string;
  readonly region?: string;
};

/**
 * Makes a handler for a queue. A refused message goes to the dead-letter queue with its reason and
 * is not tried again; a message whose answer throws is left to the queue's redelivery.
 */
export function queueHandler(
  answer: (delivery: Delivery) => Promise<LoggedAnswer | undefined>,
  refuse: (body: string, reason: string) => Promise<void>,
) {
  const handle = async (record: SQSRecord, context: Context): Promise<void> => {
    const answered = await answer({
      event: parse(record.body),
      number: Number(record.attributes.ApproximateReceiveCount),
      // The function's own account: but for Trusted Advisor's, every envelope must come from it.
      securityAccount: context.invokedFunctionArn.split(":")[4] ?? "",
      requestId: context.awsRequestId,
    });
    if (answered === undefined) return;
    if (answered.outcome === "refused") {
      await refuse(record.body, answered.reason);
      count("EventsRefused", {});
    }
    if (answered.outcome === "contained") {
      count("RemediationActions", {
        Action: "contained",
        FindingType: answered.findingType ?? "unknown",
      });
    }
    logger.info("finding.answered", { messageId: record.messageId, ...answered });
  };
  return async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    const failures: string[] = [];
    for (const record of event.Records) {
      try {
        await handle(record, context);
      } catch (error) {
        logger.error("finding.unfinished", {
          error: error as Error,
          messageId: record.messageId,
        });
        failures.push(record.messageId);
      }
    }
    return { batchItemFailures: failures.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

/** Tells a queue's batch from what people, who may send anything, call a function with. */
export function isBatch(request: unknown): request is SQSEvent {
  return typeof request === "object" && request !== null && "Records" in request;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Counts, in a metric of its own. */
export function count(name: string, dimensions: Record<string, string>, value = 1): void {
  const single = metrics.singleMetric();
  // Powertools adds the service as a dimension: the metric would be another than the one documented.
  single.clearDefaultDimensions();
  for (const [key, value] of Object.entries(dimensions)) single.addDimension(key, value);
  single.addMetric(name, MetricUnit.Count, value);
}
