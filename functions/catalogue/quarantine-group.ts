/** The two groups Cordon makes: their names, tags and rules, for components and steps alike. */
import type { GroupRule, SecurityGroup } from "../model/member-account";

export const quarantineGroupName = "cordon-quarantine";
export const quarantineGroupDescription =
  "Cordon quarantine: no inbound, outbound only to the SSM endpoints of this VPC";
/** The tag in the conditions of the member roles. */
export const cordonTag = "cordon";
export const quarantineTagValue = "quarantine";
export const untrackTagValue = "untrack";
/** Set on groups that a response or the sweeper made: the deployment must not make them again. */
export const madeByTag = "CordonMadeBy";
export const madeByResponder = "responder";

export function untrackGroupName(incident: string): string {
  return `cordon-untrack-${incident}`;
}

/**
 * Lists a quarantine group's whole egress. Interface endpoints have no prefix list, so the rules
 * name the endpoints' own security groups; without endpoints nothing is allowed.
 */
export function quarantineEgress(endpointGroups: readonly string[]): readonly GroupRule[] {
  return [...new Set(endpointGroups)]
    .sort()
    .map((group) => ({ protocol: "tcp", fromPort: 443, toPort: 443, peer: { group } }));
}

/**
 * Everything, both address families. EC2 tracks no connection that a rule for all traffic from
 * 0.0.0.0/0 and ::/0 allows in both directions, so what passes through this group loses its state.
 */
export const untrackRules: readonly [GroupRule, GroupRule] = [
  { protocol: "-1", peer: { cidr: "0.0.0.0/0" } },
  { protocol: "-1", peer: { cidr: "::/0" } },
];

/** Checks that a group has no inbound rule, and outbound rules to these groups only. */
export function isClosed(group: SecurityGroup, endpointGroups: readonly string[]): boolean {
  const wanted = quarantineEgress(endpointGroups);
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
