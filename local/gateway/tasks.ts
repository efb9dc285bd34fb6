/**
 * Admits the calls that the emulator's Step Functions makes for the tasks of a running execution,
 * each as a session of its state machine's role.
 */
import { randomBytes } from "node:crypto";
import { type Moto, send } from "./emulator/moto";
import type { Caller } from "./iam/caller";
import type { Registry } from "./iam/callers";
import { fromArn, toArn } from "./wire/arn";
import { type ApiCall, ApiError, UnknownOperationError } from "./wire/protocol";

export class Tasks {
  /** Known to this process and the emulator: nothing else can speak for a state machine. */
  readonly #key = randomBytes(32).toString("hex");
  /** Access keys of the sessions, by execution. */
  readonly #sessions = new Map<string, Promise<string>>();

  constructor(private readonly callers: Registry) {}

  /**
   * Makes the emulator carry out state machines, with their tasks calling `url` and the seconds that
   * they wait, in Wait states and before retries, multiplied by `waitFactor`, and the timeouts of
   * their tasks by `slowdown`.
   */
  async connect(moto: Moto, url: string, waitFactor: number, slowdown: number): Promise<void> {
    const tasks = { url, key: this.#key, wait_factor: waitFactor, slowdown };
    const stepfunctions = { execute_state_machine: true, tasks };
    const { status } = await send({
      url: moto.url,
      method: "POST",
      path: "/moto-api/config",
      headers: { "content-type": "application/json" },
      body: Buffer.from(JSON.stringify({ stepfunctions })),
    });
    if (status >= 300) throw new Error(`The emulator refused its configuration with ${status}`);
  }

  /**
   * Reads the seconds that a workflow left out of a wait; undefined for any other request. They are
   * no call to AWS: the emulator reports them by a path and a key that only it knows.
   */
  leftOut(path: string | undefined): number | undefined {
    const prefix = `/cordon-local/left-out/${this.#key}/`;
    return path?.startsWith(prefix) ? Number(path.slice(prefix.length)) : undefined;
  }

  /** Says whether a task made the call. */
  made({ accessKeyId }: ApiCall): boolean {
    return accessKeyId === this.#key;
  }

  /**
   * Finds the caller of a task's call. Throws AccessDeniedException when the role does not exist or
   * does not trust Step Functions, and by name where the task asks for a role of its own.
   */
  async caller(call: ApiCall): Promise<Caller> {
    const [execution = "", role = "", taskRole] = (call.sessionToken ?? "").split(" ");
    if (taskRole !== role) throw new UnknownOperationError("a task with Credentials");
    const session = this.#sessions.get(execution) ?? this.#open(execution, role);
    this.#sessions.set(execution, session);
    session.catch(() => this.#sessions.delete(execution));
    return this.callers.find(await session) as Caller;
  }

  async #open(execution: string, role: string): Promise<string> {
    const { account, region, resource } = fromArn(execution);
    const name = resource.split(":")[1];
    const source = {
      sourceArn: toArn("states", region, account, `stateMachine:${name}`),
      sourceAccount: account,
    };
    try {
      const { accessKeyId } = await this.callers.serviceSession(
        "states.amazonaws.com",
        role,
        randomBytes(16).toString("hex"),
        "service",
        {},
        source,
      );
      return accessKeyId;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      throw new ApiError("AccessDeniedException", error.message, 403);
    }
  }
}
