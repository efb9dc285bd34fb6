/** Releases an incident whose time is over, which the watch finds: the journal says whether it is. */
import * as z from "zod/mini";
import { parseIncidentId } from "../../record/journal";
import { endOf, isOver } from "../respond/expiry";
import type { ReleaseAnswer } from "./by-finding";
import { type Releaser, releaseIncident } from "./release";

/** How the journal remembers that a release was refused. */
const notEnded = "not-ended";

const schema = z.strictObject({ task: z.literal("expired"), incident: z.string() });

/** Parses a message of the watch; undefined for any other. */
export function expiredIn(message: unknown): string | undefined {
  return schema.safeParse(message).data?.incident;
}

/** What is refused the watch asks for again, every five minutes: people are notified of it once a day. */
const dayMs = 86_400_000;

/** Releases the incident. What another run works on the watch asks for again. */
export async function releaseExpired(incident: string, releaser: Releaser): Promise<ReleaseAnswer> {
  const { journal, now } = releaser;
  const id = parseIncidentId(incident);
  const record = id && (await journal.find(id.key));
  if (record === undefined || record.id !== incident || record.status === "released") {
    return { outcome: "logged", reason: `No incident ${id ? incident : "of that name"} is open` };
  }
  if (!isOver(record, now())) {
    return { outcome: "refused", reason: `Incident ${incident} is not over`, incident };
  }
  const reason = `its time was over at ${endOf(record)?.toISOString()}`;
  const report = await releaseIncident(incident, releaser, { by: "Cordon", reason });
  if (report.outcome !== "refused") return { outcome: report.outcome, reason, incident };
  const noticed = Date.parse(record.noticedAt?.[notEnded] ?? "");
  const isKnown = report.busy === true || noticed + dayMs > now().getTime();
  if (!isKnown) await journal.notice(record, notEnded);
  return { outcome: isKnown ? "logged" : "refused", reason: report.reason, incident };
}
