/** Names of the roles Cordon owns in every governed account. */
import type { Family } from "./catalogue";

export type Move = "contain" | "release" | "prepare" | "investigate";

export function memberRoleName(family: Family, move: Move): string {
  return `cordon-${move}-${family}`;
}
