import {
  AddPermissionCommand,
  type AddPermissionRequest,
  type Architecture,
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  DeleteEventSourceMappingCommand,
  DeleteFunctionCommand,
  DeleteFunctionConcurrencyCommand,
  DeleteFunctionEventInvokeConfigCommand,
  DeleteFunctionUrlConfigCommand,
  type FunctionConfiguration,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  RemovePermissionCommand,
  type Runtime,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import * as z from "zod/mini";
import * as input from "../resource-type";
import { zip } from "../values";

const functionInputs = z.strictObject({
  name: input.text,
  role: input.text,
  code: z.record(z.string(), z.unknown()),
  handler: input.text,
  runtime: input.text,
  description: input.optionalText,
  architectures: z.optional(z.array(z.enum(["arm64", "x86_64"]))),
  timeout: input.optionalNumber,
  memorySize: input.optionalNumber,
  environment: z.optional(
    z.strictObject({ variables: z.optional(z.record(z.string(), z.string())) }),
  ),
  reservedConcurrentExecutions: input.optionalNumber,
  deadLetterConfig: z.optional(z.strictObject({ targetArn: input.text })),
  tracingConfig: z.optional(z.strictObject({ mode: z.enum(["Active", "PassThrough"]) })),
  loggingConfig: z.optional(
    z.strictObject({
      logFormat: z.enum(["JSON", "Text"]),
      logGroup: input.optionalText,
      applicationLogLevel: z.optional(z.enum(["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"])),
      systemLogLevel: z.optional(z.enum(["DEBUG", "INFO", "WARN"])),
    }),
  ),
  kmsKeyArn: input.optionalText,
  ...input.regional,
  ...input.tagged,
});
type FunctionInputs = z.infer<typeof functionInputs>;

/** Gives what CreateFunction and UpdateFunctionConfiguration share. */
const configurationOf = (inputs: FunctionInputs) => ({
  FunctionName: inputs.name,
  Role: inputs.role,
  Handler: inputs.handler,
  Runtime: inputs.runtime as Runtime,
  Description: inputs.description,
  // Lambda's own defaults, which the real provider sends as well.
  Timeout: inputs.timeout ?? 3,
  MemorySize: inputs.memorySize ?? 128,
  Environment: inputs.environment && { Variables: inputs.environment.variables },
  DeadLetterConfig: inputs.deadLetterConfig && { TargetArn: inputs.deadLetterConfig.targetArn },
  TracingConfig: inputs.tracingConfig && { Mode: inputs.tracingConfig.mode },
  LoggingConfig: inputs.loggingConfig && {
    LogFormat: inputs.loggingConfig.logFormat,
    LogGroup: inputs.loggingConfig.logGroup,
    ApplicationLogLevel: inputs.loggingConfig.applicationLogLevel,
    SystemLogLevel: inputs.loggingConfig.systemLogLevel,
  },
  KMSKeyArn: inputs.kmsKeyArn,
});

const outputsOf = (made: FunctionConfiguration, region: string, sha256: string) => ({
  arn: made.FunctionArn,
  invokeArn: `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${made.FunctionArn}/invocations`,
  qualifiedArn: `${made.FunctionArn}:$LATEST`,
  version: "$LATEST",
  lastModified: made.LastModified,
  codeSha256: sha256,
  sourceCodeHash: sha256,
  sourceCodeSize: made.CodeSize,
  timeout: made.Timeout,
  memorySize: made.MemorySize,
});

const configured = [
  "role",
  "handler",
  "runtime",
  "description",
  "timeout",
  "memorySize",
  "environment",
] as const;

const lambdaFunction = input.resourceType({
  inputs: functionInputs,
  computed: [
    "arn",
    "invokeArn",
    "qualifiedArn",
    "lastModified",
    "codeSha256",
    "sourceCodeHash",
    "sourceCodeSize",
  ],
  updatable: ["code", "reservedConcurrentExecutions", ...configured],
  async create(inputs, place, tags) {
    const lambda = place.client(LambdaClient);
    const { bytes, sha256 } = zip(inputs.code);
    const made = await lambda.send(
      new CreateFunctionCommand({
        ...configurationOf(inputs),
        Code: { ZipFile: bytes },
        PackageType: "Zip",
        Architectures: (inputs.architectures ?? ["x86_64"]) as Architecture[],
        Tags: { ...tags },
      }),
    );
    if (inputs.reservedConcurrentExecutions !== undefined) await reserve(lambda, inputs);
    return { id: inputs.name, outputs: outputsOf(made, place.region, sha256) };
  },
  async update(id, inputs, place, changed) {
    const lambda = place.client(LambdaClient);
    const { bytes, sha256 } = zip(inputs.code);
    let made: FunctionConfiguration | undefined;
    if (configured.some((key) => changed.includes(key)))
      made = await lambda.send(
        new UpdateFunctionConfigurationCommand({
          ...configurationOf(inputs),
          // Absent would mean "leave as it is"; the last variable may just have been removed.
          Environment: { Variables: inputs.environment?.variables ?? {} },
        }),
      );
    if (changed.includes("reservedConcurrentExecutions")) await reserve(lambda, inputs);
    if (changed.includes("code"))
      made = await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: id, ZipFile: bytes }));
    return made ? outputsOf(made, place.region, sha256) : {};
  },
  async delete(id, _state, place) {
    await place.client(LambdaClient).send(new DeleteFunctionCommand({ FunctionName: id }));
  },
});

