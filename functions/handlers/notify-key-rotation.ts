/** Notifies about users who must rotate an access key, as the accounts' automations report them. */
import { isRefusal } from "../aws/errors";
import { memberRoleName } from "../catalogue/member-role-name";
import { metrics } from "../catalogue/metrics";
import type { MailAccess } from "../catalogue/notification-targets";
import {
  type KeyRotationNotifier,
  type KeyRotationReminder,
  notifyFailedReport,
  notifyKeyRotation,
  type Target,
} from "../flows/key-rotation/notify";
import { ownerAddress } from "../flows/key-rotation/owner";
import { readMessage } from "../flows/key-rotation/report";
import { userKeyStatements, userTagStatements } from "../iam/investigation-reads";
import type { Place } from "../model/resource";
import {
  now,
  openDeadLetters,
  openInvestigations,
  openKeyRotationNotifications,
  openMail,
  openOrganization,
  openTopic,
  region,
} from "./adapters";
import { count, queueHandler } from "./delivery";
import {
  json,
  memberVariables,
  optional,
  readEnvironment,
  type Texts,
  text,
  wholeNumber,
} from "./environment";

const variables = {
  ...memberVariables,
  /** The topic of the reports. */
  REPORT_TOPIC_ARN: text,
  NOTICE_TOPIC_ARN: text,
  JOURNAL_TABLE: text,
  /** Most days an active key may be old. */
  MAX_AGE_DAYS: wholeNumber,
  /** How owners are e-mailed. */
  OWNER: optional(json<MailAccess>()),
  QUEUE_ARN: text,
  DEAD_LETTER_QUEUE_URL: text,
} as const;

/** The variables that the component must set on the function. */
export type Environment = Texts<typeof variables>;

const environment = readEnvironment(variables);
const topic = openTopic(environment.NOTICE_TOPIC_ARN);
const deadLetters = openDeadLetters(environment.DEAD_LETTER_QUEUE_URL);
const from = { queueArn: environment.QUEUE_ARN, refuse: deadLetters.keep };
const sessions = openInvestigations(memberRoleName("identity", "investigate"), environment);
const notifier: KeyRotationNotifier = {
  account: openOrganization().account,
  async keysMade(account, userName) {
    const { users } = await sessions.reuse(
      placeOf(account),
      userKeyStatements,
      "key-rotation-report",
    );
    return users.keysMade(userName);
  },
  isRefusal,
  maxAgeDays: environment.MAX_AGE_DAYS,
  notifications: openKeyRotationNotifications(environment.JOURNAL_TABLE),
  responders: { name: "notices", notify: topic.publish },
  owner: ownerTarget(environment.OWNER),
  now,
};

function placeOf(account: string): Place {
  return { account, region };
}

function ownerTarget(mailed: MailAccess | undefined): Target<KeyRotationReminder> | undefined {
  if (mailed === undefined) return undefined;
  const mail = openMail(mailed.from);
  return {
    name: "owner",
    async notify({ account, userName, notice }) {
      const place = placeOf(account.id);
      const { users } = await sessions.open(place, userTagStatements, "key-rotation-owner");
      const address = ownerAddress(await users.tag(userName, mailed.tag), mailed);
      await mail.send(address, notice);
    },
  };
}

export const handler = queueHandler(from, async ({ event }) => {
  const read = readMessage(event, environment.REPORT_TOPIC_ARN);
  switch (read.kind) {
    case "refused":
      return { outcome: "refused", reason: read.reason };
    case "failed":
      return { ...(await notifyFailedReport(read.failed, notifier)), account: read.failed.account };
    default: {
      const answer = await notifyKeyRotation(read.report, notifier);
      if (answer.outcome === "logged") count(metrics.reportsUnfounded);
      return { ...answer, account: read.report.account };
    }
  }
});
