/** Handles the messages of a queue: parse, answer, log, refuse, count. */
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { beginInvocation } from "../aws/time-left";
import { containments, type Metric, metrics } from "../catalogue/metrics";
import type { Detected } from "../detect/detected";
import type { ReleaseAnswer } from "../flows/release/by-finding";
import type { Answer } from "../flows/respond/responder";
import type { Clock } from "../model/ports";
import { type DigestLog, digestEntry } from "../record/digest";
import type { Handler } from "./handler";
import { logger } from "./logger";

export interface Delivery {
  /** The event, or undefined when the body is not JSON. */
  readonly event: unknown;
  readonly number: number;
  /** The queue's own id of the message, the same in every delivery. */
  readonly messageId: string;
  readonly securityAccount: string;
  readonly requestId: string;
}

/** An answer, with the fields of its finding for the log and the metrics. */
export type LoggedAnswer = (Answer | ReleaseAnswer) & {
  readonly findingType?: string;
  readonly account?: string;
  readonly region?: string;
};

/** A queue, and the destination of its refused messages. */
export interface Inbox {
  /**
   * The queue whose messages alone the handler takes: it throws at other input. That is against
   * mistakes alone: a principal that may invoke a function may name the queue.
   */
  readonly queueArn: string;
  /** Another such queue. */
  readonly secondQueueArn?: string | undefined;
  refuse(body: string, reason: string): Promise<void>;
}

/** Services of AWS date their events by clocks of their own. */
const aheadMs = 5 * 60 * 1_000;

/**
 * Makes a handler for a queue. A refused message goes to the dead-letter queue with its reason and
 * is not tried again; a message whose answer throws is left to the queue's redelivery. An event that
 * is dated ahead is refused: it would count as newer than everything done until then.
 *
 * @param answer returns one answer, or of a message with several findings one for each
 */
export function queueHandler(
  { queueArn, secondQueueArn = queueArn, refuse }: Inbox,
  answer: (delivery: Delivery) => Promise<LoggedAnswer | readonly LoggedAnswer[] | undefined>,
  now: () => Date = () => new Date(),
): Handler<unknown, SQSBatchResponse> {
  const handle = async (record: SQSRecord, context: Context): Promise<void> => {
    const event = parse(record.body);
    const ahead = datedAhead(event, now());
    const answered: LoggedAnswer | readonly LoggedAnswer[] | undefined =
      ahead !== undefined
        ? { outcome: "refused", reason: ahead }
        : await answer({
            event,
            number: Number(record.attributes.ApproximateReceiveCount),
            messageId: record.messageId,
            // The function's own account: but for Trusted Advisor's, every envelope must come from it.
            securityAccount: context.invokedFunctionArn.split(":")[4] ?? "",
            requestId: context.awsRequestId,
          });
    const answers = answered === undefined ? [] : [answered].flat();
    const refusals = answers.flatMap((each) => (each.outcome === "refused" ? [each.reason] : []));
    if (refusals.length > 0) {
      await refuse(record.body, refusals.slice(0, 3).join(" | "));
      count(metrics.eventsRefused);
    }
    for (const each of answers) {
      if (each.outcome === "contained") count(containments(each.findingType));
      logger.info("finding.answered", { messageId: record.messageId, ...each });
    }
  };
  return async (event, context) => {
    if (!isBatchOf(queueArn, event) && !isBatchOf(secondQueueArn, event))
      throw new Error(`The input is no message of ${queueArn}`);
    beginInvocation(context);
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

/**
 * Notes an answer that no notice tells, for the digest. It serves people who look back: a failure is
 * logged, and the answer stands.
 */
export async function noteForDigest(
  digest: Pick<DigestLog, "note">,
  ...[about, answered, at]: Parameters<typeof digestEntry>
): Promise<void> {
  const entry = digestEntry(about, answered, at);
  if (entry === undefined) return;
  await digest.note(entry).catch((error: Error) => logger.warn("digest.unwritten", { error }));
}

/** Answers a finding that came archived or suppressed: it is noted for the digest, and nothing else. */
export async function answerArchived(
  { finding, place, countedAs }: Extract<Detected, { readonly kind: "archived" }>,
  { digest, now }: { readonly digest: Pick<DigestLog, "note"> } & Clock,
): Promise<Answer> {
  const reason = "The finding is archived or suppressed";
  const resource = finding.named?.[0] ?? "not named";
  const about = { finding, place, resource, ...(countedAs && { countedAs }) };
  await noteForDigest(digest, about, { outcome: "suppressed", reason }, now());
  return { outcome: "logged", reason };
}

/** Checks whether the input of a function is messages of one queue. */
export function isBatchOf(queueArn: string, input: unknown): input is SQSEvent {
  const { Records } = (input ?? {}) as { readonly Records?: unknown };
  return (
    Array.isArray(Records) &&
    Records.length > 0 &&
    Records.every((record) => record?.eventSourceARN === queueArn)
  );
}

/** Gives the reason to refuse an event that is dated ahead. Its parser refuses an unreadable time. */
function datedAhead(event: unknown, now: Date): string | undefined {
  const { time } = (event ?? {}) as { readonly time?: unknown };
  return typeof time === "string" && Date.parse(time) > now.getTime() + aheadMs
    ? `The event is dated ${time}, more than 5 minutes after ${now.toISOString()}`
    : undefined;
}

export function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Counts in the log, from which CloudWatch takes the metric: counting costs no call. */
export function count({ namespace, metricName, dimensions }: Metric, value = 1): void {
  const single = new Metrics({ namespace }).singleMetric();
  // Powertools adds a dimension of its own: the metric would be another than the one an alarm reads.
  single.clearDefaultDimensions();
  for (const [name, of] of Object.entries(dimensions)) single.addDimension(name, of);
  single.addMetric(metricName, MetricUnit.Count, value);
}
