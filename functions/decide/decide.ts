/** Decides how far the response to an incident may go. Pure: same input, same verdict. */
import type { Incident } from "../model/incident";
import type { Verdict } from "../model/verdict";
import type { Circumstances, ResponsePolicy } from "./circumstances";
import type { Guard } from "./guard";
import { accessGuards, accountGuards, beginnerOf, findingGuards, guards } from "./guards";
import { tiersOf, unitsIn } from "./policy-guards";
import { apply, dryRunReason } from "./stage-policy";

/**
 * Judges one incident. A dry run does not change the decision: it stops at the plan, so that what it
 * announces is what would have been done.
 */
export function decide(
  incident: Incident,
  policy: ResponsePolicy,
  circumstances: Circumstances,
): Verdict {
  const verdict =
    objectionTo(guards, incident, policy, circumstances) ??
    goAhead(incident, policy, circumstances);
  const dryRun = dryRunReason(incident, policy, circumstances.units);
  return { ...verdict, ...(dryRun !== undefined && { dryRun }) };
}

/** Judges what can be judged before the account is read; undefined when nothing objects so far. */
export function decideOnAccount(
  incident: Incident,
  policy: ResponsePolicy,
  circumstances: Pick<Circumstances, "account" | "units">,
): Verdict | undefined {
  return objectionTo(accountGuards, incident, policy, circumstances);
}

/** Checks whether Cordon may read the target in its account. */
export function isReadable(
  incident: Incident,
  policy: ResponsePolicy,
  account: Circumstances["account"],
): boolean {
  return objectionTo(accessGuards, incident, policy, { account }) === undefined;
}

/** Checks whether the target's state can matter: whether the finding alone rules no action out. */
export function canLeadToAction(
  incident: Incident,
  policy: ResponsePolicy,
  circumstances: Pick<Circumstances, "ageMs" | "units">,
): boolean {
  return objectionTo(findingGuards, incident, policy, circumstances) === undefined;
}

function objectionTo<C>(
  guards: readonly Guard<C>[],
  incident: Incident,
  policy: ResponsePolicy,
  circumstances: C,
): Verdict | undefined {
  const { requestedAt } = incident.finding;
  const passed: Guard<C>[] = [];
  for (const guard of guards) {
    const objection = guard.check(incident, policy, circumstances);
    if (objection === undefined) {
      passed.push(guard);
      continue;
    }
    if (guard.bindsOnly === "automatic" && requestedAt !== undefined) continue;
    const { reason, ...more } = objection;
    return {
      // A responder's request is always answered.
      decision: guard.otherwise === "log" && requestedAt ? "notify" : guard.otherwise,
      reasons: [reason],
      ...more,
      checked: namesOf(passed),
      objectedBy: guard.name,
    };
  }
  return undefined;
}

function goAhead(
  incident: Incident,
  policy: ResponsePolicy,
  circumstances: Circumstances,
): Verdict {
  const { finding, resource } = incident;
  const { automaticFrom, tiersBy } = apply(incident, policy.stage, unitsIn(circumstances));
  const { why } = beginnerOf(incident);
  const deed = resource.kind === "instance" ? `the instance began the activity (${why})` : why;
  const objections = guards.map((guard) => guard.check(incident, policy, circumstances));
  const overruled = objections.flatMap((objection) => objection?.reason ?? []);
  return {
    decision: "auto",
    reasons: [
      finding.requestedAt
        ? `${finding.requestedBy ?? "A responder"} requested it ${finding.requestedBy ? "by command" : "in Security Hub"}, and every guard passed`
        : `Severity ${finding.severity} meets the threshold of ${automaticFrom}${tiersOf(tiersBy)}, ${deed}, and every guard passed`,
      ...overruled.map((reason) => `Without the request Cordon would have asked first: ${reason}`),
    ],
    checked: namesOf(guards.filter((_, index) => objections[index] === undefined)),
  };
}

function namesOf(passed: readonly { readonly name: string }[]): readonly string[] {
  return passed.map(({ name }) => name);
}
