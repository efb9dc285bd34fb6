/**
 * Has open incidents looked at, by a schedule and after calls in their accounts, announces exceptions that
 * end soon, counts false positives, alerts again of what tripped brakes hold back, sends the digests of days
 * and weeks, and what was held in a storm, and updates findings in Security Hub and GuardDuty.
 */
import type { SQSBatchResponse } from "aws-lambda";
import { driftCalls } from "../catalogue/calls";
import { metrics } from "../catalogue/metrics";
import type { ByPlaybook, PlaybookId } from "../catalogue/playbooks";
import { callParser } from "../detect/api-call";
import { countMarks, type MarkCounter } from "../flows/respond/counted-marks";
import { type DigestWatch, sendDigests } from "../flows/respond/digest";
import { announceEnding, type ExceptionWatch } from "../flows/respond/ending-exceptions";
import type { ExpiryTask } from "../flows/respond/expiry";
import { alertHeldBack, type BrakeWatch } from "../flows/respond/held-back";
import { lookAfterCalls, lookAtAll, type Watch } from "../flows/respond/rounds";
import { publishHeld, type StormWatch } from "../flows/respond/storm";
import { type FindingUpdater, updateFindings } from "../flows/respond/update-findings";
import {
  now,
  openApprovals,
  openBrakes,
  openCountedMarks,
  openDeadLetters,
  openDetectors,
  openDigest,
  openDigestNotifications,
  openEndingExceptionNotifications,
  openExceptions,
  openFindingUpdates,
  openJournal,
  openStorm,
  openTopic,
  openWorkQueue,
  sleep,
} from "./adapters";
import { count, isBatchOf, parse } from "./delivery";
import { json, optional, readEnvironment, type Texts, text } from "./environment";
import type { Handler } from "./handler";
import { logger } from "./logger";

const variables = {
  JOURNAL_TABLE: text,
  NOTICE_TOPIC_ARN: text,
  QUEUE_ARN: text,
  DEAD_LETTER_QUEUE_URL: text,
  /** URL of each responder's queue, by its playbook. */
  RESPONDER_QUEUES: json<ByPlaybook<string>>(),
  /** URL of the release function's queue; where incidents have an end. */
  RELEASE_QUEUE_URL: optional(text),
} as const;

/** The variables that the component sets on the watch. */
export type Environment = Texts<typeof variables>;

const environment = readEnvironment(variables);
const deadLetters = openDeadLetters(environment.DEAD_LETTER_QUEUE_URL);
const queues = Object.fromEntries(
  Object.entries(environment.RESPONDER_QUEUES).map(([id, url]) => [id, openWorkQueue(url)]),
) as Partial<Record<PlaybookId, ReturnType<typeof openWorkQueue>>>;
const releases =
  environment.RELEASE_QUEUE_URL === undefined
    ? undefined
    : openWorkQueue(environment.RELEASE_QUEUE_URL);
const journal = openJournal(environment.JOURNAL_TABLE);
const watch: Watch = {
  openIncidents: journal.openIncidents,
  send: async (playbook, looks) => queues[playbook]?.send(looks),
  end: async (incidents) =>
    releases?.send(
      incidents.map((incident) => ({
        task: { task: "expired", incident } satisfies ExpiryTask,
        seconds: 0,
      })),
    ),
  now,
  sleep,
};
const { publish } = openTopic(environment.NOTICE_TOPIC_ARN);
const brakeWatch: BrakeWatch = { now, publish, brakes: openBrakes(environment.JOURNAL_TABLE) };
const exceptions = openExceptions(environment.JOURNAL_TABLE);
const findingUpdates = openFindingUpdates(environment.JOURNAL_TABLE);
const markCounter: Omit<MarkCounter, "exceptions"> = {
  now,
  updates: findingUpdates,
  counted: openCountedMarks(environment.JOURNAL_TABLE),
  count: () => count(metrics.falsePositives),
};
const findingUpdater: Omit<FindingUpdater, "exceptions"> = {
  now,
  sleep,
  journal,
  updates: findingUpdates,
  approvals: openApprovals(environment.JOURNAL_TABLE),
  detectors: openDetectors(),
};
const exceptionWatch: Omit<ExceptionWatch, "exceptions"> = {
  now,
  publish,
  announced: openEndingExceptionNotifications(environment.JOURNAL_TABLE),
};
const digestWatch: DigestWatch = {
  now,
  publish,
  digest: openDigest(environment.JOURNAL_TABLE),
  sent: openDigestNotifications(environment.JOURNAL_TABLE),
};
const stormWatch: StormWatch = { now, publish, storm: openStorm(environment.JOURNAL_TABLE) };
const callOf = callParser("a call that may let a contained target out", ...driftCalls);

/** Returns what to retry of a batch of calls, or how many open incidents are looked at. */
export const handler: Handler<unknown, SQSBatchResponse | { readonly watched: number }> = async (
  event,
) => {
  // Any input with messages counts as a batch, and is refused unless it comes from this queue.
  if (typeof event === "object" && event !== null && "Records" in event) {
    if (!isBatchOf(environment.QUEUE_ARN, event)) {
      throw new Error(`The input is no message of ${environment.QUEUE_ARN}`);
    }
    await answerCalls(event.Records.map(({ body }) => body));
    return { batchItemFailures: [] };
  }
  const watched = await lookAtAll(watch);
  logger.info("watch.begun", { watched });
  // Whoever causes a storm must not keep the rest of the round from being done.
  const published = await publishHeld(stormWatch).catch((error: Error) => error);
  if (published instanceof Error) logger.error("storm.failed", published);
  else if (published > 0) logger.info("storm.published", { notices: published });
  const brakes = await alertHeldBack(brakeWatch);
  if (brakes > 0) logger.info("brakes.alerted", { brakes });
  const entries = await exceptions.entries();
  const register = { entries: async () => entries };
  const marks = await countMarks({ ...markCounter, exceptions: register });
  if (marks > 0) logger.info("false-positives.counted", { marks });
  const ending = await announceEnding({ ...exceptionWatch, exceptions: register });
  if (ending > 0) logger.info("exceptions.ending", { announced: ending });
  const digests = await sendDigests(digestWatch);
  if (digests > 0) logger.info("digests.sent", { digests });
  // Last: nothing else waits for the detectors.
  const findings = await updateFindings({ ...findingUpdater, exceptions: register });
  if (findings.updated > 0 || Object.keys(findings.failed).length > 0)
    logger.info("findings.updated", { ...findings });
  if (published instanceof Error) throw published;
  return { watched };
};

/** Answers all calls of a batch at once; when it throws, the queue delivers all of them again. */
async function answerCalls(bodies: readonly string[]): Promise<void> {
  const accounts = new Set<string>();
  for (const body of bodies) {
    const call = callOf(parse(body));
    if (call.kind === "call") {
      accounts.add(call.account);
      continue;
    }
    await deadLetters.keep(body, call.reason);
    count(metrics.eventsRefused);
  }
  if (accounts.size === 0) return;
  const round = await lookAfterCalls(accounts, watch);
  logger.info("watch.called", { calls: bodies.length, accounts: accounts.size, ...round });
}
