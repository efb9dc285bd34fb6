/**
 * Stands in for the Lambda service: runs deployed bundles in child processes, with the deployed
 * variables and a session of the deployed role, for queues and for direct calls.
 *
 * Some things differ from AWS on purpose. Time is compressed: instead of waiting for a visibility
 * timeout, drain() moves the environments' clocks forward by it, and so do workflows with what they
 * leave out of their waits. A function may take `slowdown` times its timeout, since this machine may
 * have other work. And only a process's heap is held to the function's memory.
 */

import type { Gateway } from "../../gateway/gateway";
import { Recorder } from "../../gateway/record";
import type { DeployedFunction } from "../../gateway/stand-ins/lambda-functions";
import type { DeployedMapping } from "../../gateway/stand-ins/lambda-mappings";
import { fromArn } from "../../gateway/wire/arn";
import { ApiError } from "../../gateway/wire/protocol";
import { MetricStore } from "../cloudwatch/metrics";
import type { Outcome, Surroundings } from "./environment";
import { Poller } from "./poller";
import { Pools } from "./pools";

export interface LambdaRuntime {
  /**
   * Polls every mapped queue until all are empty, no invocation runs, all calls of those that ran have
   * ended, and SNS has delivered what they published; returns what the queues invoked, in order of start.
   * Failed messages are redelivered until they succeed or the queue gives up on them; with
   * `redeliver: false` they stay invisible. Throws when a poller's role lacks a permission, and when a
   * function has logged a metric that CloudWatch would drop.
   */
  drain(options?: DrainOptions): Promise<Invocation[]>;
  /** Invokes a function and waits; throws when none has this ARN. */
  invoke(functionArn: string, payload: unknown): Promise<Invocation>;
  /** What the functions counted in their logs, and what Lambda counts of them. */
  readonly metrics: MetricStore;
  /** What calls to Lambda's API invoked, workflows' tasks and rules' events included, by end. */
  readonly called: readonly Invocation[];
  /**
   * Kills the environment process that uses these credentials. A session that the code opened
   * itself belongs to the one environment at work; throws when there is none, or more than one.
   */
  kill(accessKeyId: string): void;
  /** Returns what the environment that uses these credentials is at work on, as JSON text. */
  workOf(accessKeyId: string): string | undefined;
  /** Sets the clock of all environments forward; new and running ones. */
  advanceClock(ms: number): void;
  /** What that clock says: whatever happens next happens then, in the eyes of the functions. */
  now(): Date;
  /** Names the files of its bundle that a function has loaded, in any of its environments. */
  loadedFiles(functionName: string): Promise<ReadonlySet<string>>;
  /**
   * Ends every process and removes the unpacked bundles; then throws when a function has logged a
   * metric that CloudWatch would drop.
   */
  close(): Promise<void>;
}

export interface DrainOptions {
  /** Whether failed messages are handed out again. @default true */
  readonly redeliver?: boolean;
  /** Called before each round of redeliveries, when nothing runs. */
  readonly onRedelivery?: () => void;
}

export interface Invocation {
  readonly functionName: string;
  readonly payload: unknown;
  /** Milliseconds since the gateway started, as in its record. */
  readonly startedMs: number;
  readonly endedMs: number;
  readonly ok: boolean;
  readonly result?: unknown;
  readonly error?: { readonly type: string; readonly message: string };
  readonly logs: string[];
  /** Ended by kill(); a timeout shows as an error of type Sandbox.Timedout. */
  readonly killed: boolean;
  /** The message that caused it, when the batch held exactly one. */
  readonly messageId?: string;
}

/**
 * Starts the runtime; from then on lambda:InvokeFunction through the gateway reaches it.
 * `concurrency`: most environments of one function that run at once. @default 4
 * `internetUrl`: where a function's fetch goes. @default nowhere
 * `slowdown`: how many seconds of this machine a second of a function's timeout takes. @default 1
 */
