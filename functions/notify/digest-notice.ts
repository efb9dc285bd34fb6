/** Writes the digest of a day and the review of a week: what no notice of its own tells. */
import { plain, unlinked } from "../model/plain-text";
import { type DigestEntry, wholeOrganization } from "../record/digest";
import { type Part, type Section, section } from "./message";
import { type Notice, notice } from "./notice";
import { urgencyOf } from "./urgency";

/** Lines at most of a section: SNS takes 256 KiB, a reader less. */
const listed = 40;
const lineLimit = 300;

/** Lists findings that were announced before and go on, and counts what was only logged, by type. */
export function dailyDigest(day: string, entries: readonly DigestEntry[], more: boolean): Notice {
  const on = entries.filter(({ kind }) => kind === "repeated");
  return notice(
    urgencyOf("digest"),
    `Digest of ${day}: ${number(on.length, "finding goes on", "findings go on")}, ${entries.length - on.length} logged`,
    [
      `What came on ${day} (UTC) and had no notice of its own.`,
      section("Announced before, and going on", bounded(bySeverity(on).map(describe))),
      ...others(entries, more),
      section("Do this", [
        "A finding that goes on needs a decision: respond to it, suppress it in GuardDuty, or add an exception (npx cordon except add).",
      ]),
    ],
  );
}

/** Checks whether an entry counts findings of all accounts, which are for the review of a week. */
export function isOfAll({ account }: DigestEntry): boolean {
  return account === wholeOrganization;
}

/** Counts a week's findings that had no notice at once, by type: some may deserve it. */
export function weeklyReview(week: string, entries: readonly DigestEntry[], more: boolean): Notice {
  return notice(
    urgencyOf("digest"),
    `Review of week ${week}: ${number(types(entries).length, "finding type", "finding types")} without a notice at once`,
    [
      `What came in week ${week} and was logged, suppressed, or announced once and went on.`,
      byType("Going on", "repeated", entries),
      ...others(
        entries.filter((entry) => !isOfAll(entry)),
        more,
      ),
      section("Imported by Security Hub, in all accounts", bounded(types(entries.filter(isOfAll)))),
      section("Do this", [
        "Look for types that should have had a notice: cordon:policy has the thresholds. What GuardDuty's suppression rules hide is not listed here: see its archived findings.",
      ]),
    ],
  );
}

function others(entries: readonly DigestEntry[], more: boolean): readonly Part[] {
  return [
    byType("Logged", "logged", entries),
    byType("Came archived", "suppressed", entries),
    ...(more ? ["There were more: they are in the logs of Cordon's functions."] : []),
  ];
}

function byType(
  title: string,
  kind: DigestEntry["kind"],
  entries: readonly DigestEntry[],
): Section {
  return section(title, bounded(types(entries.filter((entry) => entry.kind === kind))));
}

function describe(entry: DigestEntry): string {
  const { type, severity, resource, account, region, times, lastAt, reason } = entry;
  return plain(
    `${unlinked(resource)} (${type}), severity ${severity}, in ${account}, ${region}: ${number(times, "time", "times")}, last at ${lastAt}. ${reason}`,
    lineLimit,
  );
}

/** Counts by type: "Recon:EC2/Portscan, severity 2 at most: 3 findings in 2 accounts, 7 times. Why". */
function types(entries: readonly DigestEntry[]): readonly string[] {
  const ordered = bySeverity(entries);
  return [...new Set(ordered.map(({ type }) => type))].map((type) => {
    const of = ordered.filter((each) => each.type === type);
    const [first] = of as [DigestEntry, ...DigestEntry[]];
    const count = (values: readonly string[]) => new Set(values).size;
    const findings = count(of.map(({ account, finding }) => `${account}/${finding}`));
    const accounts = count(of.map(({ account }) => account));
    const times = number(
      of.reduce((all, each) => all + each.times, 0),
      "time",
      "times",
    );
    const where = isOfAll(first)
      ? `${times} in the organization`
      : `${number(findings, "finding", "findings")} in ${number(accounts, "account", "accounts")}, ${times}`;
    return plain(
      `${type}, severity ${first.severity} at most: ${where}. ${first.reason}`,
      lineLimit,
    );
  });
}

function bySeverity(entries: readonly DigestEntry[]): readonly DigestEntry[] {
  return entries.toSorted((one, other) => other.severity - one.severity || other.times - one.times);
}

function bounded(lines: readonly string[]): readonly string[] {
  const more = lines.length - listed;
  return more > 0 ? [...lines.slice(0, listed), `and ${more} more`] : lines;
}

function number(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
