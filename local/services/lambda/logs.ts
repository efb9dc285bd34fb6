/**
 * Writes what functions print, as Lambda does: with a session of the function's own role, into its
 * log group. What IAM refuses is lost, as on AWS; the refusal is in the gateway's record. What is
 * written is not kept: CloudWatch's metrics are all that anything reads of it.
 */
import { stateOf } from "../../gateway/emulator/moto";
import type { Gateway } from "../../gateway/gateway";
import { Recorder } from "../../gateway/record";
import type { DeployedFunction } from "../../gateway/stand-ins/lambda-functions";
import { fromArn, toArn } from "../../gateway/wire/arn";
import { list, member } from "../../gateway/wire/protocol";
import type { Place } from "../../gateway/world";
import { metricsIn } from "../cloudwatch/embedded-format";
import type { MetricStore } from "../cloudwatch/metrics";

/** The stream of one environment, and the session that writes to it. */
export interface LogStream {
  readonly accessKeyId: string;
  /** 2026/11/29/[$LATEST]… */
  readonly name: string;
}

export class FunctionLogs {
  /** Whether each stream could be created. */
  readonly #streams = new Map<string, Promise<boolean>>();
  readonly #writing = new Set<Promise<void>>();
  readonly #wrong: string[] = [];

  constructor(
    private readonly gateway: Gateway,
    private readonly metrics: MetricStore,
  ) {}

  /** Writes lines without waiting: Lambda does not keep an answer back for its log. */
  write(fn: DeployedFunction, stream: LogStream, lines: readonly string[]): void {
    const writing = this.#write(fn, stream, lines)
      .catch((error: Error) => void this.#wrong.push(`${fn.name} could not log: ${error.message}`))
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }

  /** Waits until everything is written. Throws when a line holds metrics that CloudWatch drops. */
  async settled(): Promise<void> {
    await Promise.all(this.#writing);
    const wrong = this.#wrong.splice(0);
    if (wrong.length > 0) throw new Error(wrong.join("\n"));
  }

  async #write(fn: DeployedFunction, stream: LogStream, lines: readonly string[]): Promise<void> {
    const { account, region } = fromArn(fn.arn);
    const group = `log-group:/aws/lambda/${fn.name}`;
    const created =
      this.#streams.get(stream.name) ?? this.#create({ account, region }, fn, group, stream);
    this.#streams.set(stream.name, created);
    if (!(await created)) return;
    const written = await this.#may(
      "PutLogEvents",
      { account, region },
      stream,
      `${group}:log-stream:${stream.name}`,
    );
    if (!written) return;
    for (const line of lines) {
      try {
        for (const { value, at, unit, ...metric } of metricsIn(line)) {
          const point = { value, at, ...(unit !== undefined && { unit }) };
          this.metrics.put({ account, region }, metric, point);
        }
      } catch (error) {
        this.#wrong.push(
          `CloudWatch takes no metric from a line of ${fn.name}: ${(error as Error).message}: ${line}`,
        );
      }
    }
  }

  /** Creates the stream, and first the group if it is missing, which takes a right of its own. */
  async #create(at: Place, { name }: DeployedFunction, group: string, stream: LogStream) {
    const state = stateOf(this.gateway.moto);
    const logGroupName = `/aws/lambda/${name}`;
    const found = await state.json(at, "logs", "Logs_20140328.DescribeLogGroups", {
      logGroupNamePrefix: logGroupName,
    });
    const exists = list(found.logGroups).some(
      (each) => member(each, "logGroupName") === logGroupName,
    );
    if (!exists) {
      if (!(await this.#may("CreateLogGroup", at, stream, group))) return false;
      await state.json(at, "logs", "Logs_20140328.CreateLogGroup", { logGroupName });
    }
    return this.#may("CreateLogStream", at, stream, `${group}:log-stream:${stream.name}`);
  }

  async #may(
    operation: string,
    { account, region }: Place,
    { accessKeyId }: LogStream,
    within: string,
  ): Promise<boolean> {
    const { callers, record } = this.gateway;
    const principal = callers.find(accessKeyId);
    if (!principal) throw new Error(`No session has the key ${accessKeyId}`);
    const action = `logs:${operation}`;
    const resource = toArn("logs", region, account, within);
    const { allowed, why } = await this.gateway
      .authorize({ principal, action, resource, resourceAccount: account, region })
      .catch((error: Error) => ({ allowed: false, why: error.message }));
    // Only refusals: a record of every line would change each count of a response's calls.
    if (!allowed && record instanceof Recorder) {
      const entry = record.open({
        principal: principal.arn,
        origin: principal.origin,
        accessKeyId,
        sourceAddress: "lambda.amazonaws.com",
        userAgent: "lambda.amazonaws.com",
        account,
        region,
        service: "logs",
        action,
        request: { resource },
        mutating: true,
      });
      const checks = [{ action, resource }];
      Object.assign(entry, { allowed, why, checks, resource: [resource], status: 400 });
      entry.errorCode = "AccessDeniedException";
    }
    return allowed;
  }
}
