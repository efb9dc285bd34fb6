/**
 * Stands in for Systems Manager's carrying out of automations: each step's call goes through the
 * gateway as the execution's role, or as its starter. Only what local/gateway/runbook.ts
 * reads. Time limits and waits between attempts are left out: calls here end at once.
 */

import { randomUUID } from "node:crypto";
import {
  ConfigServiceClient,
  ListDiscoveredResourcesCommand,
} from "@aws-sdk/client-config-service";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import {
  GetAutomationExecutionCommand,
  SSMClient,
  StartAutomationExecutionCommand,
} from "@aws-sdk/client-ssm";
import { clientConfig } from "../gateway/client";
import { stateOf } from "../gateway/emulator/moto";
import type { Gateway } from "../gateway/gateway";
import type { Credentials } from "../gateway/iam/caller";
import {
  filled,
  ownedByAws,
  type Runbook,
  type RunbookStep,
  readRunbook,
  selected,
} from "../gateway/runbook";
import type {
  AutomationExecution,
  AutomationRequest,
  StepExecution,
} from "../gateway/stand-ins/automation";
import { unlessInvalid } from "../gateway/stand-ins/remediation";
import { ApiError } from "../gateway/wire/protocol";
import type { Place } from "../gateway/world";
import { type EventBridgeEvent, emit } from "./eventbridge/events";

/** Has automations run that calls through the gateway start, and EventBridge hear of their ends. */
export function runAutomations(gateway: Gateway): void {
  gateway.automation.onStart = async (request) => {
    const began = new Date();
    const execution = await run(gateway, request);
    await emit(gateway, request.place, statusChange(execution, began));
    return execution;
  };
}

/** Writes the event of an execution's end as Systems Manager does. */
function statusChange(execution: AutomationExecution, began: Date): EventBridgeEvent {
  const { account, region, id, document, status, executedBy } = execution;
  const ssm = `arn:aws:ssm:${region}:${account}`;
  const ended = new Date();
  return {
    source: "aws.ssm",
    "detail-type": "EC2 Automation Execution Status-change Notification",
    resources: [`${ssm}:automation-execution/${id}`, `${ssm}:automation-definition/${document}:1`],
    detail: {
      ExecutionId: id,
      Definition: document,
      DefinitionVersion: 1,
      Status: status,
      StartTime: words(began),
      EndTime: words(ended),
      Time: ended.getTime() - began.getTime(),
      ExecutedBy: executedBy,
    },
  };
}

/** "Nov 29, 2024 7:43:20 PM", as the service writes times in these events alone. */
function words(moment: Date): string {
  const part = (options: Intl.DateTimeFormatOptions) =>
    moment.toLocaleString("en-US", { timeZone: "UTC", ...options });
  const day = part({ month: "short", day: "numeric", year: "numeric" });
  const time = part({ hour: "numeric", minute: "2-digit", second: "2-digit" });
  // Node puts a narrow space before AM and PM.
  return `${day} ${time.replace(/\s/g, " ")}`;
}

interface ClientSettings {
  readonly region: string;
  readonly endpoint: string;
  readonly credentials: Credentials;
  readonly maxAttempts: number;
}

/**
 * Runs an automation to its end. The result says which step failed, or that the role refused.
 *
 * @throws ApiError for a document or parameters that are wrong, as StartAutomationExecution would
 */
async function run(gateway: Gateway, request: AutomationRequest): Promise<AutomationExecution> {
  const { place, document, starter } = request;
  const runbook = ownedByAws(document) ?? (await documentOf(gateway, place, document));
  const values = valuesOf(runbook, request);
  const id = randomUUID();
  const role = filled(runbook.assumeRole ?? "", values);
  const steps: StepExecution[] = [];
  const ended = (executedBy: string, failure?: string): AutomationExecution => ({
    ...place,
    id,
    document,
    executedBy,
    status: failure === undefined ? "Success" : "Failed",
    steps,
    ...(failure !== undefined && { failure }),
  });
  let credentials = starter?.credentials;
  if (role !== "") {
    try {
      credentials = await sessionOf(gateway, place, id, role);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return ended(role, error.message);
    }
  }
  if (credentials === undefined) throw new Error(`${document} needs a role or a starter`);
  const executedBy = gateway.callers.find(credentials.accessKeyId)?.arn ?? "";
  const settings = clientConfig(gateway, credentials, place.region);
  for (const step of runbook.mainSteps) {
    const done = await attempt(step, values, settings);
    steps.push(done);
    if (done.failure !== undefined) return ended(executedBy, done.failure);
    for (const [name, value] of Object.entries(done.outputs)) {
      values.set(`${step.name}.${name}`, value);
    }
  }
  return ended(executedBy);
}

