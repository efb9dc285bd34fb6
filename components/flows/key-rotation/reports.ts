/** Works through the reports of old access keys, so that people are told once a week and user. */
import * as pulumi from "@pulumi/pulumi";
import type { QueuedFunctionContract } from "../../../contract";
import { memberRoleName } from "../../../functions/catalogue/member-role-name";
import type { MailAccess } from "../../../functions/catalogue/notification-targets";
import { failedReports } from "../../../functions/catalogue/patterns";
import type { Environment } from "../../../functions/handlers/notify-key-rotation";
import { functionRoleNames } from "../../../functions/iam/member-roles";
import type { AccessKeySettings } from "../../../settings/key-rotation";
import {
  accountStatement,
  type MemberAccess,
  memberEnvironment,
  notificationLogStatements,
  type OrganizationAccess,
  type RecordAccess,
  sessionStatement,
} from "../../blocks/access";
import type { StatementArgs } from "../../blocks/inline-function";
import { type RedriveAccess, redrivers } from "../../blocks/queue-admission";
import { QueuedFunction, type QueuedFunctionArgs } from "../../blocks/queued-function";

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

/** The function behind the topic of reports, and behind what fails to report. */
export class AccessKeyReports extends pulumi.ComponentResource {
  readonly contract: pulumi.Output<QueuedFunctionContract>;

  constructor(
    name: string,
    args: AccessKeyReportsArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super("cordon:index:AccessKeyReports", name, {}, opts);
    const reports = new QueuedFunction<Environment>(
      `${name}-events`,
      {
        queueName: "cordon-access-keys",
        sources: [
          { topicArn: args.topicArn },
          {
            eventBusName: args.hubBusName,
            pattern: failedReports,
            description: "Automations that failed to report an old access key",
          },
        ],
        senders: redrivers(args),
        unhandled: "Reports of old access keys that people were not told of",
        alarmTopicArn: args.noticeTopicArn,
        entry: "functions/handlers/notify-key-rotation.ts",
        functionName: functionRoleNames.tellOldKey,
        roleName: functionRoleNames.tellOldKey,
        description: "Tells people of users with old access keys, once a week",
        environment: environment(args),
        statements: statements(args),
        timeoutSeconds: 30,
        memoryMb: 512,
        // Chats take about one message a second; what they refuse comes back later.
        concurrency: 2,
      },
      { parent: this },
    );
    this.contract = reports.contract;
    this.registerOutputs({ contract: this.contract });
  }
}

function environment(args: AccessKeyReportsArgs): QueuedFunctionArgs<Environment>["environment"] {
  const { accessKeyWebhookParameter: webhook, accessKeyJira: jira, accessKeyMail: mail } = args;
  return {
    REPORT_TOPIC_ARN: args.topicArn,
    NOTICE_TOPIC_ARN: args.noticeTopicArn,
    JOURNAL_TABLE: args.journalTableName,
    MAX_AGE_DAYS: String(args.accessKeyMaxAgeDays),
    ...(webhook !== undefined && { WEBHOOK_PARAMETER: webhook }),
    QUEUES: args.accessKeyQueues.join(","),
    ...(jira !== undefined && { JIRA: JSON.stringify(jira) }),
    ...(mail !== undefined && { MAIL: JSON.stringify(mail) }),
    ...memberEnvironment(args),
  };
}

function statements(args: AccessKeyReportsArgs): readonly StatementArgs[] {
  const {
    accessKeyWebhookParameter: webhook,
    accessKeyQueues: queues,
    accessKeyJira: jira,
    accessKeyMail: mail,
  } = args;
  return [
    accountStatement(args),
    ...notificationLogStatements(args),
    // Of the user's keys, and of the tag that names its owner.
    sessionStatement(args, memberRoleName("identity", "investigate")),
    ...(webhook === undefined ? [] : [parameterStatement(args, webhook)]),
    ...(queues.length > 0 ? queueStatements(queues) : []),
    ...(jira === undefined
      ? []
      : [{ actions: ["secretsmanager:GetSecretValue"], resources: [jira.secret] }]),
    ...(mail === undefined ? [] : mailStatements(args, mail)),
  ];
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
