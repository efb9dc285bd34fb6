/** Compares values of settings as AWS means them. */
import { isDeepStrictEqual } from "node:util";
import type { Value } from "../../../catalogue/controls/control";

/**
 * Checks whether two values say the same. In policies AWS may give a list of one back as that one, and the
 * members of a list in another order (IAM User Guide, "JSON policy elements").
 */
export function isAlike(one: Value, other: Value): boolean {
  return isDeepStrictEqual(canonical(one), canonical(other));
}

function canonical(value: Value): Value {
  if (Array.isArray(value)) {
    const parts = (value as readonly Value[]).map(canonical);
    const keyed = parts.map((part) => [JSON.stringify(part), part] as const);
    const sorted = keyed.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, part]) => part);
    return sorted.length === 1 ? (sorted[0] as Value) : sorted;
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, part]) => [key, canonical(part)]),
  );
}
