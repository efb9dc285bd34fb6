/** Reports what the deployed workflows did, and waits until functions and workflows are idle. */
import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  paginateGetExecutionHistory,
  paginateListExecutions,
  paginateListStateMachines,
  SendTaskFailureCommand,
  SFNClient,
} from "@aws-sdk/client-sfn";
import { homeRegion, security } from "../gateway/accounts";
import { allOf, trustedConfig } from "../gateway/client";
import type { Gateway } from "../gateway/gateway";
import type { Place } from "../gateway/world";
import type { DrainOptions, Invocation, LambdaRuntime } from "./lambda/lambda";

/** A finished execution of a state machine. */
export interface FinishedExecution {
  readonly arn: string;
  readonly stateMachine: string;
  /** The execution's own name. */
  readonly name: string;
  readonly status: "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";
  readonly input: unknown;
  /** What the last state gave, where the execution succeeded. */
  readonly output?: unknown;
  readonly error?: string;
  readonly cause?: string;
  /** Names of the states it entered, in order; a state that is entered again is named again. */
  readonly states: readonly string[];
}

const pollMs = 25;
// Only to end a hang.
const longestWaitMs = 900_000;

/**
 * Waits until no execution runs in an account and region, but for those that wait with a task token,
 * then gives every finished one in order of start. Throws, naming them, when executions still run after a quarter of an hour.
 */
export async function executions(
  gateway: Gateway,
  at: Place = { account: security.id, region: homeRegion },
): Promise<FinishedExecution[]> {
  const client = new SFNClient(trustedConfig(gateway, at.account, "observer", at.region));
  try {
    for (const deadline = Date.now() + longestWaitMs; ; ) {
      const all = await list(client);
      const idle = await waiting(client, all);
      const running = all.filter((one) => one.status === "RUNNING" && !idle.includes(one));
      if (running.length === 0) {
        const finished = all.filter(({ status }) => status !== "RUNNING");
        return await Promise.all(finished.map((one) => read(client, one)));
      }
      if (Date.now() > deadline) {
        const names = running.map(({ executionArn }) => executionArn).join(", ");
        throw new Error(`Still running after ${longestWaitMs / 1000} s: ${names}`);
      }
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  } finally {
    client.destroy();
  }
}

interface Listed {
  readonly executionArn: string;
  readonly status: string;
  readonly startedMs: number;
}

async function list(client: SFNClient): Promise<Listed[]> {
  const machines = await allOf(
    paginateListStateMachines({ client }, {}),
    ({ stateMachines }) => stateMachines,
  );
  const all: Listed[] = [];
  for (const { stateMachineArn } of machines) {
    const found = await allOf(
      paginateListExecutions({ client }, { stateMachineArn }),
      ({ executions }) => executions,
    );
    for (const { executionArn = "", status = "", startDate } of found) {
      all.push({ executionArn, status, startedMs: startDate?.getTime() ?? 0 });
    }
  }
  return all.sort((a, b) => a.startedMs - b.startedMs);
}

/** Lists the executions that have last handed out a token. */
async function waiting(client: SFNClient, listed?: readonly Listed[]): Promise<readonly Listed[]> {
  const all = listed ?? (await list(client));
  const running = all.filter(({ status }) => status === "RUNNING");
  const waits = await Promise.all(
    running.map(async ({ executionArn }) => {
      const history = paginateGetExecutionHistory({ client }, { executionArn });
      const last = (await allOf(history, (page) => page.events)).at(-1);
      return last?.taskSubmittedEventDetails?.resource?.endsWith(".waitForTaskToken") === true;
    }),
  );
  return running.filter((_, index) => waits[index]);
}

/**
 * Ends the wait of the tasks that hold these tokens as their time limit would, for nobody waits for
 * hours here.
 */
export async function timeOut(gateway: Gateway, tokens: readonly string[]): Promise<void> {
  const client = new SFNClient(trustedConfig(gateway, security.id, "observer", homeRegion));
  try {
    const before = (await waiting(client)).length;
    for (const taskToken of tokens) {
      await client.send(new SendTaskFailureCommand({ taskToken, error: "States.Timeout" }));
    }
    // The emulator answers before the run goes on.
    while ((await waiting(client)).length > before - tokens.length) {
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  } finally {
    client.destroy();
  }
}

async function read(client: SFNClient, { executionArn }: Listed): Promise<FinishedExecution> {
  const [described, events] = await Promise.all([
    client.send(new DescribeExecutionCommand({ executionArn })),
    allOf(paginateGetExecutionHistory({ client }, { executionArn }), (page) => page.events),
  ]);
  const { output, error, cause } = described;
  return {
    arn: executionArn,
    stateMachine: executionArn.split(":")[6] ?? "",
    name: described.name ?? "",
    status: described.status as FinishedExecution["status"],
    input: parsed(described.input),
    ...(output !== undefined && { output: parsed(output) }),
    ...(error !== undefined && { error }),
    ...(cause !== undefined && { cause }),
    states: events.flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []),
  };
}

function parsed(json: DescribeExecutionOutput["input"]): unknown {
  return json === undefined ? undefined : JSON.parse(json);
}

/** What functions and workflows did until both were quiet. */
export interface Settled {
  /** What the queues invoked, in order of start; calls by workflows are in `LambdaRuntime.called`. */
  readonly invocations: Invocation[];
  /** Every finished execution, those of earlier waits included. */
  readonly executions: FinishedExecution[];
}

/**
 * Works every mapped queue empty and waits until no execution runs, again and again until neither
 * has led to more of the other.
 */
export async function settle(
  gateway: Gateway,
  lambda: LambdaRuntime,
  options?: DrainOptions,
): Promise<Settled> {
  const invocations: Invocation[] = [];
  for (let finished: FinishedExecution[] | undefined; ; ) {
    const invoked = await lambda.drain(options);
    invocations.push(...invoked);
    const now = await executions(gateway);
    if (invoked.length === 0 && now.length === finished?.length) {
      return { invocations, executions: now };
    }
    finished = now;
  }
}