/** Sets the concurrency that a function keeps for itself; absent or -1 means none. */
async function reserve(lambda: LambdaClient, inputs: FunctionInputs): Promise<void> {
  const reserved = inputs.reservedConcurrentExecutions ?? -1;
  const FunctionName = inputs.name;
  await (reserved === -1
    ? lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }))
    : lambda.send(
        new PutFunctionConcurrencyCommand({
          FunctionName,
          ReservedConcurrentExecutions: reserved,
        }),
      ));
}

const eventSourceMapping = input.resourceType({
  inputs: z.strictObject({
    eventSourceArn: input.text,
    functionName: input.text,
    batchSize: input.optionalNumber,
    enabled: input.optionalFlag,
    maximumBatchingWindowInSeconds: input.optionalNumber,
    functionResponseTypes: z.optional(z.array(z.literal("ReportBatchItemFailures"))),
    scalingConfig: z.optional(z.strictObject({ maximumConcurrency: input.optionalNumber })),
    ...input.regional,
    ...input.tagged,
  }),
  computed: ["arn", "uuid", "functionArn", "state", "lastModified"],
  async create(inputs, place, tags) {
    const made = await place.client(LambdaClient).send(
      new CreateEventSourceMappingCommand({
        EventSourceArn: inputs.eventSourceArn,
        FunctionName: inputs.functionName,
        BatchSize: inputs.batchSize,
        Enabled: inputs.enabled ?? true,
        MaximumBatchingWindowInSeconds: inputs.maximumBatchingWindowInSeconds,
        FunctionResponseTypes: inputs.functionResponseTypes,
        ScalingConfig: inputs.scalingConfig && {
          MaximumConcurrency: inputs.scalingConfig.maximumConcurrency,
        },
        Tags: { ...tags },
      }),
    );
    const uuid = made.UUID ?? "";
    return {
      id: uuid,
      outputs: {
        uuid,
        arn: made.EventSourceMappingArn,
        functionArn: made.FunctionArn,
        state: made.State,
        lastModified: made.LastModified?.toISOString(),
      },
    };
  },
  async delete(id, _state, place) {
    await place.client(LambdaClient).send(new DeleteEventSourceMappingCommand({ UUID: id }));
  },
});

const destination = z.optional(z.strictObject({ destination: input.text }));

