/** Reads what a responder wants contained, and makes the incident of it that a finding would make. */

import type { PlaybookId } from "../../functions/catalogue/playbooks";
import { incidentKey } from "../../functions/detect/detected";
import type { Finding } from "../../functions/model/finding";
import type { Incident } from "../../functions/model/incident";
import { plain } from "../../functions/model/plain-text";
import type { Place, Resource } from "../../functions/model/resource";

/** What a responder named, before the account that the credentials belong to is known. */
export interface Target {
  readonly playbook: PlaybookId;
  readonly resource: Resource;
}

/** IAM's own patterns for names of users, roles and role sessions. */
const name = "[\\w+=,.@-]";
const forms: readonly [RegExp, (parts: readonly string[]) => Target][] = [
  [
    /^(i-(?:[0-9a-f]{8}|[0-9a-f]{17}))$/,
    ([id = ""]) => ({ playbook: "contain-instance", resource: { kind: "instance", id } }),
  ],
  [
    new RegExp(`^user/(${name}{1,64})$`),
    ([id = ""]) => ({ playbook: "contain-access-key", resource: { kind: "user", id } }),
  ],
  [
    new RegExp(`^session/(${name}{1,64})/(${name}{2,64})$`),
    ([id = "", session = ""]) => ({
      playbook: "revoke-sessions",
      // No access key is known: the playbook finds the sessions by the role and their name.
      resource: { kind: "role", id, session, accessKey: "" },
    }),
  ],
];

/** Reads a target; the text says in one sentence why it is none. */
export function readTarget(text: string): Target | { readonly problem: string } {
  for (const [form, make] of forms) {
    const match = form.exec(text);
    if (match !== null) return make(match.slice(1));
  }
  return {
    problem: `"${plain(text, 60)}" is nothing that Cordon contains: give an instance as i-0123456789abcdef0, a user as user/NAME, or a role's session as session/ROLE/SESSION`,
  };
}

/** The finding type of what responders contain with their own credentials. */
const findingType = "Cordon:BreakGlass/ContainedByHand";

/** Makes the incident. It has the key of the incident that a finding about the target would have. */
export function incidentOf(
  { playbook, resource }: Target,
  place: Place,
  request: { readonly by: string; readonly reason: string; readonly at: Date },
): Incident {
  const at = request.at.toISOString();
  const finding: Finding = {
    id: `break-glass-${at.replace(/\D/g, "").slice(0, 14)}`,
    type: findingType,
    severity: 8,
    title: `${request.by} contained it with own credentials: ${request.reason}`,
    begunBy: { who: "resource", why: "a responder says so" },
    sample: false,
    lastSeen: at,
    requestedAt: at,
    link: `https://${place.region}.console.aws.amazon.com/cloudtrailv2/home?region=${place.region}#/events`,
  };
  return { key: incidentKey(place, resource, playbook), playbook, place, resource, finding };
}
