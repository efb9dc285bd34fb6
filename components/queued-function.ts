/** Rule, queue, dead letters and function: how events on the hub reach the code that answers them. */
import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { QueuedFunctionContract } from "../contract";
import { InlineFunction, type InlineFunctionArgs } from "./inline-function";
import {
  alarmOnDeadLetters,
  consumeStatement,
  deadLetterQueue,
  mapQueue,
  type RouteArgs,
  routeToQueue,
  visibilitySeconds,
  workQueue,
} from "./queue";

/** What every handler behind a queue needs to know, and this component knows best. */
interface QueueEnvironment {
  /** The queue whose messages alone the handler takes. */
  readonly QUEUE_ARN: string;
  /** Where the handler keeps what it refuses. */
  readonly DEAD_LETTER_QUEUE_URL: string;
}

type Texts<E> = { readonly [K in keyof E]: string };

export interface QueuedFunctionArgs<E extends Texts<E> & QueueEnvironment>
  extends Omit<InlineFunctionArgs<E>, "environment">,
    RouteArgs {
  readonly environment: Omit<
    InlineFunctionArgs<E>["environment"],
    keyof QueueEnvironment | "QUEUE_URL"
  >;
  /** Lets the function send itself work: it gets its own queue's URL as QUEUE_URL. @default false */
  readonly sendsItself?: true;
  /** Name of the queue, of the rule, and in "…-dead-letters". */
  readonly queueName: string;
  /** What waits in the dead letters. @default "Events that NAME could not handle" */
  readonly unhandled?: string;
  /** Told when a message is given up. */
  readonly alarmTopicArn: pulumi.Input<string>;
}

/** A function that works through what one rule on the hub lets in, one event at a time. */
export class QueuedFunction<
  E extends Texts<E> & QueueEnvironment,
> extends pulumi.ComponentResource {
  readonly functionName: pulumi.Output<string>;
  readonly functionArn: pulumi.Output<string>;
  readonly queueArn: pulumi.Output<string>;
  /** What other stacks may know of it. */
  readonly contract: pulumi.Output<QueuedFunctionContract>;

  constructor(
    name: string,
    args: QueuedFunctionArgs<E>,
    opts: pulumi.ComponentResourceOptions = {},
    type = "cordon:index:QueuedFunction",
  ) {
    super(type, name, {}, opts);
    checkTimeout(args.timeoutSeconds);
    const deadLetters = this.createDeadLetters(name, args);
    const queue = workQueue(`${name}-queue`, args.queueName, deadLetters, { parent: this });
    routeToQueue(name, args, queue, deadLetters, { parent: this });
    this.createAlarm(name, args, deadLetters);
    const worker = this.createWorker(name, args, queue, deadLetters);
    this.functionName = worker.functionName;
    this.functionArn = worker.functionArn;
    this.queueArn = queue.arn;
    this.contract = pulumi.output({
      queueUrl: queue.url,
      queueArn: queue.arn,
      deadLetterQueueUrl: deadLetters.url,
      functionName: worker.functionName,
    });
    this.registerOutputs({ contract: this.contract });
  }

  private createDeadLetters(name: string, args: QueuedFunctionArgs<E>): aws.sqs.Queue {
    return deadLetterQueue(`${name}-dead-letters`, `${args.queueName}-dead-letters`, {
      parent: this,
    });
  }

  private createAlarm(name: string, args: QueuedFunctionArgs<E>, deadLetters: aws.sqs.Queue): void {
    alarmOnDeadLetters(`${name}-alarm`, deadLetters, {
      queueName: `${args.queueName}-dead-letters`,
      what: args.unhandled ?? `Events that ${args.functionName} could not handle`,
      alarmTopicArn: args.alarmTopicArn,
      opts: { parent: this },
    });
  }

  private createWorker(
    name: string,
    args: QueuedFunctionArgs<E>,
    queue: aws.sqs.Queue,
    deadLetters: aws.sqs.Queue,
  ): InlineFunction<E> {
    const environment = {
      ...args.environment,
      ...(args.sendsItself && { QUEUE_URL: queue.url }),
      QUEUE_ARN: queue.arn,
      DEAD_LETTER_QUEUE_URL: deadLetters.url,
    };
    const worker = new InlineFunction<E>(
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
          consumeStatement(queue),
          {
            actions: ["sqs:SendMessage"],
            resources: [deadLetters.arn, ...(args.sendsItself ? [queue.arn] : [])],
          },
        ],
      },
      { parent: this },
    );
    mapQueue(`${name}-mapping`, queue, worker.functionName, 20, { parent: this });
    return worker;
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
