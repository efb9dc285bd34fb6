/**
 * Responds to the findings of one playbook, which the environment names, and adopts what a person who may
 * invoke the function contained by hand.
 */
import type { SQSBatchResponse } from "aws-lambda";
import { beginInvocation } from "../aws/time-left";
import { catalogue, playbookIds } from "../catalogue/playbooks";
import { primaryPlaybook } from "../catalogue/routing";
import { detect } from "../detect/detect";
import { isContainmentRequest } from "../detect/request";
import { type AdoptionReport, isAdoption } from "../flows/respond/adopt";
import type { Answer } from "../flows/respond/responder";
import { taskOf } from "../flows/respond/tasks";
import { notify } from "../flows/triage/triage";
import type { Answered } from "../record/digest";
import { noteForDigest, queueHandler } from "./delivery";
import { oneOf, readEnvironment, type Texts, text, wholeNumber } from "./environment";
import type { Handler } from "./handler";
import { logger } from "./logger";
import { openResponder, responderVariables } from "./responder";

const variables = {
  ...responderVariables,
  QUEUE_ARN: text,
  PLAYBOOK: oneOf(...playbookIds),
  /** Deliveries after which the queue gives up. */
  MAX_RECEIVE_COUNT: wholeNumber,
} as const;

/** The variables that the component sets on every responder. */
export type Environment = Texts<typeof variables>;

const environment = readEnvironment(variables);
const playbook = environment.PLAYBOOK;
const responder = openResponder(environment, catalogue[playbook].family);
const from = { queueArn: environment.QUEUE_ARN, refuse: responder.deadLetters.keep };

const answerMessages = queueHandler(from, async ({ event, number, securityAccount, requestId }) => {
  const run = { runner: requestId, delivery: number, lastDelivery: environment.MAX_RECEIVE_COUNT };
  const task = taskOf(event);
  if (task !== undefined) {
    if ("refused" in task) return { outcome: "refused", reason: task.refused };
    if (task.task === "approved") return responder.carryOut(task, run);
    return task.task === "ask-about-host"
      ? responder.askAboutHost(task, run)
      : responder.perform(task, run);
  }
  const detected = detect(event, securityAccount);
  // One finding of Security Hub may match the rules of several: one function notifies.
  if (detected.kind !== "incident" && (primaryPlaybook(event) ?? playbook) !== playbook)
    return undefined;
  if (detected.kind === "refused") return { outcome: "refused", reason: detected.reason };
  const { finding, place } = detected.kind === "incident" ? detected.incident : detected;
  const about = { findingType: finding.type, account: place.account, region: place.region };
  const note = (resource: string, answered: Answered) =>
    noteForDigest(responder.digest, { finding, place, resource }, answered, responder.now());
  if (detected.kind === "archived") {
    const reason = "The finding is archived or suppressed";
    await note(finding.named?.[0] ?? "not named", { outcome: "suppressed", reason });
    return { outcome: "logged", reason, ...about };
  }
  if (detected.kind === "unanswered") {
    // The rule let it through, so triage leaves it alone; what it lacks only parsing could see.
    const notified = await notify(detected, responder);
    await note(detected.resource, notified);
    return { ...notified, ...about };
  }
  if (detected.incident.playbook !== playbook) return undefined;
  const answered = await responder.answer(detected.incident, run);
  const { kind, id } = detected.incident.resource;
  await note(kind === "instance" ? id : `${kind} ${id}`, answered);
  return { ...answered, ...about };
});

/** Returns what to retry of a batch, or the answer to what a person asks. */
export const handler: Handler<unknown, SQSBatchResponse | AdoptionReport | Answer> = async (
  request,
  context,
) => {
  if (!isAdoption(request) && !isContainmentRequest(request)) {
    return answerMessages(request, context);
  }
  beginInvocation(context);
  const last = environment.MAX_RECEIVE_COUNT;
  const run = { runner: context.awsRequestId, delivery: 1, lastDelivery: last };
  const { by } = request;
  if (isAdoption(request)) {
    // Nothing delivers an adoption again: what it finds is final.
    const report = await responder.adopt(request, playbook, { ...run, delivery: last });
    logger.info("incident.adopted", { ...report, by });
    return report;
  }
  const answer = await responder.answerRequest(request, run);
  logger.info("request.answered", { ...answer, by });
  return answer;
};
