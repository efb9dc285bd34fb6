/** Loads test/cases: it holds the expected values as literals, apart from the code that checks it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export function cases<T>(name: string): readonly T[] {
  return json<{ readonly cases: readonly T[] }>("cases", name).cases;
}

/** A fresh copy of an event in test/fixtures, to be spoiled. */
export function fixture<T = Record<string, unknown>>(name: string): T {
  return json<T>("fixtures", name);
}

function json<T>(folder: string, name: string): T {
  return JSON.parse(readFileSync(join(__dirname, "..", folder, `${name}.json`), "utf8")) as T;
}
