/** Answers every event on the hub that no playbook answers: notifies of it, or refuses it. */

import { isAnsweredElsewhere } from "../catalogue/routing";
import { isImport } from "../catalogue/security-hub-imports";
import { detect } from "../detect/detect";
import type { Detected } from "../detect/detected";
import { detectImported, type Imported } from "../detect/imported";
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
import { answerArchived, type LoggedAnswer, noteForDigest, queueHandler } from "./delivery";
import { oneOf, readEnvironment, type Texts, text, wholeNumber } from "./environment";

const variables = {
  SAMPLE_FINDINGS: oneOf("act", "log"),
  NOTICE_TOPIC_ARN: text,
  NOTICES_ALONE: wholeNumber,
  QUEUE_ARN: text,
  SECOND_QUEUE_ARN: text,
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
const from = {
  queueArn: environment.QUEUE_ARN,
  secondQueueArn: environment.SECOND_QUEUE_ARN,
  refuse: deadLetters.keep,
};

export const handler = queueHandler(from, async ({ event, securityAccount }) => {
  // Another rule of the hub has it too, and its function speaks for it, also where that refuses it.
  if (isAnsweredElsewhere(event)) return undefined;
  if (!isImport(event)) return answer(detect(event, securityAccount));
  const answers: LoggedAnswer[] = [];
  for (const each of detectImported(event, securityAccount)) answers.push(await answer(each));
  return answers;
});

async function answer(detected: Detected | Imported): Promise<LoggedAnswer> {
  if (detected.kind === "refused") return { outcome: "refused", reason: detected.reason };
  if (detected.kind === "incident") throw new Error("Rule and catalogue disagree: a defect");
  const { finding, place } = detected;
  const about = { findingType: finding.type, account: place.account, region: place.region };
  switch (detected.kind) {
    case "archived":
      return { ...(await answerArchived(detected, { digest, now })), ...about };
    case "ignored":
      return { outcome: "logged", reason: detected.reason, ...about };
    case "unanswered": {
      const answered = await answerTo(detected, notifier);
      await noteForDigest(digest, detected, answered, now());
      return { ...answered, ...about };
    }
  }
}
