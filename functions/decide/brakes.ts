/** Says which brakes an incident takes, and with what limits. Pure. */
import { groupScope, organizationScope, playbookScope } from "../catalogue/brake-scopes";
import { catalogue, isIntrusion } from "../catalogue/playbooks";
import type { Incident } from "../model/incident";
import { incidentOfPart } from "../model/sequence";
import type { Brake } from "../record/brakes";
import type { TargetState } from "../remediate/facts/reader";
import type { ResponsePolicy } from "./circumstances";

/** Lists the brakes of an incident, the narrowest first; of an attack sequence those of all its parts. */
export function brakesOf(
  incident: Incident,
  target: TargetState,
  policy: ResponsePolicy,
): readonly Brake[] {
  const { parts } = target;
  if (parts === undefined) return brakesOfOne(incident, target, policy);
  const all = new Map<string, Brake>();
  for (const { part, target: own } of parts) {
    // What could not be read yet counts, too: the next delivery may contain it.
    const brakes = brakesOfOne(incidentOfPart(incident, part), own ?? {}, policy);
    for (const { scope, limit } of brakes) {
      const known = all.get(scope);
      const targets = [...new Set([...(known?.targets ?? []), part.key])];
      all.set(scope, { scope, limit: Math.min(limit, known?.limit ?? limit), targets });
    }
  }
  return [...all.values()];
}

function brakesOfOne(
  { place, playbook }: Incident,
  { service }: Pick<TargetState, "service">,
  { brakes }: ResponsePolicy,
): readonly Brake[] {
  const group = service?.group;
  const share = group && Math.floor((brakes.groupPercent * group.size) / 100);
  return [
    ...(group === undefined
      ? []
      : [{ scope: groupScope(place, group.name), limit: Math.max(1, share ?? 0) }]),
    { scope: playbookScope(playbook, place.account), limit: brakes.perPlaybookAndAccount },
    // What fixes or blocks much must not keep intruders from being contained.
    ...(isIntrusion(catalogue[playbook].family)
      ? [{ scope: organizationScope, limit: brakes.organization }]
      : []),
  ];
}