const functionEventInvokeConfig = input.resourceType({
  inputs: z.strictObject({
    functionName: input.text,
    maximumEventAgeInSeconds: input.optionalNumber,
    maximumRetryAttempts: input.optionalNumber,
    destinationConfig: z.optional(
      z.strictObject({ onFailure: destination, onSuccess: destination }),
    ),
    ...input.regional,
  }),
  async create(inputs, place) {
    const { onFailure, onSuccess } = inputs.destinationConfig ?? {};
    await place.client(LambdaClient).send(
      new PutFunctionEventInvokeConfigCommand({
        FunctionName: inputs.functionName,
        MaximumEventAgeInSeconds: inputs.maximumEventAgeInSeconds,
        MaximumRetryAttempts: inputs.maximumRetryAttempts ?? 2,
        DestinationConfig: inputs.destinationConfig && {
          OnFailure: onFailure && { Destination: onFailure.destination },
          OnSuccess: onSuccess && { Destination: onSuccess.destination },
        },
      }),
    );
    return {
      id: inputs.functionName,
      outputs: { maximumRetryAttempts: inputs.maximumRetryAttempts ?? 2 },
    };
  },
  async delete(id, _state, place) {
    await place
      .client(LambdaClient)
      .send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName: id }));
  },
});

const permission = input.resourceType({
  inputs: z.strictObject({
    statementId: input.text,
    action: input.text,
    function: input.text,
    principal: input.text,
    sourceArn: input.optionalText,
    sourceAccount: input.optionalText,
    principalOrgId: input.optionalText,
    ...input.regional,
  }),
  async create(inputs, place) {
    await place.client(LambdaClient).send(
      new AddPermissionCommand({
        FunctionName: inputs.function,
        StatementId: inputs.statementId,
        Action: inputs.action,
        Principal: inputs.principal,
        SourceArn: inputs.sourceArn,
        SourceAccount: inputs.sourceAccount,
        PrincipalOrgID: inputs.principalOrgId,
      }),
    );
    return { id: inputs.statementId, outputs: {} };
  },
  async delete(id, state, place) {
    await place
      .client(LambdaClient)
      .send(new RemovePermissionCommand({ FunctionName: state.function, StatementId: id }));
  },
});

/** The statements that the provider adds by itself to the policy of a function with an open URL. */
const openToAll: readonly Omit<AddPermissionRequest, "FunctionName">[] = [
  {
    StatementId: "FunctionURLAllowPublicAccess",
    Action: "lambda:InvokeFunctionUrl",
    Principal: "*",
    FunctionUrlAuthType: "NONE",
  },
  {
    StatementId: "FunctionURLAllowInvokeAction",
    Action: "lambda:InvokeFunction",
    Principal: "*",
    InvokedViaFunctionUrl: true,
  },
];

const functionUrl = input.resourceType({
  inputs: z.strictObject({
    functionName: input.text,
    authorizationType: z.literal("NONE"),
    ...input.regional,
  }),
  computed: ["functionArn", "functionUrl", "urlId"],
  async create({ functionName: FunctionName, authorizationType: AuthType }, place) {
    const lambda = place.client(LambdaClient);
    const made = await lambda.send(
      new CreateFunctionUrlConfigCommand({ FunctionName, AuthType, InvokeMode: "BUFFERED" }),
    );
    for (const statement of openToAll) {
      await lambda.send(new AddPermissionCommand({ FunctionName, ...statement }));
    }
    return {
      id: FunctionName,
      outputs: {
        functionArn: made.FunctionArn,
        functionUrl: made.FunctionUrl,
        invokeMode: "BUFFERED",
        urlId: new URL(made.FunctionUrl ?? "").host.split(".")[0],
      },
    };
  },
  // It leaves the statements.
  async delete(id, _state, place) {
    await place.client(LambdaClient).send(new DeleteFunctionUrlConfigCommand({ FunctionName: id }));
  },
});

export const resources = {
  "aws:lambda/function:Function": lambdaFunction,
  "aws:lambda/eventSourceMapping:EventSourceMapping": eventSourceMapping,
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": functionEventInvokeConfig,
  "aws:lambda/functionUrl:FunctionUrl": functionUrl,
  "aws:lambda/permission:Permission": permission,
};
