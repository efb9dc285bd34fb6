/** Every kind of step by name. A kind that is forgotten, or under the wrong name, fails to compile. */
import type { Kind, Step, StepKind, StepOf } from "../../step";
import { cutConnections } from "./cut-connections";
import { denyInstanceCredentials } from "./deny-instance-credentials";
import { denyUser } from "./deny-user";
import { deregisterFromLoadBalancer } from "./deregister-from-load-balancer";
import { deregisterTarget } from "./deregister-target";
import { detachFromGroup } from "./detach-from-group";
import { disableAccessKey } from "./disable-access-key";
import { keepVolumes } from "./keep-volumes";
import { provideQuarantineGroup } from "./provide-quarantine-group";
import { provideUntrackGroup } from "./provide-untrack-group";
import { quarantineInterface } from "./quarantine-interface";
import { removeUntrackGroup } from "./remove-untrack-group";
import { revokeSessions } from "./revoke-sessions";
import { setInstanceAttribute } from "./set-instance-attribute";
import { snapshotVolumes } from "./snapshot-volumes";
import { tagInstance } from "./tag-instance";
import { tagPrincipal } from "./tag-principal";

export const kinds: { readonly [K in Kind]: StepKind<StepOf<K>> } = {
  "cut-connections": cutConnections,
  "deny-instance-credentials": denyInstanceCredentials,
  "deny-user": denyUser,
  "deregister-from-load-balancer": deregisterFromLoadBalancer,
  "deregister-target": deregisterTarget,
  "detach-from-group": detachFromGroup,
  "disable-access-key": disableAccessKey,
  "keep-volumes": keepVolumes,
  "provide-quarantine-group": provideQuarantineGroup,
  "provide-untrack-group": provideUntrackGroup,
  "quarantine-interface": quarantineInterface,
  "remove-untrack-group": removeUntrackGroup,
  "revoke-sessions": revokeSessions,
  "set-instance-attribute": setInstanceAttribute,
  "snapshot-volumes": snapshotVolumes,
  "tag-instance": tagInstance,
  "tag-principal": tagPrincipal,
};

/** Finds how a kind is carried out. One cast: the compiler cannot follow a union through the map. */
export function kindOf(kind: Kind): StepKind<Step> {
  return kinds[kind] as unknown as StepKind<Step>;
}
