/**
 * Rules of a security group: those that let the whole internet reach some TCP ports, or all of them. Each is
 * its protocol, ports, peer and description. Their ids change when they are given back, and their tags are
 * not.
 */
import { isDeepStrictEqual } from "node:util";
import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  EC2Client,
  type IpPermission,
  paginateDescribeSecurityGroupRules,
  paginateDescribeSecurityGroups,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  type SecurityGroup,
  type SecurityGroupRule,
} from "@aws-sdk/client-ec2";
import type { Value } from "../../catalogue/controls/control";
import type { SettingState } from "../../model/member-account";
import { memberConfig } from "../client";
import { filter } from "../ec2-shapes";
import { tolerate } from "../errors";
import { tagsOf } from "../tags";
import { leftIfOwn } from "./own";
import type { OpenSetting } from "./setting";

interface Rule {
  readonly protocol: string;
  readonly from: number;
  readonly to: number;
  /** One of three: a block of addresses, a prefix list, or a group with the account that has it. */
  readonly cidr?: string;
  readonly prefixList?: string;
  readonly group?: string;
  readonly owner?: string;
  readonly description: string;
  /** Only of outbound rules. */
  readonly outbound?: true;
}

/** "All traffic" has no ports. */
const allTraffic = "-1";
const everywhere = ["0.0.0.0/0", "::/0"];

/** Rules that let the whole internet reach one of these ports. */
export const openPorts = (...ports: number[]): OpenSetting =>
  groupRules(
    (rule) => opens(rule, ports),
    (id, rules) => {
      const wide = rules.find(({ protocol, from, to }) => protocol === allTraffic || from !== to);
      const also =
        ports.length === 1
          ? `of which port ${ports[0]} is one`
          : "which would be closed as a whole";
      return wide === undefined
        ? {}
        : {
            asks: `A rule of security group ${id} opens ${portsOf(wide)} to ${wide.cidr}, ${also}`,
          };
    },
  );

/** All rules of a VPC's default group. Of a group that is none, nothing is changed. */
export const defaultGroup: OpenSetting = groupRules(
  () => true,
  (id, _rules, { GroupName }) =>
    GroupName === "default"
      ? {}
      : { left: `Security group ${id} is not the default group of its VPC` },
);

function groupRules(
  counts: (rule: SecurityGroupRule) => boolean,
  limits: (
    id: string,
    rules: readonly Rule[],
    group: SecurityGroup,
  ) => Pick<SettingState, "asks" | "left">,
): OpenSetting {
  return (region, credentials) => {
    const client = new EC2Client(memberConfig(region, credentials));
    const rulesOf = async (id: string) => {
      const found: { readonly id: string; readonly rule: Rule }[] = [];
      const pages = paginateDescribeSecurityGroupRules(
        { client },
        { Filters: [filter("group-id", id)] },
      );
      for await (const { SecurityGroupRules = [] } of pages) {
        for (const each of SecurityGroupRules) {
          if (counts(each)) found.push({ id: each.SecurityGroupRuleId ?? "", rule: ruleOf(each) });
        }
      }
      const key = ({ rule }: (typeof found)[number]) => JSON.stringify(rule);
      return found.sort((a, b) => (key(a) < key(b) ? -1 : 1));
    };
    const groupOf = async (id: string) => {
      const pages = paginateDescribeSecurityGroups(
        { client },
        { Filters: [filter("group-id", id)] },
      );
      for await (const { SecurityGroups = [] } of pages) {
        const [group] = SecurityGroups;
        if (group !== undefined) return group;
      }
      return undefined;
    };
    const revoke = async (GroupId: string, SecurityGroupRuleIds: string[], outbound: boolean) => {
      if (SecurityGroupRuleIds.length === 0) return;
      const rules = { GroupId, SecurityGroupRuleIds };
      await tolerate(
        outbound
          ? client.send(new RevokeSecurityGroupEgressCommand(rules))
          : client.send(new RevokeSecurityGroupIngressCommand(rules)),
        "InvalidSecurityGroupRuleId.NotFound",
      );
    };
    const authorize = async (GroupId: string, IpPermissions: IpPermission[], outbound: boolean) => {
      if (IpPermissions.length === 0) return;
      const rules = { GroupId, IpPermissions };
      await tolerate(
        outbound
          ? client.send(new AuthorizeSecurityGroupEgressCommand(rules))
          : client.send(new AuthorizeSecurityGroupIngressCommand(rules)),
        "InvalidPermission.Duplicate",
      );
    };
    return {
      async read(id) {
        const [group, found] = await Promise.all([groupOf(id), rulesOf(id)]);
        if (group === undefined) return undefined;
        const rules = found.map(({ rule }) => rule);
        const tags = tagsOf(group.Tags);
        return {
          value: rules as unknown as Value,
          tags,
          ...limits(id, rules, group),
          // Quarantine groups are the sweeper's.
          ...leftIfOwn("Security group", id, tags, "the sweeper keeps"),
        };
      },
      async write(GroupId, value) {
        const wanted = value as unknown as readonly Rule[];
        const there = await rulesOf(GroupId);
        const has = (rules: readonly Rule[], rule: Rule) =>
          rules.some((each) => isDeepStrictEqual(each, rule));
        const surplus = there.filter(({ rule }) => !has(wanted, rule));
        const known = there.map(({ rule }) => rule);
        const missing = wanted.filter((rule) => !has(known, rule));
        for (const outbound of [false, true]) {
          const on = (rule: Rule) => (rule.outbound ?? false) === outbound;
          // By their ids: EC2 wants of some rules more than it shows to take them by what they say.
          const ids = surplus.filter(({ rule }) => on(rule)).map(({ id }) => id);
          await revoke(GroupId, ids, outbound);
          await authorize(GroupId, missing.filter(on).map(permissionOf), outbound);
        }
      },
    };
  };
}

