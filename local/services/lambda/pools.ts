/**
 * The environments of every deployed function: started with a session of its role, taken warm where
 * one is idle, waited for where as many as may are at work, and ended.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { unzipSync } from "fflate";
import type { Gateway } from "../../gateway/gateway";
import type { Credentials } from "../../gateway/iam/caller";
import type { DeployedFunction } from "../../gateway/stand-ins/lambda-functions";
import { fromArn } from "../../gateway/wire/arn";
import { ApiError } from "../../gateway/wire/protocol";
import type { MetricStore } from "../cloudwatch/metrics";
import { Environment, type Outcome, type Surroundings } from "./environment";
import { FunctionLogs } from "./logs";

/** One function's environments, and who waits for one. */
interface Pool {
  /** Every environment, with the deployment it was started for. */
  readonly environments: Map<Environment, string>;
  readonly idle: Environment[];
  readonly waiting: (() => void)[];
  active: number;
}

/**
 * An environment is replaced while its credentials still have so long to go: it cannot renew them,
 * and an invocation may take up to 15 minutes. AWS replaces environments "every few hours".
 */
const replacedMs = 3_600_000;

export class Pools {
  readonly #folder = mkdtempSync(path.join(tmpdir(), "cordon-lambda-"));
  readonly #pools = new Map<string, Pool>();
  /** Invocations that have not ended. */
  readonly running = new Set<Promise<Outcome>>();
  readonly #killAll = () => this.#each((environment) => environment.kill());
  readonly #logs: FunctionLogs;
  #offsetMs = 0;

  constructor(
    private readonly gateway: Gateway,
    /** Most environments of one function at once. */
    private readonly concurrency: number,
    private readonly surroundings: Omit<Surroundings, "endpoint">,
    private readonly metrics: MetricStore,
  ) {
    this.#logs = new FunctionLogs(gateway, metrics);
    process.on("exit", this.#killAll);
  }

  /** Runs one invocation, waiting for a free environment; beyond reserved concurrency it fails. */
  run(fn: DeployedFunction, payload: string): Promise<Outcome> {
    const running = this.#run(fn, payload);
    this.running.add(running);
    const done = () => this.running.delete(running);
    running.then(done, done);
    return running;
  }

  /**
   * Waits until no invocation runs and no call is under way; what one of them left behind is frozen.
   * Throws when one has logged a metric that CloudWatch would drop.
   */
  async settled(): Promise<void> {
    do {
      await Promise.all(this.running);
    } while (this.running.size > 0);
    await this.#logs.settled();
    await this.gateway.settled();
  }

  async #run(fn: DeployedFunction, payload: string): Promise<Outcome> {
    const pool = this.#poolOf(fn);
    const reserved = fn.reservedConcurrency ?? Number.POSITIVE_INFINITY;
    if (pool.active >= reserved) return failure("TooManyRequestsException", "Rate Exceeded.");
    if (pool.active >= this.concurrency) {
      await new Promise<void>((resolve) => pool.waiting.push(resolve));
    } else {
      pool.active += 1;
    }
    try {
      const environment = await this.#environment(fn, pool);
      if (typeof environment === "string") return failure("AccessDeniedException", environment);
      const at = this.now().getTime();
      const outcome = await environment.invoke(payload);
      this.#publish(fn, at, outcome);
      const stream = { accessKeyId: environment.accessKeyId, name: environment.logStream };
      this.#logs.write(fn, stream, outcome.logs);
      if (environment.alive) {
        pool.idle.push(environment);
      } else {
        pool.environments.delete(environment);
        await environment.close();
      }
      return outcome;
    } finally {
      // A waiting invocation inherits the place, so the count stays.
      const next = pool.waiting.shift();
      if (next) next();
      else pool.active -= 1;
    }
  }

