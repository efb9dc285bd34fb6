/**
 * Stands in for Lambda's control plane, since the emulator's needs Docker to run anything. Strict:
 * it checks what AWS checks of the settings Cordon uses and refuses other operations by name. It
 * keeps code and settings; running them is the part of local/services/lambda/lambda.ts, through onInvoke.
 */
import { randomUUID } from "node:crypto";
import type { Caller } from "../iam/caller";
import {
  type Answer,
  type ApiCall,
  json,
  list,
  member,
  type Parameters,
  text,
  UnknownOperationError,
} from "../wire/protocol";
import type { Place } from "../world";
import { type DeployedFunction, Functions, type OnInvoke } from "./lambda-functions";
import { type DeployedMapping, EventSourceMappings } from "./lambda-mappings";
import { permissionStatement } from "./lambda-permissions";
import type { RequirePollable } from "./lambda-polling";
import { conflict, notFound, whole } from "./lambda-settings";
import { FunctionUrls } from "./lambda-urls";

export interface LambdaStandIn {
  /** By function ARN. */
  readonly functions: Map<string, DeployedFunction>;
  /** By mapping id. */
  readonly mappings: Map<string, DeployedMapping>;
  onInvoke?: OnInvoke;
  /** Closes the servers of function URLs. */
  close(): Promise<void>;
}

type Handler = (call: Parameters, place: Place, caller: Caller) => Answer | Promise<Answer>;

