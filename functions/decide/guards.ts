/**
 * The guards of an automatic response, in the order in which they are checked: the first that
 * objects decides. docs/architecture.md lists them; `npx tsx docs/print.ts` prints that list.
 */

import { matchesPrincipal } from "../catalogue/protected-roles";
import type { Incident } from "../model/incident";
import { isRegional, resourceArn } from "../model/resource";
import type { Verdict } from "../model/verdict";
import type { TargetState } from "../remediate/facts/reader";
import type { Circumstances, ResponsePolicy } from "./circumstances";

/** GuardDuty calls 7 and above high, and 4 and above medium. */
export const automaticFrom = 7;
export const notifyFrom = 4;

/** Why a guard's rule does not hold. */
export interface Objection {
  readonly reason: string;
  /** What people do in place of the response, where there is a known way. */
  readonly instead?: readonly string[];
}

/** One rule that must hold before Cordon acts by itself. */
export interface Guard<C = Circumstances> {
  readonly name: string;
  /** The rule, in one sentence. */
  readonly rule: string;
  /** The decision when the rule does not hold. */
  readonly otherwise: Exclude<Verdict["decision"], "auto">;
  /** Objects when the rule does not hold. What is unknown has its own guard, which comes earlier. */
  check(incident: Incident, policy: ResponsePolicy, circumstances: C): Objection | undefined;
}

/** Guards of reading the account: where one objects, nothing there is read. */
export const accessGuards: readonly Guard<Pick<Circumstances, "account">>[] = [
  {
    name: "accountKnown",
    rule: "AWS Organizations answered whether the account belongs to it.",
    otherwise: "notify",
    check: (_incident, _policy, { account }) =>
      account.known ? undefined : { reason: `The account could not be looked up: ${account.why}` },
  },
  {
    name: "regionGoverned",
    rule: "The deployment governs the region of the resource; IAM is in no region.",
    otherwise: "notify",
    check: ({ place, resource }, { governedRegions }) =>
      isRegional(resource) && !governedRegions.includes(place.region)
        ? { reason: `Region ${place.region} is not governed by this deployment` }
        : undefined,
  },
];

/** Guards that need nothing from the account: they come before anything there is read. */
export const accountGuards: readonly Guard<Pick<Circumstances, "account">>[] = [
  {
    name: "accountInOrganization",
    rule: "The finding's account belongs to the organization.",
    otherwise: "refuse",
    check: ({ place }, _policy, { account }) =>
      account.known && account.value === undefined
        ? { reason: `Account ${place.account} is not in the organization` }
        : undefined,
  },
  {
    name: "sampleFindingsActedOn",
    rule: "The finding is not a sample, or `cordon:sampleFindings` is `act`.",
    otherwise: "log",
    check: ({ finding }, { sampleFindings }) =>
      finding.sample && sampleFindings === "log"
        ? { reason: "It is a sample finding, and this stage only logs those" }
        : undefined,
  },
  {
    name: "severityWorthNotifying",
    rule: `The severity is ${notifyFrom} or higher, or a person requested the response.`,
    otherwise: "log",
    check: ({ finding }) =>
      finding.severity >= notifyFrom || finding.requestedAt
        ? undefined
        : { reason: `Severity ${finding.severity} is below ${notifyFrom}` },
  },
  ...accessGuards,
];

