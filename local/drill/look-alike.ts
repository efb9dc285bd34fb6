/** Creates a resource shaped like a given finding's, and redirects the finding to it. */
import { homeRegion, members } from "../gateway/accounts";
import { toldKey } from "../samples/credentials";
import { regionOf, rewritten, toldInstance } from "../samples/guardduty";
import { seedUser } from "../seeds/identities";
import { seedInstance, seedVpc, seedWorkloadRole } from "../seeds/networks";
import type { EventBridgeEvent } from "../services/eventbridge/events";
import type { DrillSession } from "./session";

/**
 * Returns the finding rewritten to a new instance with as many interfaces, groups and volumes, and
 * a profile where the finding names one; or to a new user with two keys. Any other finding is
 * rewritten to a member account; one that cannot be parsed is returned unchanged.
 */
export async function lookAlike(
  session: DrillSession,
  event: EventBridgeEvent,
  label: string,
): Promise<EventBridgeEvent> {
  const { gateway } = session.organization;
  const account = members[0]?.id ?? "";
  const site = { account, region: regionOf(event.detail) ?? homeRegion };
  const key = toldKey(event);
  if (key !== undefined) {
    const user = await seedUser(gateway, site, { name: `${key.userName}-${label}`, keys: 2 });
    return rewritten(event, site, {
      [key.userName]: user.name,
      [key.accessKeyId]: user.keys[0]?.accessKeyId ?? "",
    });
  }
  const told = toldInstance(event);
  if (told === undefined) return rewritten(event, site, {});
  const names = [...new Set(told.interfaces.flat())];
  const vpc = await seedVpc(gateway, site, {
    // EC2 refuses names that look like group ids.
    groups: names.map((_, index) => `look-alike-${index}`),
  });
  const groupOf = (name: string) => vpc.groups[`look-alike-${names.indexOf(name)}`] ?? "";
  const role = `look-alike-${label}`;
  if (told.profile) await seedWorkloadRole(gateway, site, role);
  const instance = await seedInstance(gateway, vpc, {
    interfaces: told.interfaces.map((groups) =>
      groups.length === 0 ? [Object.values(vpc.groups)[0] ?? ""] : groups.map(groupOf),
    ),
    volumes: told.volumes,
    ...(told.profile && { profile: role }),
  });
  return rewritten(event, site, {
    [told.id]: instance.id,
    ...Object.fromEntries(names.map((name) => [name, groupOf(name)])),
  });
}
