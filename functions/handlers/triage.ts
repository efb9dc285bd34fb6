/** Answers every event on the hub that no playbook answers: notifies of it, or refuses it. */

import { isAnsweredElsewhere } from "../catalogue/routing";
import { detect } from "../detect/detect";
import { answerTo, type BreachNotifier } from "../flows/triage/triage";
import { calmly } from "../notify/storm";
import {
  now,
  openBreachNotifications,
  openDeadLetters,
  openDigest,
  openFindingNotifications,
  openOrganization,
  openStorm,
  openTopic,
} from "./adapters";
import { answerArchived, noteForDigest, queueHandler } from "./delivery";
import { oneOf, readEnvironment, type Texts, text, wholeNumber } from "./environment";

const variables = {
  SAMPLE_FINDINGS: oneOf("act", "log"),
  NOTICE_TOPIC_ARN: text,
  NOTICES_ALONE: wholeNumber,
  QUEUE_ARN: text,
  JOURNAL_TABLE: text,
  DEAD_LETTER_QUEUE_URL: text,
} as const;

/** The variables that the component sets on triage. */
export type Environment = Texts<typeof variables>;

const environment = readEnvironment(variables);
const topic = openTopic(environment.NOTICE_TOPIC_ARN);
const notifier: BreachNotifier = {
  account: openOrganization().account,
  publish: calmly(
    topic.publish,
    openStorm(environment.JOURNAL_TABLE),
    now,
    environment.NOTICES_ALONE,
  ),
  sampleFindings: environment.SAMPLE_FINDINGS,
  findings: openFindingNotifications(environment.JOURNAL_TABLE),
  notifications: openBreachNotifications(environment.JOURNAL_TABLE),
  now,
};
const digest = openDigest(environment.JOURNAL_TABLE);
const deadLetters = openDeadLetters(environment.DEAD_LETTER_QUEUE_URL);
const from = { queueArn: environment.QUEUE_ARN, refuse: deadLetters.keep };

export const handler = queueHandler(from, async ({ event, securityAccount }) => {
  // Another rule of the hub has it too, and its function speaks for it, also where that refuses it.
  if (isAnsweredElsewhere(event)) return undefined;
  const detected = detect(event, securityAccount);
  if (detected.kind === "refused") return { outcome: "refused", reason: detected.reason };
  if (detected.kind === "incident") throw new Error("Rule and catalogue disagree: a defect");
  const { finding, place } = detected;
  const about = { findingType: finding.type, account: place.account, region: place.region };
  if (detected.kind === "archived") {
    return { ...(await answerArchived(detected, { digest, now })), ...about };
  }
  const answer = await answerTo(detected, notifier);
  await noteForDigest(digest, detected, answer, now());
  return { ...answer, ...about };
});
