/** Compares policies by what they say, since IAM need not answer with what was written. */
import { isDeepStrictEqual } from "node:util";

/**
 * Tells whether a policy that IAM answered with, as text, says the same as one of ours. A list of one
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
