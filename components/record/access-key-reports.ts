/** Works through the reports of old access keys, so that people are told once a week and user. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { QueuedFunctionContract } from "../../contract";
import type { Environment } from "../../functions/handlers/tell-old-key";
import { memberRoleName } from "../../functions/member-role-name";
import { failedReports } from "../../functions/patterns";
import { functionRoleNames } from "../../functions/permissions";
import type { MailAccess } from "../../functions/report-targets";
import type { AccessKeySettings } from "../../settings/access-keys";
import {
  accountStatement,
  type MemberAccess,
  memberEnvironment,
  type OrganizationAccess,
  type RecordAccess,
  sessionStatement,
  toldStatements,
} from "../access";
import { InlineFunction, type StatementArgs } from "../inline-function";
import {
  admitRule,
  alarmOnDeadLetters,
  consumeStatement,
  deadLetterQueue,
  mapQueue,
  workQueue,
} from "../queue";
import { type RedriveAccess, redrivers, refuseOthers } from "../queue-admission";

export interface AccessKeyReportsArgs
  extends RecordAccess,
    OrganizationAccess,
    MemberAccess,
    RedriveAccess,
    Pick<
      AccessKeySettings,
      | "accessKeyMaxAgeDays"
      | "accessKeyWebhookParameter"
      | "accessKeyQueues"
      | "accessKeyJira"
      | "accessKeyMail"
    > {
  /** Where the reports arrive. */
  readonly topicArn: pulumi.Input<string>;
  /** Where the failures of what should report arrive. */
  readonly hubBusName: pulumi.Input<string>;
}

const queueName = "cordon-access-keys";

/** Queue, dead letters and function behind the topic of reports, and behind what fails to report. */
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
    const rule = new aws.cloudwatch.EventRule(
      `${name}-rule`,
      {
        name: queueName,
        description: "Automations that failed to report an old access key",
        eventBusName: args.hubBusName,
        eventPattern: JSON.stringify(failedReports),
      },
      { parent: this },
    );
    // A queue has one policy, for both that send here.
    const admission = new aws.sqs.QueuePolicy(
      `${name}-queue-policy`,
      {
        queueUrl: queue.url,
        policy: pulumi.jsonStringify({
          Version: "2012-10-17",
          Statement: [
            admit("sns.amazonaws.com", queue, args.topicArn),
            admit("events.amazonaws.com", queue, rule.arn),
            pulumi
              .all([queue.arn, args.topicArn, rule.arn])
              .apply(([arn, ...sources]) => refuseOthers(arn, sources, redrivers(args))),
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
    new aws.cloudwatch.EventTarget(
      `${name}-target`,
      {
        rule: rule.name,
        eventBusName: args.hubBusName,
        targetId: queueName,
        arn: queue.arn,
        deadLetterConfig: { arn: deadLetters.arn },
      },
      {
        parent: this,
        dependsOn: [
          admission,
          admitRule(`${name}-dead-letters-policy`, deadLetters, rule, { parent: this }),
        ],
      },
    );
    return queue;
  }

  private createWorker(
    name: string,
    args: AccessKeyReportsArgs,
    queue: aws.sqs.Queue,
    deadLetters: aws.sqs.Queue,
  ): InlineFunction<Environment> {
    const {
      accessKeyWebhookParameter: webhook,
      accessKeyQueues: queues,
      accessKeyJira: jira,
      accessKeyMail: mail,
    } = args;
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
          MAX_AGE_DAYS: String(args.accessKeyMaxAgeDays),
          WEBHOOK_PARAMETER: webhook ?? "none",
          QUEUES: queues.join(","),
          JIRA: jira ? JSON.stringify(jira) : "none",
          MAIL: mail ? JSON.stringify(mail) : "none",
          ...memberEnvironment(args),
          QUEUE_ARN: queue.arn,
          DEAD_LETTER_QUEUE_URL: deadLetters.url,
        },
        statements: [
          accountStatement(args),
          ...toldStatements(args),
          // Of the user's keys, and of the tag that names its owner.
          sessionStatement(args, memberRoleName("identity", "investigate")),
          ...(webhook === undefined ? [] : [parameterStatement(args, webhook)]),
          ...(queues.length > 0 ? queueStatements(queues) : []),
          ...(jira === undefined
            ? []
            : [{ actions: ["secretsmanager:GetSecretValue"], resources: [jira.secret] }]),
          ...(mail === undefined ? [] : mailStatements(args, mail)),
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

/** Lets a service of AWS send into the queue what comes from one source. */
function admit(service: string, queue: aws.sqs.Queue, source: pulumi.Input<string>): object {
  return {
    Effect: "Allow",
    Principal: { Service: service },
    Action: "sqs:SendMessage",
    Resource: queue.arn,
    Condition: { ArnEquals: { "aws:SourceArn": source } },
  };
}

/**
 * Allows sending to other teams' queues, and the use of their keys for that. What a key's own policy
 * does not admit stays closed: keys are named here by account alone.
 */
function queueStatements(queues: readonly string[]): readonly StatementArgs[] {
  const places = [...new Set(queues.map((arn) => arn.split(":").slice(3, 5).join(":")))];
  const regions = [...new Set(places.map((place) => place.split(":")[0]))];
  return [
    { actions: ["sqs:SendMessage"], resources: [...queues] },
    {
      actions: ["kms:Decrypt", "kms:GenerateDataKey"],
      resources: places.map((place) => `arn:aws:kms:${place}:key/*`),
      conditions: {
        StringEquals: { "kms:ViaService": regions.map((region) => `sqs.${region}.amazonaws.com`) },
      },
    },
  ];
}

/**
 * Allows mailing to the listed domains alone, whatever the function takes for an address. SES asks
 * for whichever of the two identities it has verified, and for that one's default configuration set
 * where it has one. The conditions are about the call, and so hold for both.
 */
function mailStatements(
  args: AccessKeyReportsArgs,
  { from, domains }: MailAccess,
): readonly StatementArgs[] {
  const { homeRegion, securityAccount } = args;
  const ses = `arn:aws:ses:${homeRegion}:${securityAccount}`;
  return [
    {
      actions: ["ses:SendEmail"],
      resources: [
        `${ses}:identity/${from}`,
        `${ses}:identity/${from.split("@")[1]}`,
        `${ses}:configuration-set/*`,
      ],
      conditions: {
        StringEquals: { "ses:FromAddress": from },
        "ForAllValues:StringLike": { "ses:Recipients": domains.map((domain) => `*@${domain}`) },
        // ForAllValues holds for a call without the key, too.
        Null: { "ses:Recipients": "false" },
      },
    },
  ];
}

/** The key AWS manages for parameters admits whoever Systems Manager admits: no statement for it. */
function parameterStatement(
  { homeRegion, securityAccount }: AccessKeyReportsArgs,
  parameter: string,
): StatementArgs {
  return {
    actions: ["ssm:GetParameter"],
    resources: [`arn:aws:ssm:${homeRegion}:${securityAccount}:parameter${parameter}`],
  };
}
