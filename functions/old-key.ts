/**
 * Tells people of a user with an old access key: each target once in a week.
 *
 * AWS Config starts its automation anew at every evaluation as long as the key is old, every day by
 * default, and SNS and SQS may hand out a message twice.
 */
import * as z from "zod/mini";
import { plain } from "./plain-text";
import { type Notice, notice, section } from "./record/notice";
import type { Answer } from "./response";

/** What an automation reported. */
export interface Report {
  /** Of the message at SNS: the same in every delivery. */
  readonly id: string;
  readonly account: string;
  readonly userName: string;
}

export type ReadReport =
  | { readonly kind: "report"; readonly report: Report }
  | { readonly kind: "refused"; readonly reason: string };

/** What SNS wraps around a message for a queue. */
const envelope = z.object({
  Type: z.literal("Notification"),
  MessageId: z.string().check(z.minLength(1), z.maxLength(100)),
  TopicArn: z.string(),
  Message: z.string(),
});

// The text that the automation writes; IAM allows these characters in the name of a user.
const sentence =
  /^Account "(\d{12})" User "([\w+=,.@-]{1,64})" needs to rotate their access key\.$/;

/** Reads a message of the queue: an envelope of SNS about the topic, with the automation's text. */
export function readReport(message: unknown, topicArn: string): ReadReport {
  const parsed = envelope.safeParse(message);
  if (!parsed.success) return refused("It is no message of SNS");
  const { MessageId: id, TopicArn, Message } = parsed.data;
  if (TopicArn !== topicArn) return refused(`It is of the topic ${plain(TopicArn, 300)}`);
  const [, account, userName] = sentence.exec(Message) ?? [];
  return account === undefined || userName === undefined
    ? refused("Its text is not that of the automation")
    : { kind: "report", report: { id, account, userName } };
}

function refused(reason: string): ReadReport {
  return { kind: "refused", reason };
}

/** Which targets were told what, in which week. */
export interface Told {
  /**
   * Claims a notice for the report that is being handled.
   *
   * @returns "told": it was told already; "claimed": another report is telling it at this moment
   */
  claim(key: NoticeKey, report: string): Promise<"ours" | "told" | "claimed">;
  /** Notes that it was told, for good. */
  confirm(key: NoticeKey): Promise<void>;
}

export interface NoticeKey {
  readonly account: string;
  readonly userName: string;
  /** ISO week, "2026-W47". */
  readonly week: string;
  readonly target: string;
}

/** Where people are told. */
export interface Target {
  readonly name: string;
  tell(notice: Notice): Promise<void>;
}

export interface Teller {
  account(id: string): Promise<{ readonly id: string; readonly name: string } | undefined>;
  readonly told: Told;
  readonly targets: readonly Target[];
  now(): Date;
}

/**
 * Tells every target that was not told this week.
 *
 * @throws AggregateError when a target could not be told, after all others were: the next delivery
 * tells that one alone.
 */
export async function tellOldKey(report: Report, teller: Teller): Promise<Answer> {
  const account = await teller.account(report.account);
  if (account === undefined) {
    return { outcome: "refused", reason: `Account ${report.account} is not in the organization` };
  }
  const { userName } = report;
  const week = isoWeek(teller.now());
  const text = oldKeyNotice(report, account.name);
  const done = await Promise.allSettled(
    teller.targets.map(async (target) => {
      const key = { account: account.id, userName, week, target: target.name };
      const claim = await teller.told.claim(key, report.id);
      if (claim === "claimed") throw new Error(`${target.name} is being told by another delivery`);
      if (claim === "told") return [];
      await target.tell(text);
      await teller.told.confirm(key);
      return [target.name];
    }),
  );
  const errors = done.flatMap((each) => (each.status === "rejected" ? [each.reason as Error] : []));
  if (errors.length > 0) {
    throw new AggregateError(errors, errors.map(({ message }) => message).join("; "));
  }
  const now = done.flatMap((each) => (each.status === "fulfilled" ? each.value : []));
  const who = `User ${userName} of ${account.id}`;
  return now.length === 0
    ? { outcome: "duplicate", reason: `${who} was told of in ${week} already` }
    : { outcome: "notified", reason: `${who} has an old access key: told ${now.join(", ")}` };
}

function oldKeyNotice({ account, userName }: Report, accountName: string): Notice {
  return notice(`[Cordon] Rotate the access key of ${userName} in ${account}`, [
    `Account: ${account} (${accountName})`,
    `User: ${userName}`,
    section("What AWS Config found", [
      "An active access key of this user is older than the organization allows.",
      "Nothing was changed: the key goes on working.",
    ]),
    section("Do this", [
      "Make a second key, put it to use, and disable the old one.",
      "Delete the old key once nothing misses it. If nobody knows the user, disable its keys.",
    ]),
    "You are told once a week until the key is rotated.",
  ]);
}

/** Names the ISO week of a moment in UTC: the first week of a year holds its first Thursday. */
export function isoWeek(moment: Date): string {
  const day = 86_400_000;
  // Monday is 0.
  const weekday = (moment.getUTCDay() + 6) % 7;
  const midnight = Date.UTC(moment.getUTCFullYear(), moment.getUTCMonth(), moment.getUTCDate());
  const thursday = new Date(midnight + (3 - weekday) * day);
  const year = thursday.getUTCFullYear();
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * day)) + 1;
  return `${year}-W${String(week).padStart(2, "0")}`;
}
