/**
 * Prints what follows from code: parts of the documents, each between its two markers
 * `<!-- printed: NAME -->` and `<!-- end of NAME -->`, and the templates of the deployment roles.
 * Run it with `npx tsx docs/print.ts`; test/docs.test.ts fails while a file says something else.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Kind, partsOf, templateText } from "../deploy/bootstrap/template";
import {
  closingOf,
  closingsOf,
  containmentFor,
  containmentIds,
  containmentOf,
} from "../functions/catalogue/containments";
import { controlIds, controlOf } from "../functions/catalogue/controls";
import { filled } from "../functions/catalogue/controls/control";
import { assignmentOf, groups } from "../functions/catalogue/finding-types/assignment";
import type { DefaultSeverity, TypeGroup } from "../functions/catalogue/finding-types/group";
import { type Beginner, instanceTypes } from "../functions/catalogue/finding-types/instances";
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
  { name: "containments", document: "docs/containment.md", print: containmentTable },
  { name: "deployment roles", document: "docs/deployment-roles.md", print: deploymentRoles },
  { name: "finding types", document: "docs/findings.md", print: findingTypes },
  { name: "pages of finding types", document: "docs/findings.md", print: pagesOfFindingTypes },
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
  const rows = controlIds.map((id) => {
    const { does, config, published, asks = "" } = controlOf(id);
    const found = code((config?.rules ?? []).map((rule) => `Config:${rule}`));
    return `| \`${id}\` | ${filled(does, { id: "ID" })} | ${published.join(", ")} | ${found} | ${asks} |`;
  });
  return [
    "| control | does | Security Hub | rules of AWS Config | always asks, because |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

function containmentTable(): string {
  const of = { id: "ID" };
  const rows = containmentIds.map((kind) => {
    const { hubType } = containmentOf(kind);
    const closings = closingsOf(kind).map(closingOf);
    const does = closings.map((each) => filled(each.does, of)).join("; then ");
    const undoes = closings
      .map((each) => filled(each.undoes, of))
      .reverse()
      .join("; then ");
    const hub = hubType === undefined ? "" : `\`${hubType}\``;
    return `| \`${kind}\` | ${does} | ${undoes} | ${hub} |`;
  });
  return [
    "| kind | does | a release | in Security Hub |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
    "What is left open:",
    "",
    ...containmentIds.flatMap((kind) =>
      containmentOf(kind).residual.map((sentence) => `- \`${kind}\`: ${sentence}`),
    ),
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

/** Has a row for each finding type, and for what it is about where that makes a difference. */
function findingTypes(): string {
  const rows = groups
    .flatMap((group) => Object.entries(group.types).map((entry) => rowOf(group, ...entry)))
    .sort();
  return [
    "| type | about | default severity | what Cordon does | why, or where |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

/** When a playbook contains an instance, by who begins what the type reports. */
const began: Readonly<Record<Beginner, string>> = {
  resource: "the instance begins it",
  contact: "where the instance opened the connection; otherwise after an approval",
  either: "where the instance began it; of an outsider's attack it notifies",
  outsider: "only at a responder's request: outsiders begin it",
};

function rowOf({ about, asks }: TypeGroup, type: string, severity: DefaultSeverity): string {
  const kinds = about === "any" ? "not documented" : about.join(", ");
  const assigned = assignmentOf(type, about === "any" ? "" : (about[0] ?? ""));
  if (!("playbooks" in assigned)) {
    return `| \`${type}\` | ${kinds} | ${severity} | ${assigned.does} | ${assigned.why} |`;
  }
  const playbooks = assigned.playbooks.map((id) => `\`${id}\``).join(" or ");
  const [beginner] = instanceTypes[type] ?? [];
  const kind = containmentFor(type, about[0] ?? "");
  const own =
    kind === undefined
      ? about.includes("AttackSequence")
        ? "each resource that it shows as compromised, by the playbook of its kind"
        : "by their owner: a user, or a role"
      : `the ${containmentOf(kind).kind}; after an approval, unless the policy lists the type`;
  const why = asks ?? (beginner === undefined || kind !== undefined ? own : began[beginner]);
  return `| \`${type}\` | ${kinds} | ${severity} | ${playbooks}${atDefault(severity, asks)} | ${why} |`;
}

/** What remains of a playbook's answer by the thresholds that most policies have, 4 and 7. */
function atDefault(severity: DefaultSeverity, asks: string | undefined): string {
  const after = asks === undefined ? "" : ", after an approval";
  if (severity.startsWith("Medium")) return `${after}; at this severity it notifies`;
  if (!severity.startsWith("Low")) return after;
  return `${after}; at this severity it ${asks === undefined ? "logs" : "notifies"}`;
}

/** Lists the pages that the types were taken from, and how many each has. */
function pagesOfFindingTypes(): string {
  const pages = [...new Set(groups.map(({ page }) => page))].sort();
  return pages
    .map((page) => {
      const types = groups.filter((group) => group.page === page);
      const { size } = new Set(types.flatMap((group) => Object.keys(group.types)));
      return `- [${page}](https://docs.aws.amazon.com/guardduty/latest/ug/${page}.html): ${size}`;
    })
    .join("\n");
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
