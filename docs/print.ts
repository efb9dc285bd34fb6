/**
 * Prints the parts of the documents that follow from code, each between its two markers:
 * `<!-- printed: NAME -->` and `<!-- end of NAME -->`. Run it with `npx tsx docs/print.ts`;
 * test/docs.test.ts fails while a document says something else.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { guards } from "../functions/decide/guards";

export interface PrintedSection {
  readonly name: string;
  /** Path of the document within the repository. */
  readonly document: string;
  /** Writes the section in Markdown, without a newline at its end. */
  print(): string;
}

export const sections: readonly PrintedSection[] = [
  {
    name: "guards",
    document: "docs/architecture.md",
    print: () =>
      guards
        .map(({ name, rule, otherwise }, index) => {
          return `${index + 1}. ${rule} Otherwise: ${otherwise}. (\`${name}\`)`;
        })
        .join("\n"),
  },
];

/**
 * Puts a section between its markers.
 *
 * @throws when the document lacks a marker, or has one twice
 */
export function withSection(text: string, { name, document, print }: PrintedSection): string {
  const [start, end] = [`<!-- printed: ${name} -->`, `<!-- end of ${name} -->`];
  const [before, rest, ...more] = text.split(start);
  const [, after, ...most] = (rest ?? "").split(end);
  if (before === undefined || after === undefined || more.length + most.length > 0) {
    throw new Error(`${document} must have "${start}" and, after it, "${end}" once each`);
  }
  return `${before}${start}\n\n${print()}\n\n${end}${after}`;
}

if (require.main === module) {
  for (const section of sections) {
    const path = join(__dirname, "..", section.document);
    writeFileSync(path, withSection(readFileSync(path, "utf8"), section));
  }
}
