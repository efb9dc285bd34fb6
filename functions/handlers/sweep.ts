/** The sweeper: works through its queue, starts a round when its schedule or a person calls it. */
import type { SQSBatchResponse } from "aws-lambda";
import { hasCode, isRefusal } from "../aws/errors";
import { memberRoleName } from "../catalogue/member-role-name";
import type { Sweeper } from "../flows/sweep/context";
import { startRound, work } from "../flows/sweep/sweep";
import { workOf } from "../flows/sweep/tasks";
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
  /** Accounts of the organization that nothing is deployed to. */
  LEFT_OUT: list,
  /** Units and accounts to which something is deployed; empty for every account. */
  WITHIN: list,
  SWEEP_HOURS: wholeNumber,
  NOTICE_TOPIC_ARN: text,
  QUEUE_URL: text,
  QUEUE_ARN: text,
  DEAD_LETTER_QUEUE_URL: text,
} as const;

/** What the component must set on the sweeper. */
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
  leftOut: environment.LEFT_OUT,
  hours: environment.SWEEP_HOURS,
  now,
  sleep,
  account: organization.account,
  accounts: () => organization.accounts(environment.WITHIN),
  enter: (account) => {
    const place: Place = { account, region };
    return surveys.open(place, surveyStatements(place), sessionName);
  },
  assume: (place, statements) => sessions.open(place, statements, sessionName),
  later: queue.send,
  publish: topic.publish,
  // A session's credentials are unknown in a region that the account has not enabled.
  isRefusal: (error) => isRefusal(error) || hasCode(error, "AuthFailure", "OptInRequired"),
  isGone: (error) => hasCode(error, "InvalidVpcID.NotFound"),
};

const answerMessages = queueHandler(from, async ({ event }) => {
  const { swept, ...answered } = await work(workOf(event), sweeper);
  if (swept !== undefined) {
    const { undelivered, missing } = swept;
    logger.info("sweep.done", { account: answered.account, ...swept });
    count(
      "EventsUndelivered",
      {},
      undelivered.reduce((sum, { waiting }) => sum + waiting, 0),
    );
    // A StackSet may fail in some accounts and the deployment succeed: nobody else would notice.
    count("ForwardingMissing", {}, missing.length);
  }
  return answered;
});

/**
 * Gives what to retry of a batch, or what a round began with.
 *
 * @throws when it is called with text, a number or a list: whoever did so meant something else
 */
export const handler: Handler<
  unknown,
  SQSBatchResponse | Awaited<ReturnType<typeof startRound>>
> = async (event, context) => {
  // Anything with messages is taken for its queue's, and refused where it is another's.
  if (typeof event === "object" && event !== null && "Records" in event) {
    return answerMessages(event, context);
  }
  if (typeof event !== "object" || Array.isArray(event)) {
    const given = JSON.stringify(event).slice(0, 80);
    throw new Error(`The sweeper is called with {} to go through all accounts, not with ${given}`);
  }
  const round = await startRound(sweeper);
  logger.info("sweep.begun", { ...round });
  count("AccountsUncontainable", {}, round.uncontainable.length);
  return round;
};
