/** Writes HTML: what is put into a template is escaped, unless a template wrote it. */
import { escapeUTF8 } from "entities";

export class Html {
  constructor(readonly text: string) {}
}

type Part = string | number | Html | readonly Html[] | undefined;

/** Fills a template. Values stand in elements or in quoted attributes, never in a tag's name or a script. */
export function html(parts: TemplateStringsArray, ...values: readonly Part[]): Html {
  return new Html(String.raw({ raw: parts }, ...values.map(written)));
}

function written(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map(({ text }) => text).join("");
  return escapeUTF8(String(part));
}
