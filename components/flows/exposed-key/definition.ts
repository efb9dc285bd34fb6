/** The exposed-key workflow in Amazon States Language: contain, look up, notify, look again. */
import { lambdaErrors, patientBackoff } from "../../blocks/workflow-retries";

/** ARNs that the definition refers to. */
export interface ExposedKeyArns {
  readonly cut: string;
  readonly lookUp: string;
  readonly notify: string;
  readonly topic: string;
}

interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds: number;
  readonly BackoffRate: number;
  readonly MaxAttempts: number;
  readonly MaxDelaySeconds: number;
  readonly JitterStrategy: "FULL" | "NONE";
}

export interface Task {
  readonly Type: "Task";
  readonly Comment: string;
  readonly Resource: string;
  readonly Parameters: object;
  readonly ResultSelector?: object;
  readonly ResultPath: string | null;
  readonly TimeoutSeconds: number;
  readonly Retry: readonly [Retrier];
  readonly Catch: readonly [
    {
      readonly ErrorEquals: readonly ["States.ALL"];
      readonly ResultPath: string;
      readonly Next: string;
    },
  ];
  readonly Next: string;
}

export interface Choice {
  readonly Type: "Choice";
  readonly Comment: string;
  readonly Choices: readonly {
    readonly Variable: string;
    readonly StringEquals?: string;
    readonly IsPresent?: true;
    readonly Next: string;
  }[];
  readonly Default: string;
}

interface Wait {
  readonly Type: "Wait";
  readonly Comment: string;
  readonly Seconds: number;
  readonly Next: string;
}

export type State =
  | Task
  | Choice
  | Wait
  | { readonly Type: "Succeed"; readonly Comment: string }
  | {
      readonly Type: "Fail";
      readonly Comment: string;
      readonly Error: string;
      readonly Cause: string;
    };

export interface Definition {
  readonly Comment: string;
  readonly StartAt: string;
  readonly TimeoutSeconds: number;
  readonly States: Readonly<Record<string, State>>;
}

/** Seconds each function may run. The first is held to its lease, as every responder is. */
export const functionSeconds = { cut: 120, lookUp: 300, notify: 30 } as const;

/**
 * Seconds from the first notice to each later look. CloudTrail shows calls 5 to 15 minutes late, and a
 * thief may come back with what the key created.
 */
const laterLooks = [1_200, 86_400] as const;

/** Tries of the first state after its first. */
const cutRetries = 5;
/** Tries of the first state in all: the last one notifies of what is not contained. */
export const cutTries = cutRetries + 1;

/**
 * Writes the workflow. `$` is the event that started it; the states add `cut`, `activity` and, where
 * they failed for good, `failure`, `activityFailure` and `noticeFailure`. Every way through ends in a
 * state that names how it ended, and past a notice: the first state's own, or the summary, or, where
 * the function that writes it fails, the plain words of NotifyPlainly.
 */
