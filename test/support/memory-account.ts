/**
 * An account held in memory: a stand-in for functions/aws, as strict as EC2 where a response could
 * go wrong. It refuses what AWS refuses, with AWS's error code as the error's name, and knows
 * nothing of permissions, latency or eventual consistency: the local organization is there for
 * those.
 */
import type {
  GroupRule,
  InstanceAttribute,
  InstanceAttributes,
  MemberAccount,
  SettingState,
} from "../../functions/model/member-account";
import { AwsError } from "./aws-error";
import { type IdentityState, memoryIdentity } from "./memory-identity";

export { AwsError } from "./aws-error";

/** Everything the account holds; plain JSON, so that two states can be compared field by field. */
export interface AccountState {
  instances: Record<
    string,
    {
      state: string;
      spot: boolean;
      rootDevice: "ebs" | "instance-store";
      operator?: string;
      vpc: string;
      profile?: string;
      tags: Record<string, string>;
      volumes: { id: string; device: string; deleteOnTermination: boolean }[];
      attributes: { -readonly [A in InstanceAttribute]: InstanceAttributes[A] };
    }
  >;
  interfaces: Record<
    string,
    {
      instance: string;
      vpc: string;
      groups: string[];
      tags: Record<string, string>;
      managed: boolean;
      /** It does not check source and destination. @default false */
      forwards?: boolean;
      /** @default "interface" */
      type?: string;
    }
  >;
  groups: Record<
    string,
    {
      name: string;
      vpc: string;
      /** Account that owns it, in a shared VPC. @default this one */
      owner?: string;
      description: string;
      tags: Record<string, string>;
      ingress: GroupRule[];
      egress: GroupRule[];
    }
  >;
  /** VPCs by id; those with IPv6 give new groups a second default rule. */
  vpcs: Record<string, { ipv6: boolean }>;
  endpoints: { id: string; vpc: string; groups: string[]; addresses: string[] }[];
  snapshots: { volume: string; set: number; tags: Record<string, string> }[];
  /** Role name by instance profile name. */
  profiles: Record<string, string>;
  roles: IdentityState["roles"];
  users: IdentityState["users"];
  managed?: NonNullable<IdentityState["managed"]>;
  scalingGroups: Record<
    string,
    {
      instances: string[];
      detaching: string[];
      desired: number;
      max: number;
      /** Lifecycle states of instances. @default "InService" */
      states?: Record<string, string>;
      targetGroups?: string[];
    }
  >;
  targetGroups: Record<
    string,
    {
      vpc: string;
      /** No load balancer routes to it. */
      unused?: true;
      targets: {
        instance: string;
        port: number;
        /** As load balancing names it. @default "healthy" */
        health?: string;
      }[];
    }
  >;
  loadBalancers: Record<string, { instances: string[] }>;
  /** Settings of controls, by control and id. @default no resource has any */
  settings?: Record<string, SettingState>;
  /** Addresses in the sets of what is blocked. @default the account has no sets */
  blocked?: string[];
}

export interface LoggedCall {
  readonly method: string;
  readonly args: readonly unknown[];
  readonly mutating: boolean;
}

/** Runs before every call of an account, a journal or a topic; simulated-world.ts makes them fail or die. */
export type Gate = <T>(call: LoggedCall, effect: () => T) => Promise<T>;

export const through: Gate = async (_call, effect) => effect();

/**
 * One region of one account, as one process sees it: processes share the state and the log.
 *
 * @param log takes the calls that reach the account, refused ones too, in order.
 */
export class MemoryAccount implements MemberAccount {
  constructor(
    readonly state: AccountState,
    readonly log: LoggedCall[] = [],
    private readonly gate: Gate = through,
  ) {
    this.identity = memoryIdentity(state, this.read, this.change);
  }

  readonly identity: MemberAccount["identity"];

