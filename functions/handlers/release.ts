/**
 * Releases an incident on behalf of a responder, who may invoke this function and needs no other
 * permission, or of an analyst, who chose the finding in Security Hub.
 */
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { isFinal } from "../aws/errors";
import { beginInvocation } from "../aws/time-left";
import { memberRoleName } from "../catalogue/member-role-name";
import { customActions } from "../catalogue/security-hub-actions";
import { detectSecurityHub } from "../detect/security-hub";
import { type BrakeReport, controlBrakes } from "../flows/release/brakes";
import { releaseRequested } from "../flows/release/by-finding";
import { type ReleaseReport, type Releaser, releaseIncident } from "../flows/release/release";
import {
  now,
  openBrakes,
  openDeadLetters,
  openJournal,
  openSealVerifier,
  openSessions,
  openTopic,
  sleep,
} from "./adapters";
import { isBatchOf, queueHandler } from "./delivery";
import { memberVariables, readEnvironment, type Texts, text, wholeNumber } from "./environment";
import type { Handler } from "./handler";
import { logger } from "./logger";

export type { BrakeReport } from "../flows/release/brakes";
export type { ReleaseReport } from "../flows/release/release";

const variables = {
  ...memberVariables,
  JOURNAL_TABLE: text,
  /** ARN of the key with which responders seal plans. */
  SEAL_KEY: text,
  NOTICE_TOPIC_ARN: text,
  QUEUE_ARN: text,
  DEAD_LETTER_QUEUE_URL: text,
  /** Deliveries after which the queue gives up. */
  MAX_RECEIVE_COUNT: wholeNumber,
} as const;

/** The variables that the component sets on the release function. */
export type Environment = Texts<typeof variables>;

export interface ReleaseRequest {
  /** The incident's id as every notice names it. */
  readonly incident: string;
  /** Why it is released: one line of 1 to 1,000 characters. */
  readonly reason: string;
  /** ARN of the caller, as the caller states it: only CloudTrail's data events show who invoked it. */
  readonly by: string;
  /** Make the access keys that the incident disabled active again. @default false */
  readonly reactivateKeys?: boolean;
  /** End the release, although something fails: it is left to be done manually. @default false */
  readonly close?: boolean;
}

/** What a responder wants of the brakes, which the same responders reset as release incidents. */
export interface BrakeRequest {
  readonly brakes: "list" | "reset";
  /** The brake to reset, as its alert and the list name it. */
  readonly scope?: string;
  /** Why it is reset: one line of 1 to 1,000 characters. */
  readonly reason?: string;
  /** ARN of the caller, as the caller states it. */
  readonly by?: string;
}

const environment = readEnvironment(variables);
const brakes = openBrakes(environment.JOURNAL_TABLE);
const journal = openJournal(environment.JOURNAL_TABLE);
const topic = openTopic(environment.NOTICE_TOPIC_ARN);
const seals = openSealVerifier(environment.SEAL_KEY);
const deadLetters = openDeadLetters(environment.DEAD_LETTER_QUEUE_URL);
const from = { queueArn: environment.QUEUE_ARN, refuse: deadLetters.keep };

const releaserOf = (runner: string): Releaser => ({
  journal,
  runner,
  now,
  sleep,
  isFinal,
  publish: topic.publish,
  distrust: seals.check,
  sessions: (family) => openSessions(memberRoleName(family, "release"), environment).open,
});

const answerMessages = queueHandler(from, async ({ event, number, securityAccount, requestId }) => {
  const requested = detectSecurityHub(event, securityAccount, [customActions.release]);
  const answered = await releaseRequested(requested, {
    ...releaserOf(requestId),
    delivery: number,
    lastDelivery: environment.MAX_RECEIVE_COUNT,
  });
  if (requested.kind === "refused") return answered;
  const { finding, place } = requested.kind === "incident" ? requested.incident : requested;
  return { ...answered, findingType: finding.type, account: place.account, region: place.region };
});

/**
 * Returns what to retry of a batch, or the report of the one release that was requested by id, or of
 * the brakes.
 */
export const handler: Handler<
  SQSEvent | ReleaseRequest | BrakeRequest | null,
  SQSBatchResponse | ReleaseReport | BrakeReport
> = async (request, context) => {
  if (isBatchOf(environment.QUEUE_ARN, request)) return answerMessages(request, context);
  beginInvocation(context);
  if (isBrakeRequest(request)) {
    const { brakes: wanted, scope = "", ...who } = request;
    const report = await controlBrakes(brakes, wanted, String(scope), {
      by: String(who.by ?? "a caller without a name"),
      reason: String(who.reason ?? ""),
    });
    if (report.outcome === "reset") {
      const { outcome, brake, by, reason } = report;
      logger.info("brake.reset", { outcome, scope: brake.scope, by, reason });
    }
    return report;
  }
  const report = await releaseIncident(
    String(request?.incident ?? ""),
    releaserOf(context.awsRequestId),
    {
      by: String(request?.by ?? "a caller without a name"),
      reason: String(request?.reason ?? ""),
      reactivateKeys: request?.reactivateKeys === true,
      close: request?.close === true,
    },
  );
  if (report.outcome !== "refused") {
    const { incident, outcome, order } = report;
    logger.info("incident.released", { incident, outcome, ...order });
  }
  return report;
};

function isBrakeRequest(request: unknown): request is BrakeRequest {
  return typeof request === "object" && request !== null && "brakes" in request;
}
