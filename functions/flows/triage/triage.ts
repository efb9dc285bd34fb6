/** Notifies of a finding that no playbook answers, where it is severe enough. */
import { notifyFrom, tierOf } from "../../catalogue/severity";
import type { Detected } from "../../detect/detected";
import type { Account, Accounts } from "../../model/ports";
import { announcement, type Notice } from "../../notify/notice";
import type { BreachNotice, NotificationLog } from "../../notify/notification-log";
import {
  isPressing,
  type OncePorts,
  othersToo,
  publishOnce,
  publishOnceADay,
} from "../../notify/once";
import type { Answer } from "../respond/responder";

type Unanswered = Extract<Detected, { kind: "unanswered" }>;

export interface Notifier extends Accounts, OncePorts {
  readonly sampleFindings: "act" | "log";
}

export async function notify(detected: Unanswered, notifier: Notifier): Promise<Answer> {
  const weighed = await weigh(detected, notifier);
  if ("outcome" in weighed) return weighed;
  if (detected.breach !== undefined) {
    const isFirst = await publishOnceADay(
      detected,
      noticeOf(detected, weighed, othersToo),
      notifier,
    );
    return { outcome: isFirst ? "notified" : "logged", reason: reasonOf(detected) };
  }
  const notice = noticeOf(detected, weighed);
  const { finding, advice } = detected;
  const isNew = await publishOnce(detected, notice, isPressing(finding, advice?.urgent), notifier);
  return { outcome: isNew ? "notified" : "duplicate", reason: reasonOf(detected) };
}

export interface BreachNotifier extends Notifier {
  readonly notifications: NotificationLog<BreachNotice>;
}

/** Answers as often as the finding asks for. */
export async function answerTo(detected: Unanswered, notifier: BreachNotifier): Promise<Answer> {
  const { breach, daily, resource } = detected;
  if (breach !== undefined) return notifyBreach(detected, breach, notifier);
  if (daily === undefined) return notify(detected, notifier);
  return onceADay(detected, daily, notifier, `${resource}: ${daily}`, [
    "It may happen more often: see CloudTrail. Cordon notifies once a day and account",
  ]);
}

/**
 * Notifies, once a day, account and rule, of a resource that breaks a rule of AWS Config. An
 * administrator of an account can give a rule of its own the name of one of Cordon's, and change its
 * verdicts without end.
 */
export function notifyBreach(
  detected: Unanswered,
  rule: string,
  notifier: BreachNotifier,
): Promise<Answer> {
  return onceADay(detected, rule, notifier, `${detected.resource} breaks the rule ${rule}, too`, [
    othersToo,
  ]);
}

/** @param again says of what the day's notice covers that it happened again */
async function onceADay(
  detected: Unanswered,
  rule: string,
  notifier: BreachNotifier,
  again: string,
  more: readonly string[],
): Promise<Answer> {
  const weighed = await weigh(detected, notifier);
  if ("outcome" in weighed) return weighed;
  const day = notifier.now().toISOString().slice(0, 10);
  const key: BreachNotice = { account: weighed.id, rule, day };
  // The event that has the claim is published, or delivered again until it is.
  if ((await notifier.notifications.claim(key, detected.finding.id)) !== "ours") {
    return {
      outcome: "logged",
      reason: `${again}: the notice of ${day} about ${weighed.id} covers it`,
    };
  }
  await notifier.publish(noticeOf(detected, weighed, ...more));
  await notifier.notifications.confirm(key);
  return { outcome: "notified", reason: reasonOf(detected) };
}

/** Returns the account of a finding to notify of, or the answer to any other finding. */
async function weigh(
  { finding, place, advice, assigned, suppressedBecause }: Unanswered,
  notifier: Notifier,
): Promise<Answer | Account> {
  const account = await notifier.account(place.account);
  if (account === undefined) {
    return {
      outcome: "refused",
      reason: `Account ${place.account} is not in the organization`,
    };
  }
  if (suppressedBecause !== undefined) return { outcome: "logged", reason: suppressedBecause };
  if (finding.sample && notifier.sampleFindings === "log" && !finding.requestedAt) {
    return {
      outcome: "logged",
      reason: "This is a sample finding, and this stage only logs samples",
    };
  }
  const isHeard = advice?.urgent || assigned?.does === "notify" || finding.mustAsk !== undefined;
  if (tierOf(finding.severity) === "log" && !isHeard && !finding.requestedAt) {
    const why = assigned === undefined ? "" : `. ${assigned.why}`;
    return {
      outcome: "logged",
      reason: `Severity ${finding.severity} is below ${notifyFrom}${why}`,
    };
  }
  return account;
}

function reasonOf({ finding, resource, advice, assigned }: Unanswered): string {
  if (advice !== undefined) return advice.why;
  if (assigned?.does === "notify") return assigned.why;
  const unanswered = `No playbook answers ${finding.type} about ${resource}`;
  return assigned === undefined
    ? unanswered
    : `${unanswered}, and from severity ${notifyFrom} it is notified. ${assigned.why}`;
}

function noticeOf(detected: Unanswered, account: Account, ...more: readonly string[]): Notice {
  const { finding, place, resource, advice } = detected;
  return announcement(
    { finding, place, accountName: account.name, resource },
    "notified",
    [reasonOf(detected), ...more],
    { manualSteps: advice?.manualSteps ?? finding.actorSteps, isAlarming: advice?.urgent === true },
  );
}
