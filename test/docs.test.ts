import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { sections, templates, withSection } from "../docs/print";

describe("the documents", () => {
  for (const section of sections) {
    it(`have the section ${section.name} as it is printed in ${section.document}`, () => {
      const text = readFileSync(join(__dirname, "..", section.document), "utf8");
      if (withSection(text, section) === text) return;
      expect.fail(
        `Run npx tsx docs/print.ts, or put this between the markers of ${section.name} in ${section.document}:\n\n${section.print()}`,
      );
    });
  }

  for (const [path, text] of Object.entries(templates)) {
    it(`have the template ${path} as it is printed`, () => {
      const file = readFileSync(join(__dirname, "..", path), "utf8");
      expect(file === text(), "Run npx tsx docs/print.ts").to.equal(true);
    });
  }

  it("count the lines that a custom playbook takes", () => {
    const text = readFileSync(join(__dirname, "../docs/custom-playbooks.md"), "utf8");
    const counted = [...text.matchAll(/^\| `([\w/-]+\.ts)` \| (\d+) \|/gm)].map(
      ([, file = "", lines]) => [file, Number(lines)] as const,
    );
    expect(counted.map(([file]) => file)).to.include("playbooks.ts");
    for (const [file, lines] of counted) {
      const source = readFileSync(join(__dirname, "../examples/custom-playbook", file), "utf8");
      expect([file, source.trimEnd().split("\n").length]).to.deep.equal([file, lines]);
    }
    const sum = counted.reduce((all, [, lines]) => all + lines, 0);
    expect(text).to.include(`is one, of ${sum} lines of TypeScript`);
  });

  const section = { name: "food", document: "menu.md", print: () => "- soup" };

  it("take a section anew between its markers, and nothing beside it", () => {
    expect(
      withSection("A\n<!-- printed: food -->\nbread\n<!-- end of food -->\nB\n", section),
    ).to.equal("A\n<!-- printed: food -->\n\n- soup\n\n<!-- end of food -->\nB\n");
  });

  for (const text of [
    "no marker",
    "<!-- printed: food -->",
    "<!-- end of food --> <!-- printed: food -->",
    "<!-- printed: food --> <!-- printed: food --> <!-- end of food -->",
  ]) {
    it(`refuse to print into "${text}"`, () => {
      expect(() => withSection(text, section)).to.throw(
        'menu.md must have "<!-- printed: food -->" and, after it, "<!-- end of food -->" once each',
      );
    });
  }
});
