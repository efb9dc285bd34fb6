/** Checks what EventBridge checks of its calls and the emulator does not. */
import { type ApiCall, ApiError, list, member, text } from "../wire/protocol";
import type { StrictCheck } from "./check";

/** The quota of an account that has not had it raised; the service model allows twice as much. */
const patternLimit = 2_048;
/** "The total entry size must be less than 1MB", says the service model. */
const entriesLimit = 1_048_576;

export const eventChecks: Readonly<Record<string, StrictCheck>> = {
  // Takes patterns of any length.
  "events:PutRule": async ({ parameters }) => {
    const { length } = text(parameters.EventPattern) ?? "";
    if (length > patternLimit) {
      throw new ApiError(
        "LimitExceededException",
        `The event pattern has ${length} characters. The quota is ${patternLimit}.`,
      );
    }
  },
};

/** Throws on entries that are too large together, counted as EventBridge counts them. */
export function checkEntries({ parameters }: ApiCall): void {
  const size = list(parameters.Entries).reduce<number>((sum, entry) => sum + sizeOf(entry), 0);
  if (size >= entriesLimit) {
    throw new ApiError(
      "ValidationException",
      "Total size of the entries in the request is over the limit.",
    );
  }
}

function sizeOf(entry: unknown): number {
  const time = member(entry, "Time") === undefined ? 0 : 14;
  const texts = [
    ...["Source", "DetailType", "Detail"].map((key) => text(member(entry, key))),
    ...list<string>(member(entry, "Resources")),
  ];
  return texts.reduce((sum, each) => sum + Buffer.byteLength(each ?? ""), time);
}
