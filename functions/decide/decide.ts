/** Decides how far the response to an incident may go. Pure: same input, same verdict. */
import { catalogue } from "../catalogue";
import { type Incident, isRegional, resourceArn } from "../incident";
import { matchesPrincipal } from "../protected-roles";
import type { Tier, Verdict } from "../verdict";
import type { Circumstances, ResponsePolicy } from "./circumstances";

/** GuardDuty calls 7 and above high, and 4 and above medium. */
const automaticFrom = 7;
const notifyFrom = 4;

/** Tier by severity alone; what a finding no playbook answers gets, too. */
export function tierOf(severity: number): Extract<Tier, "auto" | "notify" | "log"> {
  if (severity >= automaticFrom) return "auto";
  return severity >= notifyFrom ? "notify" : "log";
}

/**
 * Judges one incident. Mode is not judged here: a dry run takes the same verdict and stops at the
 * plan, so that what it announces is what would have been done.
 */
export function decide(
  incident: Incident,
  policy: ResponsePolicy,
  circumstances: Circumstances,
): Verdict {
  const { finding, place, resource } = incident;
  const { account, target, releasedAt } = circumstances;

  if (account.known && account.value === undefined) {
    return verdict("refuse", `Account ${place.account} is not in the organization`);
  }
  if (finding.sample && policy.sampleFindings === "log") {
    return verdict(
      finding.requestedAt ? "notify" : "log",
      "It is a sample finding, and this stage only logs those",
    );
  }
  const tier = tierOf(finding.severity);
  const severity = `Severity ${finding.severity}`;
  if (tier === "log" && !finding.requestedAt)
    return verdict("log", `${severity} is below ${notifyFrom}`);

  // From here on the least that happens is that people are told, and why.
  if (!account.known)
    return verdict("notify", `The account could not be looked up: ${account.why}`);
  if (isRegional(resource) && !policy.governedRegions.includes(place.region)) {
    return verdict("notify", `Region ${place.region} is not governed by this deployment`);
  }
  if (!target.known) return verdict("notify", `The target could not be read: ${target.why}`);
  if (!releasedAt.known) {
    return verdict("notify", `The journal could not be read: ${releasedAt.why}`);
  }
  if (target.value.state === "missing") {
    const { limit } = target.value;
    return verdict("notify", `There is no ${resource.kind} ${resource.id} there`, limit?.instead);
  }
  if (target.value.state === "terminated") {
    return verdict("notify", `${resource.id} is terminated: there is nothing left to isolate`);
  }
  if (target.value.quarantined) {
    return verdict("notify", `${resource.id} is contained already and is left as it is`);
  }
  const { limit } = target.value;
  if (limit?.tier === "notify") return verdict("notify", limit.why, limit.instead);
  if (tier === "notify" && !finding.requestedAt) {
    return verdict("notify", `${severity} is below ${automaticFrom}: a person decides`);
  }
  // Credentials do not act by themselves: GuardDuty calls them the target of whoever holds them, and
  // nobody but their holder can make a finding about them.
  if (resource.kind === "instance" && finding.role !== "ACTOR" && !finding.requestedAt) {
    return verdict(
      "notify",
      finding.role === "TARGET"
        ? "The resource is the target, not the actor: isolating it would let outsiders aim the responder"
        : "The finding does not say that the resource acted: isolating it would let outsiders aim the responder",
    );
  }
  const arn = target.value.arn ?? resourceArn(place, resource);
  if (policy.protectedResources.includes(arn)) {
    return verdict("notify", "The resource is on the list of protected resources");
  }
  if (isBreakGlass(arn, policy)) {
    return verdict(
      "notify",
      `${resource.id} is a way back in (break-glass): nobody may cut it off`,
    );
  }
  if (target.value.optedOut) {
    return verdict("notify", "The resource carries the tag AutoRemediation=disabled");
  }
  if (
    releasedAt.value !== undefined &&
    // Asked this way round, a time that cannot be read is not newer.
    !(Date.parse(finding.requestedAt ?? finding.lastSeen) > Date.parse(releasedAt.value))
  ) {
    return verdict(
      "notify",
      `People released this incident at ${releasedAt.value}, and the finding shows nothing newer`,
    );
  }
  if (limit !== undefined) return verdict("approve", limit.why, limit.instead);
  return verdict(
    catalogue[incident.playbook].tier,
    finding.requestedAt
      ? "A person asked for it in Security Hub, and nothing speaks against it"
      : `${severity} is at least ${automaticFrom}, ${deed(incident)}, and nothing speaks against it`,
  );
}

function deed({ resource }: Incident): string {
  return resource.kind === "instance" ? "the resource acted" : "its credentials are in wrong hands";
}

function isBreakGlass(arn: string, { breakGlass }: ResponsePolicy): boolean {
  if (arn.includes(":user/")) return matchesPrincipal(arn, breakGlass.users);
  return arn.includes(":role/") && matchesPrincipal(arn, breakGlass.roles);
}

function verdict(
  decision: Verdict["decision"],
  reason: string,
  instead?: readonly string[],
): Verdict {
  return { decision, reasons: [reason], ...(instead !== undefined && { instead }) };
}
