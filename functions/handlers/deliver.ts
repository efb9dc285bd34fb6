/** Delivers the messages of the notice topic to the channels of `cordon:notify`. */
import type { PostedChannel } from "../catalogue/channels";
import { metrics } from "../catalogue/metrics";
import { type DeliveryPorts, deliver } from "../flows/notify/deliver";
import { readReceived } from "../flows/notify/received";
import {
  now,
  openChannel,
  openDeadLetters,
  openDeliveryLog,
  openOrganization,
  openTopic,
  sleep,
} from "./adapters";
import { count, queueHandler } from "./delivery";
import { json, readEnvironment, type Texts, text, wholeNumber } from "./environment";
import { logger } from "./logger";

const variables = {
  /** The channels that it posts to. */
  CHANNELS: json<readonly PostedChannel[]>(),
  NOTICE_TOPIC_ARN: text,
  JOURNAL_TABLE: text,
  /** The number of a message's last delivery. */
  MAX_RECEIVE_COUNT: wholeNumber,
  QUEUE_ARN: text,
  DEAD_LETTER_QUEUE_URL: text,
} as const;

/** The variables that the component sets on the function. */
export type Environment = Texts<typeof variables>;

const environment = readEnvironment(variables);
const deadLetters = openDeadLetters(environment.DEAD_LETTER_QUEUE_URL);
const from = { queueArn: environment.QUEUE_ARN, refuse: deadLetters.keep };
const ports: Omit<DeliveryPorts, "copy" | "delivery"> = {
  channels: environment.CHANNELS,
  open: openChannel,
  unitsOf: openOrganization().unitsOf,
  log: openDeliveryLog(environment.JOURNAL_TABLE),
  publish: openTopic(environment.NOTICE_TOPIC_ARN).publish,
  countFailure: () => count(metrics.channelsFailed),
  logFailure: (channel, why) => logger.warn("channel.failed", { channel, why }),
  lastDelivery: environment.MAX_RECEIVE_COUNT,
  now,
  sleep,
};

export const handler = queueHandler(from, async ({ event, number, messageId }) => {
  const received = readReceived(event, environment.NOTICE_TOPIC_ARN);
  return typeof received === "string"
    ? { outcome: "refused", reason: received }
    : deliver(received, { ...ports, delivery: number, copy: messageId });
});
