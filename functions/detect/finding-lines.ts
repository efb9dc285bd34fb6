/** Reads parts of a finding as lines for people: a part of another shape is left out, and hides no other. */
import type * as z from "zod/mini";
import { plain } from "../model/plain-text";

type Lines = string | readonly string[];

/** Reads a structure. */
export function one<T>(shape: z.ZodMiniType<T>, lines: (found: T) => Lines) {
  return (found: unknown): readonly string[] => {
    const parsed = shape.safeParse(found);
    return parsed.success ? [lines(parsed.data)].flat() : [];
  };
}

/** Reads a list: an element of another shape hides no other. */
export function many<T>(shape: z.ZodMiniType<T>, lines: (found: T) => Lines) {
  const read = one(shape, lines);
  return (found: unknown): readonly string[] => (Array.isArray(found) ? found.flatMap(read) : []);
}

/** Cleans and bounds lines, each given once; the last one says how many more there are. */
export function bounded(
  lines: readonly string[],
  { most, limit }: { readonly most: number; readonly limit: number },
): readonly string[] {
  const found = [...new Set(lines.map((line) => plain(line, limit)))].filter((line) => line !== "");
  if (found.length <= most) return found;
  const left = found.length - most + 1;
  return [...found.slice(0, most - 1), `${left} more: see the finding`];
}
