/**
 * Stands in for Lambda's control plane, since the emulator's needs Docker to run anything. Strict:
 * it checks what AWS checks of the settings Cordon uses and refuses other operations by name. It
 * keeps code and settings; running them is the part of local/lambda.ts, through onInvoke.
 */
import { createHash, randomUUID } from "node:crypto";
import { fromArn, toArn } from "../arn";
import type { Caller } from "../callers";
import {
  type Answer,
  type ApiCall,
  ApiError,
  json,
  list,
  member,
  type Parameters,
  text,
  UnknownOperationError,
} from "../protocol";
import type { Place } from "../world";
import { EventSourceMappings } from "./lambda-mappings";
import { type PermissionStatement, permissionStatement } from "./lambda-permissions";
import {
  awsTime,
  conflict,
  environmentOf,
  invalid,
  nameOf,
  notFound,
  refuseForeign,
  required,
  settings,
  whole,
  zipOf,
} from "./lambda-settings";

export interface DeployedFunction {
  name: string;
  arn: string;
  account: string;
  region: string;
  role: string;
  handler: string;
  timeoutSeconds: number;
  memoryMb: number;
  environment: Record<string, string>;
  zip: Buffer;
  reservedConcurrency?: number;
}

export interface DeployedMapping {
  id: string;
  functionName: string;
  queueArn: string;
  batchSize: number;
  enabled: boolean;
  maximumConcurrency?: number;
  reportBatchItemFailures: boolean;
}

export type OnInvoke = (
  fn: DeployedFunction,
  payload: string,
  caller: Caller,
) => Promise<{ payload: string; functionError?: string }>;

export interface LambdaStandIn {
  /** By function ARN. */
  readonly functions: Map<string, DeployedFunction>;
  /** By mapping id. */
  readonly mappings: Map<string, DeployedMapping>;
  onInvoke?: OnInvoke;
}

interface Details {
  description: string;
  architectures: readonly unknown[];
  layers: readonly unknown[];
  tracing: string;
  deadLetterArn?: string;
  logging?: unknown;
  kmsKeyArn?: string;
  tags: Record<string, string>;
  statements: PermissionStatement[];
  invokeConfig?: Record<string, unknown>;
  modified: string;
}

type Handler = (call: Parameters, place: Place, caller: Caller) => Answer | Promise<Answer>;

export class LambdaControlPlane implements LambdaStandIn {
  readonly functions = new Map<string, DeployedFunction>();
  readonly #mappings = new EventSourceMappings();
  readonly mappings = this.#mappings.all;
  onInvoke?: OnInvoke;
  readonly #details = new Map<string, Details>();

  /** Asks whether a role exists: AWS refuses a function whose role it cannot assume. */
  constructor(private readonly roleTrustsLambda: (roleArn: string) => Promise<boolean>) {}

