/** Makes text that strangers may have written fit to be read by people. */

/**
 * Drops control characters, which could forge lines of a notice, and cuts at a length.
 *
 * @param limit in characters, the mark of the cut included
 */
export function plain(text: string, limit: number): string {
  const clean = text
    // Controls, line and paragraph separators, and marks that turn the direction of what follows.
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .trim();
  return clean.length <= limit ? clean : `${clean.slice(0, limit - 1)}…`;
}
