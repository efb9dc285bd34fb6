/** Suggests the known word that is nearest to an unknown one. */

/** Returns the known word with the fewest letters to change; of several the first. */
export function nearest(word: string, known: readonly string[]): string {
  const [first = ""] = [...known].sort((a, b) => distance(word, a) - distance(word, b));
  return first;
}

/** Counts the insertions, deletions and substitutions that turn one word into another. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= to.length; column++) {
      const substituted = row[column - 1]! + (letter === to[column - 1] ? 0 : 1);
      next.push(Math.min(substituted, row[column]! + 1, next[column - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
