/** Sources, queue, dead letters and function: how messages reach the code that answers them. */
import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { QueuedFunctionContract } from "../../contract/outputs";
import {
  alarmOnDuration,
  alarmOnErrors,
  alarmOnThrottles,
  alarmOnWaiting,
} from "./function-alarms";
import { InlineFunction, type InlineFunctionArgs } from "./inline-function";
import {
  alarmOnDeadLetters,
  type Batch,
  consumeStatement,
  deadLetterQueue,
  mapQueue,
  visibilitySeconds,
  workQueue,
} from "./queue";
import { type FeedArgs, feedQueue } from "./queue-sources";

/** The variables that this component itself sets on every handler behind a queue. */
interface QueueEnvironment {
  /** The queue whose messages alone the handler takes. */
  readonly QUEUE_ARN: string;
  /** Its second queue, if it has one. */
  readonly SECOND_QUEUE_ARN?: string;
  /** The queue that the handler puts refused messages into. */
  readonly DEAD_LETTER_QUEUE_URL: string;
}

type Texts<E> = { readonly [K in keyof E]: string };

export interface QueuedFunctionArgs<E extends Texts<E> & QueueEnvironment>
  extends Omit<InlineFunctionArgs<E>, "environment">,
    FeedArgs {
  readonly environment: Omit<
    InlineFunctionArgs<E>["environment"],
    keyof QueueEnvironment | "QUEUE_URL"
  >;
  /** A second queue of the function. @default none */
  readonly second?: SecondQueue;
  /** Lets the function send itself work: it gets its own queue's URL as QUEUE_URL. @default false */
  readonly sendsItself?: true;
  /** Most invocations at once; AWS takes 2 and more. @default 20 */
  readonly concurrency?: number;
  /** @default each message by itself */
  readonly batch?: Batch;
  /** Minutes for which a message may wait to be taken before an alarm rings. @default 3 */
  readonly patienceMinutes?: number;
  /** Whether the caller declares the alarm of the function's errors. @default false */
  readonly ownErrorsAlarm?: true;
  /** A name for the dead letters. @default "Events that NAME could not handle" */
  readonly unhandled?: string;
  /** Gets an alarm when a message is given up. */
  readonly alarmTopicArn: pulumi.Input<string>;
}

/** A queue with its own rule, dead letters and concurrency: what is in the other one delays nothing here. */
interface SecondQueue
  extends Pick<FeedArgs, "sources" | "senders">,
    Pick<QueuedFunctionArgs<QueueEnvironment>, "concurrency" | "patienceMinutes"> {
  /** Ends the names of the queue and of its rule. */
  readonly suffix: "urgent" | "imported";
  /** What is in it: "the severe ones". */
  readonly words: string;
}

/** A queue, and what it gives up. */
interface Lane {
  readonly queue: aws.sqs.Queue;
  readonly deadLetters: aws.sqs.Queue;
}

/** A function that works through what its sources send. */
export class QueuedFunction<
  E extends Texts<E> & QueueEnvironment,
