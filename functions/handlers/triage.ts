/** Speaks for every event on the hub that no playbook answers: tells people, or refuses it. */
import { detect } from "../detect/detect";
import { isAnsweredElsewhere } from "../routing";
import { type BreachTeller, tell, tellBreach } from "../triage";
import { now, openBreachesTold, openDeadLetters, openOrganization, openTopic } from "./adapters";
import { queueHandler } from "./delivery";

/** What the component must set on triage. */
export interface Environment {
  readonly SAMPLE_FINDINGS: "act" | "log";
  readonly NOTICE_TOPIC_ARN: string;
  readonly QUEUE_ARN: string;
  readonly JOURNAL_TABLE: string;
  readonly DEAD_LETTER_QUEUE_URL: string;
}

const environment = process.env as unknown as Environment;
const teller: BreachTeller = {
  account: openOrganization().account,
  publish: openTopic(environment.NOTICE_TOPIC_ARN).publish,
  sampleFindings: environment.SAMPLE_FINDINGS,
  told: openBreachesTold(environment.JOURNAL_TABLE),
  now,
};
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
    return { outcome: "logged", reason: "The finding is archived or suppressed", ...about };
  }
  const answer =
    detected.breach === undefined
      ? await tell(detected, teller)
      : await tellBreach(detected, detected.breach, teller);
  return { ...answer, ...about };
});