/** Every guard, in order. */
export const guards: readonly Guard[] = [
  ...accountGuards,
  {
    name: "targetRead",
    rule: "Cordon could read the target.",
    otherwise: "notify",
    check: (_incident, _policy, { target }) =>
      target.known ? undefined : { reason: `The target could not be read: ${target.why}` },
  },
  {
    name: "journalRead",
    rule: "Cordon could read the incident's journal.",
    otherwise: "notify",
    check: (_incident, _policy, { releasedAt }) =>
      releasedAt.known ? undefined : { reason: `The journal could not be read: ${releasedAt.why}` },
  },
  {
    name: "targetExists",
    rule: "The target exists; of a user, the finding's key is active or temporary.",
    otherwise: "notify",
    check: ofTarget(({ state, limit }, { resource }) =>
      state === "missing"
        ? {
            reason: `There is no ${resource.kind} ${resource.id} there`,
            ...(limit && { instead: limit.instead }),
          }
        : undefined,
    ),
  },
  {
    name: "targetNotTerminated",
    rule: "The instance is not terminated.",
    otherwise: "notify",
    check: ofTarget(({ state }, { resource }) =>
      state === "terminated"
        ? { reason: `${resource.id} is terminated: there is nothing left to isolate` }
        : undefined,
    ),
  },
  {
    name: "notYetContained",
    rule: "The target is not contained yet.",
    otherwise: "notify",
    check: ofTarget(({ quarantined }, { resource }) =>
      quarantined
        ? { reason: `${resource.id} is contained already and is left as it is` }
        : undefined,
    ),
  },
  {
    name: "playbookApplies",
    rule: "The playbook can contain this kind of target.",
    otherwise: "notify",
    check: ofTarget(({ limit }) => limited(limit, "notify")),
  },
  {
    name: "severityHighEnough",
    rule: `The severity is ${automaticFrom} or higher, or a person requested the response.`,
    otherwise: "notify",
    check: ({ finding }) =>
      finding.severity >= automaticFrom || finding.requestedAt
        ? undefined
        : {
            reason: `Severity ${finding.severity} is below ${automaticFrom}: a person decides`,
          },
  },
  {
    name: "instanceActed",
    rule: "An instance is the finding's actor, or a person requested the response.",
    otherwise: "notify",
    // Credentials do not act by themselves: GuardDuty calls them the target of whoever holds them,
    // and nobody but their holder can cause a finding about them.
    check: ({ finding, resource }) =>
      resource.kind !== "instance" || finding.role === "ACTOR" || finding.requestedAt
        ? undefined
        : {
            reason:
              finding.role === "TARGET"
                ? "The resource is the target, not the actor: isolating it would let outsiders aim the responder"
                : "The finding does not say that the resource acted: isolating it would let outsiders aim the responder",
          },
  },
  {
    name: "notProtected",
    rule: "The resource is not in `cordon:protectedResources`.",
    otherwise: "notify",
    check: ofTarget((target, incident, { protectedResources }) =>
      protectedResources.includes(arnOf(target, incident))
        ? { reason: "The resource is on the list of protected resources" }
        : undefined,
    ),
  },
  {
    name: "notBreakGlass",
    rule: "The principal is not in `cordon:breakGlassRoles` or `cordon:breakGlassUsers`.",
    otherwise: "notify",
    check: ofTarget((target, incident, policy) =>
      isBreakGlass(arnOf(target, incident), policy)
        ? { reason: `${incident.resource.id} is a break-glass principal and is never contained` }
        : undefined,
    ),
  },
  {
    name: "notOptedOut",
    rule: "The resource does not carry the tag `AutoRemediation=disabled`.",
    otherwise: "notify",
    check: ofTarget(({ optedOut }) =>
      optedOut ? { reason: "The resource carries the tag AutoRemediation=disabled" } : undefined,
    ),
  },
  {
    name: "newerThanRelease",
    rule: "The activity, or the person's request, is newer than the incident's last release.",
    otherwise: "notify",
    check: ({ finding }, _policy, { releasedAt }) =>
      !releasedAt.known ||
      releasedAt.value === undefined ||
      // NaN compares false: a time that cannot be parsed never counts as newer.
      Date.parse(finding.requestedAt ?? finding.lastSeen) > Date.parse(releasedAt.value)
        ? undefined
        : {
            reason: `People released this incident at ${releasedAt.value}, and the finding shows nothing newer`,
          },
  },
  {
    name: "noApprovalNeeded",
    rule: "Workloads do not depend on the target: containing those needs approval.",
    otherwise: "approve",
    check: ofTarget(({ limit }) => limited(limit, "approve")),
  },
];

/** Checks a target that could be read. */
function ofTarget(
  check: (target: TargetState, incident: Incident, policy: ResponsePolicy) => Objection | undefined,
): Guard["check"] {
  return (incident, policy, { target }) =>
    target.known ? check(target.value, incident, policy) : undefined;
}

function limited(
  limit: TargetState["limit"],
  tier: NonNullable<TargetState["limit"]>["tier"],
): Objection | undefined {
  return limit?.tier === tier ? { reason: limit.why, instead: limit.instead } : undefined;
}

function arnOf({ arn }: TargetState, { place, resource }: Incident): string {
  return arn ?? resourceArn(place, resource);
}

function isBreakGlass(arn: string, { breakGlass }: ResponsePolicy): boolean {
  if (arn.includes(":user/")) return matchesPrincipal(arn, breakGlass.users);
  return arn.includes(":role/") && matchesPrincipal(arn, breakGlass.roles);
}
