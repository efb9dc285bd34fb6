/** The event source mappings of the Lambda stand-in: queues only. */
import { randomUUID } from "node:crypto";
import { fromArn, toArn } from "../wire/arn";
import {
  type Answer,
  json,
  list,
  member,
  type Parameters,
  text,
  UnknownOperationError,
} from "../wire/protocol";
import type { Place } from "../world";
import type { DeployedFunction } from "./lambda-functions";
import type { RequirePollable } from "./lambda-polling";
import { conflict, invalid, nameOf, notFound, refuseForeign, required } from "./lambda-settings";

export interface DeployedMapping {
  id: string;
  functionName: string;
  queueArn: string;
  batchSize: number;
  /** Seconds that messages are gathered for. */
  window: number;
  enabled: boolean;
  maximumConcurrency?: number;
  reportBatchItemFailures: boolean;
}

export class EventSourceMappings {
  readonly all = new Map<string, DeployedMapping>();
  /** Tags, by mapping id. */
  readonly tags = new Map<string, Record<string, string>>();
  readonly #places = new Map<string, Place>();

  constructor(private readonly requirePollable: RequirePollable) {}

  async create(fn: DeployedFunction, parameters: Parameters, place: Place): Promise<Answer> {
    const functionName = fn.name;
    const queueArn = required(parameters, "EventSourceArn");
    if (fromArn(queueArn).service !== "sqs") {
      throw new UnknownOperationError(`an event source of ${fromArn(queueArn).service}`);
    }
    for (const mapping of this.all.values()) {
      if (mapping.queueArn === queueArn && mapping.functionName === functionName) {
        throw conflict(
          `The event source arn (" ${queueArn} ") and function (" ${functionName} ") provided mapping already exists. Please update or delete the existing mapping with UUID ${mapping.id}`,
        );
      }
    }
    const mapping: DeployedMapping = {
      id: randomUUID(),
      functionName,
      queueArn,
      batchSize: 10,
      window: 0,
      enabled: true,
      reportBatchItemFailures: false,
    };
    applyMapping(mapping, parameters);
    await this.requirePollable(queueArn, fn);
    this.all.set(mapping.id, mapping);
    this.tags.set(mapping.id, { ...(parameters.Tags as Record<string, string> | undefined) });
    this.#places.set(mapping.id, place);
    return json(this.#shape(mapping), 202);
  }

  #shape(mapping: DeployedMapping) {
    const { account = "", region = "" } = this.#places.get(mapping.id) ?? {};
    const arn = toArn("lambda", region, account, `event-source-mapping:${mapping.id}`);
    return {
      UUID: mapping.id,
      EventSourceMappingArn: arn,
      EventSourceArn: mapping.queueArn,
      FunctionArn: toArn("lambda", region, account, `function:${mapping.functionName}`),
      BatchSize: mapping.batchSize,
      MaximumBatchingWindowInSeconds: mapping.window,
      State: mapping.enabled ? "Enabled" : "Disabled",
      StateTransitionReason: "USER_INITIATED",
      LastModified: Date.now() / 1000,
      FunctionResponseTypes: mapping.reportBatchItemFailures ? ["ReportBatchItemFailures"] : [],
      ...(mapping.maximumConcurrency !== undefined && {
        ScalingConfig: { MaximumConcurrency: mapping.maximumConcurrency },
      }),
    };
  }

  #find(parameters: Parameters, place: Place): DeployedMapping {
    const id = text(parameters.UUID) ?? "";
    const mapping = this.all.get(id);
    if (!mapping || !this.#isIn(id, place))
      throw notFound("The resource you requested does not exist.");
    return mapping;
  }

  #isIn(mapping: string, place: Place): boolean {
    const known = this.#places.get(mapping);
    return known?.account === place.account && known.region === place.region;
  }

  get(parameters: Parameters, place: Place): Answer {
    return json(this.#shape(this.#find(parameters, place)));
  }

  list(parameters: Parameters, place: Place): Answer {
    const fn = text(parameters.FunctionName);
    const source = text(parameters.EventSourceArn);
    return json({
      EventSourceMappings: [...this.all.values()]
        .filter((mapping) => this.#isIn(mapping.id, place))
        .filter((mapping) => !source || mapping.queueArn === source)
        .filter((mapping) => !fn || mapping.functionName === nameOf(fn))
        .map((mapping) => this.#shape(mapping)),
    });
  }

  update(parameters: Parameters, place: Place): Answer {
    const mapping = this.#find(parameters, place);
    applyMapping(mapping, parameters);
    return json(this.#shape(mapping), 202);
  }

  remove(parameters: Parameters, place: Place): Answer {
    const mapping = this.#find(parameters, place);
    this.all.delete(mapping.id);
    return json({ ...this.#shape(mapping), State: "Deleting" }, 202);
  }
}

const mappingSettings = new Set([
  "UUID",
  "FunctionName",
  "EventSourceArn",
  "BatchSize",
  "MaximumBatchingWindowInSeconds",
  "Enabled",
  "ScalingConfig",
  "FunctionResponseTypes",
  "Tags",
]);

function applyMapping(mapping: DeployedMapping, parameters: Parameters): void {
  refuseForeign(parameters, mappingSettings, "event source mapping");
  if (parameters.MaximumBatchingWindowInSeconds !== undefined) {
    mapping.window = Number(parameters.MaximumBatchingWindowInSeconds);
  }
  if (parameters.BatchSize !== undefined) {
    mapping.batchSize = Number(parameters.BatchSize);
    if (mapping.batchSize > 10 && mapping.window === 0) {
      throw invalid(
        "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
      );
    }
  }
  if (parameters.Enabled !== undefined) mapping.enabled = parameters.Enabled === true;
  if (parameters.FunctionResponseTypes !== undefined) {
    mapping.reportBatchItemFailures = list(parameters.FunctionResponseTypes).includes(
      "ReportBatchItemFailures",
    );
  }
  const concurrency = member(parameters.ScalingConfig, "MaximumConcurrency");
  if (concurrency !== undefined) {
    mapping.maximumConcurrency = Number(concurrency);
  }
}
