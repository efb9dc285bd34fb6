import { isClosed, quarantineGroupName } from "../../catalogue/quarantine-group";
import { isOptedOut } from "../../catalogue/tags";
import type { Incident } from "../../model/incident";
import type {
  Instance,
  InstanceAttribute,
  InstanceAttributes,
  MemberAccount,
  NetworkInterface,
} from "../../model/member-account";
import { errorText } from "../../model/plain-text";
import type { Place } from "../../model/resource";
import { timeLimit, type Waiting } from "../../model/time-limit";
import { reads } from "../steps/shared/arns";
import type { FactsReader, TargetState } from "./reader";
import { registrationsOf } from "./registrations";
import type { Unread } from "./unread";

/** Everything that containing an instance must remember of it. */
export interface InstanceFacts {
  /** undefined when there is no such instance in that account and region. */
  readonly instance: Instance | undefined;
  /** Without those that could not be read. */
  readonly attributes: Partial<InstanceAttributes>;
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
  /** What serves evidence or traffic alone and was not read in time. */
  readonly unread: readonly Unread[];
}

/** Seconds after which isolation goes on without what serves evidence or traffic alone. */
const wantedSeconds = 15;

export const instanceFacts: FactsReader<"instance", InstanceFacts> = {
  async read(
    incident: Incident<"instance">,
    account: MemberAccount,
    waiting: Waiting,
  ): Promise<InstanceFacts> {
    const { compute, network, scaling, balancing, identity } = account;
    const id = incident.resource.id;
    const described = compute.instance(id);
    const unread: Unread[] = [];
    const limit = timeLimit(waiting, wantedSeconds);
    const wanted = async <T>(what: Unread["what"], read: Promise<T>): Promise<T | undefined> => {
      const outcome = await limit.within(read);
      // A terminated instance has no attributes to read, and a missing one nothing at all.
      if (!isPresent(await described)) return undefined;
      if ("value" in outcome) return outcome.value;
      unread.push({ what, why: errorText(outcome.error) });
      return undefined;
    };
    const attribute = <A extends InstanceAttribute>(name: A) =>
      wanted(name, compute.attribute(id, name));
    const membership = wanted("autoScalingGroup", scaling.groupOf(id));
    const registered = async () => {
      const all = (await wanted("targetGroups", balancing.targetGroups())) ?? [];
      const vpc = (await described)?.vpc;
      const groups = all.filter((group) => group.vpc === vpc).map(({ arn }) => arn);
      const scalingGroup = membership.then((group) => group?.name);
      const registrations = await registrationsOf(account, id, groups, scalingGroup, limit);
      if (registrations.unread !== undefined)
        unread.push({ what: "targetGroups", why: registrations.unread });
      return registrations.found;
    };
    const reading = Promise.all([
      described,
      attribute("disableApiTermination"),
      attribute("disableApiStop"),
      attribute("instanceInitiatedShutdownBehavior"),
      network.interfacesOf(id),
      membership,
      registered(),
      wanted("loadBalancers", balancing.classicLoadBalancersOf(id)),
      network.groupsNamed(quarantineGroupName),
      network.ssmEndpoints(),
      described.then((found) => {
        const profile = found?.profile?.split("/").pop();
        return profile === undefined ? undefined : identity.roleOfProfile(profile);
      }),
    ]);
    const [
      instance,
      disableApiTermination,
      disableApiStop,
      instanceInitiatedShutdownBehavior,
      interfaces,
      group,
      targets,
      loadBalancers = [],
      groups,
      ssmEndpoints,
      role,
    ] = await reading.finally(limit.end);
    const vpcs = new Set(interfaces.map((each) => each.vpc));
    const endpointGroups = (vpc: string) =>
      ssmEndpoints
        .filter((endpoint) => endpoint.vpc === vpc)
        .flatMap((endpoint) => endpoint.groups);
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
      autoScalingGroup: group?.detaching ? undefined : group?.name,
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
      unread,
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
      "autoscaling:DescribeAutoScalingGroups",
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

function isPresent(instance: Instance | undefined): boolean {
  return (
    instance !== undefined && instance.state !== "terminated" && instance.state !== "shutting-down"
  );
}
