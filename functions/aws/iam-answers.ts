/** Reads IAM's answers: documents, pages, and refusals that are answers. */
import type { Fit } from "../model/member-account";
import { hasCode, noRoom, orUndefined } from "./errors";

/** Reads a policy: IAM returns documents URL-encoded (RFC 3986). */
export function decoded(document: string | undefined): object | undefined {
  return document === undefined ? undefined : (JSON.parse(decodeURIComponent(document)) as object);
}

/** Makes a change that IAM may have no room for. */
export async function fitted(change: Promise<unknown>): Promise<Fit> {
  try {
    await change;
    return "done";
  } catch (error) {
    if (hasCode(error, ...noRoom)) return "quota";
    throw error;
  }
}

/** Gives an answer in place of these error codes. */
export async function otherwise<T, O extends string>(
  answer: O,
  codes: readonly string[],
  change: Promise<T>,
): Promise<T | O> {
  return (await orUndefined(change, ...codes)) ?? answer;
}

/** Reads every page. */
export async function all<T>(pages: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const page of pages) found.push(page);
  return found;
}
