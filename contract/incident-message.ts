/**
 * What other teams' programs read about an incident. Imports nothing of Cordon's, so that it can be
 * copied; docs/contract.md describes how to subscribe. Cordon's own functions need its types only.
 */
import * as z from "zod";

/** Names the form of the message; another number when readers of this one would go wrong. */
export const incidentFormat = "cordon-incident/1";

const text = z.string();
/** ISO 8601, UTC. */
const time = z.string();

/** The states of an incident. */
export const incidentStatuses = [
  /**
   * A plan was made; this deployment changes nothing. Or a person asked for the plan alone: that
   * reports no state of an incident, and names none.
   */
  "dry-run",
  /** A plan was made and recorded; a person must approve it. */
  "awaiting-approval",
  /** Responders were notified of a finding. Nothing was changed for it. */
  "notified",
  /** The resource does not exist, or no longer. Nothing was changed. */
  "target-missing",
  /** Every step is in effect, as reads after it confirmed. */
  "contained",
  /** Some steps are in effect; the reasons name those that are not. */
  "contained-in-part",
  /** Every step is reverted, but for those left in place by design. */
  "released",
  /** Some steps are not reverted, and left to be done manually; the reasons name them. It is closed. */
  "released-in-part",
  /** Steps could not be reverted; the incident stays in release until a retry succeeds. */
  "release-unfinished",
  /** The response failed before it could report which steps are in effect. */
  "failed",
] as const;

export type IncidentStatus = (typeof incidentStatuses)[number];

/** One change of an incident's status. Ignore members that you do not know. */
export const incidentMessage = z.object({
  format: z.literal(incidentFormat),
  /**
   * The same in every copy of one message, however often it is published: messages come at least
   * once. 16 hexadecimal digits.
   */
  id: text,
  /** When this copy was published: copies of a message differ in nothing else. */
  at: time,
  /** One of `incidentStatuses`. A later Cordon may have more: treat those as "review required". */
  status: text,
  /** The incident's name, for `npx cordon release`; absent where nothing was recorded. */
  incident: z.optional(text),
  /** Hash of the plan: a plan that was made anew before it was begun has another one. */
  revision: z.optional(text),
  /** When the plan was made. */
  plannedAt: z.optional(time),
  /** The playbook that answers; absent where none does. */
  playbook: z.optional(text),
  account: z.object({ id: text, name: text }),
  region: text,
  /** The incident's resource: an instance's id, "user NAME", "role NAME". */
  resource: text,
  finding: z.object({
    id: text,
    type: text,
    /** 0 to 10; 7 and above is high. */
    severity: z.number(),
    /** Made by a test of the detector, and about nothing real. */
    sample: z.boolean(),
    lastSeen: time,
  }),
  /** Sentences; the first one carries the decision. At most ten of at most 300 characters. */
  reasons: z.array(text),
});

export type IncidentMessage = z.infer<typeof incidentMessage>;

/** Names the form of a list: what happened in a storm, in one message. */
export type IncidentsFormat = "cordon-incidents/1";

/**
 * Reads the message attribute `incidents`, which messages of the format `cordon-incidents/1` have.
 *
 * @throws SyntaxError or ZodError on anything but a list of messages of this format
 */
export function parseIncidentMessages(attribute: string): readonly IncidentMessage[] {
  return z.array(incidentMessage).parse(JSON.parse(attribute));
}

/**
 * Reads the message attribute `incident`.
 *
 * @throws SyntaxError or ZodError on anything but a message of this format
 */
export function parseIncidentMessage(attribute: string): IncidentMessage {
  return incidentMessage.parse(JSON.parse(attribute));
}
