/** The functions of the Lambda stand-in: their code, and their settings as its API shows them. */
import { createHash, randomUUID } from "node:crypto";
import type { Caller } from "../iam/caller";
import { fromArn, toArn } from "../wire/arn";
import {
  type Answer,
  ApiError,
  json,
  list,
  member,
  type Parameters,
  text,
  UnknownOperationError,
} from "../wire/protocol";
import type { Place } from "../world";
import type { PermissionStatement } from "./lambda-permissions";
import { nodeOf } from "./lambda-runtimes";
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
  /** Such as "nodejs22.x". */
  runtime: string;
  handler: string;
  timeoutSeconds: number;
  memoryMb: number;
  environment: Record<string, string>;
  zip: Buffer;
  reservedConcurrency?: number;
}

/** Runs a function once. */
export type OnInvoke = (
  fn: DeployedFunction,
  payload: string,
  caller: Caller,
) => Promise<{ payload: string; functionError?: string }>;

/** What the API shows of a function beside what running it takes. */
interface Details {
  description: string;
  architectures: readonly unknown[];
  tracing: string;
  deadLetterArn?: string;
  logging?: unknown;
  kmsKeyArn?: string;
  tags: Record<string, string>;
  statements: PermissionStatement[];
  invokeConfig?: Record<string, unknown>;
  modified: string;
}

export class Functions {
  /** By ARN. */
  readonly all = new Map<string, DeployedFunction>();
  readonly #details = new Map<string, Details>();

  /** Asks whether a role exists: AWS refuses a function whose role it cannot assume. */
  constructor(private readonly roleTrustsLambda: (roleArn: string) => Promise<boolean>) {}

  async create(parameters: Parameters, place: Place): Promise<Answer> {
    const name = required(parameters, "FunctionName");
    if (!/^[a-zA-Z0-9-_]{1,64}$/.test(name)) {
      throw invalid(`FunctionName "${name}" must be 1 to 64 letters, digits, hyphens, underscores`);
    }
    const arn = toArn("lambda", place.region, place.account, `function:${name}`);
    if (this.all.has(arn)) {
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
      runtime: required(parameters, "Runtime"),
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
      tracing: "PassThrough",
      tags: { ...(parameters.Tags as Record<string, string> | undefined) },
      statements: [],
      modified: awsTime(),
    };
    await this.#configure(fn, parameters, details);
    this.all.set(arn, fn);
    this.#details.set(arn, details);
    return json(this.describe(fn), 201);
  }

  get(parameters: Parameters, place: Place): Answer {
    const fn = this.find(parameters, place);
    const { tags } = this.detailsOf(fn);
    return json({
      Configuration: this.describe(fn),
      Code: { RepositoryType: "S3", Location: "" },
      ...(Object.keys(tags).length > 0 && { Tags: tags }),
      ...(fn.reservedConcurrency !== undefined && {
        Concurrency: { ReservedConcurrentExecutions: fn.reservedConcurrency },
      }),
    });
  }

  list(place: Place): Answer {
    return json({
      Functions: [...this.all.values()]
        .filter((fn) => fn.account === place.account && fn.region === place.region)
        .map((fn) => this.describe(fn)),
    });
  }

  updateCode(parameters: Parameters, place: Place): Answer {
    const fn = this.find(parameters, place);
    fn.zip = zipOf(parameters.ZipFile);
    return this.#updated(fn);
  }

  async updateConfiguration(parameters: Parameters, place: Place): Promise<Answer> {
    const fn = this.find(parameters, place);
    await this.#configure(fn, parameters);
    return this.#updated(fn);
  }

  remove(parameters: Parameters, place: Place): Answer {
    const { arn } = this.find(parameters, place);
    this.all.delete(arn);
    this.#details.delete(arn);
    return json(undefined, 204);
  }

  /** Finds a function by name, partial ARN or ARN; throws when there is none. */
  find(parameters: Parameters, place: Place): DeployedFunction {
    const given = required(parameters, "FunctionName");
    const arn = given.startsWith("arn:")
      ? given
      : toArn("lambda", place.region, place.account, `function:${nameOf(given)}`);
    const fn = this.all.get(arn);
    if (!fn) throw notFound(`Function not found: ${arn}`);
    return fn;
  }

  detailsOf({ arn }: DeployedFunction): Details {
    return this.#details.get(arn) as Details;
  }

  /** The same by ARN; undefined when there is none. */
  detailsAt(arn: string): Details | undefined {
    return this.#details.get(arn);
  }

  #updated(fn: DeployedFunction): Answer {
    this.detailsOf(fn).modified = awsTime();
    return json(this.describe(fn));
  }

  /** Shows a function as FunctionConfiguration has it. */
  describe(fn: DeployedFunction) {
    const details = this.detailsOf(fn);
    return {
      FunctionName: fn.name,
      FunctionArn: fn.arn,
      Runtime: fn.runtime,
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

  async #configure(
    fn: DeployedFunction,
    parameters: Parameters,
    details = this.detailsOf(fn),
  ): Promise<void> {
    refuseForeign(parameters, settings, "Lambda");
    const storage = member(parameters.EphemeralStorage, "Size");
    if (storage !== undefined && storage !== 512) {
      throw new UnknownOperationError(`Lambda storage of ${storage} MB`);
    }
    fn.runtime = text(parameters.Runtime) ?? fn.runtime;
    if (nodeOf(fn.runtime) === undefined) {
      throw invalid(
        `Runtime "${fn.runtime}" is not run here, or node local/setup/index.mjs has not set it up`,
      );
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
}
