/** Checks what Step Functions checks of its calls and the emulator does not. */
import { randomBytes, randomUUID } from "node:crypto";
import { authorize } from "../iam/authorize";
import type { Caller } from "../iam/caller";
import { missing } from "../iam/policies";
import { fromArn } from "../wire/arn";
import {
  type ApiCall,
  ApiError,
  list,
  member,
  text,
  UnknownOperationError,
} from "../wire/protocol";
import type { Place, World } from "../world";
import type { StrictCheck } from "./check";

export const workflowChecks: Readonly<Record<string, StrictCheck>> = {
  // Takes any definition that it can read and any role, and answers with the state machine of the
  // same name, whatever its definition.
  "states:CreateStateMachine": async (call, place, world) => {
    const { name, type = "STANDARD" } = call.parameters;
    if (type !== "STANDARD") throw new UnknownOperationError(`a state machine of type ${type}`);
    requireName(text(name) ?? "");
    requireDefinition(call.parameters.definition);
    await requireRole(text(call.parameters.roleArn) ?? "", text(name) ?? "", place, world);
    await requireLogging(call, place, world);
    const arn = `arn:aws:states:${place.region}:${place.account}:stateMachine:${text(name)}`;
    const known = await describe(arn, world);
    if (
      known &&
      (known.definition !== call.parameters.definition || known.roleArn !== call.parameters.roleArn)
    ) {
      throw new ApiError("StateMachineAlreadyExists", `State Machine Already Exists: '${arn}'`);
    }
  },
  "states:UpdateStateMachine": async (call, place, world) => {
    const { definition, roleArn, stateMachineArn } = call.parameters;
    const name = text(stateMachineArn)?.split(":").at(-1) ?? "";
    if (definition !== undefined) requireDefinition(definition);
    if (roleArn !== undefined) await requireRole(text(roleArn) ?? "", name, place, world);
    await requireLogging(call, place, world);
  },
  // Takes any name, and input of any size.
  "states:StartExecution": async ({ parameters }) => {
    requireName(text(parameters.name) ?? "");
    const size = Buffer.byteLength(text(parameters.input) ?? "");
    if (size > 262_144) {
      throw new ApiError(
        "ValidationException",
        `1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to 262144, but it is ${size}`,
      );
    }
  },
  // Forgets them.
  "states:StopExecution": async ({ parameters }) => {
    if (parameters.error !== undefined || parameters.cause !== undefined) {
      throw new UnknownOperationError("states:StopExecution with an error or a cause");
    }
  },
};

/** Gives an execution the name that Step Functions would: the emulator calls it None. */
export function withExecutionName(call: ApiCall): ApiCall {
  if (call.service !== "states" || call.operation !== "StartExecution") return call;
  if (call.parameters.name !== undefined) return call;
  const parameters = { ...call.parameters, name: randomUUID() };
  return {
    ...call,
    parameters,
    http: { ...call.http, body: Buffer.from(JSON.stringify(parameters)) },
  };
}

