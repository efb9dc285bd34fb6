import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "chai";

const script = join(__dirname, "../../scripts/requirements.mjs");

interface Script {
  titlesOf(source: string): string[];
  faultsOf(document: string, titles: ReadonlyMap<string, readonly string[]>): string[];
}

describe("the requirements", () => {
  it("that are done are named by the title of a test, and titles name no others", () => {
    const { status, stderr } = spawnSync(process.execPath, [script], { encoding: "utf8" });
    expect(stderr).to.equal("");
    expect(status).to.equal(0);
  });

  it("are found in titles of groups and tests, in quotes and in templates", async () => {
    const { titlesOf }: Script = await import(script);
    const source = `describe("a \\"dry\\" run [C4]", () => {
      it(
        \`ends in \${state} [E1]\`, () => expect("[X1]"));`;
    const [group, test, ...more] = titlesOf(source);
    expect(group).to.equal('a \\"dry\\" run [C4]');
    expect(test).to.equal(`ends in \${state} [E1]`);
    expect(more).to.deep.equal([]);
  });

  const document = ["| A1 | a | done | |", "| A2 | b | in part | c |", "| A3 | d | not yet | |"];
  const faults: readonly (readonly [string, readonly string[], readonly string[], string[]])[] = [
    ["nothing", document, ["does [A1]"], []],
    ["a missing test", document, ["A1"], ["A1 is done, but no test has [A1] in its title"]],
    [
      "an unknown id",
      document,
      ["does [A1] [A9]"],
      ["a.test.ts has [A9] in a title, but docs/requirements.md has no A9"],
    ],
    [
      "an unknown state",
      ["| A1 | a | perhaps | |"],
      ["does [A1]"],
      ["docs/requirements.md must give A1 four cells and the state done, in part, not yet"],
    ],
    [
      "an id that comes twice",
      [...document, "| A3 | e | not yet | |"],
      ["does [A1]"],
      ["docs/requirements.md lists A3 twice"],
    ],
  ];
  for (const [what, lines, titles, expected] of faults) {
    it(`are checked for ${what}`, async () => {
      const { faultsOf }: Script = await import(script);
      const found = faultsOf(lines.join("\n"), new Map([["a.test.ts", titles]]));
      expect(found).to.deep.equal(expected);
    });
  }
});
