/** Fits text from the journal, of which strangers wrote some, into lines of the terminal. */
import { plain } from "../../functions/model/plain-text";

/** Writes cells side by side, each cut to its width. */
export function columns(cells: readonly (readonly [text: string, width: number])[]): string {
  return cells
    .map(([text, width]) => plain(text, width).padEnd(width))
    .join("  ")
    .trimEnd();
}

/** Writes the lines of a section under its title; nothing where there are none. */
export function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];
}

/** Writes a time without its seconds, in UTC. */
export function minute(time: string): string {
  return plain(time, 40).replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d).*$/, "$1 $2");
}
