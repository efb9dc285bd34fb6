import { quarantineGroupName, quarantineGroupOf } from "../../catalogue/quarantine-group";
import { isOptedOut } from "../../catalogue/tags";
import { command } from "../../model/command";
import type { Incident } from "../../model/incident";
import type {
  Instance,
  InstanceAttribute,
  InstanceAttributes,
  MemberAccount,
  NetworkInterface,
  SecurityGroup,
  SsmEndpoint,
} from "../../model/member-account";
import { errorText } from "../../model/plain-text";
import type { Place } from "../../model/resource";
import { timeLimit } from "../../model/time-limit";
import { reads } from "../steps/shared/arns";
import { drainAdvice } from "./node";
import type { FactsReader, Knowledge, Service, TargetState } from "./reader";
import { registrationsOf } from "./registrations";
import { isAboutService, type Unread } from "./unread";

/** Everything that containing an instance must remember of it. */
export interface InstanceFacts {
  /** undefined when there is no such instance in that account and region. */
  readonly instance: Instance | undefined;
  /** Without those that could not be read. */
  readonly attributes: Partial<InstanceAttributes>;
  /** The attached ones, and the branch interfaces of a trunk. */
  readonly interfaces: readonly NetworkInterface[];
  /** Why the branch interfaces of its trunks were not read. */
  readonly branchesUnread: string | undefined;
  /** With the instance's lifecycle state in it. */
  readonly autoScalingGroup: { readonly name: string; readonly state: string } | undefined;
  /** How many of that group's instances are in service; undefined where it was not read. */
  readonly groupSize: number | undefined;
  readonly targets: readonly { readonly arn: string; readonly port: number }[];
  /** The target groups in which no other target is healthy. */
  readonly lastIn: readonly string[];
  readonly loadBalancers: readonly string[];
  readonly role: { readonly name: string; readonly arn: string } | undefined;
  /** Why the role of its profile was not read. */
  readonly roleUnread: string | undefined;
  /** The account's groups in the interfaces' VPCs that are named as quarantine groups are. */
  readonly quarantineGroups: readonly SecurityGroup[];
  /** Those of the interfaces' VPCs. */
  readonly ssmEndpoints: readonly SsmEndpoint[];
  /** What serves evidence or traffic alone and was not read in time. */
  readonly unread: readonly Unread[];
}

/** What EC2 calls the interfaces of pods: a tag alone says whose they are. */
const branchType = "branch";

/** Seconds after which isolation goes on without what serves evidence or traffic alone. */
const wantedSeconds = 15;
/**
 * Seconds after which it goes on without the role. IAM answers from one region for all: where that one
 * is down, an instance is isolated all the same.
 */
const roleSeconds = 30;

