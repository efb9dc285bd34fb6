/** Runs the drill: injects findings, waits for the deployed code to respond, records its actions. */
import { DynamoDBClient, paginateQuery } from "@aws-sdk/client-dynamodb";
import type { IncidentMessage } from "../../contract/incident-message";
import type { QueuedFunctionContract } from "../../contract/outputs";
import { partitions } from "../../functions/catalogue/journal-partitions";
import type { CutOutcome } from "../../functions/flows/exposed-key/cut";
import type { LoggedAnswer } from "../../functions/handlers/delivery";
import { kindOf } from "../../functions/remediate/steps";
import { homeRegion, security } from "../gateway/accounts";
import { trustedConfig } from "../gateway/client";
import { stateOf } from "../gateway/emulator/moto";
import { isOwnCall } from "../gateway/faults";
import { sendAs } from "../gateway/iam/send-as";
import type { RecordedCall } from "../gateway/record";
import type { LocalOrganization } from "../organization";
import type { EventBridgeEvent } from "../services/eventbridge/events";
import { type FinishedExecution, settle } from "../services/executions";
import type { DrainOptions, Invocation } from "../services/lambda/lambda";
import { type JournalRecord, readJournal } from "./journal";
import { type Measured, measure } from "./timeline";

export interface EventResult {
  readonly file: string;
  readonly outcome: string;
  readonly reason: string;
  readonly incident: string | null;
}

interface StepResult {
  readonly kind: string;
  readonly target: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly status: string;
}

export interface IncidentResult extends Omit<Measured, "timeline"> {
  readonly id: string;
  readonly playbook: string;
  readonly account: string;
  readonly region: string;
  readonly resource: string;
  readonly finding: string;
  readonly status: string;
  readonly timeline: Measured["timeline"];
  readonly criticalPath: number;
  readonly steps: readonly StepResult[];
}

export interface Check {
  readonly what: string;
  readonly ok: boolean;
}

export interface Received {
  /** Name of the account whose queue it was. */
  readonly account: string;
  readonly message: IncidentMessage;
}

/** The results of one injection. */
export interface Injected {
  readonly results: readonly EventResult[];
  readonly invocations: readonly Invocation[];
  /** Runs of the exposed-key workflow. */
  readonly executions: readonly FinishedExecution[];
  /** Calls by Cordon's own code during the invocations. */
  readonly calls: readonly RecordedCall[];
}

export class DrillSession {
  readonly events: EventResult[] = [];
  readonly incidents = new Map<string, IncidentResult>();
  readonly checks: Check[] = [];
  /** Messages that other teams' queues received, in order. */
  readonly received: Received[] = [];
  readonly #hub;
  /** Runs of workflows, and invocations by them, of earlier injections. */
  readonly #executions = new Set<string>();
  #called = 0;
  readonly #journal: DynamoDBClient;

  constructor(
    readonly organization: LocalOrganization,
    private readonly onCheck: (check: Check) => void = () => undefined,
  ) {
    this.#hub = trustedConfig(organization.gateway, security.id, "observer");
    this.#journal = new DynamoDBClient(this.#hub);
  }

  /** Records a check; the drill fails if any check fails. */
  check(what: string, ok: boolean): void {
    const check = { what, ok };
    this.checks.push(check);
    this.onCheck(check);
  }

  /** Emits an event in its account, and waits until queues and workflows are idle. */
  async inject(event: EventBridgeEvent, file: string): Promise<Injected> {
    const deliveries = await this.organization.emit(event.region ?? homeRegion, event);
    const arrived = deliveries.filter((each) => each.delivered);
    if (arrived.some(({ target }) => target.includes(":states:"))) {
      return this.settleWorkflows(file);
    }
    // No rule forwards it. It can still reach Cordon as a message, which must be refused.
    return arrived.some(({ target }) => target.includes(":sqs:"))
      ? this.settle(file)
      : this.injectText(JSON.stringify(event), file);
  }

  /** Sends text that EventBridge would not deliver directly to triage's queue. */
  injectText(text: string, file: string): Promise<Injected> {
    return this.deliver(this.organization.contract.triage, text, file);
  }

  /**
   * Sends text to a queue as EventBridge does for the queue's rule, the only permitted sender, and
   * waits until queues are idle. Throws if the queue's policy refuses it.
   */
  async deliver(
    { queueArn }: Pick<QueuedFunctionContract, "queueArn">,
    text: string,
    file: string,
  ): Promise<Injected> {
    const { gateway, contract } = this.organization;
    const ofBus = contract.hubBusArn.replace(":event-bus/", ":rule/");
    const rule = {
      service: "events.amazonaws.com",
      sourceArn: `${ofBus}/${queueArn.split(":").at(-1)}`,
      sourceAccount: security.id,
    };
    // SQS accepts no empty message.
    const sender = { gateway, state: stateOf(gateway.moto) };
    const why = await sendAs(sender, queueArn, rule, text || " ");
    if (why !== undefined) throw new Error(why);
    return this.settle(file);
  }

  /** Waits until the functions have emptied the queues, and gathers their answers. */
  async settle(file: string, options?: DrainOptions): Promise<Injected> {
    const first = this.organization.gateway.record.entries.length;
    const { gateway, lambda } = this.organization;
    const invocations = await lambda.drain(options);
    const entries = gateway.record.entries.slice(first);
    // A plan that waits for people has its workflow ask them.
    const asks = entries.some(({ action }) => action === "states:StartExecution");
    return asks
      ? this.settleWorkflows(file, first, invocations)
      : this.#gather(file, first, invocations, []);
  }

