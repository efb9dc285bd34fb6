/** The approval workflow in Amazon States Language: ask, wait for the answer, hand over or notify. */
import {
  type ByPlaybook,
  type PlaybookId,
  playbookIds,
} from "../../../functions/catalogue/playbooks";
import { lambdaErrors, patientBackoff } from "../../blocks/workflow-retries";

/** What the definition refers to. */
export interface ApprovalParts {
  /** ARN of the function that asks and notifies. */
  readonly ask: string;
  /** URLs of the responders' queues. */
  readonly queues: ByPlaybook<string>;
  /** Hours for which people may answer. */
  readonly hours: number;
}

/** Seconds the function may run. */
export const askSeconds = 30;

/**
 * Writes the workflow. Its input is `Asked` of functions/flows/approval/ask.ts, and the playbook; the
 * answer adds `answer`. A run that cannot ask, hand over or notify fails, and an alarm notifies.
 */
export function approvalDefinition({ ask, queues, hours }: ApprovalParts): object {
  const notify = (how: "rejected" | "unanswered") => ({
    Type: "Task",
    Comment: "Nothing was changed, and the responders are notified of it",
    Resource: "arn:aws:states:::lambda:invoke",
    Parameters: { FunctionName: ask, Payload: { how, "asked.$": "$" } },
    ResultPath: null,
    TimeoutSeconds: askSeconds + 10,
    Retry: [
      { ErrorEquals: [...lambdaErrors, "States.Timeout", "States.TaskFailed"], ...patientBackoff },
    ],
    Next: how === "rejected" ? "Rejected" : "Unanswered",
  });
  const deployed = playbookIds.filter((id) => queues[id] !== undefined);
  return {
    Comment: "Asks people about a plan, waits for one answer, and has the responder carry it out",
    StartAt: "Ask",
    // Longer than the wait and all tries of the rest: only a defect lasts so long.
    TimeoutSeconds: hours * 3_600 + 3_600,
    States: {
      Ask: {
        Type: "Task",
        Comment: "Writes what people are asked; cordon-approve ends the wait with the token",
        Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
        Parameters: {
          FunctionName: ask,
          Payload: {
            how: "ask",
            "asked.$": "$",
            "token.$": "$$.Task.Token",
          },
        },
        ResultPath: "$.answer",
        TimeoutSeconds: hours * 3_600,
        // Not after a time-out: that is no answer.
        Retry: [{ ErrorEquals: [...lambdaErrors, "States.TaskFailed"], ...patientBackoff }],
        Catch: [
          {
            ErrorEquals: ["States.Timeout"],
            ResultPath: "$.timeout",
            Next: "NotifyUnanswered",
          },
        ],
        Next: "WhichAnswer",
      },
      WhichAnswer: {
        Type: "Choice",
        Comment: "Anything but an approval changes nothing",
        Choices: deployed.map((playbook) => ({
          And: [
            { Variable: "$.answer.decision", StringEquals: "approve" },
            { Variable: "$.playbook", StringEquals: playbook },
          ],
          Next: handTo(playbook),
        })),
        Default: "NotifyRejected",
      },
      ...Object.fromEntries(
        deployed.map((playbook) => [
          handTo(playbook),
          {
            Type: "Task",
            Comment: "The responder reads approval and target again before it acts",
            Resource: "arn:aws:states:::sqs:sendMessage",
            Parameters: {
              QueueUrl: queues[playbook],
              MessageBody: {
                task: "approved",
                "incident.$": "$.incident",
                "digest.$": "$.digest",
              },
            },
            ResultPath: null,
            TimeoutSeconds: 30,
            Retry: [{ ErrorEquals: ["States.ALL"], ...patientBackoff }],
            Next: "Approved",
          },
        ]),
      ),
      NotifyRejected: notify("rejected"),
      NotifyUnanswered: notify("unanswered"),
      Approved: { Type: "Succeed", Comment: "The responder has the approval" },
      Rejected: { Type: "Succeed", Comment: "A person rejected the plan" },
      Unanswered: { Type: "Succeed", Comment: "Nobody answered" },
    },
  };
}

function handTo(playbook: PlaybookId): string {
  return `HandOver-${playbook}`;
}