export const instanceFacts: FactsReader<"instance", InstanceFacts> = {
  async read(
    incident: Incident<"instance">,
    account: MemberAccount,
    knowledge: Knowledge,
  ): Promise<InstanceFacts> {
    const { compute, network, scaling, balancing, identity } = account;
    const id = incident.resource.id;
    const described = compute.instance(id);
    const unread: Unread[] = [];
    const { isRefusal } = knowledge;
    const limit = timeLimit(knowledge, wantedSeconds);
    const roleLimit = timeLimit(knowledge, roleSeconds);
    const wanted = async <T>(what: Unread["what"], read: Promise<T>): Promise<T | undefined> => {
      const outcome = await limit.within(read);
      // A terminated instance has no attributes to read, and a missing one nothing at all.
      if (!isPresent(await described)) return undefined;
      if ("value" in outcome) return outcome.value;
      const refused = isRefusal(outcome.error) && ({ refused: true } as const);
      unread.push({ what, why: errorText(outcome.error), ...refused });
      return undefined;
    };
    const attribute = <A extends InstanceAttribute>(name: A) =>
      wanted(name, compute.attribute(id, name));
    let branchesUnread: string | undefined;
    const interfacesOf = async () => {
      const attached = await network.interfacesOf(id);
      const trunks = attached.filter(({ type }) => type === "trunk").map((each) => each.id);
      if (trunks.length === 0) return attached;
      const branches = await limit.within(network.branchesOf(trunks));
      if ("value" in branches) return [...attached, ...branches.value];
      // The interfaces that are known are isolated all the same.
      branchesUnread = errorText(branches.error);
      return attached;
    };
    let roleUnread: string | undefined;
    const roleOf = async (profile: string) => {
      const outcome = await roleLimit.within(identity.roleOfProfile(profile));
      if ("value" in outcome) return outcome.value;
      roleUnread = errorText(outcome.error);
      return undefined;
    };
    const membership = wanted("autoScalingGroup", scaling.groupOf(id));
    // Beside the reads of target health, and before these where there are many.
    const scalingGroup = membership.then((member) =>
      member === undefined ? undefined : wanted("groupSize", scaling.group(member.name)),
    );
    const registered = async () => {
      const all = (await wanted("targetGroups", balancing.targetGroups())) ?? [];
      const vpc = (await described)?.vpc;
      const groups = all.filter((group) => group.vpc === vpc);
      const own = scalingGroup.then((group) => group?.targetGroups ?? []);
      const known = { limit, isRefusal };
      const registrations = await registrationsOf(balancing, id, groups, own, known);
      unread.push(...registrations.unread);
      return registrations;
    };
    const reading = Promise.all([
      described,
      attribute("disableApiTermination"),
      attribute("disableApiStop"),
      attribute("instanceInitiatedShutdownBehavior"),
      interfacesOf(),
      membership,
      scalingGroup,
      registered(),
      wanted("loadBalancers", balancing.classicLoadBalancersOf(id)),
      network.groupsNamed(quarantineGroupName),
      network.ssmEndpoints(),
      described.then((found) => {
        const profile = found?.profile?.split("/").pop();
        return profile === undefined ? undefined : roleOf(profile);
      }),
    ]);
    const [
      instance,
      disableApiTermination,
      disableApiStop,
      instanceInitiatedShutdownBehavior,
      interfaces,
      group,
      scaled,
      registrations,
      loadBalancers = [],
      groups,
      ssmEndpoints,
      role,
    ] = await reading.finally(() => {
      limit.end();
      roleLimit.end();
    });
    const vpcs = new Set(interfaces.map((each) => each.vpc));
    return {
      instance,
      attributes: {
        ...(disableApiTermination !== undefined && { disableApiTermination }),
        ...(disableApiStop !== undefined && { disableApiStop }),
        ...(instanceInitiatedShutdownBehavior !== undefined && {
          instanceInitiatedShutdownBehavior,
        }),
      },
      interfaces,
      branchesUnread,
      autoScalingGroup: group?.state.startsWith("Detach") ? undefined : group,
      groupSize: scaled?.size,
      targets: registrations.found,
      lastIn: registrations.lastIn,
      loadBalancers,
      role,
      roleUnread,
      quarantineGroups: groups.filter((group) => vpcs.has(group.vpc)),
      ssmEndpoints: ssmEndpoints.filter((endpoint) => vpcs.has(endpoint.vpc)),
      unread,
    };
  },
  circumstances(facts, { place }) {
    const { instance } = facts;
    if (instance === undefined) return { state: "missing", quarantined: false, optedOut: false };
    // What AWS manages cannot be moved: it must not make a contained instance look released.
    const interfaces = facts.interfaces.filter((each) => !each.managed);
    return {
      state: isPresent(instance) ? "present" : "terminated",
      quarantined: interfaces.length > 0 && interfaces.every((each) => isInQuarantine(each, facts)),
      optedOut: isOptedOut(instance.tags),
      tags: instance.tags,
      service: serviceOf(facts),
      // To isolate nothing and call it contained would be worse than to change nothing.
      ...(facts.interfaces.length > 0 && interfaces.length === 0 && allManaged(instance, place)),
    };
  },
  withoutClaims(facts, isKnown) {
    const isClaimed = ({ id, type }: NetworkInterface) => type === branchType && !isKnown(id);
    return {
      facts: { ...facts, interfaces: facts.interfaces.filter((each) => !isClaimed(each)) },
      claimed: facts.interfaces.filter(isClaimed).map(({ id }) => id),
    };
  },
  permissions: () => [
    reads(
      "ec2:DescribeInstances",
      "ec2:DescribeInstanceAttribute",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeSecurityGroups",
      "ec2:DescribeVpcEndpoints",
      "autoscaling:DescribeAutoScalingGroups",
      "autoscaling:DescribeAutoScalingInstances",
      "elasticloadbalancing:DescribeTargetGroups",
      "elasticloadbalancing:DescribeTargetHealth",
      "elasticloadbalancing:DescribeLoadBalancers",
    ),
    { actions: ["iam:GetInstanceProfile"], resources: ["arn:aws:iam::*:instance-profile/*"] },
  ],
};

/** Describes what would miss the instance. */
function serviceOf({
  interfaces,
  lastIn,
  autoScalingGroup,
  groupSize,
  unread,
}: InstanceFacts): Service {
  const needed = unread.filter(({ what }) => isAboutService(what));
  return {
    forwarding: interfaces.filter(({ forwards }) => forwards).map(({ id }) => id),
    lastIn,
    ...(autoScalingGroup !== undefined &&
      groupSize !== undefined && { group: { name: autoScalingGroup.name, size: groupSize } }),
    ...(needed.length > 0 && {
      unread: needed.map(({ what, why }) => `${what}: ${why}`).join("; "),
      ...(needed.every(({ refused }) => refused) && { isRefused: true as const }),
    }),
  };
}

/** Checks whether an interface is in a quarantine group alone: one that is Cordon's, and closed. */
function isInQuarantine(
  { vpc, groups: [group, ...others] }: NetworkInterface,
  { quarantineGroups, ssmEndpoints }: Pick<InstanceFacts, "quarantineGroups" | "ssmEndpoints">,
): boolean {
  const { closed } = quarantineGroupOf(vpc, quarantineGroups, ssmEndpoints, "");
  return group !== undefined && others.length === 0 && closed.includes(group);
}

/** Limits the response to an instance of whose interfaces AWS lets none be changed. */
function allManaged(instance: Instance, place: Place): Pick<TargetState, "limit"> {
  const { id } = instance;
  return {
    limit: {
      tier: "notify",
      why: `AWS manages every interface of ${id} and refuses changes to their groups, so Cordon cannot isolate it`,
      manualSteps: [
        `Keep evidence: ${command`aws ec2 create-snapshots --instance-specification InstanceId=${id} --region ${place.region}`}`,
        "Have the service that manages the instance replace it.",
        ...drainAdvice(instance, place),
      ],
    },
  };
}

function isPresent(instance: Instance | undefined): boolean {
  return (
    instance !== undefined && instance.state !== "terminated" && instance.state !== "shutting-down"
  );
}
