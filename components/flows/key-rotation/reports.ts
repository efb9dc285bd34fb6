/** Processes the key rotation reports, and notifies once a week and user. */
import * as pulumi from "@pulumi/pulumi";
import type { QueuedFunctionContract } from "../../../contract/outputs";
import { memberRoleName } from "../../../functions/catalogue/member-role-name";
import type { MailAccess } from "../../../functions/catalogue/notification-targets";
import { failedReports } from "../../../functions/catalogue/patterns";
import type { Environment } from "../../../functions/handlers/notify-key-rotation";
import { functionRoleNames } from "../../../functions/iam/member-roles";
import type { KeyRotationSettings } from "../../../settings/key-rotation";
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

export interface KeyRotationReportsArgs
  extends RecordAccess,
    OrganizationAccess,
    MemberAccess,
    RedriveAccess,
    Pick<KeyRotationSettings, "accessKeyMaxAgeDays"> {
  /** How the owner whom a tag of the user names is mailed. @default not at all */
  readonly owner?: MailAccess;
  /** The topic of the reports. */
  readonly topicArn: pulumi.Input<string>;
  /** The bus that gets the events of failed automations. */
  readonly hubBusName: pulumi.Input<string>;
}

/** The function that processes the reports, and the events of automations that could not report. */
export class KeyRotationReports extends pulumi.ComponentResource {
  readonly contract: pulumi.Output<QueuedFunctionContract>;

  constructor(
    name: string,
    args: KeyRotationReportsArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super("cordon:index:KeyRotationReports", name, {}, opts);
    const reports = new QueuedFunction<Environment>(
      `${name}-events`,
      {
        queueName: "cordon-key-rotation",
        sources: [
          { topicArn: args.topicArn },
          {
            eventBusName: args.hubBusName,
            pattern: failedReports,
            description: "Automations that failed to report a user who must rotate an access key",
          },
        ],
        senders: redrivers(args),
        unhandled: "Key rotation reports without a notification",
        alarmTopicArn: args.noticeTopicArn,
        entry: "functions/handlers/notify-key-rotation.ts",
        functionName: functionRoleNames.notifyKeyRotation,
        roleName: functionRoleNames.notifyKeyRotation,
        description: "Notifies about users who must rotate an access key, once a week",
        environment: environment(args),
        statements: statements(args),
        timeoutSeconds: 30,
        memoryMb: 512,
        // Reports come by the hundreds, and SES sends to few at once.
        concurrency: 2,
        patienceMinutes: 60,
      },
      { parent: this },
    );
    this.contract = reports.contract;
    this.registerOutputs({ contract: this.contract });
  }
}

function environment(args: KeyRotationReportsArgs): QueuedFunctionArgs<Environment>["environment"] {
  const { owner } = args;
  return {
    REPORT_TOPIC_ARN: args.topicArn,
    NOTICE_TOPIC_ARN: args.noticeTopicArn,
    JOURNAL_TABLE: args.journalTableName,
    MAX_AGE_DAYS: String(args.accessKeyMaxAgeDays),
    ...(owner !== undefined && { OWNER: JSON.stringify(owner) }),
    ...memberEnvironment(args),
  };
}

function statements(args: KeyRotationReportsArgs): readonly StatementArgs[] {
  const { owner } = args;
  return [
    accountStatement(args),
    ...notificationLogStatements(args, "keyRotation"),
    // To read the user's keys, and the tag that names its owner.
    sessionStatement(args, memberRoleName("identity", "investigate")),
    ...(owner === undefined ? [] : mailStatements(args, owner)),
  ];
}

/**
 * Allows e-mail to the listed domains alone, whatever address the function uses. SES authorizes the
 * verified one of the two identities, and its default configuration set if there is one. The
 * conditions are about the call, and so apply to both.
 */
function mailStatements(
  args: KeyRotationReportsArgs,
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
        // ForAllValues is also true for a call without the key.
        Null: { "ses:Recipients": "false" },
      },
    },
  ];
}
