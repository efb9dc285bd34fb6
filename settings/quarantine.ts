/** The settings of the quarantine groups and of what keeps them. */
import { between, type Read } from "./values";

export interface QuarantineSettings {
  /** Hours between two rounds of the sweeper through all accounts. */
  readonly sweepHours: number;
}

export const quarantineKeys = [
  "sweepHours",
] as const satisfies readonly (keyof QuarantineSettings)[];

/** Reads them. @throws pulumi.RunError naming the first key that is wrong */
export function readQuarantine(text: Read): QuarantineSettings {
  // At most a day: the first round of each day notifies of unreachable accounts.
  return { sweepHours: between("sweepHours", 1, 24, text("sweepHours")) };
}
