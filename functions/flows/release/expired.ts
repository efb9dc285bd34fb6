/** Releases an incident whose time is over, which the watch finds: the journal says whether it is. */
import * as z from "zod/mini";
import { LeaseHeld, parseIncidentId } from "../../record/journal";
import { endOf, isOver } from "../respond/expiry";
import type { ReleaseAnswer, RequestReleaser } from "./by-finding";
import { releaseIncident } from "./release";

const schema = z.strictObject({ task: z.literal("expired"), incident: z.string() });

/** Parses a message of the watch; undefined for any other. */
export function expiredIn(message: unknown): string | undefined {
  return schema.safeParse(message).data?.incident;
}

/**
 * Releases the incident.
 *
 * @throws LeaseHeld while another run works on it, until the last delivery
 */
export async function releaseExpired(
  incident: string,
  releaser: RequestReleaser,
): Promise<ReleaseAnswer> {
  const id = parseIncidentId(incident);
  const record = id && (await releaser.journal.find(id.key));
  if (record === undefined || record.id !== incident || record.status === "released") {
    return { outcome: "logged", reason: `No incident ${id ? incident : "of that name"} is open` };
  }
  if (!isOver(record, releaser.now())) {
    return { outcome: "refused", reason: `Incident ${incident} is not over`, incident };
  }
  const reason = `its time was over at ${endOf(record)?.toISOString()}`;
  const report = await releaseIncident(incident, releaser, { by: "Cordon", reason });
  if (report.outcome !== "refused") return { outcome: report.outcome, reason, incident };
  if (report.busy && releaser.delivery < releaser.lastDelivery) throw new LeaseHeld(report.reason);
  return { outcome: "refused", reason: report.reason, incident };
}
