/**
 * The guards of an automatic response, in the order in which they are checked: the first that
 * objects decides. docs/architecture.md lists them; `npx tsx docs/print.ts` prints that list.
 */

import { isGroup, limitText, mostPercent, smallGroup } from "../catalogue/brake-scopes";
import { isOwnRole } from "../catalogue/own-roles";
import { matchesPrincipal } from "../catalogue/protected-roles";
import { tierOf } from "../catalogue/severity";
import { criticalTag, optOut } from "../catalogue/tags";
import type { BegunBy } from "../model/finding";
import type { Incident } from "../model/incident";
import { isRegional, type Resource, resourceArn, resourceName } from "../model/resource";
import type { TargetState } from "../remediate/facts/reader";
import { ages, askedAfterMs, oldAfterMs } from "./age";
import { brakesOf } from "./brakes";
import type { Circumstances, ResponsePolicy } from "./circumstances";
import { describeException, exceptionFor } from "./exceptions";
import { areTooMany, shareText, typeBrake } from "./false-positives";
import type { Guard, Objection } from "./guard";
import {
  automaticByPolicy,
  severityAutomatic,
  severityHighEnough,
  severityWorthNotifying,
  unitsRead,
} from "./policy-guards";

/** The guard that holds a finding type back, whose first objection is an alert. */
export const fewFalsePositives = "fewFalsePositives";

/** The guard that holds an incident back with one alert for many. */
export const noBrakeTripped = "noBrakeTripped";

const optOutMark = `${optOut.tag}=${optOut.value}`;
const criticalMark = `${criticalTag.tag}=${criticalTag.value}`;

/** Of a setting nothing shows that anybody has broken in. */
function arranged({ kind }: Resource): Pick<Objection, "urgent"> {
  return kind === "posture" ? {} : urgent;
}

const tagForm = /^tag:([^=]+)=(.*)$/s;

/**
 * Of what rests on something that members write, or that nobody could read: somebody may have seen to it
 * that nothing is contained.
 */
const urgent = { urgent: true } as const;