async function documentOf(gateway: Gateway, place: Place, name: string): Promise<Runbook> {
  const found = await stateOf(gateway.moto)
    .json(place, "ssm", "AmazonSSM.GetDocument", { Name: name })
    .catch(unlessInvalid);
  if (found === undefined) {
    throw new ApiError(
      "AutomationDefinitionNotFoundException",
      `Automation definition not found: ${name}`,
    );
  }
  return readRunbook(String(found.Content));
}

/** Gives the parameters' values; the document must know each, and have each that it needs. */
function valuesOf(runbook: Runbook, { place, parameters }: AutomationRequest): Map<string, string> {
  const declared = runbook.parameters ?? {};
  const wrong = (what: string) =>
    new ApiError("InvalidAutomationExecutionParametersException", `Parameter ${what}`);
  const values = new Map([
    ["global:ACCOUNT_ID", place.account],
    ["global:REGION", place.region],
  ]);
  for (const name of Object.keys(parameters)) {
    if (!Object.hasOwn(declared, name)) throw wrong(`${name} is not defined in the document`);
  }
  for (const [name, { default: preset }] of Object.entries(declared)) {
    const given = parameters[name];
    if (given !== undefined && given.length !== 1) throw wrong(`${name} takes one value`);
    const value = given?.[0] ?? preset;
    if (value === undefined) throw wrong(`${name} is missing`);
    values.set(name, value);
  }
  return values;
}

function sessionOf(gateway: Gateway, { account, region }: Place, id: string, role: string) {
  return gateway.callers.serviceSession(
    "ssm.amazonaws.com",
    role,
    `Automation-${id}`,
    "service",
    {},
    {
      sourceArn: `arn:aws:ssm:${region}:${account}:automation-execution/${id}`,
      sourceAccount: account,
    },
  );
}

async function attempt(
  step: RunbookStep,
  values: ReadonlyMap<string, string>,
  settings: ClientSettings,
): Promise<StepExecution> {
  const { name, action, maxAttempts = 1 } = step;
  for (let left = maxAttempts; ; left -= 1) {
    try {
      const outputs = await carryOut(step, values, settings);
      return { name, action, status: "Success", outputs };
    } catch (error) {
      const failure = `Step ${name} failed: ${(error as Error).name}: ${(error as Error).message}`;
      if (left <= 1) return { name, action, status: "Failed", outputs: {}, failure };
    }
  }
}

async function carryOut(
  step: RunbookStep,
  values: ReadonlyMap<string, string>,
  settings: ClientSettings,
): Promise<Record<string, string>> {
  if (step.action === "aws:executeAutomation") {
    await runSecond(filled(step.inputs, values), settings);
    return {};
  }
  const { Service, Api, ...input } = filled(step.inputs, values);
  const answer = await callApi(`${Service}.${Api}`, input, settings);
  return Object.fromEntries(
    (step.outputs ?? []).map(({ Name, Selector }) => {
      const value = selected(answer, Selector);
      // A message without its name would be worse than none.
      if (typeof value !== "string") throw new Error(`${Selector} selects no text of the answer`);
      return [Name, value];
    }),
  );
}

function callApi(call: string, input: object, settings: ClientSettings): Promise<unknown> {
  switch (call) {
    case "config.ListDiscoveredResources": {
      const command = new ListDiscoveredResourcesCommand(
        input as ConstructorParameters<typeof ListDiscoveredResourcesCommand>[0],
      );
      return new ConfigServiceClient(settings).send(command);
    }
    case "sns.Publish": {
      const command = new PublishCommand(input as ConstructorParameters<typeof PublishCommand>[0]);
      return new SNSClient(settings).send(command);
    }
    default:
      throw new Error(`${call} is not known here`);
  }
}

/** Starts the second automation as the first one's role, and asks how it ended. */
async function runSecond(
  inputs: Extract<RunbookStep, { action: "aws:executeAutomation" }>["inputs"],
  settings: ClientSettings,
): Promise<void> {
  const ssm = new SSMClient(settings);
  const { AutomationExecutionId: id } = await ssm.send(
    new StartAutomationExecutionCommand({
      DocumentName: inputs.DocumentName,
      Parameters: Object.fromEntries(
        Object.entries(inputs.RuntimeParameters ?? {}).map(([name, value]) => [name, [value]]),
      ),
    }),
  );
  const { AutomationExecution: second } = await ssm.send(
    new GetAutomationExecutionCommand({ AutomationExecutionId: id }),
  );
  if (second?.AutomationExecutionStatus !== "Success") {
    throw new Error(second?.FailureMessage ?? `${inputs.DocumentName} did not succeed`);
  }
}
