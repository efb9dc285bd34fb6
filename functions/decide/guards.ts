/**
 * The guards of an automatic response, in the order in which they are checked: the first that
 * objects decides. docs/architecture.md lists them; `npx tsx docs/print.ts` prints that list.
 */

import { isOwnRole } from "../catalogue/own-roles";
import { matchesPrincipal } from "../catalogue/protected-roles";
import { optOut } from "../catalogue/tags";
import type { Incident } from "../model/incident";
import { isRegional, resourceArn } from "../model/resource";
import type { Verdict } from "../model/verdict";
import type { TargetState } from "../remediate/facts/reader";
import type { Circumstances, ResponsePolicy } from "./circumstances";
import { automaticFrom, notifyFrom } from "./severity";

const optOutMark = `${optOut.tag}=${optOut.value}`;

/** Why a guard's rule does not hold. */
interface Objection {
  readonly reason: string;
  /** Manual steps in place of the response, if any are known. */
  readonly manualSteps?: readonly string[];
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
    rule: "Cordon could look the account up in AWS Organizations.",
    otherwise: "notify",
    check: (_incident, _policy, { account }) =>
      account.known ? undefined : { reason: `Looking up the account failed: ${account.why}` },
  },
  {
    name: "regionGoverned",
    rule: "The deployment governs the resource's region, or the resource is global, as in IAM.",
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
        ? { reason: "This is a sample finding, and this stage only logs samples" }
        : undefined,
  },
  {
    name: "severityWorthNotifying",
    rule: `The severity is ${notifyFrom} or higher, or a responder requested the response.`,
    otherwise: "log",
    check: ({ finding }) =>
      finding.severity >= notifyFrom || finding.requestedAt
        ? undefined
        : { reason: `Severity ${finding.severity} is below ${notifyFrom}` },
  },
  ...accessGuards,
];

/** Guards that the finding alone decides: where one objects, no state of the target would matter. */
export const findingGuards: readonly Guard<unknown>[] = [
  {
    name: "severityHighEnough",
    rule: `The severity is ${automaticFrom} or higher, or a responder requested the response.`,
    otherwise: "notify",
    check: ({ finding }) =>
      finding.severity >= automaticFrom || finding.requestedAt
        ? undefined
        : {
            reason: `Severity ${finding.severity} is below ${automaticFrom}, the threshold for containment`,
          },
  },
  {
    name: "instanceActed",
    rule: "An instance is the finding's actor, or a responder requested the response.",
    otherwise: "notify",
    // GuardDuty calls credentials the target of the principal that uses them, and only that principal
    // can cause a finding about them.
    check: ({ finding, resource }) =>
      resource.kind !== "instance" || finding.role === "ACTOR" || finding.requestedAt
        ? undefined
        : {
            reason:
              finding.role === "TARGET"
                ? "The instance is the target, not the actor: containing it would let an attacker choose what Cordon isolates"
                : "The finding does not name the instance as the actor: containing it would let an attacker choose what Cordon isolates",
          },
  },
];

/** Every guard, in order. */
export const guards: readonly Guard[] = [
  ...accountGuards,
  ...findingGuards,
  {
    name: "targetRead",
    rule: "Cordon could read the target.",
    otherwise: "notify",
    check: (_incident, _policy, { target }) =>
      target.known ? undefined : { reason: `Reading the target failed: ${target.why}` },
  },
  {
    name: "journalRead",
    rule: "Cordon could read the incident's journal.",
    otherwise: "notify",
    check: (_incident, _policy, { releasedAt }) =>
      releasedAt.known
        ? undefined
        : { reason: `Reading the incident's journal failed: ${releasedAt.why}` },
  },
  {
    name: "targetExists",
    rule: "The target exists.",
    otherwise: "notify",
    check: ofTarget(({ state, limit }, { resource }) =>
      state === "missing"
        ? {
            reason: limit?.why ?? `The ${resource.kind} ${resource.id} does not exist`,
            ...(limit && { manualSteps: limit.manualSteps }),
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
        ? { reason: `${resource.id} is terminated: nothing is left to isolate` }
        : undefined,
    ),
  },
  {
    name: "notYetContained",
    rule: "The target is not contained yet.",
    otherwise: "notify",
    check: ofTarget(({ quarantined }, { resource }) =>
      quarantined
        ? { reason: `${resource.id} is already contained; Cordon does not change it again` }
        : undefined,
    ),
  },
  {
    name: "playbookApplies",
    rule: "The playbook can contain the target: not, for example, an inactive access key or a service-linked role.",
    otherwise: "notify",
    check: ofTarget(({ limit }) => limited(limit, "notify")),
  },
  {
    name: "notProtected",
    rule: "The resource is not in `cordon:protectedResources`, and no role of Cordon's own.",
    otherwise: "notify",
    check: ofTarget((target, incident, { protectedResources, ownRoles }) => {
      const arn = arnOf(target, incident);
      if (isOwnRole(arn, ownRoles)) return ownRoleActs(arn);
      return protectedResources.includes(arn)
        ? { reason: "The resource is listed in cordon:protectedResources" }
        : undefined;
    }),
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
    rule: `The resource does not have the tag \`${optOutMark}\`.`,
    otherwise: "notify",
    check: ofTarget(({ optedOut }) =>
      optedOut ? { reason: `The resource has the tag ${optOutMark}` } : undefined,
    ),
  },
  {
    name: "newerThanRelease",
    rule: "The activity, or the responder's request, is newer than the incident's last release.",
    otherwise: "notify",
    check: ({ finding }, _policy, { releasedAt }) =>
      !releasedAt.known ||
      releasedAt.value === undefined ||
      // NaN compares false: a time that cannot be parsed never counts as newer.
      Date.parse(finding.requestedAt ?? finding.lastSeen) > Date.parse(releasedAt.value)
        ? undefined
        : {
            reason: `Responders released this incident at ${releasedAt.value}, and the finding shows no newer activity`,
          },
  },
  {
    name: "noApprovalNeeded",
    rule: "The response stops no workload but one that is compromised; for more, a responder must approve.",
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
  return limit?.tier === tier ? { reason: limit.why, manualSteps: limit.manualSteps } : undefined;
}

function arnOf({ arn }: TargetState, { place, resource }: Incident): string {
  return arn ?? resourceArn(place, resource);
}

/** Of its own roles Cordon never cuts one off: a thief could have it disable itself. */
function ownRoleActs(arn: string): Objection {
  return {
    reason: `${arn} is a role of Cordon's own, and Cordon never changes it: whoever acts with its credentials may do what Cordon may`,
    manualSteps: [
      "Find in CloudTrail who assumed the role, and from where: only Cordon's functions may.",
      `End the sessions that exist: IAM console, role ${arn.slice(arn.lastIndexOf("/") + 1)}, Revoke sessions. Cordon opens new ones by itself.`,
    ],
  };
}

function isBreakGlass(arn: string, { breakGlass }: ResponsePolicy): boolean {
  if (arn.includes(":user/")) return matchesPrincipal(arn, breakGlass.users);
  return arn.includes(":role/") && matchesPrincipal(arn, breakGlass.roles);
}