/** Guards of reading the account: where one objects, nothing there is read. */
export const accessGuards: readonly Guard<Pick<Circumstances, "account">>[] = [
  {
    name: "accountKnown",
    rule: "Cordon could look the account up in AWS Organizations.",
    otherwise: "notify",
    check: ({ finding }, _policy, { account }) =>
      account.known
        ? undefined
        : {
            reason: `Looking up the account failed: ${account.why}`,
            ...(tierOf(finding.severity) === "auto" && urgent),
          },
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
export const accountGuards: readonly Guard<Pick<Circumstances, "account" | "units">>[] = [
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
  severityWorthNotifying,
  ...accessGuards,
];

/** Guards that the finding alone decides: where one objects, no state of the target would matter. */
export const findingGuards: readonly Guard<Pick<Circumstances, "ageMs" | "units">>[] = [
  severityHighEnough,
  unitsRead,
  {
    name: "notBegunByOutsider",
    rule: "No outsider began what the finding reports of an instance, or a responder requested the response.",
    otherwise: "notify",
    check: (incident) => {
      const { who, why } = beginnerOf(incident);
      return who !== "outsider" || incident.finding.requestedAt
        ? undefined
        : {
            reason: `An outsider began the activity (${why}): containing the instance would let an outsider choose what Cordon isolates`,
          };
    },
  },
  {
    name: "notOldNews",
    rule: "The finding's newest activity and its event are at most a day old, or a responder requested the response, or an access key is public.",
    otherwise: "notify",
    check: ({ finding }, _policy, { ageMs }) =>
      !ages(finding) || ageMs <= oldAfterMs
        ? undefined
        : {
            reason: `The finding is more than a day old: its newest activity was at ${finding.lastSeen}${finding.report === undefined ? "" : `, and GuardDuty sent it at ${finding.report.sentAt}`}. What it describes may be over, or changed by responders since`,
            manualSteps: [stillThere],
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
      target.known ? undefined : { reason: `Reading the target failed: ${target.why}`, ...urgent },
  },
  {
    name: "journalRead",
    rule: "Cordon could read the incident's journal.",
    otherwise: "notify",
    check: (_incident, _policy, { releasedAt }) =>
      releasedAt.known
        ? undefined
        : { reason: `Reading the incident's journal failed: ${releasedAt.why}`, ...urgent },
  },
  {
    name: "findingReadAgain",
    rule: "Cordon could ask GuardDuty about the finding, where it is more than an hour old.",
    otherwise: "notify",
    check: ({ finding }, _policy, { stillCurrent }) =>
      !ages(finding) || stillCurrent.known
        ? undefined
        : {
            reason: `The finding is more than an hour old, and asking GuardDuty whether it is still current failed: ${stillCurrent.why}`,
            manualSteps: [stillThere],
            ...urgent,
          },
  },
  {
    name: "stillCurrent",
    rule: "GuardDuty has the finding as the event does: not archived, and not updated since; about one of at most an hour it is not asked.",
    otherwise: "notify",
    check: ({ finding }, _policy, { ageMs, stillCurrent }) => {
      if (!ages(finding) || !stillCurrent.known || stillCurrent.value === "current")
        return undefined;
      if (stillCurrent.value === "not-asked" && ageMs <= askedAfterMs) return undefined;
      return { reason: `The finding is more than an hour old, and ${since[stillCurrent.value]}` };
    },
  },
  {
    name: "brakesRead",
    rule: "Cordon could read which brakes are tripped, or a responder requested the response.",
    otherwise: "notify",
    bindsOnly: "automatic",
    check: (_incident, _policy, { brakes }) =>
      brakes.known ? undefined : { reason: `Reading the brakes failed: ${brakes.why}`, ...urgent },
  },
  {
    name: "targetExists",
    rule: "The target exists.",
    otherwise: "notify",
    check: ofTarget(({ state, limit }, { resource }) =>
      state === "missing"
        ? {
            reason: limit?.why ?? `The ${resourceName(resource)} does not exist`,
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
        ? {
            reason:
              resource.kind === "posture"
                ? `The setting of ${resource.name} is as it ought to be`
                : `${resource.id} is already contained; Cordon does not change it again`,
          }
        : undefined,
    ),
  },
  {
    name: "playbookApplies",
    rule: "The playbook can contain the target: not, for example, an inactive access key or a service-linked role.",
    otherwise: "notify",
    check: ofTarget(({ limit }, { resource }) => {
      const objection = limited(limit, "notify");
      // Whoever misuses a resource may have seen to what keeps it from being contained.
      return objection && resource.kind === "resource" ? { ...objection, ...urgent } : objection;
    }),
  },
  {
    name: "notProtected",
    rule: "The resource is not in `cordon:protectedResources`, and no role of Cordon's own.",
    otherwise: "notify",
    check: ofTarget((target, incident, { protectedResources, ownRoles }) => {
      const arn = arnOf(target, incident);
      if (isOwnRole(arn, ownRoles)) return ownRoleActs(arn);
      return protectedResources.includes(arn)
        ? { reason: "The resource is listed in cordon:protectedResources", ...urgent }
        : undefined;
    }),
  },
  {
    name: "notBreakGlass",
    rule: "The principal is not in `cordon:breakGlassRoles` or `cordon:breakGlassUsers`.",
    otherwise: "notify",
    check: ofTarget((target, incident, policy) =>
      isBreakGlass(arnOf(target, incident), policy)
        ? {
            reason: `${incident.resource.id} is a break-glass principal and is never contained`,
            ...urgent,
          }
        : undefined,
    ),
  },
  {
    name: "exceptionsRead",
    rule: "Cordon could read the register of exceptions, or a responder requested the response.",
    otherwise: "notify",
    bindsOnly: "automatic",
    check: (_incident, _policy, { exceptions }) =>
      exceptions.known
        ? undefined
        : { reason: `Reading the register of exceptions failed: ${exceptions.why}`, ...urgent },
  },
  {
    name: "noException",
    rule: "No exception in the register covers the incident, or a responder requested the response.",
    otherwise: "notify",
    bindsOnly: "automatic",
    check: (incident, _policy, { target, exceptions }) => {
      if (!target.known || !exceptions.known) return undefined;
      const found = exceptionFor(exceptions.value, incident, target.value);
      if (found === undefined) return undefined;
      return {
        reason: describeException(found),
        // Responders looked at this target and this finding type.
        ...(found.kind !== "false-positive" && urgent),
      };
    },
  },
  {
    name: "falsePositivesRead",
    rule: "Cordon could count the false positives of the finding type, where responders marked any in seven days, or a responder requested the response.",
    otherwise: "notify",
    bindsOnly: "automatic",
    check: (_incident, _policy, { falsePositives }) =>
      falsePositives.known
        ? undefined
        : {
            reason: `Counting the false positives of the finding type failed: ${falsePositives.why}`,
            ...urgent,
          },
  },
  {
    name: "newerThanRelease",
    rule: "The activity, or the responder's request, is newer than the incident's last release; of a setting there was none.",
    otherwise: "notify",
    check: ({ finding, resource }, _policy, { releasedAt }) => {
      if (!releasedAt.known || releasedAt.value === undefined) return undefined;
      if (resource.kind === "posture" && finding.requestedAt === undefined) {
        // The release itself has AWS Config find it again.
        return {
          reason: `Responders gave the setting back at ${releasedAt.value}: Cordon fixes it once`,
        };
      }
      const newer =
        // NaN compares false: a time that cannot be parsed never counts as newer.
        Date.parse(finding.requestedAt ?? finding.lastSeen) > Date.parse(releasedAt.value);
      return newer
        ? undefined
        : {
            reason: `Responders released this incident at ${releasedAt.value}, and the finding shows no newer activity`,
          };
    },
  },
  {
    name: "notOptedOut",
    rule: `The resource does not have the tag \`${optOutMark}\`, or a responder requested the response.`,
    otherwise: "approve",
    bindsOnly: "automatic",
    check: ofTarget(({ optedOut }, { resource }) =>
      optedOut
        ? {
            reason: `The resource has the tag ${optOutMark}, which an intruder may have set: approve the plan unless the tag's owner objects`,
            ...arranged(resource),
          }
        : undefined,
    ),
  },
  {
    name: "noApprovalNeeded",
    rule: "The response stops no workload but one that is compromised; for more, a responder must approve.",
    otherwise: "approve",
    check: ofTarget(({ limit }, { resource }) => {
      const objection = limited(limit, "approve");
      if (objection === undefined || resource.kind === "posture") return objection;
      // Each part says of itself what an intruder may have arranged.
      if (resource.kind === "sequence") return { ...objection, ...urgent };
      const { reason } = objection;
      return { ...objection, reason: `${reason}. An intruder may have arranged it`, ...urgent };
    }),
  },
  {
    name: "begunByResource",
    rule: "The resource itself began the activity, or a responder requested the response; where that is unclear, a responder must approve.",
    otherwise: "approve",
    check: (incident) => {
      const { who, why } = beginnerOf(incident);
      return who === "resource" || incident.finding.requestedAt
        ? undefined
        : {
            reason: `It is unclear who began the activity (${why}): an outsider may have chosen what would be isolated`,
          };
    },
  },
  {
    name: "typeUnderstood",
    rule: "The catalogue lists the finding's type as one that needs no person to judge it, or a responder requested the response.",
    otherwise: "approve",
    bindsOnly: "automatic",
    check: ({ finding: { mustAsk } }) => (mustAsk === undefined ? undefined : { reason: mustAsk }),
  },
  {
    name: "notCritical",
    rule: `The resource is not in \`cordon:criticalResources\` and does not have the tag \`${criticalMark}\`, or a responder requested the response.`,
    otherwise: "approve",
    bindsOnly: "automatic",
    check: ofTarget((target, incident, { criticalResources }) => {
      if (criticalResources.some((pattern) => matchesArn(pattern, arnOf(target, incident)))) {
        return { reason: "The resource is listed in cordon:criticalResources" };
      }
      return hasTag(target, criticalTag.tag, criticalTag.value)
        ? {
            reason: `The resource has the tag ${criticalMark}, which an intruder may have set: approve the plan unless the tag's owner objects`,
            ...arranged(incident.resource),
          }
        : undefined;
    }),
  },
  {
    name: "forwardsForNobody",
    rule: "The instance does not resolve, relay or forward for others, by its source/destination checks or `cordon:forwarders`, or a responder requested the response.",
    otherwise: "approve",
    bindsOnly: "automatic",
    check: ofTarget((target, incident, { forwarders }) => {
      if (incident.resource.kind !== "instance") return undefined;
      const { id } = incident.resource;
      const matching = forwarders.filter((entry) => isForwarder(entry, target, incident));
      // What responders list by its ARN no intruder has marked.
      const listed = matching.find((entry) => !isTag(entry)) ?? matching[0];
      if (listed !== undefined) {
        const isMarked = isTag(listed);
        const set = isMarked ? ", which an intruder may have set" : "";
        return {
          reason: `${id} resolves, relays or forwards for others (${listed} in cordon:forwarders${set}): the activity may be another's`,
          ...(isMarked && urgent),
        };
      }
      const [first] = target.service?.forwarding ?? [];
      return first === undefined
        ? undefined
        : {
            reason: `${id} forwards for others (${first} does not check source and destination): the activity may be another's, or an intruder switched the check off`,
            ...urgent,
          };
    }),
  },
  {
    name: "serviceRead",
    rule: "Cordon could read the instance's Auto Scaling group and target groups, and the health of their targets, or a responder requested the response.",
    otherwise: "approve",
    bindsOnly: "automatic",
    check: ofTarget(({ service }) =>
      service?.unread === undefined
        ? undefined
        : {
            reason: `What depends on the instance could not be read: ${service.unread}`,
            ...urgent,
          },
    ),
  },
  {
    name: "notLastHealthyTarget",
    rule: "Every target group of the instance has another healthy target, or a responder requested the response.",
    otherwise: "approve",
    bindsOnly: "automatic",
    check: ofTarget(({ service }, { resource }) => {
      const [group, ...others] = service?.lastIn ?? [];
      if (group === undefined) return undefined;
      const name = group.split("/")[1] ?? group;
      const more = others.length === 0 ? "" : ` and ${others.length} more`;
      return {
        reason: `${resource.id} is the last target in service of target group ${name}${more}: without it the load balancer has none, which an intruder may have arranged`,
        ...urgent,
      };
    }),
  },
  severityAutomatic,
  automaticByPolicy,
  {
    name: noBrakeTripped,
    rule: "No brake is tripped that counts the incident, or a responder requested the response.",
    otherwise: "approve",
    bindsOnly: "automatic",
    check: (incident, policy, { target, brakes }) => {
      if (!target.known || !brakes.known) return undefined;
      const own = brakesOf(incident, target.value, policy).map(({ scope }) => scope);
      const all = brakes.value.filter(({ scope }) => own.includes(scope));
      // So few are no storm, and members choose which instances are in a group.
      const isFew = (target.value.service?.group?.size ?? 0) <= smallGroup;
      const ofMany = all.find(({ scope }) => !(isFew && isGroup(scope)));
      const tripped = ofMany ?? all[0];
      return tripped === undefined
        ? undefined
        : {
            reason: `Brake ${tripped.scope} is tripped since ${tripped.trippedAt}, at ${limitText(tripped.scope, tripped.limit)}`,
            ...(ofMany === undefined ? urgent : { isAnnounced: true as const }),
          };
    },
  },
  {
    name: fewFalsePositives,
    rule: `At most ${mostPercent} % of the finding type's targets in seven days are false positives, since responders last reset its brake, or a responder requested the response.`,
    otherwise: "approve",
    bindsOnly: "automatic",
    check: (incident, _policy, { falsePositives, brakes }) => {
      const { type } = incident.finding;
      if (falsePositives.known && areTooMany(falsePositives.value)) {
        return {
          reason: `Too many findings of type ${type} are false positives: ${shareText(falsePositives.value)}`,
        };
      }
      const { scope } = typeBrake(incident);
      const tripped = brakes.known && brakes.value.find((brake) => brake.scope === scope);
      // Each is announced: most of them may be true.
      return tripped
        ? {
            reason: `Too many findings of type ${type} were false positives: brake ${scope} is tripped since ${tripped.trippedAt}`,
          }
        : undefined;
    },
  },
];

/** Tells who began it. Only the principal that uses credentials can cause a finding about them. */
export function beginnerOf({ finding, resource }: Incident): BegunBy {
  if (resource.kind === "posture") {
    return { who: "resource", why: "AWS Config found the setting as it ought not to be" };
  }
  if (resource.kind === "sequence") {
    return { who: "resource", why: "GuardDuty saw several steps of one attack" };
  }
  if (resource.kind === "resource") {
    return finding.begunBy ?? { who: "resource", why: "the finding is about what was done to it" };
  }
  if (resource.kind !== "instance")
    return { who: "resource", why: "the credentials are compromised" };
  return finding.begunBy ?? { who: "unclear", why: "the finding does not say" };
}

const stillThere =
  "Look at the finding in GuardDuty. If it still holds, request the response in Security Hub: a request is answered whatever the finding's age.";

/** What GuardDuty has made of a finding since its event. */
const since = {
  archived: "responders or a suppression rule have archived it in GuardDuty since",
  updated: "GuardDuty has updated it since: the event of the update decides",
  missing: "GuardDuty does not have it any more",
  "not-asked": "GuardDuty was not asked whether it is still current",
} as const;

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

/** Matches an ARN against one with "*" for any text. */
function matchesArn(pattern: string, arn: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return arn === first;
  if (!arn.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = arn.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return arn.length - last.length >= at && arn.endsWith(last);
}

function hasTag({ tags = {} }: TargetState, key: string, value: string): boolean {
  return Object.hasOwn(tags, key) && tags[key] === value;
}

/** @param entry an ARN, possibly with "*", or tag:KEY=VALUE */
function isForwarder(entry: string, target: TargetState, incident: Incident): boolean {
  const [, key = "", value = ""] = tagForm.exec(entry) ?? [];
  return key === "" ? matchesArn(entry, arnOf(target, incident)) : hasTag(target, key, value);
}

function isTag(entry: string): boolean {
  return tagForm.test(entry);
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
    ...urgent,
  };
}

function isBreakGlass(arn: string, { breakGlass }: ResponsePolicy): boolean {
  if (arn.includes(":user/")) return matchesPrincipal(arn, breakGlass.users);
  return arn.includes(":role/") && matchesPrincipal(arn, breakGlass.roles);
}
