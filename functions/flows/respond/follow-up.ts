/**
 * Looks up what a contained principal made between its first activity and its deny, and notifies. The
 * deny does not end that. CloudTrail lags 5 to 15 minutes, so a delayed message asks for it.
 */
import type { Clock, Notices } from "../../model/ports";
import { type Notice, notice, section } from "../../notify/notice";
import type { IncidentRecord } from "../../record/journal";
import { type LookedUpEvent, type Made, whatWasMade } from "./what-was-made";

/** What CloudTrail has of a name: a user's, or of a session of a role. */
interface EventHistory {
  /** Reads the events of a region; `incomplete` where there are more than it read. */
  events(
    region: string,
    lookUp: { readonly username: string; readonly from: Date; readonly to: Date },
  ): Promise<{ readonly events: readonly LookedUpEvent[]; readonly incomplete: boolean }>;
}

export interface FollowUpPorts extends Clock, Notices {
  readonly history: EventHistory;
  readonly regions: readonly string[];
}

/** Before the first activity that the finding covers: another detector may not have seen the first. */
const marginMs = 3_600_000;
/** IAM's calls are recorded there, whatever the region of the finding. */
const globalRegion = "us-east-1";
const listed = 40;

/** Looks up and notifies where something was made, or a region could not be read. Returns what was made. */
export async function followUp(
  record: IncidentRecord,
  { now, publish, history, regions }: FollowUpPorts,
): Promise<readonly Made[]> {
  const { resource, finding } = record.incident;
  if (resource.kind === "instance") return [];
  const from = new Date(Date.parse(finding.firstSeen ?? finding.lastSeen) - marginMs);
  const username = resource.kind === "user" ? resource.id : resource.session;
  const unread: string[] = [];
  const reads = await Promise.all(
    [...new Set([globalRegion, ...regions])].map(async (region) => {
      try {
        const read = await history.events(region, { username, from, to: now() });
        if (read.incomplete) unread.push(region);
        return read.events;
      } catch {
        unread.push(region);
        return [];
      }
    }),
  );
  const made = whatWasMade(reads.flat());
  if (made.length > 0 || unread.length > 0) {
    await publish(followUpNotice(record, made, unread.sort()));
  }
  return made;
}

function followUpNotice(
  { id, incident, accountName }: IncidentRecord,
  made: readonly Made[],
  unread: readonly string[],
): Notice {
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
      unread.map(
        (region) =>
          `${region}: aws cloudtrail lookup-events --region ${region} --lookup-attributes AttributeKey=Username,AttributeValue=${resource.kind === "role" ? resource.session : resource.id}`,
      ),
    ),
  ]);
}
