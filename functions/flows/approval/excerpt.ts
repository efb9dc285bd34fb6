/**
 * Reads what an incident's principal did in the hours before people are asked about it. It is wanted and
 * never needed: people are asked within the same time, whatever CloudTrail answers.
 */

import { catalogue, hasIntruder } from "../../catalogue/playbooks";
import { type LookedUpEvent, pauseMs, readRegions, type Trail } from "../../history/event-history";
import { excerptCalls } from "../../history/excerpt";
import { lookUpEvents } from "../../model/command";
import { errorText, plain } from "../../model/plain-text";
import type { Clock } from "../../model/ports";
import { timeLimit, type Waiting } from "../../model/time-limit";
import type { Excerpt } from "../../record/approvals";
import type { IncidentRecord } from "../../record/journal";
import { stepsOfKind } from "../../remediate/plan";
import { isOf, usernames } from "../respond/principal";

export interface ExcerptPorts extends Clock, Waiting {
  /** Opens the event history of the incident's account, in a session that reads nothing else. */
  history(record: IncidentRecord): Promise<Trail>;
}

/** Before the newest activity of the finding. */
const hours = 6;
/** Until then everything is read, or left out. The function has thirty seconds. */
const seconds = 8;
/** Of a region and a look-up: at two pages of 50 a second this takes about two seconds. */
const mostEvents = 200;
/** IAM's calls are recorded there, whatever the region of the finding. */
const globalRegion = "us-east-1";
const longestWhy = 200;

/**
 * Reads the excerpt; never throws.
 *
 * @param quiet one alert stands for many plans: they would take the two look-ups a second that people
 *   and the rest of Cordon have, too
 * @returns undefined for an incident about no principal
 */
export async function readExcerpt(
  record: IncidentRecord,
  quiet: boolean,
  ports: ExcerptPorts,
): Promise<Excerpt | undefined> {
  if (!hasPrincipal(record)) return undefined;
  const to = ports.now();
  const { lastSeen } = record.incident.finding;
  const from = new Date((Date.parse(lastSeen) || to.getTime()) - hours * 3_600_000);
  const period = { from: from.toISOString(), to: to.toISOString() };
  if (quiet) {
    const why = "Not looked up, since a brake holds back many plans";
    return { ...period, calls: [], found: 0, missing: [lookUp(record, why)] };
  }
  try {
    return { ...period, ...(await read(record, { from, to }, ports)) };
  } catch (error) {
    return { ...period, calls: [], found: 0, missing: [unreadable(record, error)] };
  }
}

function hasPrincipal({ incident, plan }: IncidentRecord): boolean {
  if (!hasIntruder(catalogue[incident.playbook].family)) return false;
  return (
    incident.resource.kind !== "instance" ||
    stepsOfKind(plan, "deny-instance-credentials").length > 0
  );
}

async function read(
  record: IncidentRecord,
  period: { readonly from: Date; readonly to: Date },
  ports: ExcerptPorts,
): Promise<Omit<Excerpt, "from" | "to">> {
  const limit = timeLimit(ports, seconds);
  const tries = new AbortController();
  const events: { readonly event: LookedUpEvent; readonly region: string }[] = [];
  const missing: string[] = [];
  try {
    const opened = await limit.within(ports.history(record));
    if ("error" in opened) throw opened.error;
    // What comes in time counts, although the rest of its region comes late.
    const trail: Trail = {
      async page(region, what, next) {
        const page = await opened.value.page(region, what, next, tries.signal);
        if (!limit.isOver) events.push(...page.events.map((event) => ({ event, region })));
        return page;
      },
    };
    const clock = { ...ports, until: Number.POSITIVE_INFINITY };
    const regions = [...new Set([record.incident.place.region, globalRegion])];
    await Promise.all(
      regions.map(async (region) => {
        // One after the other: an account has two look-ups a second in a region.
        for (const [index, what] of lookUpsOf(record).entries()) {
          if (index > 0) await ports.sleep(pauseMs);
          const work = readRegions({ ...what, ...period }, [region], trail, clock, mostEvents);
          const ended = await limit.within(work);
          const unread = "error" in ended ? errorText(ended.error) : ended.value.unread[0]?.why;
          if (unread !== undefined) {
            missing.push(unreadable(record, unread, region));
            return;
          }
          if ("value" in ended && ended.value.reads.some(({ incomplete }) => incomplete)) {
            missing.push(
              lookUp(record, `In ${region} there are more calls than were read`, region),
            );
          }
        }
      }),
    );
    const calls = excerptCalls(events.filter(({ event }) => isOf(event, record)));
    return { ...calls, missing: [...new Set(missing)].sort() };
  } finally {
    tries.abort();
    limit.end();
  }
}

/** Lists what finds the principal's calls, the surest first: many sessions may have one name. */
function lookUpsOf(
  record: IncidentRecord,
): readonly Pick<Parameters<Trail["page"]>[1], "by" | "value">[] {
  const { resource } = record.incident;
  return [
    ...(resource.kind === "role"
      ? [{ by: "AccessKeyId", value: resource.accessKey } as const]
      : []),
    ...usernames(record).map((value) => ({ by: "Username", value }) as const),
  ];
}

function unreadable(record: IncidentRecord, error: unknown, region?: string): string {
  const where = region === undefined ? "" : ` in ${region}`;
  const why = typeof error === "string" ? plain(error, longestWhy) : errorText(error, longestWhy);
  return lookUp(record, `CloudTrail could not be read${where}: ${why}`, region);
}

/** Adds the command that a person runs instead. */
function lookUp(
  record: IncidentRecord,
  why: string,
  region = record.incident.place.region,
): string {
  const { account } = record.incident.place;
  const [name = ""] = usernames(record);
  return `${why}. With credentials of account ${account}: ${lookUpEvents("Username", name, region)}`;
}
