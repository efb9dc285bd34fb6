/**
 * The inbound rules of a security group that let the whole internet reach a TCP port: each with its
 * protocol, ports, range of addresses and description. Their ids change when they are given back.
 */
import { isDeepStrictEqual } from "node:util";
import {
  AuthorizeSecurityGroupIngressCommand,
  EC2Client,
  type IpPermission,
  paginateDescribeSecurityGroupRules,
  paginateDescribeSecurityGroups,
  RevokeSecurityGroupIngressCommand,
  type SecurityGroupRule,
} from "@aws-sdk/client-ec2";
import type { Value } from "../../catalogue/controls/control";
import { memberConfig } from "../client";
import { filter } from "../ec2-shapes";
import { tolerate } from "../errors";
import { tagsOf } from "../tags";
import { leftIfOwn } from "./own";
import type { OpenSetting } from "./setting";

interface OpenRule {
  readonly protocol: string;
  readonly from: number;
  readonly to: number;
  readonly cidr: string;
  readonly description: string;
}

/** "All traffic" has no ports. */
const allTraffic = "-1";
const everywhere = ["0.0.0.0/0", "::/0"];

export const openPort =
  (port: number): OpenSetting =>
  (region, credentials) => {
    const client = new EC2Client(memberConfig(region, credentials));
    const rulesOf = async (id: string) => {
      const found: { readonly id: string; readonly rule: OpenRule }[] = [];
      const pages = paginateDescribeSecurityGroupRules(
        { client },
        { Filters: [filter("group-id", id)] },
      );
      for await (const { SecurityGroupRules = [] } of pages) {
        for (const each of SecurityGroupRules) {
          if (opens(each, port)) {
            found.push({ id: each.SecurityGroupRuleId ?? "", rule: ruleOf(each) });
          }
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
    return {
      async read(id) {
        const [group, found] = await Promise.all([groupOf(id), rulesOf(id)]);
        if (group === undefined) return undefined;
        const rules = found.map(({ rule }) => rule);
        const tags = tagsOf(group.Tags);
        const wide = rules.find(({ protocol, from, to }) => protocol === allTraffic || from !== to);
        return {
          value: rules as unknown as Value,
          tags,
          // Quarantine groups are the sweeper's.
          ...leftIfOwn(`Security group ${id}`, tags, "the sweeper keeps"),
          ...(wide !== undefined && {
            asks: `A rule of security group ${id} opens ${portsOf(wide)} to ${wide.cidr}, of which port ${port} is one`,
          }),
        };
      },
      async write(GroupId, value) {
        const wanted = value as unknown as readonly OpenRule[];
        const there = await rulesOf(GroupId);
        const has = (rules: readonly OpenRule[], rule: OpenRule) =>
          rules.some((each) => isDeepStrictEqual(each, rule));
        // By their ids: EC2 wants of some rules more than it shows to take them by what they say.
        const SecurityGroupRuleIds = there
          .filter(({ rule }) => !has(wanted, rule))
          .map(({ id }) => id);
        const known = there.map(({ rule }) => rule);
        const IpPermissions = wanted.filter((rule) => !has(known, rule)).map(permissionOf);
        if (SecurityGroupRuleIds.length > 0) {
          await tolerate(
            client.send(new RevokeSecurityGroupIngressCommand({ GroupId, SecurityGroupRuleIds })),
            "InvalidSecurityGroupRuleId.NotFound",
          );
        }
        if (IpPermissions.length > 0) {
          await tolerate(
            client.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions })),
            "InvalidPermission.Duplicate",
          );
        }
      },
    };
  };

function opens(rule: SecurityGroupRule, port: number): boolean {
  const { IsEgress, IpProtocol = "", FromPort = 0, ToPort = 0, CidrIpv4, CidrIpv6 } = rule;
  if (IsEgress || !everywhere.includes(CidrIpv4 ?? CidrIpv6 ?? "")) return false;
  if (IpProtocol === allTraffic) return true;
  return ["tcp", "6"].includes(IpProtocol) && FromPort <= port && port <= ToPort;
}

function ruleOf(rule: SecurityGroupRule): OpenRule {
  return {
    protocol: rule.IpProtocol ?? "",
    from: rule.FromPort ?? -1,
    to: rule.ToPort ?? -1,
    cidr: rule.CidrIpv4 ?? rule.CidrIpv6 ?? "",
    description: rule.Description ?? "",
  };
}

function permissionOf({ protocol, from, to, cidr, description }: OpenRule): IpPermission {
  const Description = description === "" ? undefined : description;
  return {
    IpProtocol: protocol,
    ...(protocol !== allTraffic && { FromPort: from, ToPort: to }),
    ...(cidr.includes(":")
      ? { Ipv6Ranges: [{ CidrIpv6: cidr, Description }] }
      : { IpRanges: [{ CidrIp: cidr, Description }] }),
  };
}

function portsOf({ protocol, from, to }: OpenRule): string {
  return protocol === allTraffic ? "every port" : `ports ${from} to ${to}`;
}
