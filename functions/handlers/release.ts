/**
 * Releases an incident on behalf of a responder, who may invoke this function and proves who it is by a
 * signed request to STS, or of an analyst, who chose the finding in Security Hub.
 */
import type { SQSBatchResponse } from "aws-lambda";
import { isFinal } from "../aws/errors";
import { beginInvocation } from "../aws/time-left";
import { memberRoleName } from "../catalogue/member-role-name";
import { customActions } from "../catalogue/security-hub-actions";
import { detectSecurityHub } from "../detect/security-hub";
import { principalProblem } from "../flows/approval/decide";
import { readAsked } from "../flows/release/asked";
import { type BrakeReport, controlBrakes } from "../flows/release/brakes";
import { releaseRequested } from "../flows/release/by-finding";
import { expiredIn, releaseExpired } from "../flows/release/expired";
import { type ReleaseReport, type Releaser, releaseIncident } from "../flows/release/release";
import type { Proof } from "../record/caller-proof";
import type { BrakeReset, Release } from "../record/requests";
import {
  now,
  openBrakes,
  openDeadLetters,
  openJournal,
  openProofReader,
  openSealVerifier,
  openSessions,
  openTopic,
  sleep,
} from "./adapters";
import { isBatchOf, queueHandler } from "./delivery";
import {
  memberVariables,
  ownRolesOf,
  ownRoleVariables,
  readEnvironment,
  type Texts,
  text,
  wholeNumber,
} from "./environment";
import type { Handler } from "./handler";
import { logger } from "./logger";

export type { BrakeReport } from "../flows/release/brakes";
export type { ReleaseReport } from "../flows/release/release";

const variables = {
  ...memberVariables,
  ...ownRoleVariables,
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

/** What a person sends, who needs lambda:InvokeFunction on this function and nothing else. */
export type PersonsOrder =
  | { readonly wanted: Release | BrakeReset; readonly proof: Proof }
  | { readonly brakes: "list" };

const environment = readEnvironment(variables);
const brakes = openBrakes(environment.JOURNAL_TABLE);
const journal = openJournal(environment.JOURNAL_TABLE);
const topic = openTopic(environment.NOTICE_TOPIC_ARN);
const proofs = openProofReader();
const ownRoles = ownRolesOf(environment);
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
  assume: (family, ...more) =>
    openSessions(memberRoleName(family, "release"), environment).open(...more),
});

const answerMessages = queueHandler(from, async ({ event, number, securityAccount, requestId }) => {
  const expired = expiredIn(event);
  if (expired !== undefined) return releaseExpired(expired, releaserOf(requestId));
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

/** Returns what to retry of a batch, or the report of the release, or of the brakes, that a person asked for. */
export const handler: Handler<unknown, SQSBatchResponse | ReleaseReport | BrakeReport> = async (
  request,
  context,
) => {
  if (isBatchOf(environment.QUEUE_ARN, request)) return answerMessages(request, context);
  beginInvocation(context);
  if (isListing(request)) return controlBrakes(brakes, "list", "", { by: "", reason: "" });
  const asked = await readAsked(request, ownRoles, { now, callerOf: proofs.callerOf });
  if ("refused" in asked) return { outcome: "refused", incident: "", reason: asked.refused };
  const { by, wanted } = asked;
  if ("resetBrake" in wanted) {
    const { resetBrake: scope, reason } = wanted;
    const report = await controlBrakes(brakes, "reset", scope, { by, reason });
    if (report.outcome === "reset") {
      logger.info("brake.reset", {
        outcome: report.outcome,
        scope: report.brake.scope,
        by,
        reason,
      });
    }
    return report;
  }
  const { release: incident, ...options } = wanted;
  const report = await releaseIncident(incident, releaserOf(context.awsRequestId), {
    ...options,
    by,
    objection: (record) => principalProblem(by, record, ownRoles, "release it"),
  });
  if (report.outcome !== "refused") {
    const { outcome, order } = report;
    logger.info("incident.released", { incident, outcome, ...order });
  }
  return report;
};

function isListing(request: unknown): boolean {
  return typeof request === "object" && request !== null && "brakes" in request;
}
