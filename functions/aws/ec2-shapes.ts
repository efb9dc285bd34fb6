/** Translates the EC2 API's shapes into those of a member account. */
import type {
  Instance as Ec2Instance,
  NetworkInterface as Ec2NetworkInterface,
  SecurityGroup as Ec2SecurityGroup,
  Filter,
  IpPermission,
  SecurityGroupRule,
  Tag,
} from "@aws-sdk/client-ec2";
import type { GroupRule, Instance, NetworkInterface, SecurityGroup } from "../model/member-account";
import { tagsOf } from "./tags";

/** Writes a filter that any of the values meets. */
export function filter(name: string, ...values: string[]): Filter {
  return { Name: name, Values: values };
}

export function tagList(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** Reads an instance. */
export function instanceOf(found: Ec2Instance): Instance {
  const profile = found.IamInstanceProfile?.Arn;
  return {
    id: found.InstanceId ?? "",
    state: found.State?.Name ?? "unknown",
    spot: found.InstanceLifecycle === "spot",
    rootDevice: found.RootDeviceType === "instance-store" ? "instance-store" : "ebs",
    ...(found.Operator?.Managed === true && {
      operator: found.Operator.Principal ?? "another service",
    }),
    vpc: found.VpcId ?? "",
    ...(profile !== undefined && { profile }),
    tags: tagsOf(found.Tags),
    volumes: (found.BlockDeviceMappings ?? []).map((mapping) => ({
      id: mapping.Ebs?.VolumeId ?? "",
      device: mapping.DeviceName ?? "",
      deleteOnTermination: mapping.Ebs?.DeleteOnTermination ?? false,
    })),
  };
}

/** Reads a network interface; its groups are sorted, so that equal sets are equal. */
export function interfaceOf(found: Ec2NetworkInterface): NetworkInterface {
  return {
    id: found.NetworkInterfaceId ?? "",
    vpc: found.VpcId ?? "",
    groups: (found.Groups ?? []).map((group) => group.GroupId ?? "").sort(),
    tags: tagsOf(found.TagSet),
    type: found.InterfaceType ?? "interface",
    forwards: found.SourceDestCheck !== true,
    managed: found.RequesterManaged === true || found.Operator?.Managed === true,
  };
}

/** Reads an interface's addresses, as CIDR blocks of one address each. */
export function addressesOf(found: Ec2NetworkInterface): readonly string[] {
  return [
    ...(found.PrivateIpAddresses ?? []).map((each) => `${each.PrivateIpAddress}/32`),
    ...(found.Ipv6Addresses ?? []).map((each) => `${each.Ipv6Address}/128`),
  ];
}

/** Reads a security group, each of its permissions as one rule a peer. */
export function groupOf(found: Ec2SecurityGroup): SecurityGroup {
  return {
    id: found.GroupId ?? "",
    name: found.GroupName ?? "",
    vpc: found.VpcId ?? "",
    tags: tagsOf(found.Tags),
    ingress: (found.IpPermissions ?? []).flatMap(rulesOf),
    egress: (found.IpPermissionsEgress ?? []).flatMap(rulesOf),
  };
}

/** Reads the protocol and ports of a rule; -1 stands for all ports and for none. */
function portsOf({ IpProtocol, FromPort, ToPort }: IpPermission | SecurityGroupRule) {
  return {
    protocol: IpProtocol ?? "-1",
    ...(FromPort !== undefined && FromPort !== -1 && { fromPort: FromPort }),
    ...(ToPort !== undefined && ToPort !== -1 && { toPort: ToPort }),
  };
}

/** Reads a rule that EC2 lists by itself, with its id. */
export function ruleOf(found: SecurityGroupRule): GroupRule & { readonly id: string } {
  const group = found.ReferencedGroupInfo?.GroupId;
  return {
    id: found.SecurityGroupRuleId ?? "",
    ...portsOf(found),
    peer:
      group !== undefined
        ? { group }
        : found.PrefixListId !== undefined
          ? { prefixList: found.PrefixListId }
          : { cidr: found.CidrIpv4 ?? found.CidrIpv6 ?? "" },
  };
}

function rulesOf(permission: IpPermission): GroupRule[] {
  const ports = portsOf(permission);
  return [
    ...(permission.IpRanges ?? []).map((range) => ({
      ...ports,
      peer: { cidr: range.CidrIp ?? "" },
    })),
    ...(permission.Ipv6Ranges ?? []).map((range) => ({
      ...ports,
      peer: { cidr: range.CidrIpv6 ?? "" },
    })),
    ...(permission.UserIdGroupPairs ?? []).map((pair) => ({
      ...ports,
      peer: { group: pair.GroupId ?? "" },
    })),
    ...(permission.PrefixListIds ?? []).map((list) => ({
      ...ports,
      peer: { prefixList: list.PrefixListId ?? "" },
    })),
  ];
}

/** Writes a rule as EC2 takes it. */
export function permissionOf(rule: GroupRule): IpPermission {
  return {
    IpProtocol: rule.protocol,
    FromPort: rule.fromPort,
    ToPort: rule.toPort,
    ...peerOf(rule.peer),
  };
}

function peerOf(peer: GroupRule["peer"]): Partial<IpPermission> {
  if ("group" in peer) return { UserIdGroupPairs: [{ GroupId: peer.group }] };
  if ("prefixList" in peer) return { PrefixListIds: [{ PrefixListId: peer.prefixList }] };
  return peer.cidr.includes(":")
    ? { Ipv6Ranges: [{ CidrIpv6: peer.cidr }] }
    : { IpRanges: [{ CidrIp: peer.cidr }] };
}
