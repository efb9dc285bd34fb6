/** The setting of the range on which a staging deployment is drilled. */
import type { CoreSettings } from "./core";
import { account, matching, type Read, refusal } from "./values";

export interface RangeSettings {
  /** Account with a harmless target for drills against real findings. */
  readonly rangeAccount?: string;
}

export const rangeKeys = ["rangeAccount"] as const satisfies readonly (keyof RangeSettings)[];

/** Reads it. @throws pulumi.RunError where it is no account, or one that no drill may touch */
export function readRange(read: Read, core: CoreSettings): RangeSettings {
  const given = read("rangeAccount") ?? "";
  if (given === "") return {};
  const rangeAccount = matching("rangeAccount", account, given);
  if (core.stage !== "staging") {
    throw refusal("rangeAccount", "empty where cordon:stage is not staging", rangeAccount);
  }
  if (!core.memberAccounts.includes(rangeAccount)) {
    throw refusal("rangeAccount", "one of cordon:memberAccounts", rangeAccount);
  }
  return { rangeAccount };
}
