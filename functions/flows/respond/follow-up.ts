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
import type { Notices } from "../../model/ports";
import type { Resource } from "../../model/resource";
import { type Notice, notice, section } from "../../notify/notice";
import type { IncidentRecord, Journal } from "../../record/journal";
import { allSteps } from "../../remediate/plan";
import type { Answer } from "./responder";
import type { Task } from "./tasks";
import { type Made, quoted, whatWasMade } from "./what-was-made";

export interface FollowUpPorts extends HistoryClock, Notices {
  readonly journal: Pick<Journal, "find" | "notice">;
  readonly regions: readonly string[];
  /** Opens the event history of the incident's account, in a session that reads nothing else. */
  history(record: IncidentRecord): Promise<Trail>;
}

/** Before the first activity that the finding covers: another detector may not have seen the first. */
const marginMs = 3_600_000;
/** Of what an earlier follow-up may have missed: CloudTrail's lag. */
const overlapMs = 900_000;
/** IAM's calls are recorded there, whatever the region of the finding. */
const globalRegion = "us-east-1";
/** Events read of a region at most: the newest. */
const eventsPerRegion = 1_000;
const listed = 40;

/**
 * Follows an incident up, whatever became of it since, and notifies where its principal made something,
 * or a region could not be read.
 */
export async function followUp({ incident: key }: Task, ports: FollowUpPorts): Promise<Answer> {
  const record = await ports.journal.find(key);
  if (record === undefined || record.incident.resource.kind === "instance") {
    return { outcome: "logged", reason: `Incident ${record?.id ?? key} has no principal` };
  }
  const { made, unread } = await read(record, ports);
  const incident = record.id;
  if (made.length === 0 && unread.length === 0) {
    return { outcome: "logged", reason: "The principal made nothing that outlives it", incident };
  }
  await ports.publish(followUpNotice(record, made, unread));
  await ports.journal.notice(record, "follow-up");
  const reason = `${made.length} calls outlive the containment; regions not read: ${unread.join(", ") || "none"}`;
  return { outcome: "notified", reason, incident };
}

interface Found {
  readonly made: readonly Made[];
  /** Regions that were not read, or not to their end. */
  readonly unread: readonly string[];
}

async function read(record: IncidentRecord, ports: FollowUpPorts): Promise<Found> {
  const { finding, resource } = record.incident;
  const regions = [...new Set([globalRegion, ...ports.regions])];
  const earlier = record.noticedAt?.["follow-up"];
  const from = new Date(
    earlier === undefined
      ? Date.parse(finding.firstSeen ?? finding.lastSeen) - marginMs
      : Date.parse(earlier) - overlapMs,
  );
  const period = { from, to: ports.now() };
  const trail = await ports.history(record);
  const events: LookedUpEvent[] = [];
  const unread = new Set<string>();
  // One after the other: an account has two look-ups a second in a region.
  for (const value of usernames(record)) {
    const what = { by: "Username", value, ...period } as const;
    const found = await readRegions(what, regions, trail, ports, eventsPerRegion);
    events.push(...found.reads.flatMap((each) => each.events));
    for (const { region } of found.unread) unread.add(region);
    for (const { region, incomplete } of found.reads) if (incomplete) unread.add(region);
  }
  return {
    made: whatWasMade(events.filter((event) => isOf(event, resource))),
    unread: [...unread].sort(),
  };
}

/** Lists the names under which CloudTrail has the principal's calls: a user may have been renamed. */
function usernames({ incident: { resource }, plan }: IncidentRecord): readonly string[] {
  if (resource.kind === "role") return [resource.session];
  const denied = allSteps(plan).flatMap((step) =>
    step.kind === "deny-user" ? [step.user.name] : [],
  );
  return [...new Set([resource.id, ...denied])];
}

/** Checks whether a call is the principal's: sessions of other roles may have the same name. */
function isOf({ CloudTrailEvent }: LookedUpEvent, { kind, id }: Resource): boolean {
  const identity = identityOf(CloudTrailEvent);
  if (identity?.type === undefined) return true;
  if (kind === "user") return identity.type === "IAMUser";
  const issuer = identity.sessionContext?.sessionIssuer?.userName;
  return identity.type === "AssumedRole" && (issuer === undefined || issuer === id);
}

interface Identity {
  readonly type?: unknown;
  readonly sessionContext?: { readonly sessionIssuer?: { readonly userName?: unknown } };
}

function identityOf(json: string | undefined): Identity | undefined {
  try {
    const record = JSON.parse(json ?? "") as { readonly userIdentity?: Identity } | null;
    return record?.userIdentity;
  } catch {
    return undefined;
  }
}

function followUpNotice(
  record: IncidentRecord,
  made: readonly Made[],
  unread: readonly string[],
): Notice {
  const { id, incident, accountName } = record;
  const { place, resource } = incident;
  const what = made.length > 0 ? "What the contained principal made" : "Unread activity";
  return notice(`[Cordon] URGENT ${what}: ${resource.id} in ${place.account}`, [
    `Account: ${place.account} (${accountName})`,
    `Incident: ${id}`,
    section(
      "Made or changed, and not ended by the containment",
      made
        .slice(0, listed)
        .map(({ kind, name, call, at, region }) => `${at} ${region} ${call}: ${kind} ${name}`),
    ),
    made.length > listed ? `${made.length - listed} more are in CloudTrail.` : "",
    section(`Contain each, with credentials of account ${place.account}`, [
      ...new Set(made.slice(0, listed).map(({ command }) => command)),
    ]),
    section(
      "Not read, or not read to the end",
      unread.flatMap((region) =>
        usernames(record).map(
          (name) =>
            `${region}: aws cloudtrail lookup-events --region ${region} --lookup-attributes AttributeKey=Username,AttributeValue=${quoted(name)}`,
        ),
      ),
    ),
  ]);
}