function opens(rule: SecurityGroupRule, ports: readonly number[]): boolean {
  const { IsEgress, IpProtocol = "", FromPort = 0, ToPort = 0, CidrIpv4, CidrIpv6 } = rule;
  if (IsEgress || !everywhere.includes(CidrIpv4 ?? CidrIpv6 ?? "")) return false;
  if (IpProtocol === allTraffic) return true;
  return ["tcp", "6"].includes(IpProtocol) && ports.some((at) => FromPort <= at && at <= ToPort);
}

function ruleOf(rule: SecurityGroupRule): Rule {
  const { GroupId: group, UserId: owner } = rule.ReferencedGroupInfo ?? {};
  const cidr = rule.CidrIpv4 ?? rule.CidrIpv6;
  return {
    protocol: rule.IpProtocol ?? "",
    from: rule.FromPort ?? -1,
    to: rule.ToPort ?? -1,
    ...(cidr !== undefined && { cidr }),
    ...(rule.PrefixListId !== undefined && { prefixList: rule.PrefixListId }),
    ...(group !== undefined && { group }),
    ...(owner !== undefined && { owner }),
    description: rule.Description ?? "",
    ...(rule.IsEgress === true && { outbound: true as const }),
  };
}

function permissionOf(rule: Rule): IpPermission {
  const { protocol, from, to } = rule;
  return {
    IpProtocol: protocol,
    ...(protocol !== allTraffic && { FromPort: from, ToPort: to }),
    ...peerOf(rule),
  };
}

function peerOf({ cidr, prefixList, group, owner, description }: Rule): Partial<IpPermission> {
  const Description = description === "" ? undefined : description;
  if (group !== undefined) {
    return { UserIdGroupPairs: [{ GroupId: group, UserId: owner, Description }] };
  }
  if (prefixList !== undefined) {
    return { PrefixListIds: [{ PrefixListId: prefixList, Description }] };
  }
  return cidr?.includes(":")
    ? { Ipv6Ranges: [{ CidrIpv6: cidr, Description }] }
    : { IpRanges: [{ CidrIp: cidr, Description }] };
}

function portsOf({ protocol, from, to }: Rule): string {
  return protocol === allTraffic ? "every port" : `ports ${from} to ${to}`;
}
