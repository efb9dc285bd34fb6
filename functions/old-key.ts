/**
 * Tells people of a user with an old access key, and of automations that could not report one: each
 * target once in a week.
 *
 * AWS Config starts its automation anew at every evaluation as long as the key is old, every day by
 * default, and SNS and SQS may hand out a message twice.
 */
import * as z from "zod/mini";
import { accessKeysRule } from "./compliance-rules";
import { automationChanges } from "./patterns";
import { plain } from "./plain-text";
import type { Notice } from "./record/notice";
import { failedReportNotice, oldKeyNotice } from "./record/old-key-notice";
import type { Answer } from "./response";

/** What an automation reported. */
export interface Report {
  /** Of the message at SNS: the same in every delivery. */
  readonly id: string;
  readonly account: string;
  readonly userName: string;
}

/** An automation that ended without having reported anybody. */
export interface FailedReport {
  /** Of the event: the same in every delivery. */
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly execution: string;
  readonly status: (typeof automationChanges.failures)[number];
}

export type ReadMessage =
  | { readonly kind: "report"; readonly report: Report }
  | { readonly kind: "failed"; readonly failed: FailedReport }
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

const end = z.object({
  id: z.string().check(z.regex(/^[0-9a-f-]{1,64}$/)),
  source: z.literal(automationChanges.source),
  "detail-type": z.literal(automationChanges.detailType),
  account: z.string().check(z.regex(/^\d{12}$/)),
  region: z.string().check(z.regex(/^[a-z0-9-]{1,32}$/)),
  detail: z.object({
    ExecutionId: z.string().check(z.regex(/^[0-9a-f-]{36}$/)),
    Definition: z.literal(accessKeysRule),
    Status: z.enum(automationChanges.failures),
  }),
});

/**
 * Reads a message of the queue: an envelope of SNS about the topic, with the automation's text, or
 * the event of an automation's failure.
 */
export function readMessage(message: unknown, topicArn: string): ReadMessage {
  const event = end.safeParse(message);
  if (event.success) {
    const { id, account, region, detail } = event.data;
    const { ExecutionId: execution, Status: status } = detail;
    return { kind: "failed", failed: { id, account, region, execution, status } };
  }
  const parsed = envelope.safeParse(message);
  if (!parsed.success) return refused("It is no message of SNS, and no automation's failure");
  const { MessageId: id, TopicArn, Message } = parsed.data;
  if (TopicArn !== topicArn) return refused(`It is of the topic ${plain(TopicArn, 300)}`);
  const [, account, userName] = sentence.exec(Message) ?? [];
  return account === undefined || userName === undefined
    ? refused("Its text is not that of the automation")
    : { kind: "report", report: { id, account, userName } };
}

function refused(reason: string): ReadMessage {
  return { kind: "refused", reason };
}

/** Which targets were told what, in which week. */
export interface Told {
  /**
   * Claims a notice for the message that is being handled.
   *
   * @returns "told": it was told already; "claimed": another message is telling it at this moment
   */
  claim(key: NoticeKey, message: string): Promise<"ours" | "told" | "claimed">;
  /** Notes that it was told, for good. */
  confirm(key: NoticeKey): Promise<void>;
}

export interface NoticeKey {
  readonly account: string;
  /** Name of the user; "*", which is nobody's, for the account's automations. */
  readonly userName: string;
  /** ISO week, "2026-W47". */
  readonly week: string;
  readonly target: string;
}

/** A user with an old access key, as a target is told of it. */
export interface OldKey {
  readonly account: { readonly id: string; readonly name: string };
  readonly userName: string;
  /** ISO week in which it is told. */
  readonly week: string;
  /** The same for people. */
  readonly notice: Notice;
}

/** Where something is told. */
export interface Target<T> {
  readonly name: string;
  /** @throws NobodyToTell where trying again would not help */
  tell(what: T): Promise<void>;
}

/** There is nobody to tell at a target. The next report looks again. */
export class NobodyToTell extends Error {
  override readonly name = "NobodyToTell";
}

export interface Teller {
  account(id: string): Promise<{ readonly id: string; readonly name: string } | undefined>;
  readonly told: Told;
  /** Who looks after Cordon, too: told of users, and of failed automations. */
  readonly people: readonly Target<Notice>[];
  /** Told of users alone. */
  readonly others: readonly Target<OldKey>[];
  now(): Date;
}

/**
 * Tells every target that was not told of the user this week.
 *
 * @throws AggregateError when a target could not be told, after all others were: the next delivery
 * tells that one alone.
 */
export async function tellOldKey(report: Report, teller: Teller): Promise<Answer> {
  const account = await teller.account(report.account);
  if (account === undefined) return foreign(report.account);
  const { userName } = report;
  const week = isoWeek(teller.now());
  const notice = oldKeyNotice(report, account.name);
  const oldKey: OldKey = { account, userName, week, notice };
  const { told, untold } = await tellOnce(
    teller.told,
    { account: account.id, userName, week },
    report.id,
    [...bound(teller.people, notice), ...bound(teller.others, oldKey)],
  );
  const who = `User ${userName} of ${account.id}`;
  const reason =
    told.length === 0
      ? `${who} was told of in ${week} already`
      : `${who} has an old access key: told ${told.join(", ")}`;
  return { outcome: told.length === 0 ? "duplicate" : "notified", reason: reason + untold };
}

/**
 * Tells people, once a week and account, that an automation failed: AWS Config excepts its user
 * after some failures and keeps silent about it from then on.
 *
 * @throws AggregateError as tellOldKey does
 */
export async function tellFailedReport(failed: FailedReport, teller: Teller): Promise<Answer> {
  const account = await teller.account(failed.account);
  if (account === undefined) return foreign(failed.account);
  const week = isoWeek(teller.now());
  const { told } = await tellOnce(
    teller.told,
    { account: account.id, userName: "*", week },
    failed.id,
    bound(teller.people, failedReportNotice(failed, account.name)),
  );
  const what = `Automation ${failed.execution} of ${account.id} ended as ${failed.status}`;
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
  tell(): Promise<void>;
}

function bound<T>(targets: readonly Target<T>[], what: T): readonly Telling[] {
  return targets.map((target) => ({ name: target.name, tell: () => target.tell(what) }));
}

/** What became of the tellings. */
interface Tellings {
  /** The targets that now were told. */
  readonly told: readonly string[];
  /** Why there was nobody to tell at others: "; owner: the user has no tag Owner", or nothing. */
  readonly untold: string;
}

/** Tells each target that has not been told. */
async function tellOnce(
  told: Told,
  about: Omit<NoticeKey, "target">,
  message: string,
  tellings: readonly Telling[],
): Promise<Tellings> {
  const now: string[] = [];
  const untold: string[] = [];
  const done = await Promise.allSettled(
    tellings.map(async ({ name, tell }) => {
      const key = { ...about, target: name };
      const claim = await told.claim(key, message);
      if (claim === "claimed") throw new Error(`${name} is being told by another delivery`);
      if (claim === "told") return;
      try {
        await tell();
      } catch (error) {
        if (!(error instanceof NobodyToTell)) throw error;
        untold.push(`; ${name}: ${error.message}`);
        return;
      }
      await told.confirm(key);
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