  private call<T>(
    kind: "read" | "change",
    method: string,
    args: readonly unknown[],
    effect: () => T,
  ) {
    const call = { method, args: structuredClone(args), mutating: kind === "change" };
    return this.gate(call, () => {
      this.log.push(call);
      return structuredClone(effect());
    });
  }

  private readonly read = <T>(method: string, args: readonly unknown[], effect: () => T) =>
    this.call("read", method, args, effect);
  private readonly change = <T>(method: string, args: readonly unknown[], effect: () => T) =>
    this.call("change", method, args, effect);

  readonly settings: MemberAccount["settings"] = {
    read: (control, id) =>
      this.read("settings.read", [control, id], () => this.state.settings?.[`${control} ${id}`]),
    write: (control, id, value) =>
      this.change("settings.write", [control, id, value], () => {
        const before = this.state.settings?.[`${control} ${id}`];
        if (before === undefined) throw new AwsError("NoSuchBucket", id);
        this.state.settings = {
          ...this.state.settings,
          [`${control} ${id}`]: { ...before, value },
        };
      }),
  };

  readonly addresses: MemberAccount["addresses"] = {
    of: (address) =>
      this.read("addresses.of", [address], () => {
        const { blocked } = this.state;
        return blocked && { blocked: blocked.includes(address), number: blocked.length };
      }),
    change: (address, blocked) =>
      this.change("addresses.change", [address, blocked], () => {
        if (this.state.blocked === undefined) throw new AwsError("WAFNonexistentItemException", "");
        const others = this.state.blocked.filter((each) => each !== address);
        this.state.blocked = blocked ? [...others, address] : others;
      }),
  };

  readonly compute: MemberAccount["compute"] = {
    instance: (id) =>
      this.read("compute.instance", [id], () => {
        const found = this.state.instances[id];
        if (found === undefined) return undefined;
        const { attributes: _attributes, ...instance } = found;
        return { id, ...instance };
      }),
    attribute: (id, attribute) =>
      this.read(
        "compute.attribute",
        [id, attribute],
        () => this.modifiable(id).attributes[attribute],
      ),
    setAttribute: (id, attribute, value) =>
      this.change("compute.setAttribute", [id, attribute, value], () => {
        const instance = this.unmanaged(id);
        refuseByKind(attribute, instance);
        const behaviour = attribute === "instanceInitiatedShutdownBehavior";
        if (behaviour ? value !== "stop" && value !== "terminate" : typeof value !== "boolean") {
          throw new AwsError("InvalidParameterValue", `${attribute} cannot be ${value}`);
        }
        Object.assign(instance.attributes, { [attribute]: value });
      }),
    setDeleteOnTermination: (id, devices, value) =>
      this.change("compute.setDeleteOnTermination", [id, devices, value], () => {
        const instance = this.unmanaged(id);
        if (devices.length === 0) {
          throw new AwsError("MissingParameter", "No block device mapping was given");
        }
        const volumes = devices.map((device) => {
          const volume = instance.volumes.find((each) => each.device === device);
          if (volume === undefined) {
            throw new AwsError(
              "InvalidInstanceAttributeValue",
              `No device is currently mapped at ${device}`,
            );
          }
          return volume;
        });
        for (const volume of volumes) volume.deleteOnTermination = value;
      }),
    snapshottedVolumes: (incident) =>
      this.read("compute.snapshottedVolumes", [incident], () =>
        this.state.snapshots
          .filter((each) => each.tags.IncidentId === incident)
          .map((each) => each.volume),
      ),
    snapshotVolumes: (id, tags) =>
      this.change("compute.snapshotVolumes", [id, tags], () => {
        const instance = this.modifiable(id);
        if (instance.volumes.length === 0) {
          throw new AwsError("InvalidInstanceID", `${id} has no EBS volumes`);
        }
        checkTags(tags, {});
        const set = Math.max(0, ...this.state.snapshots.map((each) => each.set)) + 1;
        for (const volume of instance.volumes) {
          this.state.snapshots.push({ volume: volume.id, set, tags: { ...tags } });
        }
      }),
    setTags: (resource, tags) =>
      this.change("compute.setTags", [resource, tags], () => {
        const current = this.tagsOf(resource);
        checkTags(tags, current);
        Object.assign(current, tags);
      }),
    removeTags: async (resource, keys) => {
      // As the adapter does: without keys EC2 would delete every tag.
      if (keys.length === 0) return;
      await this.change("compute.removeTags", [resource, keys], () => {
        const current = this.tagsOf(resource);
        for (const key of keys) delete current[key];
      });
    },
  };