  /** Publishes what AWS counts by itself, of it what alarms may read: failures, or their absence. */
  #publish({ arn, name, region }: DeployedFunction, at: number, { ok }: Outcome): void {
    const place = { account: fromArn(arn).account, region };
    const dimensions = { FunctionName: name };
    this.metrics.put(
      place,
      { namespace: "AWS/Lambda", metricName: "Errors", dimensions },
      { value: ok ? 0 : 1, at, unit: "Count" },
    );
  }

  /** Takes a warm environment of this very deployment, or starts one. */
  async #environment(fn: DeployedFunction, pool: Pool): Promise<Environment | string> {
    const version = versionOf(fn);
    for (let one = pool.idle.pop(); one; one = pool.idle.pop()) {
      if (one.alive && pool.environments.get(one) === version && this.#lasts(one)) return one;
      pool.environments.delete(one);
      await one.close();
    }
    const { role, name, arn } = fn;
    let credentials: Credentials;
    try {
      credentials = await this.gateway.callers.serviceSession(
        "lambda.amazonaws.com",
        role,
        name,
        "cordon",
        { "lambda:SourceFunctionArn": arn },
      );
    } catch (error) {
      // The role no longer exists or no longer trusts Lambda; anything else is a defect.
      if (error instanceof ApiError) return error.message;
      throw error;
    }
    const surroundings = { ...this.surroundings, endpoint: this.gateway.url };
    const folder = this.#unpack(fn);
    const environment = new Environment(fn, folder, credentials, surroundings, this.#offsetMs);
    pool.environments.set(environment, version);
    return environment;
  }

  #lasts({ accessKeyId }: Environment): boolean {
    const { callers } = this.gateway;
    const end = callers.find(accessKeyId)?.expiresAt ?? 0;
    return end - callers.clock().getTime() > replacedMs;
  }

  #unpack(fn: DeployedFunction): string {
    const folder = path.join(this.#folder, digest(fn.zip));
    if (existsSync(folder)) return folder;
    const files = Object.entries(unzipSync(fn.zip)).filter(([name]) => !name.endsWith("/"));
    for (const [name, content] of files) {
      const file = path.join(folder, name);
      if (!file.startsWith(folder + path.sep))
        throw new Error(`${fn.name}: ${name} leaves the zip`);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
    return folder;
  }

  /** Finds the environment that uses an access key itself, or opened the session it belongs to. */
  userOf(accessKeyId: string): Environment | undefined {
    const all: Environment[] = [];
    this.#each((environment) => all.push(environment));
    // A call under a member role is made by the environment whose own role opened that session.
    const { openedBy = accessKeyId } = this.gateway.callers.find(accessKeyId) ?? {};
    return all.find((environment) => environment.accessKeyId === openedBy);
  }

  /** Sets the clock of all environments forward; new and running ones. */
  advanceClock(ms: number): void {
    // A clock tells whole milliseconds.
    this.#offsetMs += Math.round(ms);
    this.#each((environment) => environment.setClock(this.#offsetMs));
  }

  now(): Date {
    return new Date(Date.now() + this.#offsetMs);
  }

  /** Names the files of its bundle that a function has loaded, in any of its environments. */
  async loadedFiles(functionName: string): Promise<ReadonlySet<string>> {
    const loaded: Promise<string[]>[] = [];
    this.#each((environment) => {
      if (environment.functionName === functionName) loaded.push(environment.loadedFiles());
    });
    return new Set((await Promise.all(loaded)).flat());
  }

  /** Ends every process and removes the unpacked bundles; then throws what settled() would. */
  async close(): Promise<void> {
    const closing: Promise<void>[] = [];
    this.#each((environment) => closing.push(environment.close()));
    await Promise.all(closing);
    process.removeListener("exit", this.#killAll);
    rmSync(this.#folder, { recursive: true, force: true });
    await this.#logs.settled();
  }

  #each(act: (environment: Environment) => void): void {
    for (const { environments } of this.#pools.values()) [...environments.keys()].forEach(act);
  }

  #poolOf({ arn }: DeployedFunction): Pool {
    const pool = this.#pools.get(arn) ?? {
      environments: new Map(),
      idle: [],
      waiting: [],
      active: 0,
    };
    this.#pools.set(arn, pool);
    return pool;
  }
}

function failure(type: string, message: string): Outcome {
  return { ok: false, error: { type, message }, logs: [], killed: false };
}

const digests = new WeakMap<Buffer, string>();

function digest(zip: Buffer): string {
  const known = digests.get(zip) ?? createHash("sha256").update(zip).digest("hex");
  digests.set(zip, known);
  return known;
}

/** Identifies a deployment of a function: environments of an older one are not reused. */
function versionOf({ zip, ...settings }: DeployedFunction): string {
  return `${digest(zip)} ${JSON.stringify(settings)}`;
}
