/** The two groups Cordon makes: their names, tags and rules, for components and steps alike. */
import type { GroupRule, SecurityGroup, SsmEndpoint } from "../model/member-account";

/**
 * The name of a VPC's quarantine group. Where another principal has taken it, a random suffix follows:
 * the tag says whose a group is, never the name.
 */
export const quarantineGroupName = "cordon-quarantine";
export const quarantineGroupDescription =
  "Cordon quarantine: no inbound, outbound only to the SSM endpoints of this VPC";
/** The tag in the conditions of the member roles. */
export const cordonTag = "cordon";
export const quarantineTagValue = "quarantine";
export const untrackTagValue = "untrack";
/** On interfaces in quarantine: the service control policy keeps all other principals from them. */
export const quarantinedTagValue = "quarantined";
/** Set on groups that a response or the sweeper made: the deployment must not make them again. */
export const madeByTag = "CordonMadeBy";
export const madeByResponder = "responder";

/** @param named the incident and a random part: from the finding anyone can compute the incident. */
export function untrackGroupName(named: string): string {
  return `cordon-untrack-${named}`;
}

/**
 * Lists a quarantine group's whole egress: the addresses of the SSM endpoints, as CIDR blocks of one
 * address each. Not their security groups, which other hosts may share. Without endpoints nothing is
 * allowed.
 */
export function quarantineEgress(addresses: readonly string[]): readonly GroupRule[] {
  return [...new Set(addresses)]
    .sort()
    .map((cidr) => ({ protocol: "tcp", fromPort: 443, toPort: 443, peer: { cidr } }));
}

/**
 * Everything, both address families. EC2 tracks no connection that a rule for all traffic from
 * 0.0.0.0/0 and ::/0 allows in both directions, so what passes through this group loses its state.
 */
export const untrackRules: readonly [GroupRule, GroupRule] = [
  { protocol: "-1", peer: { cidr: "0.0.0.0/0" } },
  { protocol: "-1", peer: { cidr: "::/0" } },
];

/** The quarantine group of one VPC. */
export interface QuarantineGroup {
  readonly name: string;
  /** Absent while there is none. */
  readonly id?: string;
  /** Ids of Cordon's groups that are closed: an interface in one of them alone is in quarantine. */
  readonly closed: readonly string[];
  /** Names of Cordon's groups that are not. */
  readonly open: readonly string[];
}

/**
 * Chooses the quarantine group of a VPC by its tag and its rules. Without one, names the group to make.
 *
 * @param groups the account's own whose names begin with `quarantineGroupName`
 */
export function quarantineGroupOf(
  vpc: string,
  groups: readonly SecurityGroup[],
  endpoints: readonly SsmEndpoint[],
  suffix: string,
): QuarantineGroup {
  const here = groups
    .filter((group) => group.vpc === vpc)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const own = here.filter((group) => group.tags[cordonTag] === quarantineTagValue);
  const closed = own.filter((group) => isClosed(group, addressesIn(vpc, endpoints)));
  const open = own.filter((group) => !closed.includes(group)).map(({ name }) => name);
  const [chosen = own[0]] = closed;
  if (chosen !== undefined) {
    return { name: chosen.name, id: chosen.id, closed: closed.map(({ id }) => id), open };
  }
  const isTaken = here.some(({ name }) => name === quarantineGroupName);
  const name = isTaken ? `${quarantineGroupName}-${suffix}` : quarantineGroupName;
  return { name, closed: [], open };
}

/** Lists the addresses of the SSM endpoints in a VPC. */
export function addressesIn(vpc: string, endpoints: readonly SsmEndpoint[]): readonly string[] {
  return endpoints.filter((each) => each.vpc === vpc).flatMap((each) => each.addresses);
}

/** Checks that a group has no inbound rule, and outbound rules to these addresses only. */
export function isClosed(group: SecurityGroup, addresses: readonly string[]): boolean {
  const wanted = quarantineEgress(addresses);
  return (
    group.ingress.length === 0 &&
    missingRules(group.egress, wanted).length === 0 &&
    missingRules(wanted, group.egress).length === 0
  );
}

/** Returns the rules of `wanted` that `existing` lacks. */
export function missingRules<R extends GroupRule>(
  wanted: readonly R[],
  existing: readonly GroupRule[],
): readonly R[] {
  const known = new Set(existing.map(ruleKey));
  return wanted.filter((rule) => !known.has(ruleKey(rule)));
}

function ruleKey(rule: GroupRule): string {
  const [peer] = Object.values(rule.peer);
  return [rule.protocol, rule.fromPort ?? "", rule.toPort ?? "", peer].join(" ");
}
