/** The guards by which `cordon:policy` decides. */
import type { Circumstances } from "./circumstances";
import type { Guard } from "./guard";
import { apply, asksForUnits } from "./stage-policy";

type UnitsGuard = Guard<Pick<Circumstances, "units">>;

export const severityWorthNotifying: UnitsGuard = {
  name: "severityWorthNotifying",
  rule: "The severity is at least the policy's `notifyFrom`, or people must be asked about the finding's type, or the policy depends on units that Cordon could not read, or a responder requested the response.",
  otherwise: "log",
  check: (incident, { stage }, { units }) => {
    const { severity, requestedAt, mustAsk } = incident.finding;
    if (mustAsk !== undefined) return undefined;
    // Units that are unknown may make it worth a notice.
    if (requestedAt || (!units.known && asksForUnits(stage, incident.playbook))) return undefined;
    const { notifyFrom, tiersBy } = apply(incident, stage, unitsIn({ units }));
    return severity >= notifyFrom
      ? undefined
      : { reason: `Severity ${severity} is below ${notifyFrom}${tiersOf(tiersBy)}` };
  },
};

export const severityHighEnough: UnitsGuard = {
  name: "severityHighEnough",
  rule: "The severity is at least the policy's `askFrom`, which is its `automaticFrom` where it has none, or a responder requested the response.",
  otherwise: "notify",
  check: (incident, { stage }, { units }) => {
    const { severity, requestedAt, mustAsk } = incident.finding;
    const { askFrom, tiersBy } = apply(incident, stage, unitsIn({ units }));
    if (severity >= askFrom || requestedAt) return undefined;
    const why = mustAsk === undefined ? "" : `. ${mustAsk}`;
    return {
      reason: `Severity ${severity} is below ${askFrom}${tiersOf(tiersBy)}, the threshold for containment${why}`,
    };
  },
};

export const unitsRead: UnitsGuard = {
  name: "unitsRead",
  rule: "Cordon could read the account's organizational units, where the policy names any for the playbook.",
  otherwise: "notify",
  check: (incident, { stage }, { units }) =>
    units.known || !asksForUnits(stage, incident.playbook)
      ? undefined
      : {
          reason: `Policy: what it says of the units of account ${incident.place.account} is unknown, because they could not be read: ${units.why}`,
          urgent: true,
        },
};

export const severityAutomatic: UnitsGuard = {
  name: "severityAutomatic",
  rule: "The severity is at least the policy's `automaticFrom`, or a responder requested the response.",
  otherwise: "approve",
  check: (incident, { stage }, { units }) => {
    const { severity, requestedAt } = incident.finding;
    const { automaticFrom, tiersBy } = apply(incident, stage, unitsIn({ units }));
    return severity >= automaticFrom || requestedAt
      ? undefined
      : {
          reason: `Severity ${severity} is below ${automaticFrom}${tiersOf(tiersBy)}, from which responses are automatic`,
        };
  },
};

export const automaticByPolicy: UnitsGuard = {
  name: "automaticByPolicy",
  rule: "The policy does not have the playbook ask first, for the finding's type, in the account and its units.",
  otherwise: "approve",
  check: (incident, { stage }, { units }) => {
    const { response, by } = apply(incident, stage, unitsIn({ units }));
    return response === "ask" ? { reason: `Policy: ask first for ${by}` } : undefined;
  },
};

/** Gives the units of an account; none where they are unknown, which has a guard of its own. */
export function unitsIn({ units }: Pick<Circumstances, "units">): readonly string[] {
  return units.known ? units.value : [];
}

/** Names the entry of the policy that gives a threshold; nothing where it is the policy's own. */
export function tiersOf(by: string | undefined): string {
  return by === undefined ? "" : ` (policy for ${by})`;
}
