/** Names of the roles Cordon owns in every governed account. */
import type { Family } from "./playbooks";

export type Duty = "contain" | "release" | "prepare" | "investigate";

export function memberRoleName(family: Family, duty: Duty): string {
  return `cordon-${duty}-${family}`;
}
