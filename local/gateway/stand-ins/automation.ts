/**
 * Stands in for Systems Manager's automations: starting one and asking how it ended. Documents are
 * the emulator's; `onStart` carries their steps out. Strict: every parameter of the two operations
 * but the ones named here is refused by name. An execution has ended when its start is answered.
 */
import type { Caller, Credentials } from "../iam/caller";
import {
  type Answer,
  type ApiCall,
  ApiError,
  json,
  text,
  UnknownOperationError,
} from "../wire/protocol";
import type { Place } from "../world";

export interface StepExecution {
  readonly name: string;
  readonly action: string;
  readonly status: "Success" | "Failed";
  readonly outputs: Readonly<Record<string, string>>;
  readonly failure?: string;
}

export interface AutomationExecution extends Place {
  readonly id: string;
  readonly document: string;
  /** ARN of who ran it: the session of its role, or of its starter. */
  readonly executedBy: string;
  readonly status: "Success" | "Failed";
  readonly failure?: string;
  readonly steps: readonly StepExecution[];
}

export interface AutomationRequest {
  readonly place: Place;
  readonly document: string;
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  /** Whom the execution acts as, unless its document has it assume a role. */
  readonly starter?: { readonly arn: string; readonly credentials: Credentials };
}

export interface AutomationStandIn {
  /** Carries out an automation to its end; while unset no automation can be started. */
  onStart?: (request: AutomationRequest) => Promise<AutomationExecution>;
  /** Runs an automation and keeps it, as another service of AWS would start it. */
  start(request: AutomationRequest): Promise<AutomationExecution>;
  /** Every execution, in order of its end. */
  readonly executions: readonly AutomationExecution[];
}

export class Automations implements AutomationStandIn {
  onStart?: (request: AutomationRequest) => Promise<AutomationExecution>;
  readonly executions: AutomationExecution[] = [];

  async start(request: AutomationRequest): Promise<AutomationExecution> {
    if (!this.onStart) throw new UnknownOperationError("ssm:StartAutomationExecution");
    const execution = await this.onStart(request);
    this.executions.push(execution);
    return execution;
  }

  /** Answers the two operations; undefined leaves every other call to the emulator. */
  async answer(call: ApiCall, caller: Caller): Promise<Answer | undefined> {
    const place = { account: caller.account, region: call.region };
    const { parameters } = call;
    if (call.operation === "StartAutomationExecution") {
      only(call, ["DocumentName", "Parameters"]);
      const given = (parameters.Parameters ?? {}) as Readonly<Record<string, readonly string[]>>;
      // Would need iam:PassRole, which nothing here asks for.
      if (given.AutomationAssumeRole !== undefined) {
        throw new UnknownOperationError("ssm:StartAutomationExecution with AutomationAssumeRole");
      }
      const { id } = await this.start({
        place,
        document: text(parameters.DocumentName) ?? "",
        parameters: given,
        starter: {
          arn: caller.arn,
          credentials: {
            accessKeyId: caller.accessKeyId,
            // The gateway goes by key and token.
            secretAccessKey: "not-verified",
            ...(call.sessionToken && { sessionToken: call.sessionToken }),
          },
        },
      });
      return json({ AutomationExecutionId: id });
    }
    if (call.operation !== "GetAutomationExecution") return undefined;
    only(call, ["AutomationExecutionId"]);
    const id = text(parameters.AutomationExecutionId) ?? "";
    const found = this.executions.find((each) => each.id === id);
    if (found?.account !== place.account || found.region !== place.region) {
      throw new ApiError(
        "AutomationExecutionNotFoundException",
        `There is no automation execution information for the requested automation execution ID: ${id}`,
      );
    }
    return json({
      AutomationExecution: {
        AutomationExecutionId: found.id,
        AutomationExecutionStatus: found.status,
        DocumentName: found.document,
        ExecutedBy: found.executedBy,
        ...(found.failure && { FailureMessage: found.failure }),
        StepExecutions: found.steps.map((step) => ({
          StepName: step.name,
          Action: step.action,
          StepStatus: step.status,
          Outputs: Object.fromEntries(
            Object.entries(step.outputs).map(([name, value]) => [name, [value]]),
          ),
          ...(step.failure && { FailureMessage: step.failure }),
        })),
        StepExecutionsTruncated: false,
      },
    });
  }
}

function only(call: ApiCall, known: readonly string[]): void {
  const unknown = Object.keys(call.parameters).find((key) => !known.includes(key));
  if (unknown) throw new UnknownOperationError(`ssm:${call.operation} with ${unknown}`);
}
