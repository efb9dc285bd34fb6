/** The way back: restores what an incident's journal says stood before. */
import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { QueuedFunctionContract } from "../../contract";
import type { Environment } from "../../functions/handlers/release";
import { memberRoleName } from "../../functions/member-role-name";
import { families, functionRoleNames } from "../../functions/permissions";
import { releaseRequests } from "../../functions/security-hub-actions";
import {
  type MemberAccess,
  memberEnvironment,
  type RecordAccess,
  recordStatements,
  sessionStatement,
} from "../access";
import { InlineFunction } from "../inline-function";
import {
  alarmOnDeadLetters,
  consumeStatement,
  deadLetterQueue,
  mapQueue,
  maxReceiveCount,
  routeToQueue,
  workQueue,
} from "../queue";

export interface ReleaseFunctionArgs extends RecordAccess, MemberAccess {
  readonly hubBusName: pulumi.Input<string>;
}

const queueName = "cordon-release";

/**
 * Invoked by people who hold lambda:InvokeFunction on it, and by its queue when somebody chooses the
 * action in Security Hub. Put together here, because the function stood before the queue did: as part
 * of a QueuedFunction it would be another resource of the same name.
 */
export class ReleaseFunction extends pulumi.ComponentResource {
  readonly functionName: pulumi.Output<string>;
  readonly contract: pulumi.Output<QueuedFunctionContract>;

  constructor(name: string, args: ReleaseFunctionArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("cordon:remediate:ReleaseFunction", name, {}, opts);
    const parent = { parent: this };
    const deadLetters = deadLetterQueue(
      `${name}-dead-letters`,
      `${queueName}-dead-letters`,
      parent,
    );
    alarmOnDeadLetters(`${name}-alarm`, deadLetters, {
      queueName: `${queueName}-dead-letters`,
      what: "Requests to release something that nobody answered",
      alarmTopicArn: args.noticeTopicArn,
      opts: parent,
    });
    const queue = workQueue(`${name}-queue`, queueName, deadLetters, parent);
    const route = {
      queueName,
      description: "Findings whose containment people want taken back",
      eventBusName: args.hubBusName,
      pattern: releaseRequests,
    };
    routeToQueue(name, route, queue, deadLetters, parent);
    const release = this.createWorker(name, args, queue, deadLetters);
    mapQueue(`${name}-mapping`, queue, release.functionName, 20, parent);
    this.functionName = release.functionName;
    this.contract = pulumi.output({
      queueUrl: queue.url,
      queueArn: queue.arn,
      deadLetterQueueUrl: deadLetters.url,
      functionName: release.functionName,
    });
    this.registerOutputs({ functionName: this.functionName, contract: this.contract });
  }

  private createWorker(
    name: string,
    args: ReleaseFunctionArgs,
    queue: aws.sqs.Queue,
    deadLetters: aws.sqs.Queue,
  ): InlineFunction<Environment> {
    return new InlineFunction<Environment>(
      `${name}-worker`,
      {
        entry: "functions/handlers/release.ts",
        functionName: "cordon-release",
        roleName: functionRoleNames.release,
        description: "Undoes what an incident changed, as far as it still stands",
        environment: {
          JOURNAL_TABLE: args.journalTableName,
          NOTICE_TOPIC_ARN: args.noticeTopicArn,
          DEAD_LETTER_QUEUE_URL: deadLetters.url,
          MAX_RECEIVE_COUNT: String(maxReceiveCount),
          ...memberEnvironment(args),
        },
        statements: [
          sessionStatement(args, ...families.map((family) => memberRoleName(family, "release"))),
          ...recordStatements(args),
          consumeStatement(queue),
          { actions: ["sqs:SendMessage"], resources: [deadLetters.arn] },
        ],
        timeoutSeconds: 120,
        memoryMb: 1024,
      },
      { parent: this },
    );
  }
}
