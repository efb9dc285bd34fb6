/** Tells people of users with old access keys, as the accounts' automations report them. */
import { readReport, type Target, tellOldKey } from "../old-key";
import {
  now,
  openDeadLetters,
  openOrganization,
  openTold,
  openTopic,
  openWebhook,
} from "./adapters";
import { queueHandler } from "./delivery";

/** What the component must set on the function. */
export interface Environment {
  /** The topic whose messages are read. */
  readonly REPORT_TOPIC_ARN: string;
  readonly NOTICE_TOPIC_ARN: string;
  readonly JOURNAL_TABLE: string;
  /** Name of the SSM parameter with the URL of a chat's webhook, or "none". */
  readonly WEBHOOK_PARAMETER: string;
  readonly DEAD_LETTER_QUEUE_URL: string;
}

const environment = process.env as unknown as Environment;
const accounts = openOrganization();
const told = openTold(environment.JOURNAL_TABLE);
const topic = openTopic(environment.NOTICE_TOPIC_ARN);
const webhook = openWebhook(environment.WEBHOOK_PARAMETER);
const deadLetters = openDeadLetters(environment.DEAD_LETTER_QUEUE_URL);
const targets: readonly Target[] = [
  { name: "notices", tell: topic.publish },
  ...(environment.WEBHOOK_PARAMETER === "none" ? [] : [{ name: "chat", tell: webhook.post }]),
];

export const handler = queueHandler(async ({ event }) => {
  const read = readReport(event, environment.REPORT_TOPIC_ARN);
  if (read.kind === "refused") return { outcome: "refused", reason: read.reason };
  return {
    ...(await tellOldKey(read.report, { account: accounts.account, told, targets, now })),
    account: read.report.account,
  };
}, deadLetters.keep);
