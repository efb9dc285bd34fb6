/** What other stacks, the command line and the drill may rely on. Changing it is a breaking change. */
import type { Input, Output, StackReference } from "@pulumi/pulumi";
import type { PlaybookId } from "./functions/catalogue";

/** One rule's queue and the function that works through it. */
export interface QueuedFunctionContract {
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly deadLetterQueueUrl: string;
  readonly functionName: string;
}

/** The workflow that answers exposed access keys. */
export interface ExposedKeyContract {
  /** Each run is one key; its last state names how it ended. */
  readonly stateMachineArn: string;
  /** What the workflow did not get, or refused with the reason. */
  readonly deadLetterQueueUrl: string;
  /** Asks Trusted Advisor for keys whose events did not come; people may invoke it, too. */
  readonly reconcileFunctionName: string;
}

/** Where users with old access keys are reported, and who works the reports off. */
export interface AccessKeyContract extends QueuedFunctionContract {
  /** Gets one message for each such user and evaluation; teams may subscribe. */
  readonly topicArn: string;
}

/** Outputs of a Cordon stack, as plain values. */
export interface StackContract {
  /** "dry-run": responders plan, record and announce, and change nothing. */
  readonly mode: "dry-run" | "enforce";
  readonly hubBusArn: string;
  readonly noticeTopicArn: string;
  readonly journalTableName: string;
  /** Invoked by people with lambda:InvokeFunction. */
  readonly releaseFunctionName: string;
  /** The same in every governed account. */
  readonly memberRoleNames: readonly string[];
  /** "account/region/vpc" to the id of the VPC's quarantine group. */
  readonly quarantineGroups: Readonly<Record<string, string>>;
  readonly responders: Readonly<Record<PlaybookId, QueuedFunctionContract>>;
  readonly triage: QueuedFunctionContract;
  /** Goes through all accounts when its function is invoked, by its schedule or by people. */
  readonly sweeper: QueuedFunctionContract;
  readonly exposedKeys: ExposedKeyContract;
  readonly accessKeys: AccessKeyContract;
}

/** The same promise while the engine still works it out. */
export type Outputs<T> = { [K in keyof T]: Input<T[K]> };

/** Reads a Cordon stack from another one. A missing output fails the deployment that reads it. */
export function readContract(stack: StackReference): {
  [K in keyof StackContract]: Output<StackContract[K]>;
} {
  const read = <K extends keyof StackContract>(key: K) =>
    stack.requireOutput(key) as Output<StackContract[K]>;
  return {
    mode: read("mode"),
    hubBusArn: read("hubBusArn"),
    noticeTopicArn: read("noticeTopicArn"),
    journalTableName: read("journalTableName"),
    releaseFunctionName: read("releaseFunctionName"),
    memberRoleNames: read("memberRoleNames"),
    quarantineGroups: read("quarantineGroups"),
    responders: read("responders"),
    triage: read("triage"),
    sweeper: read("sweeper"),
    exposedKeys: read("exposedKeys"),
    accessKeys: read("accessKeys"),
  };
}
