/** Polls one queue for a function as Lambda's service does: with the function's own role. */
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { stateOf } from "../../gateway/emulator/moto";
import type { Gateway } from "../../gateway/gateway";
import type { DeployedFunction } from "../../gateway/stand-ins/lambda-functions";
import type { DeployedMapping } from "../../gateway/stand-ins/lambda-mappings";
import { type Arn, fromArn } from "../../gateway/wire/arn";
import type { Outcome } from "./environment";

// A queue without a dead-letter queue would be polled for ever.
const mostReceives = 100;
/** Messages that SQS returns at once. */
const most = 10;

export class Poller {
  /** Visibility timeout of the queue, in milliseconds. */
  readonly visibilityTimeoutMs: number;
  /** Messages that failed and are still invisible. */
  readonly failed: Message[] = [];
  /** Messages received so far. */
  received = 0;
  #receiving: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly gateway: Gateway,
    private readonly mapping: DeployedMapping,
    private readonly queue: Arn,
    private readonly sqs: SQSClient,
    attributes: Readonly<Record<string, string>>,
  ) {
    this.visibilityTimeoutMs = Number(attributes.VisibilityTimeout) * 1000;
  }

  /**
   * Opens a session of the function's role and looks at the queue. Throws when the role refuses
   * Lambda or lacks a permission that polling needs, and by name on FIFO queues, which are not emulated.
   */
  static async open(
    gateway: Gateway,
    fn: DeployedFunction,
    mapping: DeployedMapping,
  ): Promise<Poller> {
    const { queueArn } = mapping;
    if (queueArn.endsWith(".fifo")) throw new Error(`FIFO queue ${queueArn} is not known here`);
    const queue = fromArn(queueArn);
    const { accessKeyId, secretAccessKey, sessionToken } = await gateway.callers.serviceSession(
      "lambda.amazonaws.com",
      fn.role,
      fn.name,
      "cordon",
    );
    const sqs = new SQSClient({
      region: queue.region,
      endpoint: gateway.url,
      credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
      maxAttempts: 1,
      useQueueUrlAsEndpoint: false,
    });
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: urlOf(gateway, queue),
        AttributeNames: ["VisibilityTimeout"],
      }),
    );
    return new Poller(gateway, mapping, queue, sqs, Attributes);
  }

  /**
   * Receives at most one batch; empty when nothing is visible. A batching window is over when nothing
   * more is visible: nobody waits for it here.
   */
  receive(): Promise<Message[]> {
    // One at a time: the emulator may hand the same message to two receivers at once.
    const next = this.#receiving.then(async () => {
      const batch: Message[] = [];
      for (;;) {
        const missing = this.mapping.batchSize - batch.length;
        const more = missing > 0 ? await this.#receive(Math.min(most, missing)) : [];
        batch.push(...more);
        if (more.length === 0 || this.mapping.window === 0) return batch;
      }
    });
    this.#receiving = next.catch(() => {});
    return next;
  }

  async #receive(MaxNumberOfMessages: number): Promise<Message[]> {
    const { Messages = [] } = await this.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: urlOf(this.gateway, this.queue),
        MaxNumberOfMessages,
        MessageSystemAttributeNames: ["All"],
        MessageAttributeNames: ["All"],
      }),
    );
    this.received += Messages.length;
    for (const { MessageId, Attributes } of Messages) {
      if (Number(Attributes?.ApproximateReceiveCount) > mostReceives) {
        throw new Error(
          `Message ${MessageId} failed ${mostReceives} times: give ${this.mapping.queueArn} a dead-letter queue`,
        );
      }
    }
    return Messages;
  }

  /** Shapes messages as Lambda hands them to a function. */
  event(messages: readonly Message[]): { Records: object[] } {
    return {
      Records: messages.map((message) => ({
        messageId: message.MessageId,
        receiptHandle: message.ReceiptHandle,
        body: message.Body,
        attributes: message.Attributes ?? {},
        messageAttributes: Object.fromEntries(
          Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [
            name,
            {
              ...(value.StringValue !== undefined && { stringValue: value.StringValue }),
              ...(value.BinaryValue && {
                binaryValue: Buffer.from(value.BinaryValue).toString("base64"),
              }),
              stringListValues: [],
              binaryListValues: [],
              dataType: value.DataType,
            },
          ]),
        ),
        ...(message.MD5OfMessageAttributes && {
          md5OfMessageAttributes: message.MD5OfMessageAttributes,
        }),
        md5OfBody: message.MD5OfBody,
        eventSource: "aws:sqs",
        eventSourceARN: this.mapping.queueArn,
        awsRegion: this.queue.region,
      })),
    };
  }

  /** Deletes what the function handled; the rest waits for its visibility timeout. */
  async settle(messages: readonly Message[], outcome: Outcome): Promise<void> {
    const failed = outcome.ok ? this.#failures(messages, outcome.payload) : messages;
    this.failed.push(...failed);
    const handled = messages.filter((message) => !failed.includes(message));
    await Promise.all(
      handled.map(({ ReceiptHandle }) =>
        this.sqs.send(
          new DeleteMessageCommand({ QueueUrl: urlOf(this.gateway, this.queue), ReceiptHandle }),
        ),
      ),
    );
  }

  /**
   * Reads a partial batch response as Lambda does: nothing reported is success, and a report that
   * does not name messages of this batch fails all of it.
   */
  #failures(messages: readonly Message[], payload: string | undefined): readonly Message[] {
    if (!this.mapping.reportBatchItemFailures) return [];
    const report = JSON.parse(payload ?? "null") as { batchItemFailures?: unknown } | null;
    if (report === null || typeof report !== "object") return [];
    if (Object.keys(report).length === 0 || report.batchItemFailures === null) return [];
    if (!Array.isArray(report.batchItemFailures)) return messages;
    const ids = report.batchItemFailures.map((entry) => entry?.itemIdentifier);
    const known = ids.every((id) => messages.some(({ MessageId }) => MessageId === id));
    return known ? messages.filter(({ MessageId }) => ids.includes(MessageId)) : messages;
  }

  /** Makes failed messages visible, as the passing of the visibility timeout would. */
  async expose(): Promise<void> {
    const { account, region } = this.queue;
    await Promise.all(
      this.failed.splice(0).map(({ ReceiptHandle }) =>
        // Not a call that Lambda makes: so it takes neither the role nor the gateway.
        stateOf(this.gateway.moto)
          .json({ account, region }, "sqs", "AmazonSQS.ChangeMessageVisibility", {
            QueueUrl: urlOf(this.gateway, this.queue),
            ReceiptHandle,
            VisibilityTimeout: 0,
          })
          .catch((error: Error) => {
            // On a busy machine the timeout has passed by itself: the message is visible already.
            if (!/ReceiptHandleIsInvalid/.test(error.message)) throw error;
          }),
      ),
    );
  }

  close(): void {
    this.sqs.destroy();
  }
}

function urlOf(gateway: Gateway, { account, resource }: Arn): string {
  return `${gateway.url}/${account}/${resource}`;
}
