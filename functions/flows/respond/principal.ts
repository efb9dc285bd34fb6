/** Finds the calls of an incident's principal among CloudTrail's events. */
import type { LookedUpEvent } from "../../history/event-history";
import { field, recordOf } from "../../history/traces";
import type { IncidentRecord } from "../../record/journal";
import { asOwn, stepsOfKind } from "../../remediate/plan";

/**
 * Lists the names under which CloudTrail has the principal's calls: a user may have been renamed. Of an
 * attack sequence those of each part.
 */
export function usernames(record: IncidentRecord): readonly string[] {
  return [...new Set(asOwn(record).flatMap(usernamesOf))];
}

function usernamesOf(record: IncidentRecord): readonly string[] {
  const { resource } = record.incident;
  if (resource.kind === "role") {
    const denied = stepsOfKind(record.plan, "revoke-sessions").flatMap(({ only }) => only ?? []);
    return [...new Set([resource.session, ...denied.map(({ session }) => session)])];
  }
  return [...new Set([resource.id, ...deniedUsers(record).map(({ name }) => name)])];
}

function deniedUsers({ plan }: IncidentRecord) {
  return stepsOfKind(plan, "deny-user").map(({ user }) => user);
}

/**
 * Checks whether a call is the principal's: others may have its name. What the record does not tell
 * counts as the principal's.
 */
export function isOf(event: LookedUpEvent, record: IncidentRecord): boolean {
  return asOwn(record).some((own) => isOfOne(event, own));
}

function isOfOne(event: LookedUpEvent, record: IncidentRecord): boolean {
  const identity = field(recordOf(event), "userIdentity");
  const type = field(identity, "type");
  if (type === undefined) return true;
  const { resource } = record.incident;
  if (resource.kind === "user") {
    const ids = [resource.uniqueId, ...deniedUsers(record).map(({ uniqueId }) => uniqueId)];
    return type === "IAMUser" && isAmong(field(identity, "principalId"), ids);
  }
  const issuer = field(field(field(identity, "sessionContext"), "sessionIssuer"), "userName");
  const roles =
    resource.kind === "role"
      ? [resource.id]
      : stepsOfKind(record.plan, "deny-instance-credentials").map(({ role }) => role.name);
  return type === "AssumedRole" && isAmong(issuer, roles);
}

/** Checks a value against those known; true where it, or all of those, are unknown. */
function isAmong(value: unknown, among: readonly (string | undefined)[]): boolean {
  const known = among.filter((each) => each !== undefined);
  return typeof value !== "string" || known.length === 0 || known.some((each) => each === value);
}