// Brackets, wildcards, special characters, white space, control characters, surrogates.
const forbidden = /[<>{}[\]?*"#%\\^|~`$&,;:/\s\p{Cc}\p{Cs}\uFFFE\uFFFF]/u;

function requireName(name: string): void {
  if (forbidden.test(name)) {
    throw new ApiError("InvalidName", `Invalid Name: '${name}'`);
  }
}

/** What asl-validator exports; the package declares no types. */
type Validate = (definition: object) => {
  readonly isValid: boolean;
  errorsText(separator?: string): string;
};

function requireDefinition(definition: unknown): void {
  let parsed: object;
  try {
    parsed = JSON.parse(String(definition)) as object;
  } catch (error) {
    throw invalid(`INVALID_JSON_DESCRIPTION: ${(error as Error).message}`);
  }
  refuseUnknownParts(parsed);
  // Loaded when it is needed: few runs make a state machine.
  const { isValid, errorsText } = (require("asl-validator") as Validate)(parsed);
  if (!isValid) throw invalid(`SCHEMA_VALIDATION_FAILED: ${errorsText("; ")}`);
}

// What is judged and whose errors bear AWS's names: those of SDK integrations do not.
const knownTasks =
  /^arn:aws:(states:::(lambda:invoke(\.waitForTaskToken)?|sns:publish|sqs:sendMessage)|lambda:[^:]+:\d{12}:function:[^:]+)$/;

// Hold data of the workflow's own, whatever its keys.
const dataFields = ["Parameters", "Result", "ResultSelector", "ItemSelector"];

/** Throws, by name, on a part of a definition that the emulator would carry out in another way. */
function refuseUnknownParts(part: unknown): void {
  if (typeof part !== "object" || part === null) return;
  for (const [key, value] of Object.entries(part)) {
    if (dataFields.includes(key)) continue;
    if (key === "Resource" && typeof value === "string" && !knownTasks.test(value))
      throw new UnknownOperationError(`the task ${value}`);
    if (key === "QueryLanguage" && value !== "JSONPath")
      throw new UnknownOperationError(`the query language ${value}`);
    if (key === "Mode" && value === "DISTRIBUTED")
      throw new UnknownOperationError("a distributed map");
    refuseUnknownParts(value);
  }
}

function invalid(why: string): ApiError {
  return new ApiError("InvalidDefinition", `Invalid State Machine Definition: '${why}'`);
}

async function requireRole(role: string, machine: string, at: Place, world: World): Promise<void> {
  if (!/^arn:aws:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(role)) {
    throw new ApiError("InvalidArn", `Invalid Role Arn: '${role}'`);
  }
  const { account } = fromArn(role);
  if (account !== at.account) {
    throw new ApiError("AccessDeniedException", "Cross-account pass role is not allowed.");
  }
  const decision = await authorize(world.policies, {
    principal: {
      service: "states.amazonaws.com",
      sourceArn: `arn:aws:states:${at.region}:${account}:stateMachine:${machine}`,
      sourceAccount: account,
    },
    action: "sts:AssumeRole",
    resource: role,
    resourceAccount: account,
    region: "us-east-1",
  });
  if (!decision.allowed) {
    throw new ApiError(
      "AccessDeniedException",
      "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role.",
    );
  }
}

// Step Functions registers the log group as a vended log delivery, in the name of the role.
const deliveryActions = [
  "CreateLogDelivery",
  "GetLogDelivery",
  "UpdateLogDelivery",
  "DeleteLogDelivery",
  "ListLogDeliveries",
  "PutResourcePolicy",
  "DescribeResourcePolicies",
  "DescribeLogGroups",
];

/** Asks what AWS asks when logging is set; the emulator keeps the setting and writes no log. */
async function requireLogging(call: ApiCall, at: Place, world: World): Promise<void> {
  const { loggingConfiguration, stateMachineArn } = call.parameters;
  if ((text(member(loggingConfiguration, "level")) ?? "OFF") === "OFF") return;
  const destinations = list(member(loggingConfiguration, "destinations")).map(
    (each) => text(member(member(each, "cloudWatchLogsLogGroup"), "logGroupArn")) ?? "",
  );
  const [destination = "", ...others] = destinations;
  const pattern = /^arn:aws:logs:[^:]+:\d{12}:log-group:([^:]+):\*$/;
  const [, group] = pattern.exec(destination) ?? [];
  if (!group || others.length > 0) {
    throw new ApiError(
      "InvalidLoggingConfiguration",
      `Invalid Logging Configuration: one log group is needed, its ARN ending in ":*", but ${JSON.stringify(destinations)} was provided`,
    );
  }
  const known = await world.state.json(at, "logs", "Logs_20140328.DescribeLogGroups", {
    logGroupNamePrefix: group,
  });
  const role =
    text(call.parameters.roleArn) ?? (await describe(text(stateMachineArn), world))?.roleArn;
  const denied = role && (await deniedDelivery(String(role), at, world));
  const found = list(known.logGroups).some((each) => member(each, "logGroupName") === group);
  if (!found || !role || denied) {
    throw new ApiError(
      "AccessDeniedException",
      `The state machine IAM Role is not authorized to access the Log Destination${denied ? `: ${denied}` : found ? "" : `: there is no log group ${group}`}`,
    );
  }
}

/** Names the first permission of log deliveries that the role lacks. */
async function deniedDelivery(role: string, at: Place, world: World): Promise<string | undefined> {
  const { account, resource } = fromArn(role);
  const principal: Caller = {
    accessKeyId: "",
    account,
    arn: `arn:aws:sts::${account}:assumed-role/${resource.split("/").at(-1)}/${randomBytes(16).toString("hex")}`,
    roleArn: role,
    origin: "service",
    context: { "aws:PrincipalType": "AssumedRole" },
  };
  for (const action of deliveryActions) {
    const { allowed, why } = await authorize(world.policies, {
      principal,
      action: `logs:${action}`,
      resource: "*",
      resourceAccount: account,
      region: at.region,
    });
    if (!allowed) return `logs:${action} ${why}`;
  }
  return undefined;
}

async function describe(arn: string | undefined, world: World) {
  if (arn === undefined) return undefined;
  const { account, region } = fromArn(arn);
  const request = { stateMachineArn: arn };
  return world.state
    .json({ account, region }, "states", "AWSStepFunctions.DescribeStateMachine", request)
    .catch(missing);
}
