/** Who requests a release, and why. */

export interface ReleaseOrder {
  /** ARN of the person, proven; of a release from Security Hub, that it was one. */
  readonly by: string;
  readonly reason: string;
  /** ISO 8601. */
  readonly at: string;
}

const lineLimit = 1_000;

/** Explains in one sentence what is wrong with a reason; undefined if nothing is. */
export function reasonProblem(reason: string, of = "for the release"): string | undefined {
  return lineProblem(`The reason ${of}`, reason);
}

/** Explains in one sentence why a text is not the one line that it must be; undefined if it is. */
export function lineProblem(what: string, text: string): string | undefined {
  const wanted = `${what} must be one line of 1 to 1,000 characters`;
  if (text.trim() === "") return `${wanted}, but none was given`;
  if (text.length > lineLimit) return `${wanted}, but it has ${text.length}`;
  return /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text)
    ? `${wanted}, but it has line breaks or control characters`
    : undefined;
}