export async function startLambda(
  gateway: Gateway,
  options: {
    readonly concurrency?: number;
    readonly internetUrl?: string;
    readonly slowdown?: number;
  } = {},
): Promise<LambdaRuntime> {
  const { concurrency = 4, internetUrl, slowdown = 1 } = options;
  const runtime = new Runtime(gateway, concurrency, { internetUrl, slowdown });
  // Sessions are issued and end by the clock that runs on when waits are left out.
  gateway.callers.clock = () => runtime.now();
  gateway.lambda.onInvoke = async (fn, payload) => {
    const { payload: result, error } = await runtime.call(fn, payload);
    const status = error && refusals.get(error.type);
    if (status) throw new ApiError(error.type, error.message, status);
    return error
      ? {
          payload: JSON.stringify({
            errorType: error.type,
            errorMessage: error.message,
            trace: error.trace ?? [],
          }),
          functionError: "Unhandled",
        }
      : { payload: result ?? "null" };
  };
  gateway.onLeftOut = (seconds) => runtime.leftOut(seconds * 1000);
  return runtime;
}

/** Failures of the call to Lambda, not of the function, with their HTTP status. */
const refusals = new Map([
  ["TooManyRequestsException", 429],
  ["AccessDeniedException", 403],
]);

class Runtime implements LambdaRuntime {
  readonly called: Invocation[] = [];
  readonly metrics = new MetricStore();
  readonly #pools: Pools;
  #leftOutMs = 0;

  constructor(
    private readonly gateway: Gateway,
    private readonly concurrency: number,
    surroundings: Omit<Surroundings, "endpoint">,
  ) {
    this.#pools = new Pools(gateway, concurrency, surroundings, this.metrics);
  }