  readonly network: MemberAccount["network"] = {
    interfacesOf: (instance) =>
      this.read("network.interfacesOf", [instance], () =>
        Object.entries(this.state.interfaces)
          .filter(([, each]) => each.instance === instance)
          .map(([id]) => this.interface(id))
          .sort((a, b) => a.id.localeCompare(b.id)),
      ),
    branchesOf: (trunks) =>
      this.read("network.branchesOf", [trunks], () =>
        Object.entries(this.state.interfaces)
          .filter(
            ([, { type, tags }]) =>
              type === "branch" && trunks.includes(tags["vpcresources.k8s.aws/trunk-eni-id"] ?? ""),
          )
          .map(([id]) => this.interface(id))
          .sort((a, b) => a.id.localeCompare(b.id)),
      ),
    networkInterface: (id) =>
      this.read("network.networkInterface", [id], () =>
        this.state.interfaces[id] === undefined ? undefined : this.interface(id),
      ),
    setGroups: (id, groups) =>
      this.change("network.setGroups", [id, groups], () => {
        const current = this.state.interfaces[id];
        if (current === undefined) {
          throw new AwsError("InvalidNetworkInterfaceID.NotFound", `There is no ${id}`);
        }
        if (current.managed) {
          throw new AwsError("OperationNotPermitted", `You cannot modify ${id}: AWS manages it`);
        }
        if (groups.length === 0) {
          throw new AwsError("MissingParameter", "An interface needs at least one group");
        }
        if (groups.length > 16) {
          throw new AwsError("SecurityGroupsPerInterfaceLimitExceeded", "At most 16 groups");
        }
        for (const group of groups) {
          if (this.groupState(group).vpc !== current.vpc) {
            throw new AwsError(
              "InvalidParameterValue",
              `${group} and ${id} belong to different networks`,
            );
          }
        }
        current.groups = [...new Set(groups)];
      }),
    groupsNamed: (beginning) =>
      this.read("network.groupsNamed", [beginning], () =>
        this.groups().filter((group) => group.name.startsWith(beginning)),
      ),
    group: (key) =>
      this.read("network.group", [key.vpc, key.name], () =>
        this.groups().find((group) => group.name === key.name && group.vpc === key.vpc),
      ),
    createGroup: (key, description, tags) =>
      this.change("network.createGroup", [key.vpc, key.name, tags], () => {
        const vpc = this.state.vpcs[key.vpc];
        if (vpc === undefined) {
          throw new AwsError("InvalidVpcID.NotFound", `There is no ${key.vpc}`);
        }
        const allowed = /^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]{1,255}$/;
        if (key.name.startsWith("sg-") || !allowed.test(key.name) || !allowed.test(description)) {
          throw new AwsError("InvalidParameterValue", `Bad group: ${key.name}, ${description}`);
        }
        // As the adapter does: the name is unique in a VPC, so a duplicate is the group.
        const current = this.groups().find(
          (group) => group.name === key.name && group.vpc === key.vpc,
        );
        if (current !== undefined) return current.id;
        checkTags(tags, {});
        const numbered = (n: number) => `sg-${String(n).padStart(17, "0")}`;
        let number = Object.keys(this.state.groups).length + 1;
        // EC2 gives no id twice, and one of several may have been deleted.
        while (this.state.groups[numbered(number)] !== undefined) number += 1;
        const id = numbered(number);
        this.state.groups[id] = {
          name: key.name,
          vpc: key.vpc,
          description,
          tags: { ...tags },
          ingress: [],
          egress: [
            { protocol: "-1", peer: { cidr: "0.0.0.0/0" } },
            ...(vpc.ipv6 ? [{ protocol: "-1", peer: { cidr: "::/0" } }] : []),
          ],
        };
        return id;
      }),
    authorize: async (id, direction, rules) => {
      if (rules.length === 0) return;
      await this.change("network.authorize", [id, direction, rules], () => {
        const group = this.groupState(id);
        for (const rule of rules) {
          if ("group" in rule.peer) this.groupState(rule.peer.group);
          // As the adapter does: a rule that exists already is as good as a new one.
          if (!group[direction].some((each) => sameRule(each, rule))) group[direction].push(rule);
        }
      });
    },
    revokeAllBut: (id, direction, kept) =>
      this.change("network.revokeAllBut", [id, direction, kept], () => {
        const group = this.groupState(id);
        group[direction] = group[direction].filter((each) =>
          kept.some((rule) => sameRule(each, rule)),
        );
      }),
    deleteGroup: (id) =>
      this.change("network.deleteGroup", [id], () => {
        // As the adapter does: gone is gone.
        if (this.state.groups[id] === undefined) return;
        const attached = Object.values(this.state.interfaces).some((each) =>
          each.groups.includes(id),
        );
        const named = Object.entries(this.state.groups).some(
          ([other, group]) =>
            other !== id &&
            [...group.ingress, ...group.egress].some(
              (rule) => "group" in rule.peer && rule.peer.group === id,
            ),
        );
        const endpoint = this.state.endpoints.some((each) => each.groups.includes(id));
        if (attached || named || endpoint) {
          throw new AwsError("DependencyViolation", `resource ${id} has a dependent object`);
        }
        delete this.state.groups[id];
      }),
    vpcs: () => this.read("network.vpcs", [], () => Object.keys(this.state.vpcs).sort()),
    groupsTagged: (key, value) =>
      this.read("network.groupsTagged", [key, value], () =>
        this.groups().filter((group) => group.tags[key] === value),
      ),
    interfacesHolding: (group) =>
      this.read("network.interfacesHolding", [group], () =>
        Object.entries(this.state.interfaces)
          .filter(([, each]) => each.groups.includes(group))
          .map(([id]) => id)
          .sort(),
      ),
    ssmEndpoints: () =>
      this.read("network.ssmEndpoints", [], () =>
        this.state.endpoints.map(({ groups: _groups, ...endpoint }) => endpoint),
      ),
  };

  readonly scaling: MemberAccount["scaling"] = {
    groupOf: (instance) =>
      this.read("scaling.groupOf", [instance], () => {
        const found = Object.entries(this.state.scalingGroups).find(
          ([, group]) => group.instances.includes(instance) || group.detaching.includes(instance),
        );
        if (found === undefined) return undefined;
        const [name, { detaching, states }] = found;
        const state = detaching.includes(instance) ? "Detaching" : states?.[instance];
        return { name, state: state ?? "InService" };
      }),
    group: (name) =>
      this.read("scaling.group", [name], () => {
        const found = this.state.scalingGroups[name];
        if (found === undefined) return undefined;
        const { instances, states = {}, targetGroups = [] } = found;
        const serving = instances.filter((each) => (states[each] ?? "InService") === "InService");
        return { size: serving.length, targetGroups };
      }),
    detach: (instance, name) =>
      this.change("scaling.detach", [instance, name], () => {
        const group = this.scalingGroup(name);
        if (!group.instances.includes(instance)) {
          throw new AwsError("ValidationError", `${instance} is not part of ${name}`);
        }
        // EC2 Auto Scaling User Guide, "Considerations for detaching instances".
        if (!["InService", "Standby"].includes(group.states?.[instance] ?? "InService")) {
          throw new AwsError("ValidationError", `${instance} is not in InService or Standby.`);
        }
        group.instances = group.instances.filter((each) => each !== instance);
        // The desired capacity stays, so the group starts a replacement.
        const replacement = `i-${String(Object.keys(this.state.instances).length).padStart(17, "9")}`;
        this.state.instances[replacement] = {
          ...structuredClone(this.state.instances[instance]!),
          tags: {},
          volumes: [],
        };
        group.instances.push(replacement);
      }),
    attach: (instance, name) =>
      this.change("scaling.attach", [instance, name], () => {
        const group = this.scalingGroup(name);
        const taken = Object.values(this.state.scalingGroups).some((each) =>
          [...each.instances, ...each.detaching].includes(instance),
        );
        if (taken || this.state.instances[instance]?.state !== "running") {
          throw new AwsError("ValidationError", `${instance} cannot be attached to ${name}`);
        }
        if (group.desired + 1 > group.max) {
          throw new AwsError("ValidationError", `${name} would exceed its maximum ${group.max}`);
        }
        group.desired += 1;
        group.instances.push(instance);
      }),
  };

  readonly balancing: MemberAccount["balancing"] = {
    targetGroups: () =>
      this.read("balancing.targetGroups", [], () =>
        Object.entries(this.state.targetGroups).map(([arn, { vpc, unused }]) => ({
          arn,
          vpc,
          isUsed: unused !== true,
        })),
      ),
    registration: (arn, instance) =>
      this.read("balancing.registration", [arn, instance], () => {
        // As the adapter does: a group that was deleted has no targets.
        const targets = this.state.targetGroups[arn]?.targets ?? [];
        const own = targets.filter((target) => target.instance === instance);
        const others = targets.filter((target) => target.instance !== instance);
        return {
          ports: own.map((target) => target.port),
          isLast:
            own.some(({ health }) => health !== "unused") &&
            others.every(({ health = "healthy" }) => health !== "healthy"),
        };
      }),
    deregisterTarget: (arn, instance, port) =>
      this.change("balancing.deregisterTarget", [arn, instance, port], () => {
        const group = this.targetGroup(arn);
        group.targets = group.targets.filter(
          (target) => target.instance !== instance || target.port !== port,
        );
      }),
    registerTarget: (arn, instance, port) =>
      this.change("balancing.registerTarget", [arn, instance, port], () => {
        const group = this.targetGroup(arn);
        if (this.state.instances[instance]?.state !== "running") {
          throw new AwsError("InvalidTargetException", `${instance} is not running`);
        }
        group.targets = group.targets.filter(
          (target) => target.instance !== instance || target.port !== port,
        );
        group.targets.push({ instance, port });
      }),
    classicLoadBalancersOf: (instance) =>
      this.read("balancing.classicLoadBalancersOf", [instance], () =>
        Object.entries(this.state.loadBalancers)
          .filter(([, balancer]) => balancer.instances.includes(instance))
          .map(([name]) => name),
      ),
    deregisterFromLoadBalancer: (name, instance) =>
      this.change("balancing.deregisterFromLoadBalancer", [name, instance], () => {
        const balancer = this.loadBalancer(name);
        balancer.instances = balancer.instances.filter((each) => each !== instance);
      }),
    registerWithLoadBalancer: (name, instance) =>
      this.change("balancing.registerWithLoadBalancer", [name, instance], () => {
        const balancer = this.loadBalancer(name);
        if (this.state.instances[instance]?.state !== "running") {
          throw new AwsError("InvalidEndPointException", `${instance} is not running`);
        }
        balancer.instances = [...new Set([...balancer.instances, instance])];
      }),
  };

  private modifiable(id: string) {
    const found = this.state.instances[id];
    if (found === undefined) throw new AwsError("InvalidInstanceID.NotFound", `There is no ${id}`);
    if (found.state === "terminated" || found.state === "shutting-down") {
      throw new AwsError("IncorrectInstanceState", `${id} is ${found.state}`);
    }
    return found;
  }

  /** The API documents the refusal, but not its code. */
  private unmanaged(id: string) {
    const found = this.modifiable(id);
    if (found.operator !== undefined) {
      throw new AwsError("OperationNotPermitted", `${found.operator} manages ${id}`);
    }
    return found;
  }

  private tagsOf(resource: string): Record<string, string> {
    const found =
      this.state.instances[resource] ??
      this.state.interfaces[resource] ??
      this.state.groups[resource];
    if (found === undefined) throw new AwsError("InvalidID", `There is no ${resource}`);
    return found.tags;
  }

  private interface(id: string) {
    const { instance: _instance, ...found } = this.state.interfaces[id]!;
    return { type: "interface", forwards: false, id, ...found, groups: [...found.groups].sort() };
  }

  private groups() {
    // As the adapter does: the account's own.
    return Object.entries(this.state.groups)
      .filter(([, { owner }]) => owner === undefined)
      .map(([id, { description: _text, owner: _owner, ...group }]) => ({ id, ...group }));
  }

  private groupState(id: string) {
    const found = this.state.groups[id];
    if (found === undefined) throw new AwsError("InvalidGroup.NotFound", `There is no ${id}`);
    return found;
  }

  private scalingGroup(name: string) {
    const found = this.state.scalingGroups[name];
    if (found === undefined) throw new AwsError("ValidationError", `There is no group ${name}`);
    return found;
  }

  private targetGroup(arn: string) {
    const found = this.state.targetGroups[arn];
    if (found === undefined) throw new AwsError("TargetGroupNotFoundException", arn);
    return found;
  }

  private loadBalancer(name: string) {
    const found = this.state.loadBalancers[name];
    if (found === undefined) throw new AwsError("AccessPointNotFoundException", name);
    return found;
  }
}

