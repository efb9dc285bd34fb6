/** One Lambda execution environment: a child process that holds the deployed bundle. */
import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { realpathSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Credentials } from "../../gateway/iam/caller";
import type { DeployedFunction } from "../../gateway/stand-ins/lambda-functions";
import { nodeOf } from "../../gateway/stand-ins/lambda-runtimes";
import { endWithThis } from "./watchdog";

/** How one invocation ended. */
export interface Outcome {
  readonly ok: boolean;
  /** What the handler returned, as JSON text. */
  readonly payload?: string;
  readonly error?: { readonly type: string; readonly message: string; readonly trace?: string[] };
  /** Console lines, in order; those of a cold start come first. */
  readonly logs: string[];
  /** Whether kill() ended it; a timeout is not a kill. */
  readonly killed: boolean;
}

interface Reply {
  readonly ready?: true;
  readonly log?: string;
  readonly result?: string;
  readonly error?: { readonly type: string; readonly message: string; readonly trace: string[] };
  /** The process ends after this error, as Lambda's does. */
  readonly fatal?: boolean;
  /** URLs of all scripts in memory. */
  readonly loaded?: readonly string[];
}

/** What environments know of the machine beneath them. */
export interface Surroundings {
  /** The URL of AWS. */
  readonly endpoint: string;
  /** Where a function's fetch goes. @default nowhere */
  readonly internetUrl?: string | undefined;
  /** How many seconds of this machine a second of a function's timeout takes. */
  readonly slowdown: number;
}

// Lambda gives the code outside the handler ten seconds. Here it ends a hang, on a busy machine too.
const initSeconds = 300;

export class Environment {
  readonly accessKeyId: string;
  /** Name of its log stream. */
  readonly logStream: string;
  readonly #child: ChildProcess;
  readonly #ready: Promise<Reply>;
  #settle: ((reply: Reply) => void) | undefined;
  #logs: string[] = [];
  #alive = true;
  #killed = false;
  #payload: string | undefined;

