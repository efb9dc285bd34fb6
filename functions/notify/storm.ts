/** Keeps a storm from burying responders: after some notices the rest is told together, and counted. */
import { createHash } from "node:crypto";
import { plain } from "../model/plain-text";
import type { Clock, Notices } from "../model/ports";
import type { HeldNotice, StormLog } from "../record/storm";
import { section } from "./message";
import { type Notice, notice } from "./notice";

/** Notices of each urgency that are published on their own in ten minutes. */
const mostAlone = 5;
const headingLimit = 200;
const listed = 100;

/**
 * Publishes a notice on its own, or holds it for the watch's next message where many came before it.
 * What is about no finding (a brake's alert) and what a responder asked for or waits for is always
 * published, and so is everything while it cannot be counted or held.
 */
export function calmly(
  publish: Notices["publish"],
  storm: Pick<StormLog, "count" | "hold">,
  now: Clock["now"],
): Notices["publish"] {
  return async (each) => {
    const { origin, urgency } = each;
    if (origin === undefined || origin.asked) return publish(each);
    const number = await storm.count(urgency, now()).catch(() => 0);
    if (number <= mostAlone) return publish(each);
    await storm.hold(held(each, origin, now())).catch(() => publish(each));
  };
}

function held(
  { subject, text, urgency, heading }: Notice,
  { account, region, severity, incident }: NonNullable<Notice["origin"]>,
  at: Date,
): HeldNotice {
  return {
    id: createHash("sha256").update(`${subject}\n${text}`).digest("hex").slice(0, 16),
    at: at.toISOString(),
    urgency,
    heading: plain(heading, headingLimit),
    account,
    region,
    severity,
    ...(incident !== undefined && { incident }),
  };
}

/** Tells of many notices in one: the urgent ones first, of each the most severe. */
export function stormNotice(notices: readonly HeldNotice[]): Notice {
  const urgent = notices.filter(({ urgency }) => urgency === "urgent");
  const others = notices.filter(({ urgency }) => urgency === "normal");
  const accounts = new Set(notices.map(({ account }) => account)).size;
  const since = notices.map(({ at }) => at).sort()[0];
  const many = (count: number) => `${count} ${count === 1 ? "notice" : "notices"}`;
  return notice(
    urgent.length > 0 ? "urgent" : "normal",
    `Many at once: ${many(notices.length)} more, ${urgent.length} of them urgent, in ${accounts} ${accounts === 1 ? "account" : "accounts"}`,
    [
      `Since ${since} more happened than a notice each is read of. Cordon did all of it, or left it to you, as each line says.`,
      section("Urgent", linesOf(urgent)),
      section("Not urgent", linesOf(others)),
      section("Do this", [
        "See all open incidents and what waits: npx cordon list",
        "See one: npx cordon show INCIDENT",
        "Find out what they have in common: one list of addresses or domains, one image, one detector, one intruder.",
      ]),
    ],
  );
}

function linesOf(notices: readonly HeldNotice[]): readonly string[] {
  const ordered = notices.toSorted(
    (one, other) => other.severity - one.severity || one.at.localeCompare(other.at),
  );
  const more = ordered.length - listed;
  return [
    ...ordered
      .slice(0, listed)
      .map(
        ({ at, heading, account, region, incident }) =>
          `${at} ${heading}, in ${account}, ${region}${incident === undefined ? "" : `: ${incident}`}`,
      ),
    ...(more > 0
      ? [`and ${more} more: they are in the logs of Cordon's functions, and in npx cordon list`]
      : []),
  ];
}
