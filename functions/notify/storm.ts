/** Keeps a storm from burying responders: after some notices the rest is published together, and counted. */
import { createHash } from "node:crypto";
import { tierOf } from "../catalogue/severity";
import { plain, unlinked } from "../model/plain-text";
import type { Clock, Notices } from "../model/ports";
import type { HeldNotice, StormCount, StormLog } from "../record/storm";
import type { IncidentNews } from "./incident-news";
import { section } from "./message";
import { type Notice, notice } from "./notice";

const headingLimit = 160;
/** Lines of one message: channels show no more of them whole. */
const listed = 40;
/** Messages about one account in one round: beyond them it is counted. */
const mostMessages = 5;
/** Imported findings that are held of an account in ten minutes: two rounds list no more of them. */
const mostHeldOfImports = 2 * mostMessages * listed;

/**
 * Publishes a notice on its own, or holds it for the watch's next message where many came before it.
 * What is about no finding (a brake's alert) and what a responder asked for or waits for is always
 * published, and so is everything while it cannot be counted or held. Imported findings are counted apart:
 * an account that imports thousands holds back no notice of a detector. What no message would list any more
 * is not held either: it is in Security Hub, and in the log.
 *
 * @param mostAlone notices of each urgency that are published on their own in ten minutes
 */
export function calmly(
  publish: Notices["publish"],
  storm: Pick<StormLog, "count" | "hold">,
  now: Clock["now"],
  mostAlone: number,
): Notices["publish"] {
  return async (each) => {
    const { origin, urgency } = each;
    if (origin === undefined || origin.asked) return publish(each);
    const like: StormCount = origin.imported ? `${origin.imported}-${urgency}` : urgency;
    const number = await storm.count(like, now()).catch(() => 0);
    if (number <= mostAlone) return publish(each);
    if (origin.imported !== undefined) {
      const ofAccount = `of-${origin.imported}-${origin.account}` as const;
      const held = await storm.count(ofAccount, now()).catch(() => 0);
      if (held > mostHeldOfImports) return;
    }
    await storm.hold(held(each, origin, now())).catch(() => publish(each));
  };
}

function held(
  { subject, text, urgency, heading, incident: news }: Notice,
  { account, region, severity, type, incident, imported }: NonNullable<Notice["origin"]>,
  at: Date,
): HeldNotice {
  const minute = at.toISOString().slice(0, 16);
  return {
    id: createHash("sha256").update(`${minute}\n${subject}\n${text}`).digest("hex").slice(0, 16),
    at: at.toISOString(),
    urgency,
    heading: plain(unlinked(heading), headingLimit),
    account,
    region,
    severity,
    type,
    ...(incident !== undefined && { incident }),
    ...(imported && { imported }),
    // The first sentence carries the decision: a message has many of them.
    ...(news && { news: JSON.stringify({ ...news, reasons: news.reasons.slice(0, 1) }) }),
  };
}

/**
 * Writes many notices as few: those of an account by themselves, so that none of another account's is
 * crowded out or shown to its teams. What an intruder would arrange comes first, whatever its severity, and
 * then the most severe.
 */
export function stormNotices(notices: readonly HeldNotice[]): readonly Notice[] {
  const accounts = [...new Set(notices.map(({ account }) => account))].sort();
  return accounts.flatMap((account) => {
    const own = notices.filter((each) => each.account === account).toSorted(byWeight);
    const parts = Math.min(Math.ceil(own.length / listed), mostMessages);
    return Array.from({ length: parts }, (_, part) =>
      stormNotice(own, own.slice(part * listed, (part + 1) * listed), part + 1 === parts),
    );
  });
}

/**
 * How much a line is worth: urgent below 7 is what an intruder arranged, or what root did. What a member
 * may have written by itself comes after everything else, so that it pushes nothing off the end.
 */
function weightOf({ urgency, severity, imported }: HeldNotice): number {
  if (imported) return severity - (imported === "aws" ? 100 : 200);
  if (urgency === "normal") return severity;
  return tierOf(severity) === "auto" ? 100 + severity : 200;
}

function byWeight(one: HeldNotice, other: HeldNotice): number {
  return weightOf(other) - weightOf(one) || one.at.localeCompare(other.at);
}

function stormNotice(
  all: readonly HeldNotice[],
  shown: readonly HeldNotice[],
  isLast: boolean,
): Notice {
  const [first] = shown as [HeldNotice, ...HeldNotice[]];
  const { account, region, type } = first;
  const urgent = shown.filter(({ urgency }) => urgency === "urgent");
  const left = isLast ? all.length - all.indexOf(first) - shown.length : 0;
  const severity = Math.max(...shown.map((each) => each.severity));
  const written = notice(
    urgent.length > 0 ? "urgent" : "normal",
    `Many at once in ${account}: ${shown.length} more ${shown.length === 1 ? "notice" : "notices"}, ${urgent.length} urgent`,
    [
      "More happened here at once than a notice each is read of. What Cordon did, or left to you, each line says.",
      section("Urgent", urgent.map(lineOf)),
      section("Not urgent", shown.filter(({ urgency }) => urgency === "normal").map(lineOf)),
      left > 0 ? `${left} more are in the logs of Cordon's functions.` : "",
      section("Do this", [
        "See all open incidents and what waits: npx cordon list",
        "See one: npx cordon show INCIDENT",
        "Find out what they have in common: one list of addresses or domains, one image, one detector, one intruder.",
      ]),
    ],
    { account, region, severity, type, links: [] },
  );
  const news = shown.flatMap((each) =>
    each.news === undefined ? [] : [JSON.parse(each.news) as IncidentNews],
  );
  return { ...written, ...(news.length > 0 && { incidents: news }) };
}

function lineOf({ at, heading, region, incident }: HeldNotice): string {
  return `${heading}, ${region}, at ${at}${incident === undefined ? "" : `: ${incident}`}`;
}
