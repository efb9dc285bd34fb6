/** Creates the resources that a given event names, and redirects the event to them. */
import { GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts";
import { homeRegion, members } from "../gateway/accounts";
import { clientConfig } from "../gateway/client";
import type { Gateway } from "../gateway/gateway";
import { regionOf, rewritten } from "../samples/guardduty";
import {
  instanceId,
  type Named,
  type NamedInstance,
  type NamedRole,
  type NamedUser,
  namedResources,
  temporary,
} from "../samples/named-resources";
import { seedFederatedRole, seedSsoRole, seedUser, signIn } from "../seeds/identities";
import { seedInstance, seedVpc, seedWorkloadRole } from "../seeds/networks";
import type { Site } from "../seeds/owner";
import type { EventBridgeEvent } from "../services/eventbridge/events";
import { issuedTo } from "./scenarios/credential-checks";

/** What the event calls a resource, and what its look-alike is called. */
interface Renamed {
  readonly ids: Record<string, string>;
  readonly names: Record<string, string>;
}

/**
 * Returns the event rewritten to a member account and to look-alikes of all that it names: instances
 * with as many interfaces, groups and volumes, users with their keys, roles with their sessions.
 * Throws a sentence where the event names what cannot be created.
 */
export async function lookAlike(
  gateway: Gateway,
  event: EventBridgeEvent,
  label: string,
): Promise<EventBridgeEvent> {
  const site = { account: members[0]?.id ?? "", region: regionOf(event.detail) ?? homeRegion };
  const named = withInstancesOfSessions(namedResources(event));
  const renamed: Renamed = { ids: {}, names: {} };
  for (const [index, each] of named.entries()) {
    const suffix = `-${label}-${index + 1}`;
    const nameOf = (name: string) => `${name.slice(0, 64 - suffix.length)}${suffix}`;
    switch (each.kind) {
      case "instance":
        await createInstance(gateway, site, each, nameOf, renamed);
        break;
      case "user":
        await createUser(gateway, site, each, nameOf, renamed);
        break;
      case "role":
        await createRole(gateway, site, each, nameOf, renamed);
        break;
    }
  }
  return rewritten(event, site, renamed.ids, renamed.names);
}

/** EC2 names an instance's session after it: the instance comes first, with the session's role. */
function withInstancesOfSessions(named: readonly Named[]): readonly Named[] {
  const instances = new Map(
    named.flatMap((each) => (each.kind === "instance" ? [[each.id, each] as const] : [])),
  );
  for (const role of named) {
    if (role.kind !== "role") continue;
    for (const { name: id } of role.sessions.filter(({ name }) => instanceId.test(name))) {
      const bare: NamedInstance = { kind: "instance", id, interfaces: [], volumes: 1 };
      instances.set(id, { ...(instances.get(id) ?? bare), profile: role.name });
    }
  }
  return [...instances.values(), ...named.filter(({ kind }) => kind !== "instance")];
}

type NameOf = (name: string) => string;

async function createInstance(
  gateway: Gateway,
  site: Site,
  named: NamedInstance,
  nameOf: NameOf,
  { ids }: Renamed,
): Promise<void> {
  const groups = [...new Set(named.interfaces.flatMap((each) => each.groups))];
  // EC2 refuses names that look like group ids.
  const groupNames = groups.length > 0 ? groups.map((_, index) => `look-alike-${index}`) : ["web"];
  const vpc = await seedVpc(gateway, site, { groups: groupNames });
  const profile = named.profile === undefined ? undefined : `instance-profile/${named.profile}`;
  if (profile !== undefined && ids[profile] === undefined) {
    const name = nameOf(profile.split("/").at(-1) ?? "");
    ids[profile] = `instance-profile/${name}`;
    await seedWorkloadRole(gateway, site, name);
  }
  const interfaces = named.interfaces.map((each) =>
    each.groups.map((group) => groupNames[groups.indexOf(group)] ?? ""),
  );
  const instance = await seedInstance(gateway, vpc, {
    interfaces: (interfaces.length > 0 ? interfaces : [[]]).map((of) =>
      of.length > 0 ? of : groupNames.slice(0, 1),
    ),
    volumes: named.volumes,
    ...(profile !== undefined && { profile: ids[profile]?.split("/")[1] ?? "" }),
  });
  ids[named.id] = instance.id;
  if (named.vpc) ids[named.vpc] = vpc.id;
  if (named.subnet) ids[named.subnet] = vpc.subnet;
  for (const [index, group] of groups.entries()) {
    ids[group] = vpc.groups[`look-alike-${index}`] ?? "";
  }
  for (const [index, { id }] of named.interfaces.entries()) {
    if (id) ids[id] = instance.interfaces[index] ?? "";
  }
}

async function createUser(
  gateway: Gateway,
  site: Site,
  named: NamedUser,
  nameOf: NameOf,
  { ids, names }: Renamed,
): Promise<void> {
  const longTerm = named.keys.filter((key) => !temporary.test(key));
  if (longTerm.length > 2) {
    throw new Error(
      `--look-alike cannot create user ${named.name} with ${longTerm.length} access keys: IAM allows 2`,
    );
  }
  // With a second key, which the event does not name.
  const user = await seedUser(gateway, site, { name: nameOf(named.name ?? "look-alike"), keys: 2 });
  if (named.name !== undefined) names[named.name] = user.name;
  if (named.uniqueId !== undefined) ids[named.uniqueId] = user.id;
  for (const [index, key] of longTerm.entries()) ids[key] = user.keys[index]?.accessKeyId ?? "";
  const [own] = user.keys;
  if (own === undefined) return;
  const sts = new STSClient(clientConfig(gateway, own, site.region));
  for (const key of named.keys.filter((each) => temporary.test(each))) {
    const { Credentials } = await sts.send(new GetSessionTokenCommand({}));
    ids[key] = Credentials?.AccessKeyId ?? "";
  }
}

async function createRole(
  gateway: Gateway,
  site: Site,
  named: NamedRole,
  nameOf: NameOf,
  { ids, names }: Renamed,
): Promise<void> {
  // Created with the instance's profile, which has the same name.
  const ofInstance = named.sessions.some(({ name }) => instanceId.test(name));
  const permissionSet = /^AWSReservedSSO_(.+)_[0-9a-f]{16}$/.exec(named.name)?.[1];
  const role = ofInstance
    ? { ...site, name: ids[`instance-profile/${named.name}`]?.split("/")[1] ?? "", id: "" }
    : permissionSet === undefined
      ? await seedFederatedRole(gateway, site, { name: nameOf(named.name) })
      : await seedSsoRole(gateway, site, permissionSet);
  names[named.name] = role.name;
  const withArn = { arn: `arn:aws:iam::${site.account}:role/${role.name}`, ...role };
  for (const { name, principalId, accessKeyId } of named.sessions) {
    const instance = ids[name];
    const issued =
      instance === undefined
        ? await signIn(gateway, withArn, name)
        : await issuedTo({ organization: { gateway } }, withArn, instance);
    ids[accessKeyId] = issued.accessKeyId;
    ids[principalId] = gateway.callers.find(issued.accessKeyId)?.context["aws:userid"] ?? "";
  }
}
