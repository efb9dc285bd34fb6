/** Holds quarantine groups to what isolation means: nothing in, and out to endpoints only. */
import { BlockList } from "node:net";
import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import {
  cordonTag,
  quarantineGroupName,
  quarantineTagValue,
} from "../functions/catalogue/quarantine-group";

type Props = PolicyResource["props"];

/** Looks at the whole stack: a group's rules may be resources of their own. */
export const quarantineGroupsAreClosed: StackValidationPolicy = {
  name: "quarantine-groups-are-closed",
  description:
    `Security groups named ${quarantineGroupName} or tagged ${cordonTag}=${quarantineTagValue} ` +
    "let nothing in, and let out only TCP 443 to single private addresses.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps: "Remove the rule; an isolated instance must reach its SSM endpoints at most.",
  validateStack: ({ resources }, report) => {
    for (const group of resources.filter(isQuarantineGroup)) {
      for (const fault of inlineFaults(group.props)) {
        report(`${group.name}: ${fault}`, group.urn);
      }
      for (const rule of resources.filter((resource) => isRuleOf(resource, group))) {
        const fault = ruleFault(rule);
        if (fault) {
          report(`${group.name}: ${rule.name} ${fault}`, rule.urn);
        }
      }
    }
  },
};

const ingressRule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const egressRule = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";
const olderRule = "aws:ec2/securityGroupRule:SecurityGroupRule";

function isQuarantineGroup({ type, props }: PolicyResource): boolean {
  return (
    type === "aws:ec2/securityGroup:SecurityGroup" &&
    (props.name === quarantineGroupName || props.tags?.[cordonTag] === quarantineTagValue)
  );
}

/** During a preview a new group has no id yet, but the engine knows whose output a rule uses. */
function isRuleOf(rule: PolicyResource, group: PolicyResource): boolean {
  if (![ingressRule, egressRule, olderRule].includes(rule.type)) {
    return false;
  }
  const sources = rule.propertyDependencies.securityGroupId ?? [];
  if (sources.some((source) => source.urn === group.urn)) {
    return true;
  }
  const [wanted, id] = [known(rule, "securityGroupId"), known(group, "id")];
  return wanted !== undefined && wanted === id;
}

/** Reads a property that a preview may not know; the pack's proxies throw then. */
function known(resource: PolicyResource, property: string): unknown {
  try {
    return resource.props[property];
  } catch {
    return undefined;
  }
}

function inlineFaults(props: Props): readonly string[] {
  const ingress: readonly Props[] = props.ingress ?? [];
  const egress: readonly Props[] = props.egress ?? [];
  return [
    ...ingress.map((_, index) => `ingress rule ${index} lets traffic in`),
    ...egress.flatMap((rule, index) => {
      const fault = egressFault({
        protocol: rule.protocol,
        ports: [rule.fromPort, rule.toPort],
        addresses: [rule.cidrBlocks, rule.ipv6CidrBlocks, rule.prefixListIds],
        toItself: rule.self,
        groups: rule.securityGroups,
      });
      return fault ? [`egress rule ${index} ${fault}`] : [];
    }),
  ];
}

function ruleFault({ type, props }: PolicyResource): string | undefined {
  if (type === ingressRule || (type === olderRule && props.type !== "egress")) {
    return "lets traffic in";
  }
  return type === olderRule
    ? egressFault({
        protocol: props.protocol,
        ports: [props.fromPort, props.toPort],
        addresses: [props.cidrBlocks, props.ipv6CidrBlocks, props.prefixListIds],
        toItself: props.self,
        groups: props.sourceSecurityGroupId,
      })
    : egressFault({
        protocol: props.ipProtocol,
        ports: [props.fromPort, props.toPort],
        addresses: [props.cidrIpv4, props.cidrIpv6, props.prefixListId],
        toItself: false,
        groups: props.referencedSecurityGroupId,
      });
}

/**
 * Describes the fault of one egress rule, whichever resource declares it. The endpoints' addresses are
 * named one by one: other hosts may be in their security group, or join it.
 */
function egressFault(rule: {
  readonly protocol: unknown;
  readonly ports: readonly unknown[];
  readonly addresses: readonly unknown[];
  readonly toItself: unknown;
  readonly groups: unknown;
}): string | undefined {
  if (rule.toItself) {
    return "lets isolated instances reach each other";
  }
  if (isSet(rule.groups)) {
    return `lets traffic out to all of ${[rule.groups].flat().join(", ")}: name the endpoints' addresses, each with /32`;
  }
  const addresses = rule.addresses.filter(isSet).flat();
  const others = addresses.filter((address) => !isOnePrivateAddress(String(address)));
  if (others.length > 0) {
    return `lets traffic out to ${others.join(", ")}`;
  }
  if (addresses.length === 0) {
    return "names no address";
  }
  if (!["tcp", "6"].includes(String(rule.protocol)) || rule.ports.some((port) => port !== 443)) {
    return `lets out ${rule.protocol} ${rule.ports.join("-")}, but only tcp 443-443 may pass`;
  }
  return undefined;
}

/** The ranges of RFC 1918, RFC 6598 and RFC 4193: an endpoint's address in a VPC, never the internet's. */
const privateRanges = new BlockList();
privateRanges.addSubnet("10.0.0.0", 8, "ipv4");
privateRanges.addSubnet("172.16.0.0", 12, "ipv4");
privateRanges.addSubnet("192.168.0.0", 16, "ipv4");
privateRanges.addSubnet("100.64.0.0", 10, "ipv4");
privateRanges.addSubnet("fd00::", 8, "ipv6");

function isOnePrivateAddress(cidr: string): boolean {
  const [address = "", bits] = cidr.split("/");
  return (
    (bits === "32" && privateRanges.check(address, "ipv4")) ||
    (bits === "128" && privateRanges.check(address, "ipv6"))
  );
}

/** The provider writes what is absent as undefined, an empty text or an empty list. */
function isSet(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}
