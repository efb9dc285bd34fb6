/** Reads all state of an instance that containment may change, to compare it field by field. */
import { DescribeAutoScalingInstancesCommand } from "@aws-sdk/client-auto-scaling";
import {
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  type Tag,
} from "@aws-sdk/client-ec2";
import { paginateDescribeLoadBalancers } from "@aws-sdk/client-elastic-load-balancing";
import {
  DescribeTargetHealthCommand,
  paginateDescribeTargetGroups,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { GetRolePolicyCommand, paginateListRolePolicies } from "@aws-sdk/client-iam";
import { allOf } from "../gateway/client";
import type { Gateway } from "../gateway/gateway";
import type { SeededInstance } from "../seeds/networks";
import { ownerOf } from "../seeds/owner";

export interface InstanceState {
  readonly state: string;
  /** Sorted groups by interface. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly interfaceTags: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly deleteOnTermination: Readonly<Record<string, boolean>>;
  readonly disableApiTermination: boolean;
  readonly disableApiStop: boolean;
  readonly shutdownBehavior: string;
  readonly autoScalingGroup: string | null;
  /** "target group:port", sorted. */
  readonly targets: readonly string[];
  readonly loadBalancers: readonly string[];
  /** Inline policies of the profile's role by name. */
  readonly rolePolicies: Readonly<Record<string, unknown>>;
}

/** Reads the state as the account's owner sees it, with what a containment leaves in the account. */
export async function readInstance(
  gateway: Gateway,
  instance: SeededInstance,
): Promise<{
  readonly state: InstanceState;
  /** Snapshot ids by volume. */
  readonly snapshots: Readonly<Record<string, readonly string[]>>;
  /** Names of the untrack groups that exist in the region. */
  readonly untrackGroups: readonly string[];
}> {
  const owner = ownerOf(gateway, instance);
  const attribute = async (
    name: "disableApiTermination" | "disableApiStop" | "instanceInitiatedShutdownBehavior",
  ) =>
    owner.ec2.send(
      new DescribeInstanceAttributeCommand({ InstanceId: instance.id, Attribute: name }),
    );
  const [described, interfaces, snapshots, groups, membership, balancers, targets, policies] =
    await Promise.all([
      owner.ec2.send(new DescribeInstancesCommand({ InstanceIds: [instance.id] })),
      owner.ec2.send(
        new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [...instance.interfaces] }),
      ),
      owner.ec2.send(
        new DescribeSnapshotsCommand({
          Filters: [{ Name: "tag:SourceInstance", Values: [instance.id] }],
        }),
      ),
      owner.ec2.send(
        new DescribeSecurityGroupsCommand({
          Filters: [{ Name: "tag:cordon", Values: ["untrack"] }],
        }),
      ),
      owner.autoScaling.send(
        new DescribeAutoScalingInstancesCommand({ InstanceIds: [instance.id] }),
      ),
      allOf(
        paginateDescribeLoadBalancers({ client: owner.classic }, {}),
        ({ LoadBalancerDescriptions }) => LoadBalancerDescriptions,
      ),
      targetsOf(owner, instance),
      rolePolicies(owner, instance.profile),
    ]);
  const found = described.Reservations?.[0]?.Instances?.[0];
  const list = interfaces.NetworkInterfaces ?? [];
  const byVolume: Record<string, string[]> = {};
  for (const { VolumeId = "", SnapshotId = "" } of snapshots.Snapshots ?? []) {
    byVolume[VolumeId] = [...(byVolume[VolumeId] ?? []), SnapshotId];
  }
  const group = membership.AutoScalingInstances?.[0];
  return {
    state: {
      state: found?.State?.Name ?? "missing",
      groups: Object.fromEntries(
        list.map((each) => [
          each.NetworkInterfaceId ?? "",
          (each.Groups ?? []).map((one) => one.GroupId ?? "").sort(),
        ]),
      ),
      interfaceTags: Object.fromEntries(
        list.map((each) => [each.NetworkInterfaceId ?? "", tagsOf(each.TagSet)]),
      ),
      tags: tagsOf(found?.Tags),
      deleteOnTermination: Object.fromEntries(
        (found?.BlockDeviceMappings ?? []).map((mapping) => [
          mapping.DeviceName ?? "",
          mapping.Ebs?.DeleteOnTermination ?? false,
        ]),
      ),
      disableApiTermination:
        (await attribute("disableApiTermination")).DisableApiTermination?.Value ?? false,
      disableApiStop: (await attribute("disableApiStop")).DisableApiStop?.Value ?? false,
      shutdownBehavior:
        (await attribute("instanceInitiatedShutdownBehavior")).InstanceInitiatedShutdownBehavior
          ?.Value ?? "",
      autoScalingGroup: group?.AutoScalingGroupName ?? null,
      targets,
      loadBalancers: balancers
        .filter((each) => (each.Instances ?? []).some((one) => one.InstanceId === instance.id))
        .map((each) => each.LoadBalancerName ?? ""),
      rolePolicies: policies,
    },
    snapshots: byVolume,
    untrackGroups: (groups.SecurityGroups ?? []).map((each) => each.GroupName ?? ""),
  };
}

// An instance can only be a target of groups of its own VPC.
async function targetsOf(
  { balancing }: ReturnType<typeof ownerOf>,
  instance: SeededInstance,
): Promise<string[]> {
  const groups = await allOf(
    paginateDescribeTargetGroups({ client: balancing }, {}),
    ({ TargetGroups }) => TargetGroups,
  );
  const targets = await Promise.all(
    groups
      .filter((each) => each.VpcId === instance.vpc)
      .map(async ({ TargetGroupArn, TargetGroupName }) => {
        const { TargetHealthDescriptions = [] } = await balancing.send(
          new DescribeTargetHealthCommand({ TargetGroupArn }),
        );
        return TargetHealthDescriptions.filter((each) => each.Target?.Id === instance.id).map(
          (each) => `${TargetGroupName}:${each.Target?.Port}`,
        );
      }),
  );
  return targets.flat().sort();
}

async function rolePolicies(
  { iam }: ReturnType<typeof ownerOf>,
  role: string | undefined,
): Promise<Record<string, unknown>> {
  if (role === undefined) return {};
  const names = await allOf(
    paginateListRolePolicies({ client: iam }, { RoleName: role }),
    ({ PolicyNames }) => PolicyNames,
  );
  const documents = await Promise.all(
    names.map(async (PolicyName) => {
      const found = await iam.send(new GetRolePolicyCommand({ RoleName: role, PolicyName }));
      return [PolicyName, JSON.parse(decodeURIComponent(found.PolicyDocument ?? "null"))];
    }),
  );
  return Object.fromEntries(documents);
}

function tagsOf(tags: readonly Tag[] | undefined) {
  return Object.fromEntries((tags ?? []).map((tag) => [tag.Key ?? "", tag.Value ?? ""]));
}
