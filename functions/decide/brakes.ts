/** Says which brakes an incident takes, and with what limits. Pure. */
import { groupScope, organizationScope, playbookScope } from "../catalogue/brake-scopes";
import { catalogue, isIntrusion } from "../catalogue/playbooks";
import type { Incident } from "../model/incident";
import type { Brake } from "../record/brakes";
import type { TargetState } from "../remediate/facts/reader";
import type { ResponsePolicy } from "./circumstances";

/** Lists the brakes of an incident, the narrowest first. */
export function brakesOf(
  { place, playbook }: Incident,
  { service }: TargetState,
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
