/** Every playbook by its id in the catalogue. */
import { isCustom } from "../../catalogue/custom";
import type { PlaybookId } from "../../catalogue/playbooks";
import type { Incident } from "../../model/incident";
import type { Plan } from "../plan";
import type { Playbook, PlaybookOptions } from "../playbook";
import { blockAddress } from "./block-address";
import { containAccessKey } from "./contain-access-key";
import { containInstance } from "./contain-instance";
import { containResource } from "./contain-resource";
import { containSequence } from "./contain-sequence";
import { fixPosture } from "./fix-posture";
import { revokeRoleSessions } from "./revoke-sessions";

const playbooks: { readonly [P in PlaybookId]: Playbook<P> } = {
  "block-address": blockAddress,
  "contain-access-key": containAccessKey,
  "contain-instance": containInstance,
  "contain-resource": containResource,
  "contain-sequence": containSequence,
  "fix-posture": fixPosture,
  "revoke-sessions": revokeRoleSessions,
};

/** Plans the answer to any incident. One cast: the compiler cannot follow a union through the map. */
export function planOf(
  incident: Incident,
  facts: unknown,
  incidentId: string,
  now: Date,
  options: PlaybookOptions,
  suffix: string,
): Plan {
  // A custom playbook changes the setting of its control, as fix-posture does.
  const known = isCustom(incident.playbook) ? fixPosture : playbooks[incident.playbook];
  const playbook = known as unknown as (
    incident: Incident,
    facts: unknown,
    incidentId: string,
    now: Date,
    options: PlaybookOptions,
    suffix: string,
  ) => Plan;
  return { ...playbook(incident, facts, incidentId, now, options, suffix), suffix };
}
