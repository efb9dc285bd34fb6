/** Tells people of users with old access keys, as the accounts' automations report them. */
import { isRefusal } from "../aws/errors";
import { memberRoleName } from "../catalogue/member-role-name";
import type { JiraAccess, MailAccess } from "../catalogue/notification-targets";
import { oldKeyNews } from "../flows/key-rotation/news";
import {
  notifyFailedReport,
  notifyOldKey,
  type OldKey,
  type OldKeyNotifier,
  type Target,
} from "../flows/key-rotation/notify";
import { ownerAddress } from "../flows/key-rotation/owner";
import { readMessage } from "../flows/key-rotation/report";
import { userKeyStatements, userTagStatements } from "../iam/investigation-reads";
import type { Place } from "../model/resource";
import type { Notice } from "../notify/notice";
import {
  now,
  openDeadLetters,
  openInvestigations,
  openJira,
  openMail,
  openOldKeyNotifications,
  openOrganization,
  openReportQueue,
  openTopic,
  openWebhook,
  region,
} from "./adapters";
import { count, queueHandler } from "./delivery";
import {
  json,
  list,
  memberVariables,
  optional,
  readEnvironment,
  type Texts,
  text,
  wholeNumber,
} from "./environment";

const variables = {
  ...memberVariables,
  /** The topic whose messages are read. */
  REPORT_TOPIC_ARN: text,
  NOTICE_TOPIC_ARN: text,
  JOURNAL_TABLE: text,
  /** Days up to which an active key counts as young. */
  MAX_AGE_DAYS: wholeNumber,
  /** Name of the SSM parameter with the URL of a chat's webhook. */
  WEBHOOK_PARAMETER: optional(text),
  /** ARNs of queues that get every user as JSON. */
  QUEUES: list,
  /** Where and how issues are made. */
  JIRA: optional(json<JiraAccess>()),
  /** To whom and from whom owners are mailed. */
  MAIL: optional(json<MailAccess>()),
  QUEUE_ARN: text,
  DEAD_LETTER_QUEUE_URL: text,
} as const;

/** What the component must set on the function. */
export type Environment = Texts<typeof variables>;

const environment = readEnvironment(variables);
const topic = openTopic(environment.NOTICE_TOPIC_ARN);
const deadLetters = openDeadLetters(environment.DEAD_LETTER_QUEUE_URL);
const from = { queueArn: environment.QUEUE_ARN, refuse: deadLetters.keep };
const sessions = openInvestigations(memberRoleName("identity", "investigate"), environment);
const people: readonly Target<Notice>[] = [
  { name: "notices", notify: topic.publish },
  ...chatTarget(environment.WEBHOOK_PARAMETER),
];
const notifier: OldKeyNotifier = {
  account: openOrganization().account,
  async keysMade(account, userName) {
    const { users } = await sessions.reuse(placeOf(account), userKeyStatements, "old-key-report");
    return users.keysMade(userName);
  },
  isRefusal,
  maxAgeDays: environment.MAX_AGE_DAYS,
  notifications: openOldKeyNotifications(environment.JOURNAL_TABLE),
  people,
  others: [
    ...environment.QUEUES.map(queueTarget),
    ...jiraTarget(environment.JIRA),
    ...ownerTarget(environment.MAIL),
  ],
  now,
};

function placeOf(account: string): Place {
  return { account, region };
}

function chatTarget(parameter: string | undefined): readonly Target<Notice>[] {
  return parameter === undefined ? [] : [{ name: "chat", notify: openWebhook(parameter).post }];
}

function queueTarget(arn: string): Target<OldKey> {
  const queue = openReportQueue(arn);
  return { name: arn, notify: (oldKey) => queue.send(oldKeyNews(oldKey, now())) };
}

function jiraTarget(access: JiraAccess | undefined): readonly Target<OldKey>[] {
  if (access === undefined) return [];
  const jira = openJira(access);
  return [{ name: "jira", notify: ({ notice }) => jira.create(notice) }];
}

function ownerTarget(mailed: MailAccess | undefined): readonly Target<OldKey>[] {
  if (mailed === undefined) return [];
  const mail = openMail(mailed.from);
  return [
    {
      name: "owner",
      async notify({ account, userName, notice }) {
        const place = placeOf(account.id);
        const { users } = await sessions.open(place, userTagStatements, "old-key-owner");
        const address = ownerAddress(await users.tag(userName, mailed.tag), mailed);
        await mail.send(address, notice);
      },
    },
  ];
}

export const handler = queueHandler(from, async ({ event }) => {
  const read = readMessage(event, environment.REPORT_TOPIC_ARN);
  switch (read.kind) {
    case "refused":
      return { outcome: "refused", reason: read.reason };
    case "failed":
      return { ...(await notifyFailedReport(read.failed, notifier)), account: read.failed.account };
    default: {
      const answer = await notifyOldKey(read.report, notifier);
      if (answer.outcome === "logged") count("ReportsUnfounded", {});
      return { ...answer, account: read.report.account };
    }
  }
});
