/**
 * Looks up what a contained principal made between its first activity and its deny, and notifies: the
 * deny does not end that. CloudTrail's event history lags, so a delayed message asks for it.
 */
import {
  type HistoryClock,
  type LookedUpEvent,
  readRegions,
  type Trail,
} from "../../history/event-history";
import { lookUpEvents } from "../../model/command";
import type { Notices } from "../../model/ports";
import { resourceName } from "../../model/resource";
import { subjectOf } from "../../notify/incident-news";
import { fact, section } from "../../notify/message";
import { type Notice, notice, originOf } from "../../notify/notice";
import { urgencyOf } from "../../notify/urgency";
import type { IncidentRecord, Journal } from "../../record/journal";
import { isOf, usernames } from "./principal";
import type { Answer } from "./responder";
import type { Task } from "./tasks";
import { type Made, whatWasMade } from "./what-was-made";

export interface FollowUpPorts extends HistoryClock, Notices {
  readonly journal: Pick<Journal, "find" | "notice">;
  readonly regions: readonly string[];
  /** Opens the event history of the incident's account, in a session that reads nothing else. */
  history(record: IncidentRecord): Promise<Trail>;
  /** Checks whether an error is that of a region which the account has not enabled. */
  isNotEnabled(error: unknown): boolean;
}

/** Before the first activity that the finding covers: another detector may not have seen the first. */
const marginMs = 3_600_000;
/** After the containment: IAM's changes take effect late. What is denied since would hide the rest. */
const settlingMs = 300_000;
/** Of what an earlier follow-up may have missed: CloudTrail's lag. */
const overlapMs = 900_000;
/** IAM's calls are recorded there, whatever the region of the finding. No account can disable it. */
const globalRegion = "us-east-1";
/** Calls that a notice lists at most, and their characters: Amazon SNS refuses more than 256 KiB. */
const listed = 100;
const room = 80_000;

/**
 * Follows an incident up, whatever became of it since, and notifies where its principal made something,
 * or a region could not be read. The next follow-up begins where this one did, unless every region was
 * read to its end.
 */
export async function followUp({ incident: key }: Task, ports: FollowUpPorts): Promise<Answer> {
  const record = await ports.journal.find(key);
  if (record === undefined) {
    return { outcome: "logged", reason: `The journal has no incident ${key}` };
  }
  const found = await read(record, ports);
  const { made, unread } = found;
  const incident = record.id;
  if (made.length === 0 && unread.length === 0) {
    return { outcome: "logged", reason: "The principal made nothing that outlives it", incident };
  }
  await ports.publish(followUpNotice(record, found));
  if (unread.length === 0) await ports.journal.notice(record, "follow-up");
  const reason = `${made.length} calls outlive the containment; regions not read: ${unread.join(", ") || "none"}`;
  return { outcome: "notified", reason, incident };
}

interface Found {
  readonly made: readonly Made[];
  /** Regions that were not read, or not to their end. */
  readonly unread: readonly string[];
  readonly notEnabled: readonly string[];
}

async function read(record: IncidentRecord, ports: FollowUpPorts): Promise<Found> {
  const regions = [...new Set([globalRegion, ...ports.regions])];
  const now = ports.now();
  const period = periodOf(record, now);
  const trail = await ports.history(record);
  const notEnabled = new Set<string>();
  const enabled: Trail = {
    async page(region, ...lookUp) {
      try {
        return await trail.page(region, ...lookUp);
      } catch (error) {
        if (region === globalRegion || !ports.isNotEnabled(error)) throw error;
        notEnabled.add(region);
        return { events: [] };
      }
    },
  };
  const events: LookedUpEvent[] = [];
  const unread = new Set<string>();
  // One after the other: an account has two look-ups a second in a region.
  for (const value of usernames(record)) {
    const what = { by: "Username", value, ...period } as const;
    const found = await readRegions(what, regions, enabled, ports, Number.POSITIVE_INFINITY);
    events.push(...found.reads.flatMap((each) => each.events));
    for (const { region } of found.unread) unread.add(region);
    for (const { region, incomplete } of found.reads) if (incomplete) unread.add(region);
  }
  const { account } = record.incident.place;
  return {
    made: whatWasMade(
      events.filter((event) => isOf(event, record)),
      { account, now },
    ),
    unread: [...unread].sort(),
    notEnabled: [...notEnabled].sort(),
  };
}

function periodOf(
  { incident: { finding }, containedAt, noticedAt }: IncidentRecord,
  now: Date,
): { readonly from: Date; readonly to: Date } {
  const earlier = noticedAt?.["follow-up"];
  const from =
    earlier === undefined
      ? Date.parse(finding.firstSeen ?? finding.lastSeen) - marginMs
      : Date.parse(earlier) - overlapMs;
  const to =
    containedAt === undefined
      ? now.getTime()
      : // The next follow-up looks back as far: nothing lies between the two.
        Math.max(Date.parse(containedAt) + settlingMs, now.getTime() - overlapMs);
  return { from: new Date(from), to: new Date(Math.min(to, now.getTime())) };
}

function followUpNotice(record: IncidentRecord, { made, unread, notEnabled }: Found): Notice {
  const { id, incident, accountName } = record;
  const { place, resource } = incident;
  const what = made.length > 0 ? "What the contained principal made" : "Unread activity";
  // What a command can contain comes first: a flood of other calls must not hide it.
  const ordered = [
    ...made.filter(({ commands }) => commands.length > 0),
    ...made.filter(({ commands }) => commands.length === 0),
  ];
  let left = room;
  const shown = ordered.slice(0, listed).filter((each) => {
    left -= JSON.stringify(each).length;
    return left > 0;
  });
  const name = resource.kind === "sequence" ? resourceName(resource) : resource.id;
  const heading = `${what}: ${name} in ${place.account}`;
  const parts = [
    fact("Account", `${accountName} (${place.account})`),
    fact("Incident", id),
    section("Made or changed, and not ended by the containment", shown.map(describe)),
    made.length > shown.length ? `${made.length - shown.length} more are in CloudTrail.` : "",
    section(`Check each, then contain it, with credentials of account ${place.account}`, [
      ...new Set(shown.flatMap(({ commands }) => commands)),
    ]),
    section(
      "Not read, or not read to the end",
      unread.flatMap((region) =>
        usernames(record).map((name) => `${region}: ${lookUpEvents("Username", name, region)}`),
      ),
    ),
    section("Not enabled in the account", notEnabled),
    "Regions that Cordon does not govern were not looked at.",
  ];
  const origin = originOf(subjectOf(incident, accountName), id);
  return notice(urgencyOf("made-by-principal"), heading, parts, origin);
}

function describe({ what, name, call, at, region, times }: Made): string {
  const often = times > 1 ? ` (${times} times)` : "";
  return `${at} ${region} ${call}: ${what} ${name}${often}`;
}
