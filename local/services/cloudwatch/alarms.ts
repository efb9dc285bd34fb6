/**
 * Stands in for CloudWatch's alarms, when a drill says so: evaluates the deployed ones minute by
 * minute since the last time, over what functions logged and what AWS publishes by itself, and
 * publishes to their topics as CloudWatch. The metrics of SQS and Step Functions are read at that
 * moment. What the program does not use is refused by name: metric math, anomaly detection,
 * percentiles, actions but topics, and metrics that nothing here publishes. The emulator has no
 * composite alarms.
 */
import { type State, stateOf } from "../../gateway/emulator/moto";
import type { Gateway } from "../../gateway/gateway";
import { absence } from "../../gateway/iam/send-as";
import { fromArn } from "../../gateway/wire/arn";
import { list, member, text } from "../../gateway/wire/protocol";
import type { Place } from "../../gateway/world";
import type { LambdaRuntime } from "../lambda/lambda";
import { type DeployedAlarm, readAlarms } from "./definitions";
import { type AlarmState, evaluate } from "./evaluation";
import { alarmMessage } from "./message";

/** A change of an alarm's state. */
export interface Transition {
  readonly alarm: string;
  readonly from: AlarmState;
  readonly to: AlarmState;
  readonly reason: string;
  /** What became of each action; `why` is what refused it. */
  readonly actions: readonly { readonly topic: string; readonly why?: string }[];
}

interface Kept {
  readonly state: AlarmState;
  /** End of the last minute that was evaluated. */
  readonly end: number;
}

const minute = 60_000;

export class Alarms {
  readonly #state: State;
  readonly #kept = new Map<string, Kept>();
  /** Executions that were counted. */
  readonly #counted = new Set<string>();

  constructor(
    private readonly gateway: Gateway,
    private readonly lambda: Pick<LambdaRuntime, "metrics" | "now">,
  ) {
    this.#state = stateOf(gateway.moto);
  }

  /** Evaluates every alarm of an account and region; gives the changes in order. */
  async evaluate(at: Place): Promise<readonly Transition[]> {
    const alarms = await readAlarms(this.#state, at);
    const now = this.lambda.now().getTime();
    await this.#sample(at, alarms, now);
    const transitions: Transition[] = [];
    for (const alarm of alarms) transitions.push(...(await this.#evaluate(at, alarm, now)));
    await this.gateway.subscriptions.settled();
    return transitions;
  }

  async #evaluate(at: Place, alarm: DeployedAlarm, now: number): Promise<Transition[]> {
    const points = this.lambda.metrics.of(at, alarm.metric);
    const last = Math.floor(now / minute) * minute + minute;
    const first = Math.ceil(alarm.configured / minute) * minute;
    let { state, end } = this.#kept.get(alarm.arn) ?? {
      state: "INSUFFICIENT_DATA" as const,
      end: Math.min(first, last),
    };
    const transitions: Transition[] = [];
    // The minute that was evaluated last may have got more values since.
    for (; ; end += minute) {
      const { state: next, reason } = evaluate(alarm, points, end, state);
      if (next !== state) {
        const change = { from: state, to: next, reason, at: Math.min(end, now) };
        const actions = next === "ALARM" ? await this.#act(at, alarm, change) : [];
        transitions.push({ alarm: alarm.name, from: state, to: next, reason, actions });
        state = next;
      }
      if (end >= last) break;
    }
    this.#kept.set(alarm.arn, { state, end });
    return transitions;
  }

  async #act(
    at: Place,
    alarm: DeployedAlarm,
    change: Parameters<typeof alarmMessage>[2],
  ): Promise<Transition["actions"]> {
    const principal = {
      service: "cloudwatch.amazonaws.com",
      sourceArn: alarm.arn,
      sourceAccount: at.account,
    };
    const message = alarmMessage(at, alarm, change);
    return Promise.all(
      alarm.actions.map(async (topic) => {
        const why =
          fromArn(topic).region === at.region
            ? await this.gateway.subscriptions.publishAs(principal, { topic, ...message })
            : `The topic ${topic} is not in the region of ${alarm.name}`;
        return { topic, ...(why !== undefined && { why }) };
      }),
    );
  }

  /** Reads the metrics that SQS and Step Functions would publish of what alarms watch. */
  async #sample(at: Place, alarms: readonly DeployedAlarm[], now: number): Promise<void> {
    const watched = new Map(alarms.map(({ metric }) => [JSON.stringify(metric), metric]));
    for (const metric of watched.values()) {
      const { namespace, metricName, dimensions } = metric;
      const { QueueName, StateMachineArn, ...others } = dimensions;
      // With other dimensions it is a metric that AWS does not publish.
      if (Object.keys(others).length > 0 || (QueueName && StateMachineArn)) continue;
      const put = (value: number) =>
        this.lambda.metrics.put(at, metric, { value, at: now, unit: "Count" });
      if (namespace === "AWS/SQS" && QueueName !== undefined) {
        const depth = await this.#depth(at, QueueName);
        if (depth !== undefined) put(depth);
      }
      if (namespace === "AWS/States" && StateMachineArn !== undefined) {
        const ended = await this.#ended(at, StateMachineArn, metricName);
        if (ended > 0) put(ended);
      }
    }
  }

  /** Counts the visible messages of a queue; undefined for one that does not exist. */
  async #depth(at: Place, queue: string): Promise<number | undefined> {
    const answer = await this.#state
      .json(at, "sqs", "AmazonSQS.GetQueueAttributes", {
        QueueUrl: `${this.gateway.moto.url}/${at.account}/${queue}`,
        AttributeNames: ["ApproximateNumberOfMessages"],
      })
      .catch(absence("missing"));
    return typeof answer === "string"
      ? undefined
      : Number(member(answer.Attributes, "ApproximateNumberOfMessages"));
  }

  /** Counts the executions that ended in the metric's way and were not counted before. */
  async #ended(at: Place, stateMachineArn: string, metricName: string): Promise<number> {
    let count = 0;
    for (let nextToken: string | undefined; ; ) {
      const request = {
        stateMachineArn,
        statusFilter: endings[metricName],
        ...(nextToken && { nextToken }),
      };
      const page = await this.#state
        .json(at, "states", "AWSStepFunctions.ListExecutions", request)
        .catch(absence("missing"));
      if (typeof page === "string") return count;
      for (const execution of list(page.executions)) {
        const arn = text(member(execution, "executionArn")) ?? "";
        if (!this.#counted.has(arn)) count += 1;
        this.#counted.add(arn);
      }
      nextToken = text(page.nextToken);
      if (nextToken === undefined) return count;
    }
  }
}

/** The status of executions that each metric of Step Functions counts. */
const endings: Readonly<Record<string, string>> = {
  ExecutionsFailed: "FAILED",
  ExecutionsTimedOut: "TIMED_OUT",
  ExecutionsAborted: "ABORTED",
};