  async drain({ redeliver = true, onRedelivery }: DrainOptions = {}): Promise<Invocation[]> {
    const invocations: Invocation[] = [];
    const mappings = [...this.gateway.lambda.mappings.values()].filter(({ enabled }) => enabled);
    const pollers = await all(
      mappings.map(async (mapping) => {
        const fn = this.#functionOf(mapping);
        return { fn, mapping, poller: await Poller.open(this.gateway, fn, mapping) };
      }),
    );
    try {
      await this.gateway.subscriptions.settled();
      let redelivered = false;
      for (;;) {
        const before = this.#moved(pollers);
        await all(pollers.map((each) => this.#empty(each, invocations)));
        await this.#pools.settled();
        await this.gateway.subscriptions.settled();
        // A queue gives up on a message when it is asked for it: the dead-letter queue may have been
        // found empty just before.
        if (this.#moved(pollers) === before && !redelivered) break;
        const failing = pollers.filter(({ poller }) => poller.failed.length > 0);
        redelivered = redeliver && failing.length > 0;
        if (!redelivered) continue;
        // Only now, when nothing runs any more: a visibility timeout outlasts every invocation, so
        // no lease may be seen to expire while its holder is at work.
        this.advanceClock(Math.max(...failing.map(({ poller }) => poller.visibilityTimeoutMs)));
        onRedelivery?.();
        await all(failing.map(({ poller }) => poller.expose()));
      }
    } finally {
      for (const { poller } of pollers) poller.close();
    }
    return invocations.sort((a, b) => a.startedMs - b.startedMs);
  }

  /** Counts the messages that queues have handed out, and that SNS has brought to queues. */
  #moved(pollers: readonly Polled[]): number {
    const { deliveries } = this.gateway.subscriptions;
    return pollers.reduce((sum, { poller }) => sum + poller.received, deliveries.length);
  }

  /** Works off what is visible in one queue, in as many environments as the mapping may use. */
  async #empty({ fn, mapping, poller }: Polled, invocations: Invocation[]): Promise<void> {
    const { maximumConcurrency = this.concurrency } = mapping;
    // With none reserved one worker goes on: every message fails, as it does when AWS throttles.
    const reserved = Math.max(1, fn.reservedConcurrency ?? this.concurrency);
    const workers = Math.min(this.concurrency, maximumConcurrency, reserved);
    let working = 0;
    const work = async (): Promise<void> => {
      working += 1;
      const helpers: Promise<void>[] = [];
      try {
        for (;;) {
          const messages = await poller.receive();
          if (messages.length === 0) break;
          // One more for each message found: most queues are empty and need to be asked only once.
          if (working < workers) helpers.push(work());
          const event = poller.event(messages);
          const startedMs = this.#now();
          const outcome = await this.#pools.run(fn, JSON.stringify(event));
          const [message, ...others] = messages;
          invocations.push({
            ...this.#invocation(fn, event, startedMs, outcome),
            ...(message?.MessageId && others.length === 0 && { messageId: message.MessageId }),
          });
          await poller.settle(messages, outcome);
        }
      } finally {
        working -= 1;
        await Promise.allSettled(helpers);
      }
      await Promise.all(helpers);
    };
    await work();
  }

  async invoke(functionArn: string, payload: unknown): Promise<Invocation> {
    const fn = this.gateway.lambda.functions.get(functionArn);
    if (!fn) throw new Error(`There is no function ${functionArn}`);
    const startedMs = this.#now();
    const outcome = await this.#pools.run(fn, JSON.stringify(payload ?? null));
    return this.#invocation(fn, payload, startedMs, outcome);
  }

  /** Runs one invocation for Lambda's API and keeps what became of it. */
  async call(fn: DeployedFunction, payload: string): Promise<Outcome> {
    const event = eventOf(payload);
    const startedMs = this.#now();
    const outcome = await this.#pools.run(fn, payload);
    this.called.push(this.#invocation(fn, event, startedMs, outcome));
    return outcome;
  }

  /**
   * Sets the clock forward by what a workflow left out of a wait, once nothing runs any more: no
   * lease may be seen to expire while its holder is at work. Waits side by side pass together.
   */
  async leftOut(ms: number): Promise<void> {
    this.#leftOutMs = Math.max(this.#leftOutMs, ms);
    while (this.#pools.running.size > 0) await Promise.allSettled(this.#pools.running);
    this.advanceClock(this.#leftOutMs);
    this.#leftOutMs = 0;
  }

  kill(accessKeyId: string): void {
    const own = this.#pools.userOf(accessKeyId);
    if (!own) throw new Error(`No environment uses ${accessKeyId}`);
    own.kill();
  }

  workOf(accessKeyId: string): string | undefined {
    return this.#pools.userOf(accessKeyId)?.payload;
  }

  advanceClock(ms: number): void {
    this.#pools.advanceClock(ms);
  }

  now(): Date {
    return this.#pools.now();
  }

  loadedFiles(functionName: string): Promise<ReadonlySet<string>> {
    return this.#pools.loadedFiles(functionName);
  }

  async close(): Promise<void> {
    delete this.gateway.lambda.onInvoke;
    delete this.gateway.onLeftOut;
    this.gateway.callers.clock = () => new Date();
    await this.#pools.close();
  }

  #functionOf({ functionName, queueArn }: DeployedMapping): DeployedFunction {
    const { account, region } = fromArn(queueArn);
    const arn = functionName.startsWith("arn:")
      ? functionName
      : `arn:aws:lambda:${region}:${account}:function:${functionName}`;
    const fn = this.gateway.lambda.functions.get(arn);
    if (!fn) throw new Error(`${queueArn} is mapped to ${arn}, which does not exist`);
    return fn;
  }

  #now(): number {
    const { record } = this.gateway;
    if (!(record instanceof Recorder)) throw new Error("The gateway's record has no clock");
    return record.now();
  }

  #invocation(
    { name }: DeployedFunction,
    payload: unknown,
    startedMs: number,
    outcome: Outcome,
  ): Invocation {
    const { ok, error, logs, killed } = outcome;
    return {
      functionName: name,
      payload,
      startedMs,
      endedMs: this.#now(),
      ok,
      logs,
      killed,
      ...(outcome.payload !== undefined && { result: JSON.parse(outcome.payload) as unknown }),
      ...(error && { error: { type: error.type, message: error.message } }),
    };
  }
}

interface Polled {
  readonly fn: DeployedFunction;
  readonly mapping: DeployedMapping;
  readonly poller: Poller;
}

function eventOf(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    throw new ApiError(
      "InvalidRequestContentException",
      "Could not parse request body into json: the payload is no JSON text.",
    );
  }
}

/** Waits until every one has ended, then throws the first failure: nothing runs on unseen. */
async function all<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
