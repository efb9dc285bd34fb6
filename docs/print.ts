/**
 * Prints what follows from code: parts of the documents, each between its two markers
 * `<!-- printed: NAME -->` and `<!-- end of NAME -->`, and the templates of the deployment roles.
 * Run it with `npx tsx docs/print.ts`; test/docs.test.ts fails while a file says something else.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Kind, partsOf, templateText } from "../deploy/bootstrap/template";
import { type Control, controls, filled } from "../functions/catalogue/controls";
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
  { name: "controls", document: "docs/posture.md", print: controlTable },
  { name: "deployment roles", document: "docs/deployment-roles.md", print: deploymentRoles },
];

/** The templates, by their paths within the repository. */
export const templates: Readonly<Record<string, () => string>> = Object.fromEntries(
  (Object.keys(partsOf) as Kind[]).map((kind) => [
    `deploy/bootstrap/${kind}.yaml`,
    () => templateText(kind),
  ]),
);

function controlTable(): string {
  const code = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(", ");
  const rows = Object.entries<Control>(controls).map(([id, control]) => {
    const { does, rules, published, asks = "" } = control;
    const found = code(rules.map((rule) => `Config:${rule}`));
    return `| \`${id}\` | ${filled(does, { id: "ID" })} | ${found} | ${published.join(", ")} | ${asks} |`;
  });
  return [
    "| control | does | finding types | Security Hub | always asks, because |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

/** Has a row for each policy, and of its statements names those that nothing here calls. */
function deploymentRoles(): string {
  const code = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(", ");
  const rows = Object.entries(partsOf).flatMap(([kind, parts]) =>
    parts.map(({ name, purpose, when = {}, grants }) => {
      const conditions = Object.entries(when).map(([parameter, value]) => `${parameter}=${value}`);
      const called = grants.filter(({ actions = [] }) => actions.length > 0);
      const others = grants.filter((grant) => !called.includes(grant)).map(({ sid }) => sid);
      return `| ${kind} | \`${name}\` | ${code(conditions) || "always"} | ${purpose} | ${code(others)} |`;
    }),
  );
  return [
    "| account | policy | attached with | for | not called by the drill |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

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
  for (const [path, text] of Object.entries(templates)) {
    writeFileSync(join(__dirname, "..", path), text());
  }
}
