/** The filter policies of SNS subscriptions: exact strings and prefixes of message attributes. */
import * as z from "zod/mini";
import { ApiError, UnknownOperationError } from "../wire/protocol";

/** Allowed values by attribute: exact ones, or how they begin. */
export type Filter = Readonly<Record<string, readonly (string | { readonly prefix: string })[]>>;

// SNS's default quota.
const mostNames = 5;

const filterPolicy = z.record(
  z.string(),
  z
    .array(
      z.union([
        z.string().check(z.minLength(1)),
        z.strictObject({ prefix: z.string().check(z.minLength(1)) }),
      ]),
    )
    .check(z.minLength(1)),
);

/** Reads a filter policy; anything but lists of exact strings and prefixes is refused by name. */
export function filterOf(policy: string): Filter {
  let given: unknown;
  try {
    given = JSON.parse(policy);
  } catch {
    throw invalid("FilterPolicy: failed to parse JSON");
  }
  const parsed = filterPolicy.safeParse(given);
  const names = Object.keys(parsed.data ?? {}).length;
  if (names > mostNames) throw invalid("FilterPolicy: too many keys");
  if (!parsed.success || names === 0)
    throw new UnknownOperationError(`the filter policy ${policy}`);
  return parsed.data;
}

/** Says whether every attribute that the filter names has a value that it allows. */
export function passes(attributes: Readonly<Record<string, string>>, filter: Filter = {}): boolean {
  return Object.entries(filter).every(([name, allowed]) => {
    const value = attributes[name];
    return (
      value !== undefined &&
      allowed.some((each) =>
        typeof each === "string" ? each === value : value.startsWith(each.prefix),
      )
    );
  });
}

/** SNS's error for a parameter that is not as it must be. */
export function invalid(what: string): ApiError {
  return new ApiError("InvalidParameter", `Invalid parameter: ${what}`);
}