> extends pulumi.ComponentResource {
  readonly functionName: pulumi.Output<string>;
  readonly functionArn: pulumi.Output<string>;
  /** The outputs for other stacks. */
  readonly contract: pulumi.Output<QueuedFunctionContract>;
  /** The same for its second queue, if it has one. */
  readonly second: pulumi.Output<QueuedFunctionContract> | undefined;

  constructor(
    name: string,
    args: QueuedFunctionArgs<E>,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super("cordon:index:QueuedFunction", name, {}, opts);
    checkTimeout(args.timeoutSeconds);
    const lane = this.createLane(name, args);
    const { queueName, description, second, concurrency = 20, batch } = args;
    const secondName = `${name}-${second?.suffix}`;
    const secondLane =
      second &&
      this.createLane(secondName, {
        ...args,
        ...second,
        queueName: `${queueName}-${second.suffix}`,
        description: `${description}: ${second.words}`,
      });
    const worker = this.createWorker(name, args, lane, secondLane);
    const map = (of: string, { queue }: Lane, most: number) =>
      mapQueue(
        `${of}-mapping`,
        queue.arn,
        worker.functionName,
        { concurrency: most, batch },
        { parent: this },
      );
    map(name, lane, concurrency);
    if (secondLane) map(secondName, secondLane, second.concurrency ?? concurrency);
    this.createAlarms(name, args);
    this.functionName = worker.functionName;
    this.functionArn = worker.functionArn;
    const contractOf = ({ queue, deadLetters }: Lane) =>
      pulumi.output({
        queueUrl: queue.url,
        queueArn: queue.arn,
        deadLetterQueueUrl: deadLetters.url,
        functionName: worker.functionName,
      });
    this.contract = contractOf(lane);
    this.second = secondLane && contractOf(secondLane);
    this.registerOutputs({ contract: this.contract, second: this.second });
  }

  /** Makes a queue with its dead letters, feeds it, and raises an alarm for what waits in it. */
  private createLane(name: string, args: QueuedFunctionArgs<E>): Lane {
    const deadLetters = this.createDeadLetters(name, args);
    const queue = workQueue(`${name}-queue`, args.queueName, deadLetters, { parent: this });
    feedQueue(name, args, queue, deadLetters, { parent: this });
    const { queueName, functionName, alarmTopicArn, patienceMinutes = 3 } = args;
    const of = { functionName, alarmTopicArn, opts: { parent: this } };
    alarmOnWaiting(`${name}-waiting`, queueName, of, patienceMinutes);
    return { queue, deadLetters };
  }

  private createDeadLetters(name: string, args: QueuedFunctionArgs<E>): aws.sqs.Queue {
    const queueName = `${args.queueName}-dead-letters`;
    const deadLetters = deadLetterQueue(`${name}-dead-letters`, queueName, { parent: this });
    alarmOnDeadLetters(`${name}-alarm`, deadLetters, {
      queueName,
      what: args.unhandled ?? `Events that ${args.functionName} could not handle`,
      kept: true,
      alarmTopicArn: args.alarmTopicArn,
      opts: { parent: this },
    });
    return deadLetters;
  }

  private createAlarms(name: string, args: QueuedFunctionArgs<E>): void {
    const { functionName, alarmTopicArn, timeoutSeconds } = args;
    const of = { functionName, alarmTopicArn, opts: { parent: this } };
    alarmOnThrottles(
      `${name}-throttles`,
      of,
      "its messages wait, and may become dead letters without a run",
    );
    alarmOnDuration(`${name}-slow`, of, timeoutSeconds);
    if (args.ownErrorsAlarm) return;
    const what = "crashed or timed out more than once in 15 minutes: see its log";
    alarmOnErrors(`${name}-errors`, { ...of, what, retried: true });
  }

  private createWorker(
    name: string,
    args: QueuedFunctionArgs<E>,
    { queue, deadLetters }: Lane,
    second: Lane | undefined,
  ): InlineFunction<E> {
    const environment = {
      ...args.environment,
      ...(args.sendsItself && { QUEUE_URL: queue.url }),
      QUEUE_ARN: queue.arn,
      ...(second && { SECOND_QUEUE_ARN: second.queue.arn }),
      DEAD_LETTER_QUEUE_URL: deadLetters.url,
    };
    return new InlineFunction<E>(
      `${name}-worker`,
      {
        entry: args.entry,
        functionName: args.functionName,
        roleName: args.roleName,
        description: args.description,
        environment: environment as unknown as InlineFunctionArgs<E>["environment"],
        timeoutSeconds: args.timeoutSeconds,
        memoryMb: args.memoryMb,
        statements: [
          ...args.statements,
          consumeStatement(queue, ...(second ? [second.queue] : [])),
          {
            actions: ["sqs:SendMessage"],
            resources: [deadLetters.arn, ...(args.sendsItself ? [queue.arn] : [])],
          },
        ],
      },
      { parent: this },
    );
  }
}

/** SQS refuses a mapping whose function may outlast the queue's visibility timeout. */
function checkTimeout(timeoutSeconds: number): void {
  if (timeoutSeconds >= visibilitySeconds) {
    throw new pulumi.RunError(
      `timeoutSeconds must be less than the queue's visibility timeout of ${visibilitySeconds}, but ${timeoutSeconds} was provided`,
    );
  }
}