  /** Starts loading the bundle in `folder`; `clockOffsetMs` is added to its clock. */
  constructor(
    private readonly fn: DeployedFunction,
    private readonly folder: string,
    credentials: Credentials,
    private readonly surroundings: Surroundings,
    clockOffsetMs: number,
  ) {
    const { endpoint, internetUrl } = surroundings;
    this.accessKeyId = credentials.accessKeyId;
    const day = new Date(Date.now() + clockOffsetMs).toISOString().slice(0, 10);
    this.logStream = `${day.replaceAll("-", "/")}/[$LATEST]${randomUUID().replaceAll("-", "")}`;
    const execPath = nodeOf(fn.runtime);
    if (execPath === undefined) throw new Error(`There is no ${fn.runtime} here for ${fn.name}`);
    const args = [String(clockOffsetMs), ...(internetUrl === undefined ? [] : [internetUrl])];
    this.#child = fork(path.join(__dirname, "host.cjs"), args, {
      cwd: folder,
      env: {
        ...variables(fn, folder, credentials, endpoint),
        AWS_LAMBDA_LOG_STREAM_NAME: this.logStream,
      },
      execPath,
      // Lambda limits the whole process; this limits its heap alone, which is most of it.
      execArgv: [`--max-old-space-size=${fn.memoryMb}`],
      silent: true,
    });
    endWithThis(this.#child);
    this.#child.on("message", (reply: Reply) => this.#receive(reply));
    // The host sends console output as messages; what comes this way is Node's own last words.
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.#logs.push(...chunk.toString("utf8").split("\n").filter(Boolean));
      });
    }
    // "exit" may come before the last messages; a closed channel comes after them.
    const end = () => {
      if (this.#child.exitCode === null && this.#child.signalCode === null) return;
      if (!this.#child.connected) this.#ended();
    };
    this.#child.on("exit", end).on("disconnect", end).on("error", end);
    this.#ready = this.#reply(initSeconds, `Init timed out after ${initSeconds} seconds`);
  }

  get functionName(): string {
    return this.fn.name;
  }

  /** Whether it can take another invocation. */
  get alive(): boolean {
    return this.#alive;
  }

  /** What it was invoked with, as JSON text, while it is at work. */
  get payload(): string | undefined {
    return this.#payload;
  }

  /**
   * Runs one invocation; the caller sees to it that there is only one at a time. Then the process is
   * frozen, with what the handler has left behind, until the next.
   */
  async invoke(payload: string): Promise<Outcome> {
    const { timeoutSeconds, arn } = this.fn;
    const { slowdown } = this.surroundings;
    this.#payload = payload;
    this.#child.kill("SIGCONT");
    let reply = await this.#ready;
    if (reply.ready) {
      const requestId = randomUUID();
      const answer = this.#reply(
        timeoutSeconds * slowdown,
        `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`,
      );
      const timeoutMs = timeoutSeconds * 1000;
      this.#send({ invoke: { requestId, payload, timeoutMs, slowdown, arn } });
      reply = await answer;
      if (this.#alive) this.#child.kill("SIGSTOP");
    }
    this.#payload = undefined;
    const logs = this.#logs;
    this.#logs = [];
    return {
      ok: reply.result !== undefined,
      logs,
      killed: this.#killed,
      ...(reply.result !== undefined && { payload: reply.result }),
      ...(reply.error && { error: reply.error }),
    };
  }

  /** Names the files of its bundle that it has loaded so far; for while it is not at work. */
  async loadedFiles(): Promise<string[]> {
    await this.#ready;
    const answer = this.#reply(
      initSeconds,
      `No list of loaded scripts within ${initSeconds} seconds`,
    );
    this.#child.kill("SIGCONT");
    this.#send({ listLoaded: true });
    const { loaded, error } = await answer;
    this.#child.kill("SIGSTOP");
    if (loaded === undefined) throw new Error(error?.message ?? "No list of loaded scripts");
    const base = `${pathToFileURL(realpathSync(this.folder))}/`;
    return loaded.flatMap((url) => (url.startsWith(base) ? [url.slice(base.length)] : []));
  }

  setClock(clockOffsetMs: number): void {
    this.#send({ clockOffsetMs });
  }

  /** Ends the process at once, as a crash of its machine would. */
  kill(): void {
    this.#killed = true;
    this.#end();
  }

  /** Ends the process and waits until it is gone. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#end();
    await gone;
  }

  #end(): void {
    this.#alive = false;
    this.#child.kill("SIGKILL");
  }

  #send(message: object): void {
    // A process that died in between shows by its exit.
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  /** Waits for the next answer; after `seconds` the process is ended. */
  #reply(seconds: number, overdue: string): Promise<Reply> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#settle?.({ error: { type: "Sandbox.Timedout", message: overdue, trace: [] } });
        this.#end();
      }, seconds * 1000);
      this.#settle = (reply) => {
        this.#settle = undefined;
        clearTimeout(timer);
        resolve(reply);
      };
      if (!this.#alive) this.#ended();
    });
  }

  #receive(reply: Reply): void {
    if (reply.log !== undefined) {
      this.#logs.push(reply.log);
      return;
    }
    if (reply.fatal) this.#alive = false;
    this.#settle?.(reply);
  }

  #ended(): void {
    this.#alive = false;
    const how = this.#child.signalCode ?? `exit status ${this.#child.exitCode}`;
    const message = this.#killed ? "The environment was killed" : `Runtime exited: ${how}`;
    this.#settle?.({ error: { type: "Runtime.ExitError", message, trace: [] } });
  }
}

/** What the code finds in process.env: Lambda's own variables win over the deployed ones. */
function variables(
  fn: DeployedFunction,
  folder: string,
  credentials: Credentials,
  endpoint: string,
): Record<string, string> {
  return {
    ...fn.environment,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_DEFAULT_REGION: fn.region,
    AWS_ENDPOINT_URL: endpoint,
    AWS_EXECUTION_ENV: `AWS_Lambda_${fn.runtime}`,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMb),
    AWS_LAMBDA_FUNCTION_NAME: fn.name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${fn.name}`,
    AWS_REGION: fn.region,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken && { AWS_SESSION_TOKEN: credentials.sessionToken }),
    LAMBDA_TASK_ROOT: folder,
    PATH: "/usr/local/bin:/usr/bin:/bin",
    TZ: ":UTC",
    _HANDLER: fn.handler,
  };
}
