/** Resource table: Step Functions. */
import { fromArn } from "../wire/arn";
import { text, UnknownOperationError } from "../wire/protocol";
import type { Operation } from "./operation";

/** Names the resource by the ARN in a parameter; versions, aliases and map runs are not known. */
function named(action: string, parameter: string, pattern: RegExp): Operation {
  return ({ parameters }) => {
    const arn = text(parameters[parameter]) ?? "";
    if (!pattern.test(arn)) throw new UnknownOperationError(`states:${action} of "${arn}"`);
    return [{ action: `states:${action}`, resource: arn, account: fromArn(arn).account }];
  };
}

const stateMachine = /^arn:aws:states:[^:]+:\d{12}:stateMachine:[^:/]+$/;
const execution = /^arn:aws:states:[^:]+:\d{12}:execution:[^:/]+:[^:/]+$/;

export const workflowOperations: Readonly<Record<string, Operation>> = {
  "states:StartExecution": named("StartExecution", "stateMachineArn", stateMachine),
  "states:ListExecutions": named("ListExecutions", "stateMachineArn", stateMachine),
  "states:DescribeStateMachine": named("DescribeStateMachine", "stateMachineArn", stateMachine),
  "states:DescribeExecution": named("DescribeExecution", "executionArn", execution),
  "states:GetExecutionHistory": named("GetExecutionHistory", "executionArn", execution),
  // A token says which task: AWS grants these on no resource.
  "states:SendTaskSuccess": ({ account }) => [
    { action: "states:SendTaskSuccess", resource: "*", account },
  ],
  "states:StopExecution": named("StopExecution", "executionArn", execution),
};
