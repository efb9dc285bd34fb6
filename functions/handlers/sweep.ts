/** Handles the sweeper's queue, and starts a round when the schedule or a responder invokes it. */
import type { SQSBatchResponse } from "aws-lambda";
import { hasCode, isRefusal } from "../aws/errors";
import { memberRoleName } from "../catalogue/member-role-name";
import { metrics } from "../catalogue/metrics";
import { handleTask } from "../flows/sweep/account";
import type { Sweeper } from "../flows/sweep/context";
import { startRound } from "../flows/sweep/round";
import { taskOf } from "../flows/sweep/tasks";
import { surveyStatements } from "../iam/sweep-reads";
import type { Place } from "../model/resource";
import {
  now,
  openDeadLetters,
  openOrganization,
  openSessions,
  openSurveys,
  openTopic,
  openWorkQueue,
  region,
  sleep,
  suffix,
} from "./adapters";
import { count, queueHandler } from "./delivery";
import {
  list,
  memberVariables,
  readEnvironment,
  type Texts,
  text,
  wholeNumber,
} from "./environment";
import type { Handler } from "./handler";
import { logger } from "./logger";

const variables = {
  ...memberVariables,
  GOVERNED_REGIONS: list,
  SECURITY_ACCOUNT: text,
  /** Accounts of the organization to which nothing is deployed. */
  EXCLUDED_ACCOUNTS: list,
  /** Organizational units and accounts to which Cordon is deployed; empty for every account. */
  TARGET_UNITS: list,
  SWEEP_HOURS: wholeNumber,
  NOTICE_TOPIC_ARN: text,
  QUEUE_URL: text,
  QUEUE_ARN: text,
  DEAD_LETTER_QUEUE_URL: text,
} as const;

/** The variables that the component sets on the sweeper. */
export type Environment = Texts<typeof variables>;

const environment = readEnvironment(variables);
const organization = openOrganization();
const topic = openTopic(environment.NOTICE_TOPIC_ARN);
const queue = openWorkQueue(environment.QUEUE_URL);
const deadLetters = openDeadLetters(environment.DEAD_LETTER_QUEUE_URL);
const from = { queueArn: environment.QUEUE_ARN, refuse: deadLetters.keep };
const role = memberRoleName("instance", "prepare");
const surveys = openSurveys(role, environment);
const sessions = openSessions(role, environment);
const sessionName = "sweep";

const sweeper: Sweeper = {
  governedRegions: environment.GOVERNED_REGIONS,
  homeRegion: region,
  securityAccount: environment.SECURITY_ACCOUNT,
  excludedAccounts: environment.EXCLUDED_ACCOUNTS,
  hours: environment.SWEEP_HOURS,
  now,
  sleep,
  suffix,
  account: organization.account,
  accounts: () => organization.accounts(environment.TARGET_UNITS),
  openSession: (account) => {
    const place: Place = { account, region };
    return surveys.open(place, surveyStatements(place), sessionName);
  },
  assume: (place, statements) => sessions.open(place, statements, sessionName),
  enqueue: queue.send,
  publish: topic.publish,
  isRefusal,
  isGone: (error) => hasCode(error, "InvalidVpcID.NotFound"),
};

const answerMessages = queueHandler(from, async ({ event }) => {
  const { swept, ...answered } = await handleTask(taskOf(event), sweeper);
  if (swept !== undefined) {
    const { undelivered, missing } = swept;
    logger.info("sweep.done", { account: answered.account, ...swept });
    count(
      metrics.eventsUndelivered,
      undelivered.reduce((sum, { waiting }) => sum + waiting, 0),
    );
    // A StackSet may fail in some accounts while the deployment succeeds: only this metric shows it.
    count(metrics.forwardingMissing, missing.length);
  }
  return answered;
});

/**
 * Returns what to retry of a batch, or what a round began with.
 *
 * @throws when it is invoked with text, a number or a list, which no caller of a round sends
 */
export const handler: Handler<
  unknown,
  SQSBatchResponse | Awaited<ReturnType<typeof startRound>>
> = async (event, context) => {
  // Any input with messages counts as a batch, and is refused unless it comes from this queue.
  if (typeof event === "object" && event !== null && "Records" in event) {
    return answerMessages(event, context);
  }
  if (typeof event !== "object" || Array.isArray(event)) {
    const given = JSON.stringify(event).slice(0, 80);
    throw new Error(`Invoke the sweeper with {} to start a round, but ${given} was provided`);
  }
  const round = await startRound(sweeper);
  logger.info("sweep.begun", { ...round });
  count(metrics.accountsUncontainable, round.uncontainable.length);
  return round;
};
