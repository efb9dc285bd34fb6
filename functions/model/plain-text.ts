/** Makes text from unknown authors safe to show in a notice, also as part of a command. */

/** Makes one line of it, so that no author can forge further lines of a notice. */
export function oneLine(text: string): string {
  // White space that breaks or wraps lines, controls, marks that turn the direction of what follows;
  // and halves of characters and what is none, which SQS takes in no message.
  return text.replace(/[\s\p{Cc}\p{Cf}\p{Cs}\ufffe\uffff]+/gu, " ").trim();
}

/**
 * Makes one line of it, and cuts that at a length.
 *
 * @param limit in characters, the mark of the cut included
 */
export function plain(text: string, limit: number): string {
  const clean = oneLine(text);
  // The cut may halve a character.
  return clean.length <= limit ? clean : `${oneLine(clean.slice(0, limit - 1))}…`;
}

/** Keeps a mail program from making a link of an address that a stranger chose. */
export function unlinked(text: string): string {
  return text.replace(/(https?):\/\//gi, "$1[:]//");
}

/**
 * Names an error and says what it says.
 *
 * @param limit makes one line of it, no longer than this. @default the text as it is
 */
export function errorText(error: unknown, limit?: number): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return limit === undefined ? text : plain(text, limit);
}

/** Quotes a word for a POSIX shell: a stranger chose the name, and a responder pastes the command. */
export function quoted(name: string): string {
  // Z shell replaces a word that begins with an equals sign.
  return /^(?!=)[\w+=,.@:/-]+$/.test(name) ? name : `'${name.replace(/'/g, "'\\''")}'`;
}