  /**
   * Does the same, and waits for every run of a workflow, but for those that wait for people, and gathers
   * their functions' answers.
   *
   * @param first number of the first call that belongs to it
   * @param earlier invocations that belong to it
   */
  async settleWorkflows(
    file: string,
    first = this.organization.gateway.record.entries.length,
    earlier: readonly Invocation[] = [],
  ): Promise<Injected> {
    const { gateway, lambda } = this.organization;
    const settled = await settle(gateway, lambda);
    const executions = settled.executions.filter(({ arn }) => !this.#executions.has(arn));
    for (const { arn } of executions) this.#executions.add(arn);
    const called = lambda.called.slice(this.#called);
    this.#called = lambda.called.length;
    return this.#gather(file, first, [...earlier, ...settled.invocations, ...called], executions);
  }

  async #gather(
    file: string,
    first: number,
    invocations: readonly Invocation[],
    executions: readonly FinishedExecution[],
  ): Promise<Injected> {
    const { gateway } = this.organization;
    const calls = gateway.record.entries
      .slice(first)
      .filter((call) => isOwnCall(call, call.action));
    const answers = invocations.flatMap(answersOf);
    const results: EventResult[] = answers.map((answer) => ({
      file,
      outcome: answer.outcome,
      reason: answer.reason,
      incident: answer.incident ?? null,
    }));
    if (results.length === 0) {
      const errors = invocations.flatMap((each) => each.error?.message ?? []);
      const reason = errors[0] ?? "no function answered";
      results.push({ file, outcome: "unanswered", reason, incident: null });
    }
    this.events.push(...results);
    for (const answer of answers) {
      if (answer.incident !== undefined) {
        await this.#remember(answer.incident, invocations, calls);
      }
    }
    return { results, invocations, executions, calls };
  }

  /** Reads an incident from the journal's table. */
  journal(id: string): Promise<JournalRecord> {
    return readJournal(this.#journal, this.organization.contract.journalTableName, id);
  }

  /** Counts the dead letters of a queue that the journal's table keeps. */
  async letters({ queueArn }: Pick<QueuedFunctionContract, "queueArn">): Promise<number> {
    const queue = queueArn.split(":").at(-1) ?? "";
    const pages = paginateQuery(
      { client: this.#journal },
      {
        TableName: this.organization.contract.journalTableName,
        ConsistentRead: true,
        KeyConditionExpression: "incident = :queue AND begins_with(#item, :letters)",
        ExpressionAttributeNames: { "#item": "item" },
        ExpressionAttributeValues: {
          ":queue": { S: `${partitions.deadLetter}${queue}` },
          ":letters": { S: "letter/" },
        },
        Select: "COUNT",
      },
    );
    let count = 0;
    for await (const { Count = 0 } of pages) count += Count;
    return count;
  }

  /** Reads an incident from the journal again, after a release changed it. */
  async refresh(id: string): Promise<void> {
    const known = this.incidents.get(id);
    if (known === undefined) return;
    const record = await this.journal(id);
    this.incidents.set(id, { ...known, ...record, steps: record.steps.map(resultOf) });
  }

  async #remember(
    id: string,
    invocations: readonly Invocation[],
    calls: readonly RecordedCall[],
  ): Promise<void> {
    const record = await this.journal(id);
    const invocation = invocations.find((each) =>
      answersOf(each).some((answer) => answer.incident === id),
    );
    const known = this.incidents.get(id);
    const interfaces = record.steps.flatMap((step) =>
      step.kind === "quarantine-interface" ? [step.networkInterface] : [],
    );
    const own = calls.filter(
      (call) =>
        invocation !== undefined &&
        call.ms >= invocation.startedMs &&
        call.ms <= invocation.endedMs,
    );
    // A duplicate changes nothing: the first answer is the one to measure.
    const measured = known ?? {
      ...measure(own, invocation?.startedMs ?? 0, interfaces),
      criticalPath: 0,
    };
    this.incidents.set(id, {
      ...measured,
      criticalPath: measured.containedChain,
      ...record,
      steps: record.steps.map(resultOf),
    });
  }
}

/** Reads a function's answers from its log. */
export function answersOf(invocation: Invocation): LoggedAnswer[] {
  return invocation.logs.flatMap((line) => {
    if (!/"(finding|exposed-key)\.answered"/.test(line)) return [];
    const parsed = JSON.parse(line) as LoggedAnswer & { message?: string };
    switch (parsed.message) {
      case "finding.answered":
        return [parsed];
      case "exposed-key.answered": {
        const outcome = workflowOutcomes[parsed.outcome as unknown as CutOutcome];
        return [{ ...parsed, outcome }];
      }
      default:
        return [];
    }
  });
}

/** Maps the workflow's outcomes to those of every other answer. */
const workflowOutcomes: Readonly<Record<CutOutcome, LoggedAnswer["outcome"]>> = {
  contained: "contained",
  "contained-in-part": "contained",
  "key-gone": "target-missing",
  "not-contained": "notified",
  "nothing-new": "duplicate",
  refused: "refused",
};

function resultOf(step: JournalRecord["steps"][number]): StepResult {
  const kind = kindOf(step.kind);
  const { before = null, after = null } = step as { before?: unknown; after?: unknown };
  return {
    kind: step.kind,
    target: kind.target(step),
    before,
    after: after ?? kind.describe(step),
    status: step.mark ?? "planned",
  };
}
