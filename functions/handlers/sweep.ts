/** The sweeper: works through its queue, starts a round when its schedule or a person calls it. */
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { hasCode, isRefusal } from "../aws/errors";
import type { Place } from "../incident";
import { memberRoleName } from "../member-role-name";
import { startRound, work } from "../sweep";
import { surveyStatements } from "../sweep-permissions";
import { workOf } from "../sweep-work";
import type { Sweeper } from "../sweeper";
import {
  list,
  type MemberAccess,
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
import { count, isBatch, logger, queueHandler } from "./delivery";

/** What the component must set on the sweeper. */
export interface Environment extends MemberAccess {
  /** Comma-separated. */
  readonly GOVERNED_REGIONS: string;
  readonly SECURITY_ACCOUNT: string;
  /** Comma-separated accounts of the organization that nothing is deployed to; may be empty. */
  readonly LEFT_OUT: string;
  /** Comma-separated units and accounts to which something is deployed; empty for every account. */
  readonly WITHIN: string;
  readonly SWEEP_HOURS: string;
  readonly NOTICE_TOPIC_ARN: string;
  readonly QUEUE_URL: string;
  readonly DEAD_LETTER_QUEUE_URL: string;
}

/** What a schedule, or a person, calls the function with. */
export interface SweepRequest {
  readonly source?: string;
}

const environment = process.env as unknown as Environment;
const organization = openOrganization();
const topic = openTopic(environment.NOTICE_TOPIC_ARN);
const queue = openWorkQueue(environment.QUEUE_URL);
const deadLetters = openDeadLetters(environment.DEAD_LETTER_QUEUE_URL);
const role = memberRoleName("instance", "prepare");
const surveys = openSurveys(role, environment);
const sessions = openSessions(role, environment);
const sessionName = "sweep";

const sweeper: Sweeper = {
  governedRegions: list(environment.GOVERNED_REGIONS),
  homeRegion: region,
  securityAccount: environment.SECURITY_ACCOUNT,
  leftOut: list(environment.LEFT_OUT),
  hours: Number(environment.SWEEP_HOURS),
  now,
  sleep,
  account: organization.account,
  accounts: () => organization.accounts(list(environment.WITHIN)),
  enter: (account) => {
    const place: Place = { partition: "aws", account, region };
    return surveys.open(place, surveyStatements(place), sessionName);
  },
  assume: (place, statements) => sessions.open(place, statements, sessionName),
  later: queue.send,
  publish: topic.publish,
  // A session's credentials are unknown in a region that the account has not enabled.
  isRefusal: (error) => isRefusal(error) || hasCode(error, "AuthFailure", "OptInRequired"),
  isGone: (error) => hasCode(error, "InvalidVpcID.NotFound"),
};

const answerMessages = queueHandler(async ({ event }) => {
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
}, deadLetters.keep);

/**
 * Gives what to retry of a batch, or what a round began with.
 *
 * @throws when it is called with text, a number or a list: whoever did so meant something else
 */
export const handler = async (
  event: SQSEvent | SweepRequest | null,
  context: Context,
): Promise<SQSBatchResponse | Awaited<ReturnType<typeof startRound>>> => {
  if (isBatch(event)) return answerMessages(event, context);
  if (typeof event !== "object" || Array.isArray(event)) {
    const given = JSON.stringify(event).slice(0, 80);
    throw new Error(`The sweeper is called with {} to go through all accounts, not with ${given}`);
  }
  const round = await startRound(sweeper);
  logger.info("sweep.begun", { ...round });
  count("AccountsUncontainable", {}, round.uncontainable.length);
  return round;
};
