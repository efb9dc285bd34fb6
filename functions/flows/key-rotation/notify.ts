/**
 * Tells people of a user with an old access key, and of automations that could not report one: each
 * target once in a week.
 *
 * AWS Config starts its automation anew at every evaluation as long as the key is old, every day by
 * default, and SNS and SQS may hand out a message twice. A report is somebody's word: whoever
 * administers an admitted account may write it, about any account. So the user's keys are asked for
 * first, in the account that it names.
 */

import type { Account, Accounts, Clock, Refusals } from "../../model/ports";
import type { Notice } from "../../notify/notice";
import {
  accountWide,
  type NotificationLog,
  type OldKeyNotice,
  type OldKeyNotificationLog,
} from "../../notify/notification-log";
import type { Answer } from "../respond/responder";
import { closedAccountNotice, failedReportNotice, manyOldKeysNotice, oldKeyNotice } from "./notice";
import type { FailedReport, Report } from "./report";

/** A user with an old access key, as a target is told of it. */
export interface OldKey {
  readonly account: Account;
  readonly userName: string;
  /** ISO week in which it is told. */
  readonly week: string;
  /** The same for people. */
  readonly notice: Notice;
}

/** Where notifications go. */
export interface Target<T> {
  readonly name: string;
  /** @throws NoRecipient where trying again would not help */
  notify(what: T): Promise<void>;
}

/** A target has no recipient. The next report looks again. */
export class NoRecipient extends Error {
  override readonly name = "NoRecipient";
}

/** Users of one account that are told of in a week; people hear that there are more. */
export const usersPerWeek = 50;

export interface OldKeyNotifier extends Accounts, Clock, Refusals {
  /** Tells when each active key of a user was made; undefined without the user. */
  keysMade(account: string, userName: string): Promise<readonly Date[] | undefined>;
  /** Days up to which an active key counts as young, as AWS Config is told. */
  readonly maxAgeDays: number;
  readonly notifications: OldKeyNotificationLog;
  /** Who looks after Cordon, too: told of users, and of what keeps others from hearing of them. */
  readonly people: readonly Target<Notice>[];
  /** Told of users alone. */
  readonly others: readonly Target<OldKey>[];
}

/**
 * Tells every target that was not told of the user this week. A report that the user's keys do not
 * bear out is only logged: AWS Config goes by IAM's credential report, which may be four hours old.
 *
 * @throws AggregateError when a target could not be told, after all others were: the next delivery
 * tells that one alone.
 */
export async function notifyOldKey(report: Report, notifier: OldKeyNotifier): Promise<Answer> {
  const account = await notifier.account(report.account);
  if (account === undefined) return foreign(report.account);
  const { userName } = report;
  const who = `User ${userName} of ${account.id}`;
  let unfounded: string | undefined;
  try {
    unfounded = unfoundedBecause(who, await notifier.keysMade(account.id, userName), notifier);
  } catch (error) {
    if (!notifier.isRefusal(error)) throw error;
    const notice = closedAccountNotice(account);
    const what = `The keys of ${who} cannot be read`;
    return notifyOfAccount(account, accountWide.closed, { id: report.id, notice, what }, notifier);
  }
  if (unfounded !== undefined) return { outcome: "logged", reason: unfounded };
  const week = isoWeek(notifier.now());
  if (
    !(await notifier.notifications.admit({ account: account.id, userName, week }, usersPerWeek))
  ) {
    const notice = manyOldKeysNotice(account, usersPerWeek);
    const what = `${who} is beyond the ${usersPerWeek} users of the week`;
    return notifyOfAccount(account, accountWide.many, { id: report.id, notice, what }, notifier);
  }
  const notice = oldKeyNotice(report, account.name);
  const oldKey: OldKey = { account, userName, week, notice };
  const { told, untold } = await notifyOnce(
    notifier.notifications,
    { account: account.id, userName, week },
    report.id,
    [...bound(notifier.people, notice), ...bound(notifier.others, oldKey)],
  );
  const reason =
    told.length === 0
      ? `${who} was told of in ${week} already`
      : `${who} has an old access key: told ${told.join(", ")}`;
  return { outcome: told.length === 0 ? "duplicate" : "notified", reason: reason + untold };
}

