/**
 * Notifies responders and the user's owner, at most once a week, about a user who must rotate an access
 * key, and responders about automations that could not report one.
 *
 * AWS Config starts its automation at every evaluation until the key is rotated, every day by
 * default, and SNS and SQS may deliver a message twice. A report proves nothing: an administrator of
 * any account that may publish can name any user of any account. So Cordon first reads the user's
 * keys, in the account that the report names.
 */

import { isoWeek } from "../../model/iso-week";
import type { Account, Accounts, Clock, Refusals } from "../../model/ports";
import type { Notice } from "../../notify/notice";
import {
  accountWide,
  type KeyRotationNotification,
  type KeyRotationNotificationLog,
  type NotificationLog,
} from "../../notify/notification-log";
import type { Answer } from "../respond/responder";
import {
  failedReportNotice,
  keyRotationNotice,
  unreadableAccountNotice,
  weeklyLimitNotice,
} from "./notice";
import type { FailedReport, Report } from "./report";

/** The weekly reminder that a user must rotate an access key. */
export interface KeyRotationReminder {
  readonly account: Account;
  readonly userName: string;
  readonly notice: Notice;
}

/** A recipient of notifications. */
export interface Target<T> {
  readonly name: string;
  /** @throws NoRecipient where a retry would not help */
  notify(notification: T): Promise<void>;
}

/** A target has no recipient for this user. The next report tries again. */
export class NoRecipient extends Error {
  override readonly name = "NoRecipient";
}

/** Most users of one account that a week's notices are about; one more notice says so. */
const usersPerWeek = 50;

export interface KeyRotationNotifier extends Accounts, Clock, Refusals {
  /** Reads when each active key of a user was created; undefined if the user does not exist. */
  keysMade(account: string, userName: string): Promise<readonly Date[] | undefined>;
  /** Most days an active key may be old, the same as in the AWS Config rule. */
  readonly maxAgeDays: number;
  readonly notifications: KeyRotationNotificationLog;
  /** The topic, and so every channel: about users, and what prevents reports or notifications. */
  readonly responders: Target<Notice>;
  /** Notified about users only. */
  readonly owner: Target<KeyRotationReminder> | undefined;
}

/**
 * Notifies every target that was not notified about the user this week. A report that the user's keys
 * contradict is only logged: AWS Config evaluates IAM's credential report, up to four hours old.
 *
 * @throws AggregateError when a target failed, after all others were notified: the next delivery
 * notifies that one alone.
 */
export async function notifyKeyRotation(
  report: Report,
  notifier: KeyRotationNotifier,
): Promise<Answer> {
  const account = await notifier.account(report.account);
  if (account === undefined) return foreign(report.account);
  const { userName } = report;
  const who = `User ${userName} of ${account.id}`;
  let unfounded: string | undefined;
  try {
    unfounded = unfoundedBecause(who, await notifier.keysMade(account.id, userName), notifier);
  } catch (error) {
    if (!notifier.isRefusal(error)) throw error;
    const notice = unreadableAccountNotice(account);
    const fact = `The keys of ${who} cannot be read`;
    return notifyOfAccount(
      account,
      accountWide.unreadable,
      { id: report.id, notice, fact },
      notifier,
    );
  }
  if (unfounded !== undefined) return { outcome: "logged", reason: unfounded };
  const week = isoWeek(notifier.now());
  const subject = { account: account.id, userName, week };
  if (!(await notifier.notifications.admit(subject, usersPerWeek))) {
    const notice = weeklyLimitNotice(account, usersPerWeek);
    const fact = `${who} exceeds the ${usersPerWeek} users of the week`;
    return notifyOfAccount(
      account,
      accountWide.overLimit,
      { id: report.id, notice, fact },
      notifier,
    );
  }
  const notice = keyRotationNotice(report, account.name);
  const deliveries = [
    bound(notifier.responders, notice),
    ...(notifier.owner ? [bound(notifier.owner, { account, userName, notice })] : []),
  ];
  const sent = await notifyOnce(notifier.notifications, subject, report.id, deliveries);
  return answer(`${who} must rotate an access key`, week, sent);
}