  /** Resource policy of a function, for authorization. */
  policyOf(arn: string): object | undefined {
    const statements = this.#details.get(arn)?.statements ?? [];
    return statements.length === 0 ? undefined : { Version: "2012-10-17", Statement: statements };
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
    CreateFunction: (parameters, place) => this.#create(parameters, place),
    GetFunction: (parameters, place) => {
      const fn = this.#find(parameters, place);
      const { tags } = this.#detailsOf(fn);
      return json({
        Configuration: this.#configuration(fn),
        Code: { RepositoryType: "S3", Location: "" },
        ...(Object.keys(tags).length > 0 && { Tags: tags }),
        ...(fn.reservedConcurrency !== undefined && {
          Concurrency: { ReservedConcurrentExecutions: fn.reservedConcurrency },
        }),
      });
    },
    GetFunctionConfiguration: (parameters, place) =>
      json(this.#configuration(this.#find(parameters, place))),
    ListFunctions: (_parameters, place) =>
      json({
        Functions: [...this.functions.values()]
          .filter((fn) => fn.account === place.account && fn.region === place.region)
          .map((fn) => this.#configuration(fn)),
      }),
    UpdateFunctionCode: (parameters, place) => {
      const fn = this.#find(parameters, place);
      fn.zip = zipOf(parameters.ZipFile);
      return json(this.#touched(fn));
    },
    UpdateFunctionConfiguration: async (parameters, place) => {
      const fn = this.#find(parameters, place);
      await this.#configure(fn, parameters);
      return json(this.#touched(fn));
    },
    DeleteFunction: (parameters, place) => {
      const fn = this.#find(parameters, place);
      this.functions.delete(fn.arn);
      this.#details.delete(fn.arn);
      return json(undefined, 204);
    },
    ListVersionsByFunction: (parameters, place) =>
      json({ Versions: [this.#configuration(this.#find(parameters, place))] }),
    GetFunctionCodeSigningConfig: (parameters, place) =>
      json({ FunctionName: this.#find(parameters, place).name }),
    PutFunctionConcurrency: (parameters, place) => {
      const fn = this.#find(parameters, place);
      fn.reservedConcurrency = whole(parameters, "ReservedConcurrentExecutions", 0, 1000);
      return json({ ReservedConcurrentExecutions: fn.reservedConcurrency });
    },
    GetFunctionConcurrency: (parameters, place) => {
      const { reservedConcurrency } = this.#find(parameters, place);
      return json({ ReservedConcurrentExecutions: reservedConcurrency });
    },
    DeleteFunctionConcurrency: (parameters, place) => {
      delete this.#find(parameters, place).reservedConcurrency;
      return json(undefined, 204);
    },
    PutFunctionEventInvokeConfig: (parameters, place) => this.#putInvokeConfig(parameters, place),
    UpdateFunctionEventInvokeConfig: (parameters, place) =>
      this.#putInvokeConfig(parameters, place),
    GetFunctionEventInvokeConfig: (parameters, place) => {
      const fn = this.#find(parameters, place);
      const { invokeConfig } = this.#detailsOf(fn);
      if (!invokeConfig) throw notFound(`The function ${fn.arn} doesn't have an EventInvokeConfig`);
      return json(invokeConfig);
    },
    DeleteFunctionEventInvokeConfig: (parameters, place) => {
      delete this.#detailsOf(this.#find(parameters, place)).invokeConfig;
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
      const fn = this.#find(parameters, place);
      const { statements } = this.#detailsOf(fn);
      const statement = permissionStatement(parameters, fn.arn);
      if (statements.some(({ Sid }) => Sid === statement.Sid)) {
        throw conflict(`The statement id (${statement.Sid}) provided already exists.`);
      }
      statements.push(statement);
      return json({ Statement: JSON.stringify(statement) }, 201);
    },
    GetPolicy: (parameters, place) => {
      const fn = this.#find(parameters, place);
      const policy = this.policyOf(fn.arn);
      if (!policy) throw notFound("The resource you requested does not exist.");
      return json({ Policy: JSON.stringify(policy), RevisionId: randomUUID() });
    },
    RemovePermission: (parameters, place) => {
      const details = this.#detailsOf(this.#find(parameters, place));
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
      this.#mappings.create(this.#find(parameters, place).name, parameters, place),
    GetEventSourceMapping: (parameters, place) => this.#mappings.get(parameters, place),
    ListEventSourceMappings: (parameters, place) => this.#mappings.list(parameters, place),
    UpdateEventSourceMapping: (parameters, place) => this.#mappings.update(parameters, place),
    DeleteEventSourceMapping: (parameters, place) => this.#mappings.remove(parameters, place),
    Invoke: (parameters, place, caller) => this.#invoke(parameters, place, caller),
  };

  async #create(parameters: Parameters, place: Place): Promise<Answer> {
    const name = required(parameters, "FunctionName");
    if (!/^[a-zA-Z0-9-_]{1,64}$/.test(name)) {
      throw invalid(`FunctionName "${name}" must be 1 to 64 letters, digits, hyphens, underscores`);
    }
    const arn = toArn("lambda", place.region, place.account, `function:${name}`);
    if (this.functions.has(arn)) {
      throw conflict(`Function already exist: ${name}`);
    }
    if (member(parameters.Code, "S3Bucket") || member(parameters.Code, "ImageUri")) {
      throw new UnknownOperationError("lambda:CreateFunction from anything but a ZipFile");
    }
    if (parameters.Runtime === undefined) throw invalid("Runtime is mandatory for a zip package");
    const fn: DeployedFunction = {
      name,
      arn,
      ...place,
      role: "",
      handler: required(parameters, "Handler"),
      timeoutSeconds: 3,
      memoryMb: 128,
      environment: {},
      zip: zipOf(member(parameters.Code, "ZipFile")),
    };
    required(parameters, "Role");
    const details: Details = {
      description: "",
      architectures: ["x86_64"],
      layers: [],
      tracing: "PassThrough",
      tags: { ...(parameters.Tags as Record<string, string> | undefined) },
      statements: [],
      modified: awsTime(),
    };
    await this.#configure(fn, parameters, details);
    this.functions.set(arn, fn);
    this.#details.set(arn, details);
    return json(this.#configuration(fn), 201);
  }

  async #configure(
    fn: DeployedFunction,
    parameters: Parameters,
    details = this.#detailsOf(fn),
  ): Promise<void> {
    refuseForeign(parameters, settings, "Lambda");
    const storage = member(parameters.EphemeralStorage, "Size");
    if (storage !== undefined && storage !== 512) {
      throw new UnknownOperationError(`Lambda storage of ${storage} MB`);
    }
    const runtime = text(parameters.Runtime);
    if (runtime !== undefined && runtime !== "nodejs22.x") {
      throw invalid(`Runtime "${runtime}" is not run here; nodejs22.x is`);
    }
    const packageType = text(parameters.PackageType);
    if (packageType !== undefined && packageType !== "Zip") {
      throw new UnknownOperationError(`the Lambda package type ${packageType}`);
    }
    const role = text(parameters.Role);
    if (role !== undefined) {
      if (!/^arn:aws:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(role)) {
        throw invalid(`Role "${role}" must be the ARN of an IAM role`);
      }
      // AWS lets only roles of the function's own account run it.
      if (fromArn(role).account !== fn.account) {
        throw new ApiError("AccessDeniedException", "Cross-account pass role is not allowed.", 403);
      }
      if (!(await this.roleTrustsLambda(role))) {
        throw invalid("The role defined for the function cannot be assumed by Lambda.");
      }
      fn.role = role;
    }
    const variables = member(parameters.Environment, "Variables");
    if (parameters.Environment !== undefined) {
      fn.environment = environmentOf(variables);
    }
    if (parameters.Timeout !== undefined) fn.timeoutSeconds = whole(parameters, "Timeout", 1, 900);
    if (parameters.MemorySize !== undefined) {
      fn.memoryMb = whole(parameters, "MemorySize", 128, 10_240);
    }
    fn.handler = text(parameters.Handler) ?? fn.handler;
    details.description = text(parameters.Description) ?? details.description;
    details.architectures = (parameters.Architectures as unknown[]) ?? details.architectures;
    details.tracing = text(member(parameters.TracingConfig, "Mode")) ?? details.tracing;
    if (list(parameters.Layers).length > 0) throw new UnknownOperationError("Lambda layers");
    const deadLetterArn = text(member(parameters.DeadLetterConfig, "TargetArn"));
    if (deadLetterArn) details.deadLetterArn = deadLetterArn;
    if (parameters.LoggingConfig) details.logging = parameters.LoggingConfig;
    const key = text(parameters.KMSKeyArn);
    if (key) details.kmsKeyArn = key;
  }

  #touched(fn: DeployedFunction) {
    this.#detailsOf(fn).modified = awsTime();
    return this.#configuration(fn);
  }

  #configuration(fn: DeployedFunction) {
    const details = this.#detailsOf(fn);
    return {
      FunctionName: fn.name,
      FunctionArn: fn.arn,
      Runtime: "nodejs22.x",
      Role: fn.role,
      Handler: fn.handler,
      CodeSize: fn.zip.length,
      CodeSha256: createHash("sha256").update(fn.zip).digest("base64"),
      Description: details.description,
      Timeout: fn.timeoutSeconds,
      MemorySize: fn.memoryMb,
      LastModified: details.modified,
      Version: "$LATEST",
      Environment: { Variables: fn.environment },
      TracingConfig: { Mode: details.tracing },
      RevisionId: randomUUID(),
      State: "Active",
      LastUpdateStatus: "Successful",
      PackageType: "Zip",
      Architectures: details.architectures,
      EphemeralStorage: { Size: 512 },
      SnapStart: { ApplyOn: "None", OptimizationStatus: "Off" },
      LoggingConfig: details.logging ?? { LogFormat: "Text", LogGroup: `/aws/lambda/${fn.name}` },
      ...(details.deadLetterArn && { DeadLetterConfig: { TargetArn: details.deadLetterArn } }),
      ...(details.kmsKeyArn && { KMSKeyArn: details.kmsKeyArn }),
    };
  }

  #putInvokeConfig(parameters: Parameters, place: Place): Answer {
    const fn = this.#find(parameters, place);
    const { FunctionName: _, ...config } = parameters;
    const whole = { ...config, FunctionArn: fn.arn, LastModified: Date.now() / 1000 };
    this.#detailsOf(fn).invokeConfig = whole;
    return json(whole);
  }

  async #invoke(parameters: Parameters, place: Place, caller: Caller): Promise<Answer> {
    const fn = this.#find(parameters, place);
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

  #find(parameters: Parameters, place: Place): DeployedFunction {
    const given = required(parameters, "FunctionName");
    const arn = given.startsWith("arn:")
      ? given
      : toArn("lambda", place.region, place.account, `function:${nameOf(given)}`);
    const fn = this.functions.get(arn);
    if (!fn) throw notFound(`Function not found: ${arn}`);
    return fn;
  }

  #detailsOf(fn: DeployedFunction): Details {
    return this.#details.get(fn.arn) as Details;
  }

  #tagged(parameters: Parameters): Pick<Details, "tags"> {
    const arn = text(parameters.Resource) ?? "";
    const details = this.#details.get(arn);
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
