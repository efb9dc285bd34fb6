/** Works through the reports of old access keys, so that people are told once a week and user. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { QueuedFunctionContract } from "../../contract";
import type { Environment } from "../../functions/handlers/tell-old-key";
import { functionRoleNames } from "../../functions/permissions";
import {
  accountStatement,
  type OrganizationAccess,
  type RecordAccess,
  recordStatements,
} from "../access";
import { InlineFunction, type StatementArgs } from "../inline-function";
import {
  alarmOnDeadLetters,
  consumeStatement,
  deadLetterQueue,
  mapQueue,
  workQueue,
} from "../queued-function";

export interface AccessKeyReportsArgs extends RecordAccess, OrganizationAccess {
  readonly securityAccount: string;
  /** Where the reports arrive. */
  readonly topicArn: pulumi.Input<string>;
  /** SSM parameter with the URL of a chat's webhook. @default no chat is told */
  readonly accessKeyWebhookParameter?: string;
}

const queueName = "cordon-access-keys";

/** Queue, dead letters and function behind the topic of reports. */
export class AccessKeyReports extends pulumi.ComponentResource {
  readonly contract: pulumi.Output<QueuedFunctionContract>;

  constructor(
    name: string,
    args: AccessKeyReportsArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super("cordon:record:AccessKeyReports", name, {}, opts);
    const deadLetters = deadLetterQueue(`${name}-dead-letters`, `${queueName}-dead-letters`, {
      parent: this,
    });
    alarmOnDeadLetters(`${name}-alarm`, deadLetters, {
      queueName: `${queueName}-dead-letters`,
      what: "Reports of old access keys that people were not told of",
      alarmTopicArn: args.noticeTopicArn,
      opts: { parent: this },
    });
    const queue = this.createQueue(name, args, deadLetters);
    const worker = this.createWorker(name, args, queue, deadLetters);
    this.contract = pulumi.output({
      queueUrl: queue.url,
      queueArn: queue.arn,
      deadLetterQueueUrl: deadLetters.url,
      functionName: worker.functionName,
    });
    this.registerOutputs({ contract: this.contract });
  }

  private createQueue(
    name: string,
    args: AccessKeyReportsArgs,
    deadLetters: aws.sqs.Queue,
  ): aws.sqs.Queue {
    const queue = workQueue(`${name}-queue`, queueName, deadLetters, { parent: this });
    const admission = new aws.sqs.QueuePolicy(
      `${name}-queue-policy`,
      {
        queueUrl: queue.url,
        policy: pulumi.jsonStringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "sns.amazonaws.com" },
              Action: "sqs:SendMessage",
              Resource: queue.arn,
              Condition: { ArnEquals: { "aws:SourceArn": args.topicArn } },
            },
          ],
        }),
      },
      { parent: this },
    );
    new aws.sns.TopicSubscription(
      `${name}-subscription`,
      { topic: args.topicArn, protocol: "sqs", endpoint: queue.arn },
      { parent: this, dependsOn: [admission] },
    );
    return queue;
  }

  private createWorker(
    name: string,
    args: AccessKeyReportsArgs,
    queue: aws.sqs.Queue,
    deadLetters: aws.sqs.Queue,
  ): InlineFunction<Environment> {
    const { accessKeyWebhookParameter: webhook } = args;
    const worker = new InlineFunction<Environment>(
      `${name}-worker`,
      {
        entry: "functions/handlers/tell-old-key.ts",
        functionName: functionRoleNames.tellOldKey,
        roleName: functionRoleNames.tellOldKey,
        description: "Tells people of users with old access keys, once a week",
        environment: {
          REPORT_TOPIC_ARN: args.topicArn,
          NOTICE_TOPIC_ARN: args.noticeTopicArn,
          JOURNAL_TABLE: args.journalTableName,
          WEBHOOK_PARAMETER: webhook ?? "none",
          DEAD_LETTER_QUEUE_URL: deadLetters.url,
        },
        statements: [
          accountStatement(args),
          ...recordStatements(args),
          ...(webhook === undefined ? [] : [parameterStatement(args, webhook)]),
          consumeStatement(queue),
          { actions: ["sqs:SendMessage"], resources: [deadLetters.arn] },
        ],
        timeoutSeconds: 30,
        memoryMb: 512,
      },
      { parent: this },
    );
    // Chats take about one message a second; what they refuse comes back later.
    mapQueue(`${name}-mapping`, queue, worker.functionName, 2, { parent: this });
    return worker;
  }
}

/** The key AWS manages for parameters admits whoever Systems Manager admits: no statement for it. */
function parameterStatement(
  { partition, homeRegion, securityAccount }: AccessKeyReportsArgs,
  parameter: string,
): StatementArgs {
  return {
    actions: ["ssm:GetParameter"],
    resources: [`arn:${partition}:ssm:${homeRegion}:${securityAccount}:parameter${parameter}`],
  };
}
