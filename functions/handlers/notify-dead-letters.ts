/**
 * Keeps what queues gave up, beyond the two weeks of SQS, and notifies of it with the reason. A schedule
 * invokes it, too: for letters whose notice had to wait.
 */
import type { SQSBatchResponse } from "aws-lambda";
import { type Keeper, keepLetter, notifyOf } from "../flows/dead-letters/keep";
import type { LetterQueue } from "../record/dead-letters";
import { now, openLetters, openTopic } from "./adapters";
import { isBatchOf } from "./delivery";
import { json, readEnvironment, type Texts, text, wholeNumber } from "./environment";
import type { Handler } from "./handler";
import { logger } from "./logger";

const variables = {
  JOURNAL_TABLE: text,
  NOTICE_TOPIC_ARN: text,
  /** What each dead-letter queue belongs to, by its ARN. */
  QUEUES: json<Readonly<Record<string, LetterQueue>>>(),
  /** Deliveries after which a queue gives up. */
  MAX_RECEIVE_COUNT: wholeNumber,
} as const;

/** The variables that the component sets on the function. */
export type Environment = Texts<typeof variables>;

const environment = readEnvironment(variables);
const keeper: Keeper = {
  now,
  deliveries: environment.MAX_RECEIVE_COUNT,
  letters: openLetters(environment.JOURNAL_TABLE),
  publish: openTopic(environment.NOTICE_TOPIC_ARN).publish,
};

/** Returns that nothing of a batch is to be retried, or of how many letters it notified. */
export const handler: Handler<unknown, SQSBatchResponse | { readonly notified: number }> = async (
  event,
) => {
  // Any input with messages counts as a batch, and is refused unless all come from one of these queues.
  if (typeof event !== "object" || event === null || !("Records" in event)) {
    return { notified: await notifyOfAll() };
  }
  const [arn, of] =
    Object.entries(environment.QUEUES).find(([each]) => isBatchOf(each, event)) ?? [];
  if (arn === undefined || of === undefined || !isBatchOf(arn, event)) {
    throw new Error("The input is no message of a dead-letter queue");
  }
  // Where something throws, the messages come again. What is kept already is the same letter then.
  for (const record of event.Records) {
    const { letter, isNew } = await keepLetter(record, of, keeper);
    if (isNew) logger.info("letter.kept", { ...letter });
  }
  await notifyOf(of, keeper);
  return { batchItemFailures: [] };
};

/** Notifies of every queue; throws after the last where one failed. */
async function notifyOfAll(): Promise<number> {
  const notices = await Promise.allSettled(
    Object.values(environment.QUEUES).map((of) => notifyOf(of, keeper)),
  );
  const [failed] = notices.filter((each) => each.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return notices.reduce((sum, each) => sum + (each.status === "fulfilled" ? each.value : 0), 0);
}
