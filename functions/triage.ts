/** Tells people of a finding that no playbook answers, where it is worth telling. */
import { tierOf } from "./decide/decide";
import type { Detected } from "./detect/detected";
import { announcement, type Notice } from "./record/notice";
import type { Answer } from "./response";
import type { BreachNotice, Told } from "./told";

type Unanswered = Extract<Detected, { kind: "unanswered" }>;

export interface Teller {
  account(id: string): Promise<{ readonly id: string; readonly name: string } | undefined>;
  publish(notice: Notice): Promise<void>;
  readonly sampleFindings: "act" | "log";
}

export async function tell(detected: Unanswered, teller: Teller): Promise<Answer> {
  const weighed = await weigh(detected, teller);
  if ("outcome" in weighed) return weighed;
  await teller.publish(noticeOf(detected, weighed));
  return { outcome: "notified", reason: reasonOf(detected) };
}

export interface BreachTeller extends Teller {
  readonly told: Told<BreachNotice>;
  now(): Date;
}

/**
 * Tells people, once a day, account and rule, of what breaks a rule of AWS Config. Whoever
 * administers an account can give a rule of its own the name of one of ours, and change its verdicts
 * without end.
 */
export async function tellBreach(
  detected: Unanswered,
  rule: string,
  teller: BreachTeller,
): Promise<Answer> {
  const weighed = await weigh(detected, teller);
  if ("outcome" in weighed) return weighed;
  const day = teller.now().toISOString().slice(0, 10);
  const key: BreachNotice = { account: weighed.id, rule, day };
  // Whichever event has the claim is told, or delivered again until it is.
  if ((await teller.told.claim(key, detected.finding.id)) !== "ours") {
    return {
      outcome: "logged",
      reason: `${detected.resource} breaks the rule ${rule}, too: ${weighed.id} is told of on ${day} already`,
    };
  }
  await teller.publish(noticeOf(detected, weighed, othersToo));
  await teller.told.confirm(key);
  return { outcome: "notified", reason: reasonOf(detected) };
}

const othersToo = "And others, perhaps: see AWS Config. You are told once a day, account and rule";

/** Gives the account of a finding that is worth telling, or the answer to any other. */
async function weigh(
  { finding, place, advice, silent }: Unanswered,
  teller: Teller,
): Promise<Answer | { readonly id: string; readonly name: string }> {
  const account = await teller.account(place.account);
  if (account === undefined) {
    return {
      outcome: "refused",
      reason: `Account ${place.account} is not in the organization`,
    };
  }
  if (silent !== undefined) return { outcome: "logged", reason: silent };
  if (finding.sample && teller.sampleFindings === "log" && !finding.requestedAt) {
    return { outcome: "logged", reason: "It is a sample finding, and this stage only logs those" };
  }
  if (tierOf(finding.severity) === "log" && !advice?.urgent && !finding.requestedAt) {
    return { outcome: "logged", reason: `Severity ${finding.severity} is below 4` };
  }
  return account;
}

function reasonOf({ finding, resource, advice }: Unanswered): string {
  return advice?.why ?? `No playbook answers ${finding.type} about ${resource}`;
}

function noticeOf(
  detected: Unanswered,
  account: { readonly name: string },
  ...more: readonly string[]
): Notice {
  const { finding, place, resource, advice } = detected;
  return announcement(
    { finding, place, accountName: account.name, resource },
    "notified",
    [reasonOf(detected), ...more],
    { instead: advice?.instead, urgent: advice?.urgent === true },
  );
}
