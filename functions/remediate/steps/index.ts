/** The closed set of changes Cordon can make: every kind of step by its name. */
import type { StepKind } from "../../model/step";
import { blockAddress } from "./block-address";
import { changeSetting } from "./change-setting";
import { closeSetting } from "./close-setting";
import { cutConnections } from "./cut-connections";
import { denyInstanceCredentials } from "./deny-instance-credentials";
import { denySession } from "./deny-session";
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
import { tagInterface } from "./tag-interface";
import { tagPrincipal } from "./tag-principal";

export const kinds = named({
  "block-address": blockAddress,
  "change-setting": changeSetting,
  "close-setting": closeSetting,
  "cut-connections": cutConnections,
  "deny-instance-credentials": denyInstanceCredentials,
  "deny-session": denySession,
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
  "tag-interface": tagInterface,
  "tag-principal": tagPrincipal,
});

/** Every change Cordon knows how to make. Plain JSON: the journal holds it. */
export type Step = (typeof kinds)[keyof typeof kinds]["widest"][number];
export type Kind = Step["kind"];
export type StepOf<K extends Kind> = Extract<Step, { kind: K }>;

/** Finds how a kind is carried out. One cast: the compiler cannot follow a union through the map. */
export function kindOf(kind: Kind): StepKind<Step> {
  return kinds[kind] as unknown as StepKind<Step>;
}

/** Builds a step; an object literal inside a map() would escape the excess-property check. */
export function step<K extends Kind>(kind: K, fields: Omit<StepOf<K>, "kind">): StepOf<K> {
  return { kind, ...fields } as unknown as StepOf<K>;
}

/** Refuses, at compile time, a kind under another name than its own. */
function named<
  T extends { readonly [K in keyof T]: { readonly widest: readonly { readonly kind: K }[] } },
>(map: T): T {
  return map;
}
