/** One run of the drill: injects findings, lets the deployed code answer, gathers what it did. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { QueuedFunctionContract } from "../../contract";
import type { IncidentMessage } from "../../contract/incident-message";
import type { CutOutcome } from "../../functions/flows/exposed-key/cut";
import type { LoggedAnswer } from "../../functions/handlers/delivery";
import { kindOf } from "../../functions/remediate/steps";
import { homeRegion, security } from "../gateway/accounts";
import { stateOf } from "../gateway/emulator/moto";
import { isOwnCall } from "../gateway/faults";
import { sendAs } from "../gateway/iam/send-as";
import type { RecordedCall } from "../gateway/record";
import type { LocalOrganization } from "../organization";
import type { SeededInstance } from "../seeds/networks";
import type { EventBridgeEvent } from "../services/eventbridge/events";
import { type FinishedExecution, settle } from "../services/executions";
import type { DrainOptions, Invocation } from "../services/lambda/lambda";
import { type JournalRecord, readJournal } from "./journal";
import { type Measured, measure } from "./measure";

export interface EventResult {
  readonly file: string;
  readonly outcome: string;
  readonly reason: string;
  readonly incident: string | null;
}

export interface StepResult {
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

/** What one injection led to. */
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
  /** What other teams' queues received, in order. */
  readonly received: Received[] = [];
  readonly #hub;
  /** Runs of workflows, and invocations by them, that an injection has taken in already. */
  readonly #executions = new Set<string>();
  #called = 0;
  readonly #journal: DynamoDBClient;

  constructor(
    readonly organization: LocalOrganization,
    private readonly onCheck: (check: Check) => void = () => undefined,
  ) {
    this.#hub = {
      region: homeRegion,
      endpoint: organization.gateway.url,
      credentials: organization.gateway.callers.trusted(security.id, "observer", "seed"),
      maxAttempts: 1,
    };
    this.#journal = new DynamoDBClient(this.#hub);
  }

  /** States something that must be so; the drill fails when it is not. */
  check(what: string, ok: boolean): void {
    const check = { what, ok };
    this.checks.push(check);
    this.onCheck(check);
  }

  /** Emits an event where its account does, and waits until queues and workflows are quiet. */
  async inject(event: EventBridgeEvent, file: string): Promise<Injected> {
    const deliveries = await this.organization.emit(event.region ?? homeRegion, event);
    const arrived = deliveries.filter((each) => each.delivered);
    if (arrived.some(({ target }) => target.includes(":states:"))) {
      return this.settleWorkflows(file);
    }
    // No rule carries it. It can still reach Cordon as a message, and must be refused there.
    return arrived.some(({ target }) => target.includes(":sqs:"))
      ? this.settle(file)
      : this.injectText(JSON.stringify(event), file);
  }

  /** Puts something EventBridge would not carry straight into triage's queue. */
  injectText(text: string, file: string): Promise<Injected> {
    return this.deliver(this.organization.contract.triage, text, file);
  }

  /**
   * Puts text into a queue as EventBridge would on behalf of the queue's rule, which alone may send
   * there, and waits until queues are quiet. Throws where the queue's policy refuses even that.
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
    // SQS takes no empty message.
    const sender = { gateway, state: stateOf(gateway.moto) };
    const why = await sendAs(sender, queueArn, rule, text || " ");
    if (why !== undefined) throw new Error(why);
    return this.settle(file);
  }

  /** Lets the functions work the queues empty and gathers their answers. */
  async settle(file: string, options?: DrainOptions): Promise<Injected> {
    const first = this.organization.gateway.record.entries.length;
    const invocations = await this.organization.lambda.drain(options);
    return this.#gather(file, first, invocations, []);
  }

  /** Besides, waits for every run of the workflow, and takes what its functions answered. */
  async settleWorkflows(file: string): Promise<Injected> {
    const { gateway, lambda } = this.organization;
    const first = gateway.record.entries.length;
    const settled = await settle(gateway, lambda);
    const executions = settled.executions.filter(({ arn }) => !this.#executions.has(arn));
    for (const { arn } of executions) this.#executions.add(arn);
    const called = lambda.called.slice(this.#called);
    this.#called = lambda.called.length;
    return this.#gather(file, first, [...settled.invocations, ...called], executions);
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

  /** Counts the messages that wait in a queue. */
  async depth(queueUrl: string): Promise<number> {
    const { Attributes } = await new SQSClient(this.#hub).send(
      new GetQueueAttributesCommand({
        QueueUrl: queueUrl,
        AttributeNames: ["ApproximateNumberOfMessages"],
      }),
    );
    return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
  }

  /** Tries an instance's own credentials, as a workload or a thief of them would. */
  async credentialsWork(instance: SeededInstance): Promise<boolean> {
    const { gateway } = this.organization;
    const credentials = await gateway.callers.serviceSession(
      "ec2.amazonaws.com",
      `arn:aws:iam::${instance.account}:role/${instance.profile}`,
      instance.id,
      "workload",
      { "ec2:SourceInstanceARN": instance.arn },
    );
    const { region } = instance;
    const client = new S3Client({
      region,
      endpoint: gateway.url,
      credentials,
      forcePathStyle: true,
      maxAttempts: 1,
    });
    try {
      await client.send(new ListBucketsCommand({}));
      return true;
    } catch (error) {
      if ((error as Error).name.startsWith("AccessDenied")) return false;
      throw error;
    }
  }

  /** Reads again what the journal says of an incident, after people changed it. */
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
    // A duplicate changes nothing: what the first answer took is what counts.
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

/** The workflow's words for how it ended, in those of every other answer. */
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
