import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import ts from "typescript";

const root = join(__dirname, "../..");
const folders = ["functions", "cli", "components", "deploy", "settings"];
const begins = /(^|[^\w.])(aws [a-z][a-z0-9-]+ [a-z]|npx cordon|kubectl) ?/;

/** Values that nobody chooses, by file and expression. */
const ours: readonly (readonly [file: string, expression: string])[] = [
  // Incidents' ids: a hash's hexadecimal digits and a number.
  ["functions/flows/respond/announce.ts", "record.id"],
  ["functions/flows/respond/announce.ts", "record.id"],
  ["functions/flows/respond/announce.ts", "id"],
  // The shell is to expand the moment in it; it holds no other value.
  ["functions/remediate/playbooks/session-notes.ts", "document"],
  // Sentences that only name a command.
  ["cli/approve.ts", "only"],
  ["cli/approve.ts", "nothing"],
  ["cli/except.ts", "unchanged"],
  // A command that the shell is to run; its region is quoted.
  ["cli/incidents/show.ts", "detector"],
];

describe("a text with a command in it", () => {
  it("quotes every value that follows the command's name", () => {
    const found = folders
      .flatMap((folder) =>
        readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map(
          (file) => `${folder}/${file}`,
        ),
      )
      .filter((file) => file.endsWith(".ts"))
      .flatMap((file) => unquotedIn(file, readFileSync(join(root, file), "utf8")));
    expect(sorted(found)).to.deep.equal(sorted(ours));
  });

  it("is found where it does not", () => {
    const source = `
      const a = \`Look: aws iam get-user --user-name \${name}\`;
      const b = \`Reset: npx cordon brake reset "\${scope}"\`;
      const c = \`of \${name}: \${command\`aws iam get-user --user-name=\${name}\`}, of \${name}\`;
      const d = \`Release \${id}: npx cordon release \${quoted(id)}\`;
      const e = \`Stop: \${command\`aws ec2 stop-instances\`} --instance-ids \${ids}\`;
    `;
    expect(unquotedIn("x.ts", source)).to.deep.equal([
      ["x.ts", "name"],
      ["x.ts", "scope"],
      ["x.ts", "ids"],
    ]);
  });
});

function unquotedIn(file: string, text: string): (readonly [string, string])[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: (readonly [string, string])[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTemplateExpression(node) && !ts.isTaggedTemplateExpression(node.parent)) {
      let before = node.head.text;
      for (const { expression, literal } of node.templateSpans) {
        if (begins.test(before) && !isQuoted(expression)) found.push([file, expression.getText()]);
        // What follows a whole command as a further option is part of it.
        before =
          isQuoted(expression) && literal.text.startsWith(" -") ? "aws iam get-user" : before;
        before += literal.text;
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function isQuoted(node: ts.Expression): boolean {
  if (ts.isTaggedTemplateExpression(node)) return node.tag.getText() === "command";
  return (
    ts.isCallExpression(node) && ["quoted", "lookUpEvents"].includes(node.expression.getText())
  );
}

function sorted(pairs: readonly (readonly [string, string])[]): readonly string[] {
  return pairs.map((pair) => pair.join(": ")).sort();
}
