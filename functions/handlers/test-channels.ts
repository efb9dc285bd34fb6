/** Tests the channels of `cordon:notify` for a person, who may invoke this and nothing else. */
import type { Channel } from "../catalogue/channels";
import { type TestedChannel, testChannels } from "../flows/notify/test";
import { deliveriesOf, openConfirmedAddresses, openTopic, sleep } from "./adapters";
import { json, readEnvironment, type Texts, text } from "./environment";
import type { Handler } from "./handler";
import { logger } from "./logger";

const variables = {
  /** All channels, with as much of each as the test needs. */
  CHANNELS: json<readonly Channel[]>(),
  NOTICE_TOPIC_ARN: text,
  JOURNAL_TABLE: text,
} as const;

/** The variables that the component sets on the function. */
export type Environment = Texts<typeof variables>;

export interface ChannelsReport {
  readonly tested: readonly TestedChannel[];
}

const environment = readEnvironment(variables);

/** Sends fixed messages, whatever the input is: nobody says anything by it. */
export const handler: Handler<unknown, ChannelsReport> = async () => {
  const tested = await testChannels({
    channels: environment.CHANNELS,
    send: openTopic(environment.NOTICE_TOPIC_ARN).send,
    deliveriesOf: (message) => deliveriesOf(environment.JOURNAL_TABLE, message),
    confirmed: openConfirmedAddresses(environment.NOTICE_TOPIC_ARN),
    sleep,
  });
  logger.info("channels.tested", { tested });
  return { tested };
};
