/** Responds to the findings of one playbook, which the environment names, and to what people ask for. */
import { playbookIds } from "../catalogue/playbooks";
import { primaryPlaybook } from "../catalogue/routing";
import { detect } from "../detect/detect";
import { taskOf } from "../flows/respond/tasks";
import { notify } from "../flows/triage/triage";
import { nameOf } from "../notify/incident-news";
import type { Answered } from "../record/digest";
import { answerArchived, noteForDigest, queueHandler } from "./delivery";
import { oneOf, optional, readEnvironment, type Texts, text, wholeNumber } from "./environment";
import { openResponder, responderVariables } from "./responder";

const variables = {
  ...responderVariables,
  QUEUE_ARN: text,
  SECOND_QUEUE_ARN: optional(text),
  PLAYBOOK: oneOf(...playbookIds),
  /** Deliveries after which the queue gives up. */
  MAX_RECEIVE_COUNT: wholeNumber,
} as const;

/** The variables that the component sets on every responder. */
export type Environment = Texts<typeof variables>;

const environment = readEnvironment(variables);
const playbook = environment.PLAYBOOK;
const responder = openResponder(environment, playbook);
const from = {
  queueArn: environment.QUEUE_ARN,
  secondQueueArn: environment.SECOND_QUEUE_ARN,
  refuse: responder.deadLetters.keep,
};

export const handler = queueHandler(from, async ({ event, number, securityAccount, requestId }) => {
  const run = { runner: requestId, delivery: number, lastDelivery: environment.MAX_RECEIVE_COUNT };
  const task = taskOf(event);
  if (task !== undefined) {
    if ("refused" in task) return { outcome: "refused", reason: task.refused };
    switch (task.task) {
      case "approved":
        return responder.carryOut(task, run);
      case "requested":
        return responder.answerRequest(task, playbook, run);
      case "ask-about-host":
        return responder.askAboutHost(task, run);
      case "block-address":
        return responder.answerAddress(task, run);
      default:
        return responder.perform(task, run);
    }
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
    return { ...(await answerArchived(detected, responder)), ...about };
  }
  if (detected.kind === "unanswered") {
    // The rule let it through, so triage leaves it alone; what it lacks only parsing could see.
    const notified = await notify(detected, responder);
    await note(detected.resource, notified);
    return { ...notified, ...about };
  }
  if (detected.incident.playbook !== playbook) return undefined;
  const answered = await responder.answer(detected.incident, run);
  await responder.handOn(detected.incident, event);
  await note(nameOf(detected.incident.resource), answered);
  return { ...answered, ...about };
});
