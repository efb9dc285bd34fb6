/** Tells people of users with old access keys, as the accounts' automations report them. */
import { isRefusal } from "../aws/errors";
import type { Place } from "../incident";
import { userKeyStatements, userTagStatements } from "../investigate/permissions";
import { memberRoleName } from "../member-role-name";
import { type OldKey, type Target, type Teller, tellFailedReport, tellOldKey } from "../old-key";
import { ownerAddress } from "../old-key-owner";
import { readMessage } from "../old-key-report";
import type { Notice } from "../record/notice";
import { oldKeyNews } from "../record/old-key-news";
import type { MailAccess } from "../report-targets";
import {
  list,
  type MemberAccess,
  now,
  openDeadLetters,
  openInvestigations,
  openJira,
  openMail,
  openOldKeysTold,
  openOrganization,
  openReportQueue,
  openTopic,
  openWebhook,
  region,
} from "./adapters";
import { count, queueHandler } from "./delivery";

/** What the component must set on the function. */
export interface Environment extends MemberAccess {
  /** The topic whose messages are read. */
  readonly REPORT_TOPIC_ARN: string;
  readonly NOTICE_TOPIC_ARN: string;
  readonly JOURNAL_TABLE: string;
  /** Days up to which an active key counts as young. */
  readonly MAX_AGE_DAYS: string;
  /** Name of the SSM parameter with the URL of a chat's webhook, or "none". */
  readonly WEBHOOK_PARAMETER: string;
  /** ARNs of queues that get every user as JSON, by commas; may be empty. */
  readonly QUEUES: string;
  /** Where and how issues are made, as JSON of JiraAccess, or "none". */
  readonly JIRA: string;
  /** To whom and from whom owners are mailed, as JSON of MailAccess, or "none". */
  readonly MAIL: string;
  readonly QUEUE_ARN: string;
  readonly DEAD_LETTER_QUEUE_URL: string;
}

const environment = process.env as unknown as Environment;
const topic = openTopic(environment.NOTICE_TOPIC_ARN);
const webhook = openWebhook(environment.WEBHOOK_PARAMETER);
const deadLetters = openDeadLetters(environment.DEAD_LETTER_QUEUE_URL);
const from = { queueArn: environment.QUEUE_ARN, refuse: deadLetters.keep };
const sessions = openInvestigations(memberRoleName("identity", "investigate"), environment);
const people: readonly Target<Notice>[] = [
  { name: "notices", tell: topic.publish },
  ...(environment.WEBHOOK_PARAMETER === "none" ? [] : [{ name: "chat", tell: webhook.post }]),
];
const teller: Teller = {
  account: openOrganization().account,
  async keysMade(account, userName) {
    const { users } = await sessions.reuse(placeOf(account), userKeyStatements, "old-key-report");
    return users.keysMade(userName);
  },
  isRefusal,
  maxAgeDays: Number(environment.MAX_AGE_DAYS),
  told: openOldKeysTold(environment.JOURNAL_TABLE),
  people,
  others: [
    ...list(environment.QUEUES).map(queueTarget),
    ...jiraTarget(environment.JIRA),
    ...ownerTarget(environment.MAIL),
  ],
  now,
};

function placeOf(account: string): Place {
  return { account, region };
}

function queueTarget(arn: string): Target<OldKey> {
  const queue = openReportQueue(arn);
  return { name: arn, tell: (oldKey) => queue.send(oldKeyNews(oldKey, now())) };
}

function jiraTarget(access: string): readonly Target<OldKey>[] {
  if (access === "none") return [];
  const jira = openJira(JSON.parse(access));
  return [{ name: "jira", tell: ({ notice }) => jira.create(notice) }];
}

function ownerTarget(settings: string): readonly Target<OldKey>[] {
  if (settings === "none") return [];
  const mailed = JSON.parse(settings) as MailAccess;
  const mail = openMail(mailed.from);
  return [
    {
      name: "owner",
      async tell({ account, userName, notice }) {
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
      return { ...(await tellFailedReport(read.failed, teller)), account: read.failed.account };
    default: {
      const answer = await tellOldKey(read.report, teller);
      if (answer.outcome === "logged") count("ReportsUnfounded", {});
      return { ...answer, account: read.report.account };
    }
  }
});
