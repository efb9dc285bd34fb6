import { isClosed, quarantineGroupName } from "../../catalogue/quarantine-group";
import { isOptedOut } from "../../catalogue/tags";
import { inParallel } from "../../model/in-parallel";
import type { Incident } from "../../model/incident";
import type {
  Balancing,
  Instance,
  InstanceAttributes,
  MemberAccount,
  NetworkInterface,
} from "../../model/member-account";
import type { Place } from "../../model/resource";
import { reads } from "../steps/shared/arns";
import type { FactsReader, TargetState } from "./reader";

/** Everything that containing an instance must remember of it. */
export interface InstanceFacts {
  /** undefined when there is no such instance in that account and region. */
  readonly instance: Instance | undefined;
  readonly attributes: InstanceAttributes | undefined;
  readonly interfaces: readonly NetworkInterface[];
  readonly autoScalingGroup: string | undefined;
  readonly targets: readonly { readonly arn: string; readonly port: number }[];
  readonly loadBalancers: readonly string[];
  readonly role: { readonly name: string; readonly arn: string } | undefined;
  /** Quarantine group by VPC, for the VPCs of the interfaces that have one. */
  readonly quarantineGroups: Readonly<Record<string, string>>;
  /** VPCs of the interfaces whose quarantine group is missing, or not closed as it should be. */
  readonly unprovided: readonly string[];
  readonly ssmEndpoints: readonly {
    readonly id: string;
    readonly vpc: string;
    readonly groups: readonly string[];
  }[];
}

export const instanceFacts: FactsReader<"instance", InstanceFacts> = {
  async read(incident: Incident<"instance">, account: MemberAccount): Promise<InstanceFacts> {
    const { compute, network, scaling, balancing, identity } = account;
    const id = incident.resource.id;
    const described = compute.instance(id);
    // A terminated instance has no attributes to read, and a missing one none at all: only an
    // instance that is there makes a failed read matter.
    const whenPresent = async <T>(read: () => Promise<T>): Promise<T | undefined> => {
      const [instance, outcome] = await Promise.all([described, settle(read())]);
      if (!isPresent(instance)) return undefined;
      if ("error" in outcome) throw outcome.error;
      return outcome.value;
    };
    const [
      instance,
      termination,
      stop,
      shutdown,
      interfaces,
      membership,
      targets,
      loadBalancers,
      groups,
      ssmEndpoints,
      role,
    ] = await Promise.all([
      described,
      whenPresent(() => compute.attribute(id, "disableApiTermination")),
      whenPresent(() => compute.attribute(id, "disableApiStop")),
      whenPresent(() => compute.attribute(id, "instanceInitiatedShutdownBehavior")),
      network.interfacesOf(id),
      scaling.groupOf(id),
      Promise.all([described, balancing.targetGroups()]).then(([found, all]) =>
        targetsOf(
          balancing,
          id,
          found === undefined ? [] : all.filter(({ vpc }) => vpc === found.vpc),
        ),
      ),
      balancing.classicLoadBalancersOf(id),
      network.groupsNamed(quarantineGroupName),
      network.ssmEndpoints(),
      described.then((found) => {
        const profile = found?.profile?.split("/").pop();
        return profile === undefined ? undefined : identity.roleOfProfile(profile);
      }),
    ]);
    const vpcs = new Set(interfaces.map((each) => each.vpc));
    const endpointGroups = (vpc: string) =>
      ssmEndpoints
        .filter((endpoint) => endpoint.vpc === vpc)
        .flatMap((endpoint) => endpoint.groups);
    return {
      instance,
      attributes:
        termination === undefined || stop === undefined || shutdown === undefined
          ? undefined
          : {
              disableApiTermination: termination,
              disableApiStop: stop,
              instanceInitiatedShutdownBehavior: shutdown,
            },
      interfaces,
      autoScalingGroup: membership?.detaching ? undefined : membership?.name,
      targets,
      loadBalancers,
      role,
      quarantineGroups: Object.fromEntries(
        groups.filter((group) => vpcs.has(group.vpc)).map((group) => [group.vpc, group.id]),
      ),
      unprovided: [...vpcs].filter(
        (vpc) => !groups.some((group) => group.vpc === vpc && isClosed(group, endpointGroups(vpc))),
      ),
      ssmEndpoints: ssmEndpoints.filter((endpoint) => vpcs.has(endpoint.vpc)),
    };
  },
  circumstances(facts, { place }) {
    const { instance, quarantineGroups, unprovided } = facts;
    if (instance === undefined) return { state: "missing", quarantined: false, optedOut: false };
    // What AWS manages cannot be moved: it must not make a contained instance look released.
    const interfaces = facts.interfaces.filter((each) => !each.managed);
    return {
      state: isPresent(instance) ? "present" : "terminated",
      quarantined:
        interfaces.length > 0 &&
        interfaces.every(
          (each) =>
            each.groups.length === 1 &&
            each.groups[0] === quarantineGroups[each.vpc] &&
            // A group of the right name with other rules is no quarantine.
            !unprovided.includes(each.vpc),
        ),
      optedOut: isOptedOut(instance.tags),
      // To isolate nothing and call it contained would be worse than to change nothing.
      ...(facts.interfaces.length > 0 && interfaces.length === 0 && allManaged(instance.id, place)),
    };
  },
  permissions: () => [
    reads(
      "ec2:DescribeInstances",
      "ec2:DescribeInstanceAttribute",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeSecurityGroups",
      "ec2:DescribeVpcEndpoints",
      "autoscaling:DescribeAutoScalingInstances",
      "elasticloadbalancing:DescribeTargetGroups",
      "elasticloadbalancing:DescribeTargetHealth",
      "elasticloadbalancing:DescribeLoadBalancers",
    ),
    { actions: ["iam:GetInstanceProfile"], resources: ["arn:aws:iam::*:instance-profile/*"] },
  ],
};

/** Limits the response to an instance of whose interfaces AWS lets none be changed. */
function allManaged(id: string, { region }: Place): Pick<TargetState, "limit"> {
  return {
    limit: {
      tier: "notify",
      why: `AWS manages every interface of ${id} and refuses changes to their groups, so Cordon cannot isolate it`,
      manualSteps: [
        `Keep evidence: aws ec2 create-snapshots --instance-specification InstanceId=${id} --region ${region}`,
        "Have the service that manages the instance replace it. In EKS Auto Mode: cordon and drain the node, then delete its NodeClaim.",
      ],
    },
  };
}

/** Reads of target health at a time: load balancing throttles a burst of some dozens. */
const healthReads = 5;

/** Asks each group: no call lists the groups that an instance is registered with. */
async function targetsOf(
  balancing: Balancing,
  instance: string,
  groups: readonly { readonly arn: string }[],
): Promise<{ arn: string; port: number }[]> {
  const found = await inParallel(healthReads, groups, async ({ arn }) => {
    const ports = await balancing.registeredPorts(arn, instance);
    return ports.map((port) => ({ arn, port }));
  });
  return found.flat();
}

function isPresent(instance: Instance | undefined): boolean {
  return (
    instance !== undefined && instance.state !== "terminated" && instance.state !== "shutting-down"
  );
}

/** Keeps a failed read from ending the others before it is known whether it matters. */
async function settle<T>(read: Promise<T>): Promise<{ value: T } | { error: unknown }> {
  try {
    return { value: await read };
  } catch (error) {
    return { error };
  }
}
