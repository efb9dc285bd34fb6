/** Looks whether what is contained stays contained: every few minutes, and after calls that may undo it. */
import * as pulumi from "@pulumi/pulumi";
import type { QueuedFunctionContract } from "../../../contract/outputs";
import { driftEvents } from "../../../functions/catalogue/calls";
import type { ByPlaybook } from "../../../functions/catalogue/playbooks";
import type { Environment } from "../../../functions/handlers/watch";
import { functionRoleNames } from "../../../functions/iam/member-roles";
import { findingStatements, type RecordAccess, watchStatements } from "../../blocks/access";
import { alarmOnErrors } from "../../blocks/function-alarms";
import { type RedriveAccess, redrivers } from "../../blocks/queue-admission";
import { QueuedFunction } from "../../blocks/queued-function";
import { callEvery } from "../../blocks/schedule";

export interface WatcherArgs extends RecordAccess, RedriveAccess {
  readonly hubBusName: pulumi.Input<string>;
  readonly responders: ByPlaybook<pulumi.Output<QueuedFunctionContract>>;
  /** Gets the incidents whose time is over. @default none have an end */
  readonly releases?: pulumi.Output<QueuedFunctionContract> | undefined;
}

const watchName = functionRoleNames.watch;

/** Minutes between two looks at every open incident. */
const watchMinutes = 5;

/** Has open incidents looked at by their responders. */
export class Watcher extends pulumi.ComponentResource {
  readonly contract: pulumi.Output<QueuedFunctionContract>;

  constructor(name: string, args: WatcherArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("cordon:index:Watcher", name, {}, opts);
    const queues = pulumi.all({ ...args.responders });
    const { releases } = args;
    const watcher = new QueuedFunction<Environment>(
      `${name}-events`,
      {
        queueName: watchName,
        sources: [{ eventBusName: args.hubBusName, pattern: driftEvents }],
        senders: redrivers(args),
        alarmTopicArn: args.noticeTopicArn,
        entry: "functions/handlers/watch.ts",
        functionName: watchName,
        roleName: watchName,
        description: "Has open incidents looked at, whether they are contained",
        environment: {
          JOURNAL_TABLE: args.journalTableName,
          NOTICE_TOPIC_ARN: args.noticeTopicArn,
          RESPONDER_QUEUES: queues.apply((responders) =>
            JSON.stringify(
              Object.fromEntries(
                Object.entries(responders).map(([playbook, { queueUrl }]) => [playbook, queueUrl]),
              ),
            ),
          ),
          ...(releases && { RELEASE_QUEUE_URL: releases.queueUrl }),
        },
        statements: [
          ...watchStatements(args),
          ...findingStatements(args.securityAccount),
          {
            actions: ["sqs:SendMessage"],
            resources: [...Object.values(args.responders), ...(releases ? [releases] : [])].map(
              ({ queueArn }) => queueArn,
            ),
          },
        ],
        // Members cause these events without end. A thousand become one round, and a round lasts ten
        // seconds or longer: these two numbers bound what a flood costs, and what it adds to the queues
        // of the findings.
        concurrency: 2,
        batch: { size: 1_000, seconds: 1 },
        // A flood of calls is taken in rounds.
        patienceMinutes: 15,
        ownErrorsAlarm: true,
        timeoutSeconds: 120,
        memoryMb: 256,
      },
      { parent: this },
    );
    callEvery(name, watcher, {
      ruleName: watchName,
      description: "Has every open incident looked at",
      every: { minutes: watchMinutes },
      deadLetterQueueName: `${watchName}-schedule-dead-letters`,
      what: "Calls of the watch that never came",
      alarmTopicArn: args.noticeTopicArn,
      opts: { parent: this },
    });
    // A message that fails is delivered again; a call by the schedule that fails has this alarm alone.
    alarmOnErrors(`${name}-errors-alarm`, {
      functionName: watchName,
      what: "could not have open incidents looked at, or ending exceptions announced: see its log",
      alarmTopicArn: args.noticeTopicArn,
      opts: { parent: this },
    });
    this.contract = watcher.contract;
    this.registerOutputs({ contract: this.contract });
  }
}