/** Says what speaks against a report; undefined where it holds. */
function unfoundedBecause(
  who: string,
  made: readonly Date[] | undefined,
  { maxAgeDays, now }: OldKeyNotifier,
): string | undefined {
  if (made === undefined) return `${who} does not exist: nobody is told`;
  const limit = now().getTime() - maxAgeDays * dayMs;
  return made.some((date) => date.getTime() < limit)
    ? undefined
    : `${who} has no active key older than ${maxAgeDays} days: nobody is told`;
}

/**
 * Tells people, once a week and account, that an automation failed: AWS Config excepts its user
 * after some failures and keeps silent about it from then on.
 *
 * @throws AggregateError as notifyOldKey does
 */
export async function notifyFailedReport(
  failed: FailedReport,
  notifier: OldKeyNotifier,
): Promise<Answer> {
  const account = await notifier.account(failed.account);
  if (account === undefined) return foreign(failed.account);
  const notice = failedReportNotice(failed, account.name);
  const what = `Automation ${failed.execution} of ${account.id} ended as ${failed.status}`;
  return notifyOfAccount(account, accountWide.failing, { id: failed.id, notice, what }, notifier);
}

/** Tells people alone, once a week, of what concerns an account as a whole. */
async function notifyOfAccount(
  account: Account,
  userName: (typeof accountWide)[keyof typeof accountWide],
  { id, notice, what }: { readonly id: string; readonly notice: Notice; readonly what: string },
  notifier: OldKeyNotifier,
): Promise<Answer> {
  const week = isoWeek(notifier.now());
  const key = { account: account.id, userName, week };
  const { told } = await notifyOnce(
    notifier.notifications,
    key,
    id,
    bound(notifier.people, notice),
  );
  return told.length === 0
    ? { outcome: "duplicate", reason: `${what}: such was told in ${week} already` }
    : { outcome: "notified", reason: `${what}: told ${told.join(", ")}` };
}

function foreign(account: string): Answer {
  return { outcome: "refused", reason: `Account ${account} is not in the organization` };
}

/** What one target is told, ready to be told. */
interface Telling {
  readonly name: string;
  notify(): Promise<void>;
}

function bound<T>(targets: readonly Target<T>[], what: T): readonly Telling[] {
  return targets.map((target) => ({ name: target.name, notify: () => target.notify(what) }));
}

/** What became of the tellings. */
interface Tellings {
  /** The targets that now were told. */
  readonly told: readonly string[];
  /** Why there was nobody to tell at others: "; owner: the user has no tag Owner", or nothing. */
  readonly untold: string;
}

/** Tells each target that has not been told. */
async function notifyOnce(
  log: NotificationLog<OldKeyNotice>,
  about: Omit<OldKeyNotice, "target">,
  message: string,
  tellings: readonly Telling[],
): Promise<Tellings> {
  const now: string[] = [];
  const untold: string[] = [];
  const done = await Promise.allSettled(
    tellings.map(async ({ name, notify }) => {
      const key = { ...about, target: name };
      const claim = await log.claim(key, message);
      if (claim === "claimed") throw new Error(`${name} is being told by another delivery`);
      if (claim === "notified") return;
      try {
        await notify();
      } catch (error) {
        if (!(error instanceof NoRecipient)) throw error;
        untold.push(`; ${name}: ${error.message}`);
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
  // In the order of the targets, whichever was done first.
  const order = tellings.map(({ name }) => name).filter((name) => now.includes(name));
  return { told: order, untold: untold.join("") };
}

const dayMs = 86_400_000;

/** Names the ISO week of a moment in UTC: the first week of a year holds its first Thursday. */
export function isoWeek(moment: Date): string {
  // Monday is 0.
  const weekday = (moment.getUTCDay() + 6) % 7;
  const midnight = Date.UTC(moment.getUTCFullYear(), moment.getUTCMonth(), moment.getUTCDate());
  const thursday = new Date(midnight + (3 - weekday) * dayMs);
  const year = thursday.getUTCFullYear();
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * dayMs)) + 1;
  return `${year}-W${String(week).padStart(2, "0")}`;
}
