/** Notifies once of a finding that lasts: GuardDuty repeats it, Cordon's own setting has it every 15 minutes. */
import { createHash } from "node:crypto";
import { tierOf } from "../catalogue/severity";
import type { Finding } from "../model/finding";
import type { Clock, Notices } from "../model/ports";
import type { Place } from "../model/resource";
import { textOf } from "./message";
import type { Notice } from "./notice";
import type { FindingNotice, NotificationLog } from "./notification-log";
import { ownerTitle } from "./owner";

export interface OncePorts extends Clock, Notices {
  readonly findings: NotificationLog<FindingNotice>;
}

/**
 * Checks whether a finding is severe, or its circumstances are what an intruder would arrange. An imported
 * one is updated for whatever changes about it, and is not repeated because its activity goes on.
 */
export function isPressing({ severity, imported }: Finding, isAlarming = false): boolean {
  return isAlarming || (imported === undefined && tierOf(severity) === "auto");
}

/**
 * Publishes a notice, unless one that says the same of this finding was published before; of a severe
 * pressing finding, in this hour. What goes on besides is in the digest of the day. What a responder
 * requested is always answered, and so is everything while the log cannot be written. Of an imported
 * finding the verdict decides: Security Hub may send it in two formats, whose texts differ.
 *
 * @param isPressing whether responders are notified again every hour while it goes on
 * @returns whether it was published
 */
export async function publishOnce(
  { finding, place }: { readonly finding: Finding; readonly place: Place },
  notice: Notice,
  isPressing: boolean,
  { findings, now, publish }: OncePorts,
): Promise<boolean> {
  if (finding.requestedAt !== undefined) {
    await publish(notice);
    return true;
  }
  const at = now().toISOString();
  const key: FindingNotice = {
    account: place.account,
    finding: finding.id,
    says: finding.imported === undefined ? hashOf(notice) : hash(finding.imported.verdict),
    period: isPressing ? at.slice(0, 13) : "once",
  };
  return publishOnceFor(key, finding, notice, { findings, publish });
}

/** Says in a notice that it stands for more of its kind. */
export const othersToo =
  "Other resources may break it, too. Cordon notifies once a day, account and rule";

/**
 * Publishes a notice about a setting that breaks a rule, unless there was one about the rule and the account
 * in this day: an account that is evaluated for the first time may break a rule a hundred times.
 *
 * @returns whether it was published
 */
export async function publishOnceADay(
  { finding, place }: { readonly finding: Finding; readonly place: Place },
  notice: Notice,
  ports: OncePorts,
): Promise<boolean> {
  const period = ports.now().toISOString().slice(0, 10);
  const key = { account: place.account, finding: finding.type, says: "breach", period };
  return publishOnceFor(key, finding, notice, ports);
}

async function publishOnceFor(
  key: FindingNotice,
  { id }: Finding,
  notice: Notice,
  { findings, publish }: Pick<OncePorts, "findings" | "publish">,
): Promise<boolean> {
  const claim = await findings.claim(key, id).catch(() => "unknown" as const);
  // A claim of another delivery that died is taken over with the next repetition of the finding.
  if (claim === "notified") return false;
  await publish(notice);
  if (claim === "ours") await findings.confirm(key).catch(() => undefined);
  return true;
}

/**
 * Hashes what a notice says: another severity, type or reason makes another notice. Tags make none: whoever
 * may set them could have each repetition notified.
 */
function hashOf(notice: Notice): string {
  const sections = notice.sections.filter(({ title }) => title !== ownerTitle);
  const text = `${notice.subject}\n${textOf({ ...notice, sections })}`;
  return hash(text);
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
