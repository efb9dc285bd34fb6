/**
 * Holds docs/requirements.md and the titles of tests to each other: a requirement that is done has a
 * test with its id in a title, and no title has an id that the document lacks. Prints the counts.
 * Run it with `node scripts/requirements.mjs`.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const states = ["done", "in part", "not yet"];

/** Reads the state of each requirement from the rows `| ID | requirement | state | missing |`. */
export function requirementsOf(document) {
  const rows = [...document.matchAll(/^\| ([A-Z]\d+) \|[^|]*\| ([^|]*) \|[^|]*\|$/gm)];
  return new Map(rows.map(([, id, state]) => [id, state]));
}

/** Finds the titles of groups and tests in TypeScript. */
export function titlesOf(source) {
  const title = /\b(?:describe|it)\(\s*(?:"((?:\\.|[^"\\])*)"|`((?:\\.|[^`\\])*)`)/g;
  return [...source.matchAll(title)].map(([, quoted, template]) => quoted ?? template);
}

/** Finds the ids in a title: `releases the user [E4] [R2]` has two. */
export function idsOf(title) {
  return [...title.matchAll(/\[([A-Z]\d+)\]/g)].map(([, id]) => id);
}

/**
 * Lists what does not fit.
 *
 * @param document text of docs/requirements.md
 * @param titles titles of tests by file
 */
export function faultsOf(document, titles) {
  const requirements = requirementsOf(document);
  const listed = [...document.matchAll(/^\| ([A-Z]\d+) \|/gm)].map(([, id]) => id);
  const shown = new Map();
  for (const [file, each] of titles) {
    for (const id of each.flatMap(idsOf)) shown.set(id, shown.get(id) ?? file);
  }
  return [
    ...listed
      .filter((id, index) => listed.indexOf(id) < index)
      .map((id) => `docs/requirements.md lists ${id} twice`),
    ...listed
      .filter((id) => !states.includes(requirements.get(id)))
      .map(
        (id) =>
          `docs/requirements.md must give ${id} four cells and the state ${states.join(", ")}`,
      ),
    ...listed
      .filter((id) => requirements.get(id) === "done" && !shown.has(id))
      .map((id) => `${id} is done, but no test has [${id}] in its title`),
    ...[...shown]
      .filter(([id]) => !listed.includes(id))
      .map(([id, file]) => `${file} has [${id}] in a title, but docs/requirements.md has no ${id}`),
  ];
}

function readTitles() {
  const files = readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" });
  return new Map(
    files.flatMap((file) => {
      const read = () => readFileSync(join(root, "test", file), "utf8");
      if (file.endsWith(".test.ts")) return [[`test/${file}`, titlesOf(read())]];
      if (!/^cases[/\\].*\.json$/.test(file)) return [];
      return [[`test/${file}`, JSON.parse(read()).cases.map(({ name }) => name ?? "")]];
    }),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const document = readFileSync(join(root, "docs/requirements.md"), "utf8");
  const titles = readTitles();
  const faults = faultsOf(document, titles);
  for (const fault of faults) console.error(fault);
  const counts = states.map((state) => {
    const found = [...requirementsOf(document).values()].filter((each) => each === state);
    return `${found.length} ${state}`;
  });
  const bearing = [...titles.values()].flat().filter((title) => idsOf(title).length > 0);
  console.log(
    `${requirementsOf(document).size} requirements: ${counts.join(", ")}; ${bearing.length} titles name them`,
  );
  process.exitCode = faults.length > 0 ? 1 : 0;
}