/** Refuses what EC2 documents as unsupported by kind of instance, whichever the value. */
function refuseByKind(
  attribute: InstanceAttribute,
  { spot, rootDevice }: AccountState["instances"][string],
): void {
  if (spot && attribute !== "instanceInitiatedShutdownBehavior") {
    throw new AwsError(
      "UnsupportedOperation",
      `Modifying '${attribute}' is not supported for spot instances.`,
    );
  }
  if (rootDevice !== "instance-store") return;
  if (attribute === "disableApiStop") {
    throw new AwsError("UnsupportedOperation", `${attribute} needs an EBS root volume`);
  }
  if (attribute === "instanceInitiatedShutdownBehavior") {
    throw new AwsError(
      "InvalidParameterCombination",
      `The attribute ${attribute} can only be used for EBS-backed images.`,
    );
  }
}

function checkTags(
  tags: Readonly<Record<string, string>>,
  current: Readonly<Record<string, string>>,
): void {
  const entries = Object.entries(tags);
  if (entries.length === 0) throw new AwsError("MissingParameter", "No tags were given");
  for (const [key, value] of entries) {
    if (key === "" || key.length > 128 || key.startsWith("aws:") || value.length > 256) {
      throw new AwsError("InvalidParameterValue", `Bad tag ${key}=${value}`);
    }
  }
  if (Object.keys({ ...current, ...tags }).length > 50) {
    throw new AwsError("TagLimitExceeded", "A resource can have at most 50 tags");
  }
}

function sameRule(one: GroupRule, other: GroupRule): boolean {
  const key = ({ protocol, fromPort, toPort, peer }: GroupRule) =>
    JSON.stringify([protocol, fromPort, toPort, Object.values(peer)[0]]);
  return key(one) === key(other);
}