export class LambdaControlPlane implements LambdaStandIn {
  readonly #functions: Functions;
  readonly #mappings: EventSourceMappings;
  readonly #urls = new FunctionUrls({
    statementsOf: (fn) => this.#functions.detailsOf(fn).statements,
    onInvoke: () => this.onInvoke,
  });
  readonly functions: Functions["all"];
  readonly mappings: EventSourceMappings["all"];
  onInvoke?: OnInvoke;

  /** Asks whether a role exists: AWS refuses a function whose role it cannot assume. */
  constructor(
    roleTrustsLambda: (roleArn: string) => Promise<boolean>,
    requirePollable: RequirePollable,
  ) {
    this.#functions = new Functions(roleTrustsLambda);
    this.functions = this.#functions.all;
    this.#mappings = new EventSourceMappings(requirePollable);
    this.mappings = this.#mappings.all;
  }

  /** Resource policy of a function, for authorization. */
  policyOf(arn: string): object | undefined {
    const statements = this.#functions.detailsAt(arn)?.statements ?? [];
    return statements.length === 0 ? undefined : { Version: "2012-10-17", Statement: statements };
  }

  close(): Promise<void> {
    return this.#urls.close();
  }

  /** Answers one operation; throws by name on those it does not know. */
  async answer(call: ApiCall, caller: Caller): Promise<Answer> {
    const handler = this.#handlers[call.operation];
    if (!handler) throw new UnknownOperationError(`lambda:${call.operation}`);
    const parameters =
      call.operation === "Invoke"
        ? { ...call.parameters, Payload: call.http.body.toString("utf8"), ...invocationType(call) }
        : call.parameters;
    return handler(parameters, { account: caller.account, region: call.region }, caller);
  }

  readonly #handlers: Readonly<Record<string, Handler>> = {
    CreateFunction: (parameters, place) => this.#functions.create(parameters, place),
    GetFunction: (parameters, place) => this.#functions.get(parameters, place),
    GetFunctionConfiguration: (parameters, place) =>
      json(this.#functions.describe(this.#functions.find(parameters, place))),
    ListFunctions: (_parameters, place) => this.#functions.list(place),
    UpdateFunctionCode: (parameters, place) => this.#functions.updateCode(parameters, place),
    UpdateFunctionConfiguration: (parameters, place) =>
      this.#functions.updateConfiguration(parameters, place),
    DeleteFunction: async (parameters, place) => {
      await this.#urls.drop(this.#functions.find(parameters, place).arn);
      return this.#functions.remove(parameters, place);
    },
    CreateFunctionUrlConfig: (parameters, place) =>
      this.#urls.create(this.#functions.find(parameters, place), parameters),
    GetFunctionUrlConfig: (parameters, place) =>
      this.#urls.get(this.#functions.find(parameters, place)),
    UpdateFunctionUrlConfig: (parameters, place) =>
      this.#urls.update(this.#functions.find(parameters, place), parameters),
    DeleteFunctionUrlConfig: (parameters, place) =>
      this.#urls.remove(this.#functions.find(parameters, place)),
    ListVersionsByFunction: (parameters, place) =>
      json({ Versions: [this.#functions.describe(this.#functions.find(parameters, place))] }),
    GetFunctionCodeSigningConfig: (parameters, place) =>
      json({ FunctionName: this.#functions.find(parameters, place).name }),
    PutFunctionConcurrency: (parameters, place) => {
      const fn = this.#functions.find(parameters, place);
      fn.reservedConcurrency = whole(parameters, "ReservedConcurrentExecutions", 0, 1000);
      return json({ ReservedConcurrentExecutions: fn.reservedConcurrency });
    },
    GetFunctionConcurrency: (parameters, place) => {
      const { reservedConcurrency } = this.#functions.find(parameters, place);
      return json({ ReservedConcurrentExecutions: reservedConcurrency });
    },
    DeleteFunctionConcurrency: (parameters, place) => {
      delete this.#functions.find(parameters, place).reservedConcurrency;
      return json(undefined, 204);
    },
    PutFunctionEventInvokeConfig: (parameters, place) => this.#putInvokeConfig(parameters, place),
    UpdateFunctionEventInvokeConfig: (parameters, place) =>
      this.#putInvokeConfig(parameters, place),
    GetFunctionEventInvokeConfig: (parameters, place) => {
      const fn = this.#functions.find(parameters, place);
      const { invokeConfig } = this.#functions.detailsOf(fn);
      if (!invokeConfig) throw notFound(`The function ${fn.arn} doesn't have an EventInvokeConfig`);
      return json(invokeConfig);
    },
    DeleteFunctionEventInvokeConfig: (parameters, place) => {
      delete this.#functions.detailsOf(this.#functions.find(parameters, place)).invokeConfig;
      return json(undefined, 204);
    },
    TagResource: (parameters) => {
      const tags = member(parameters, "Tags") as Record<string, string>;
      Object.assign(this.#tagged(parameters).tags, tags);
      return json(undefined, 204);
    },
    UntagResource: (parameters) => {
      const { tags } = this.#tagged(parameters);
      for (const key of list<string>(parameters.tagKeys)) delete tags[key];
      return json(undefined, 204);
    },
    ListTags: (parameters) => json({ Tags: this.#tagged(parameters).tags }),
    AddPermission: (parameters, place) => {
      const fn = this.#functions.find(parameters, place);
      const { statements } = this.#functions.detailsOf(fn);
      const statement = permissionStatement(parameters, fn.arn);
      if (statements.some(({ Sid }) => Sid === statement.Sid)) {
        throw conflict(`The statement id (${statement.Sid}) provided already exists.`);
      }
      statements.push(statement);
      return json({ Statement: JSON.stringify(statement) }, 201);
    },
    GetPolicy: (parameters, place) => {
      const fn = this.#functions.find(parameters, place);
      const policy = this.policyOf(fn.arn);
      if (!policy) throw notFound("The resource you requested does not exist.");
      return json({ Policy: JSON.stringify(policy), RevisionId: randomUUID() });
    },
    RemovePermission: (parameters, place) => {
      const details = this.#functions.detailsOf(this.#functions.find(parameters, place));
      const kept = details.statements.filter(({ Sid }) => Sid !== parameters.StatementId);
      if (kept.length === details.statements.length) {
        throw notFound(
          `Statement ${text(parameters.StatementId)} is not found in resource policy.`,
        );
      }
      details.statements = kept;
      return json(undefined, 204);
    },
    CreateEventSourceMapping: (parameters, place) =>
      this.#mappings.create(this.#functions.find(parameters, place), parameters, place),
    GetEventSourceMapping: (parameters, place) => this.#mappings.get(parameters, place),
    ListEventSourceMappings: (parameters, place) => this.#mappings.list(parameters, place),
    UpdateEventSourceMapping: (parameters, place) => this.#mappings.update(parameters, place),
    DeleteEventSourceMapping: (parameters, place) => this.#mappings.remove(parameters, place),
    Invoke: (parameters, place, caller) => this.#invoke(parameters, place, caller),
  };

  #putInvokeConfig(parameters: Parameters, place: Place): Answer {
    const fn = this.#functions.find(parameters, place);
    const { FunctionName: _, ...config } = parameters;
    const kept = { ...config, FunctionArn: fn.arn, LastModified: Date.now() / 1000 };
    this.#functions.detailsOf(fn).invokeConfig = kept;
    return json(kept);
  }

  async #invoke(parameters: Parameters, place: Place, caller: Caller): Promise<Answer> {
    const fn = this.#functions.find(parameters, place);
    const { onInvoke } = this;
    if (!onInvoke)
      throw new UnknownOperationError("lambda:Invoke without a running Lambda service");
    if (parameters.Qualifier !== undefined)
      throw new UnknownOperationError("lambda:Invoke of a version or an alias");
    const payload = text(parameters.Payload) || "{}";
    if (parameters.InvocationType === "Event") {
      // An asynchronous invocation reports to its failure destination, never to its caller.
      void onInvoke(fn, payload, caller).catch(() => undefined);
      return json(undefined, 202);
    }
    const result = await onInvoke(fn, payload, caller);
    return {
      status: 200,
      headers: {
        "content-type": "application/json",
        "x-amz-executed-version": "$LATEST",
        ...(result.functionError && { "x-amz-function-error": result.functionError }),
      },
      body: result.payload,
    };
  }

  tagsOf(arn: string): Readonly<Record<string, string>> {
    return this.#functions.detailsAt(arn)?.tags ?? {};
  }

  #tagged(parameters: Parameters): { tags: Record<string, string> } {
    const arn = text(parameters.Resource) ?? "";
    const details = this.#functions.detailsAt(arn);
    if (details) return details;
    const tags = this.#mappings.tags.get(arn.split(":").at(-1) ?? "");
    if (!tags) throw notFound(`The resource ${arn} does not exist.`);
    return { tags };
  }
}

function invocationType(call: ApiCall): { InvocationType: string } {
  return {
    InvocationType: String(call.http.headers["x-amz-invocation-type"] ?? "RequestResponse"),
  };
}