/** Says what contradicts a report; undefined where it is true. */
function unfoundedBecause(
  who: string,
  created: readonly Date[] | undefined,
  { maxAgeDays, now }: KeyRotationNotifier,
): string | undefined {
  if (created === undefined) return `${who} does not exist: no notification sent`;
  const limit = now().getTime() - maxAgeDays * dayMs;
  return created.some((date) => date.getTime() < limit)
    ? undefined
    : `${who} has no active key older than ${maxAgeDays} days: no notification sent`;
}

/**
 * Notifies the responders, once a week and account, that an automation failed: after repeated failures
 * AWS Config adds a remediation exception for the user, and no longer reports it.
 *
 * @throws AggregateError as notifyKeyRotation does
 */
export async function notifyFailedReport(
  failed: FailedReport,
  notifier: KeyRotationNotifier,
): Promise<Answer> {
  const account = await notifier.account(failed.account);
  if (account === undefined) return foreign(failed.account);
  const notice = failedReportNotice(failed, account.name);
  const fact = `Automation ${failed.execution} of ${account.id} ended as ${failed.status}`;
  return notifyOfAccount(account, accountWide.failing, { id: failed.id, notice, fact }, notifier);
}

/** Notifies the responders alone, once a week, about an account as a whole. */
async function notifyOfAccount(
  account: Account,
  userName: (typeof accountWide)[keyof typeof accountWide],
  { id, notice, fact }: { readonly id: string; readonly notice: Notice; readonly fact: string },
  notifier: KeyRotationNotifier,
): Promise<Answer> {
  const week = isoWeek(notifier.now());
  const subject = { account: account.id, userName, week };
  const deliveries = [bound(notifier.responders, notice)];
  const sent = await notifyOnce(notifier.notifications, subject, id, deliveries);
  return answer(fact, week, sent);
}

function answer(fact: string, week: string, { notified, without }: Sent): Answer {
  return notified.length === 0
    ? { outcome: "duplicate", reason: `${fact}: already notified in ${week}${without}` }
    : { outcome: "notified", reason: `${fact}: notified ${notified.join(", ")}${without}` };
}

function foreign(account: string): Answer {
  return { outcome: "refused", reason: `Account ${account} is not in the organization` };
}

/** One target's notification, ready to be sent. */
interface Delivery {
  readonly name: string;
  notify(): Promise<void>;
}

function bound<T>({ name, notify }: Target<T>, notification: T): Delivery {
  return { name, notify: () => notify(notification) };
}

/** The result of the deliveries. */
interface Sent {
  /** The targets that were notified now. */
  readonly notified: readonly string[];
  /** Why others have no recipient: "; owner: the user has no tag Owner", or nothing. */
  readonly without: string;
}

/** Notifies each target that was not notified before. */
async function notifyOnce(
  log: NotificationLog<KeyRotationNotification>,
  subject: Omit<KeyRotationNotification, "target">,
  message: string,
  deliveries: readonly Delivery[],
): Promise<Sent> {
  const now: string[] = [];
  const without: string[] = [];
  const done = await Promise.allSettled(
    deliveries.map(async ({ name, notify }) => {
      const key = { ...subject, target: name };
      const claim = await log.claim(key, message);
      if (claim === "claimed") throw new Error(`Another delivery is notifying ${name}`);
      if (claim === "notified") return;
      try {
        await notify();
      } catch (error) {
        if (!(error instanceof NoRecipient)) throw error;
        without.push(`; ${name}: ${error.message}`);
        return;
      }
      await log.confirm(key);
      now.push(name);
    }),
  );
  const errors = done.flatMap((each) => (each.status === "rejected" ? [each.reason as Error] : []));
  if (errors.length > 0) {
    throw new AggregateError(errors, errors.map(({ message: why }) => why).join("; "));
  }
  // In the order of the targets, not of completion.
  const notified = deliveries.map(({ name }) => name).filter((name) => now.includes(name));
  return { notified, without: without.join("") };
}

const dayMs = 86_400_000;
