/** Creates a resource shaped like a given finding's, and redirects the finding to it. */
import { homeRegion, members } from "../gateway/accounts";
import { describedKey } from "../samples/credentials";
import { describedInstance, regionOf, rewritten } from "../samples/guardduty";
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
  const key = describedKey(event);
  if (key !== undefined) {
    const user = await seedUser(gateway, site, { name: `${key.userName}-${label}`, keys: 2 });
    return rewritten(event, site, {
      [key.userName]: user.name,
      [key.accessKeyId]: user.keys[0]?.accessKeyId ?? "",
    });
  }
  const shape = describedInstance(event);
  if (shape === undefined) return rewritten(event, site, {});
  const names = [...new Set(shape.interfaces.flat())];
  const vpc = await seedVpc(gateway, site, {
    // EC2 refuses names that look like group ids.
    groups: names.map((_, index) => `look-alike-${index}`),
  });
  const groupOf = (name: string) => vpc.groups[`look-alike-${names.indexOf(name)}`] ?? "";
  const role = `look-alike-${label}`;
  if (shape.profile) await seedWorkloadRole(gateway, site, role);
  const instance = await seedInstance(gateway, vpc, {
    interfaces: shape.interfaces.map((groups) =>
      groups.length === 0 ? [Object.values(vpc.groups)[0] ?? ""] : groups.map(groupOf),
    ),
    volumes: shape.volumes,
    ...(shape.profile && { profile: role }),
  });
  return rewritten(event, site, {
    [shape.id]: instance.id,
    ...Object.fromEntries(names.map((name) => [name, groupOf(name)])),
  });
}