export function exposedKeyDefinition(arns: ExposedKeyArns): Definition {
  return {
    Comment:
      "Contains an exposed access key, looks up its activity, notifies the responders, and looks again",
    StartAt: "CutKey",
    // The waits, and all tries of all states at their longest, take less.
    TimeoutSeconds: laterLooks[1] + 2 * 3_600,
    States: {
      CutKey: {
        Type: "Task",
        Comment: "First of all: nothing is looked up while the key still works",
        Resource: "arn:aws:states:::lambda:invoke",
        Parameters: {
          FunctionName: arns.cut,
          Payload: { "event.$": "$", "retries.$": "$$.State.RetryCount" },
        },
        ResultSelector: { "result.$": "$.Payload" },
        ResultPath: "$.cut",
        TimeoutSeconds: functionSeconds.cut + 10,
        // One retrier, so that RetryCount counts to its MaxAttempts. The waits add up to 247 seconds:
        // longer than the lease of a first try that died.
        Retry: [
          retrier(["LeaseHeld", "PartialContainment"], {
            IntervalSeconds: 5,
            BackoffRate: 2.5,
            MaxAttempts: cutRetries,
            MaxDelaySeconds: 120,
            JitterStrategy: "NONE",
          }),
        ],
        Catch: [{ ErrorEquals: ["States.ALL"], ResultPath: "$.failure", Next: "NotifySecurity" }],
        Next: "WhatStands",
      },
      WhatStands: {
        Type: "Choice",
        Comment: "Refused events and known exposures cause no further notice",
        Choices: [
          { Variable: "$.cut.result.outcome", StringEquals: "refused", Next: "Refused" },
          {
            Variable: "$.cut.result.outcome",
            StringEquals: "nothing-new",
            Next: "DuplicateOrLogged",
          },
        ],
        Default: "LookUpActivity",
      },
      LookUpActivity: look(arns, "activity", "activityFailure", "NotifySecurity"),
      NotifySecurity: {
        ...notifying(arns, 0, "IsThereAKey"),
        Comment: "The summary, or that there is none",
      },
      IsThereAKey: {
        Type: "Choice",
        Comment: "Without a key there is nothing to look up again",
        Choices: [{ Variable: "$.cut.result.accessKey", IsPresent: true, Next: "Wait20Minutes" }],
        Default: "HowItEnded",
      },
      Wait20Minutes: wait(laterLooks[0], "CloudTrail shows the last calls late", "LookAgain"),
      LookAgain: look(arns, "later", "laterFailure", "NotifyNews"),
      NotifyNews: notifying(arns, 1, "Wait24Hours"),
      Wait24Hours: wait(laterLooks[1] - laterLooks[0], "A thief comes back", "LookLast"),
      LookLast: look(arns, "later", "lastFailure", "NotifyLastNews"),
      NotifyLastNews: notifying(arns, 2, "HowItEnded"),
      HowItEnded: {
        Type: "Choice",
        Comment: "Gives the end its name",
        Choices: [
          { Variable: "$.failure", IsPresent: true, Next: "NotContained" },
          { Variable: "$.activityFailure", IsPresent: true, Next: "ActivityUnknown" },
          { Variable: "$.cut.result.outcome", StringEquals: "contained", Next: "Contained" },
          {
            Variable: "$.cut.result.outcome",
            StringEquals: "contained-in-part",
            Next: "ContainedInPart",
          },
          { Variable: "$.cut.result.outcome", StringEquals: "key-gone", Next: "KeyGone" },
        ],
        Default: "NotContained",
      },
      NotifyPlainly: {
        Type: "Task",
        Comment: "No function in between: the event as it came, and where to read more",
        Resource: "arn:aws:states:::sns:publish",
        Parameters: {
          TopicArn: arns.topic,
          Subject: "[Cordon] URGENT Exposed key: the summary could not be written",
          MessageAttributes: { urgency: { DataType: "String", StringValue: "urgent" } },
          "Message.$":
            "States.Format('Cordon answered this event, but could not write the summary. For its progress and the activity of the key, see execution {} of AWS Step Functions. The event: {}', $$.Execution.Id, States.JsonToString($$.Execution.Input))",
        },
        ResultPath: null,
        TimeoutSeconds: 30,
        Retry: [retrier([], patientBackoff)],
        Catch: [
          { ErrorEquals: ["States.ALL"], ResultPath: "$.plainFailure", Next: "NoticeFailed" },
        ],
        Next: "NotifiedPlainly",
      },
      Contained: succeed("The key is contained; the responders are notified of its activity"),
      ContainedInPart: succeed(
        "Containment is incomplete; the responders are notified of what to do",
      ),
      KeyGone: succeed(
        "The key is inactive or does not exist; the responders are notified of its activity",
      ),
      NotContained: succeed(
        "Nothing was contained; the responders are notified why, and what to do",
      ),
      ActivityUnknown: succeed(
        "The responders are notified that the activity of the key is unknown",
      ),
      DuplicateOrLogged: succeed("The exposure is known, or needs no notice"),
      Refused: succeed("The event is not a report of an exposed key; it is stored with the reason"),
      NotifiedPlainly: succeed(
        "The responders are notified of the event, and of where to read more",
      ),
      NoticeFailed: {
        Type: "Fail",
        Comment: "An alarm notifies the responders",
        Error: "NoticeFailed",
        Cause: "Neither the summary nor the plain notice could be published",
      },
    },
  };
}

/** Looks the key up; a look that fails is told from one that found nothing. */
function look(arns: ExposedKeyArns, result: string, failure: string, Next: string): Task {
  return {
    Type: "Task",
    Comment: "What the key did in the past hours, in every governed region",
    Resource: "arn:aws:states:::lambda:invoke",
    Parameters: {
      FunctionName: arns.lookUp,
      Payload: { "cut.$": "$.cut.result", "began.$": "$$.Execution.StartTime" },
    },
    ResultSelector: { "result.$": "$.Payload" },
    ResultPath: `$.${result}`,
    TimeoutSeconds: functionSeconds.lookUp + 10,
    Retry: [
      retrier(["ActivityUnread"], {
        IntervalSeconds: 10,
        BackoffRate: 3,
        MaxAttempts: 2,
        MaxDelaySeconds: 60,
        JitterStrategy: "FULL",
      }),
    ],
    Catch: [{ ErrorEquals: ["States.ALL"], ResultPath: `$.${failure}`, Next }],
    Next,
  };
}

/** Notifies after a look; what responders know then is the activity that the next one goes by. */
function notifying(arns: ExposedKeyArns, lookNumber: 0 | 1 | 2, Next: string): Task {
  return {
    Type: "Task",
    Comment: "What the later look found; silent if that is nothing new",
    Resource: "arn:aws:states:::lambda:invoke",
    Parameters: { FunctionName: arns.notify, Payload: { "run.$": "$", look: lookNumber } },
    ...(lookNumber === 0
      ? { ResultPath: null }
      : { ResultSelector: { "result.$": "$.Payload.known" }, ResultPath: "$.activity" }),
    TimeoutSeconds: functionSeconds.notify + 10,
    Retry: [retrier([], patientBackoff)],
    Catch: [{ ErrorEquals: ["States.ALL"], ResultPath: "$.noticeFailure", Next: "NotifyPlainly" }],
    Next,
  };
}

function wait(Seconds: number, Comment: string, Next: string): Wait {
  return { Type: "Wait", Comment, Seconds, Next };
}

/** Tries again whatever failed; by name what is expected, and the rest with it. */
function retrier(expected: readonly string[], pace: Omit<Retrier, "ErrorEquals">): Retrier {
  return {
    ErrorEquals: [...expected, ...lambdaErrors, "States.Timeout", "States.TaskFailed"],
    ...pace,
  };
}

function succeed(Comment: string): State {
  return { Type: "Succeed", Comment };
}
