/** Compares policies by meaning, since IAM need not return the text that was written. */
import { isDeepStrictEqual } from "node:util";

/**
 * Checks whether a policy that IAM returned as text means the same as one of Cordon's. A list of one
 * is the same as what is in it, lists have no order, keys neither, and every value is a text.
 */
export function sayTheSame(text: string, wanted: object): boolean {
  try {
    return isDeepStrictEqual(canonical(JSON.parse(text)), canonical(wanted));
  } catch {
    return false;
  }
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => JSON.stringify(canonical(item))).sort();
    return items.length === 1 ? JSON.parse(items[0] ?? "") : items;
  }
  if (typeof value !== "object" || value === null) return String(value);
  const sorted = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(sorted.map(([key, each]) => [key, canonical(each)]));
}
