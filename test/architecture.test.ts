import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { expect } from "chai";
import ts from "typescript";
import { kinds } from "../functions/remediate/steps";

interface Import {
  /** Path of the importing file within the repository. */
  readonly from: string;
  /** Path of the imported file within the repository, or the package's name. */
  readonly to: string;
  /** Erased when compiled: `import type`, or types only. */
  readonly type: boolean;
}

const root = join(__dirname, "..");
const product = ["functions", "components", "policies", "cli", "settings", "deploy"];
const rootFiles = readdirSync(root).filter((file) => file.endsWith(".ts"));
const files = [
  ...rootFiles,
  ...[...product, "local", "examples"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !file.includes("node_modules"))
      .map((file) => join(folder, file)),
  ),
];
const imports = files.flatMap(importsOf);

describe("the import graph", () => {
  it("was read: it knows a static, a type-only, a re-exported and a deferred import", () => {
    expect(imports).to.deep.include.members([
      { from: "functions/response.ts", to: "functions/decide/decide.ts", type: false },
      { from: "functions/response.ts", to: "functions/member-account.ts", type: true },
      { from: "functions/handlers/release.ts", to: "functions/release.ts", type: true },
      { from: "functions/handlers/adapters.ts", to: "functions/aws/messages.ts", type: false },
      { from: "functions/aws/ec2.ts", to: "@aws-sdk/client-ec2", type: false },
      { from: "examples/consumer/index.ts", to: "contract.ts", type: false },
    ]);
    expect(files).to.include.members(["deploy.ts", "index.ts", "functions/remediate/engine.ts"]);
  });

  rule("functions never import Pulumi", ({ from, to }) => {
    return within(from, "functions") && to.startsWith("@pulumi/");
  });

  rule("of the product, only functions/aws imports the AWS SDK", ({ from, to }) => {
    return (
      within(from, "functions") && /^@(aws-sdk|smithy)\//.test(to) && !within(from, "functions/aws")
    );
  });

  rule(
    "only handlers and functions/aws import functions/aws, and each other not at all",
    ({ from, to }) =>
      within(to, "functions/aws")
        ? !within(from, "functions/aws", "functions/handlers")
        : within(to, "functions/handlers") && within(from, "functions/aws"),
  );

  rule("the product never imports the local organization", ({ from, to }) => {
    return (
      (rootFiles.includes(from) || within(from, "functions", "components", "policies")) && local(to)
    );
  });

  rule("components import no handler but for the type of its environment", ({ from, to, type }) => {
    return within(from, "components") && within(to, "functions/handlers") && !type;
  });

  rule(
    "components import of functions only what is data or derived from it",
    ({ from, to, type }) => {
      return (
        (within(from, "components") || rootFiles.includes(from)) &&
        within(to, "functions") &&
        !type &&
        ![
          "functions/catalogue.ts",
          "functions/compliance-rules.ts",
          "functions/forwarding.ts",
          "functions/member-role-name.ts",
          "functions/patterns.ts",
          "functions/permissions.ts",
          "functions/policy-document.ts",
          "functions/protected-roles.ts",
          "functions/remediate/quarantine-group.ts",
          "functions/security-hub-actions.ts",
          "functions/service-control-policy.ts",
        ].includes(to)
      );
    },
  );

  rule("decide imports no values but what the product knows beforehand", ({ from, to, type }) => {
    return (
      within(from, "functions/decide") &&
      !type &&
      !within(to, "functions/decide") &&
      !["functions/catalogue.ts", "functions/incident.ts", "functions/protected-roles.ts"].includes(
        to,
      )
    );
  });

  rule("detect imports no values but the catalogue's, node's and zod's", ({ from, to, type }) => {
    return (
      within(from, "functions/detect") &&
      !type &&
      ![
        "functions/catalogue.ts",
        "functions/compliance-rules.ts",
        "functions/incident.ts",
        "functions/patterns.ts",
        "functions/plain-text.ts",
        "functions/security-hub-actions.ts",
        "node:crypto",
      ].includes(to) &&
      !within(to, "functions/detect") &&
      !to.startsWith("zod/")
    );
  });

  rule("files of types import no values", ({ from, type }) => {
    return (
      !type &&
      [
        "functions/decide/circumstances.ts",
        "functions/incident.ts",
        "functions/member-account.ts",
        "functions/plan.ts",
        "functions/playbook.ts",
        "functions/ports.ts",
        "functions/remediate/facts/reader.ts",
        "functions/report-targets.ts",
        "functions/step.ts",
        "functions/verdict.ts",
      ].includes(from)
    );
  });

  rule("the catalogue is data: it imports nothing but types", ({ from, type }) => {
    return from === "functions/catalogue.ts" && !type;
  });

  rule("steps, facts and playbooks do not import the engine or the response", ({ from, to }) => {
    return (
      within(
        from,
        ...["steps", "facts", "playbooks"].map((part) => `functions/remediate/${part}`),
      ) &&
      ["functions/remediate/engine.ts", "functions/response.ts", "functions/release.ts"].includes(
        to,
      )
    );
  });

  rule("steps import no facts and no playbooks, and facts no playbooks", ({ from, to, type }) => {
    const later = within(from, "functions/remediate/steps")
      ? ["functions/remediate/facts", "functions/remediate/playbooks"]
      : within(from, "functions/remediate/facts")
        ? ["functions/remediate/playbooks"]
        : [];
    return !type && within(to, ...later);
  });

  rule("only functions/remediate/steps knows the kinds' files", ({ from, to, type }) => {
    return (
      within(to, "functions/remediate/steps") &&
      !["index.ts", "arns.ts"].includes(basename(to)) &&
      !within(from, "functions/remediate/steps") &&
      !type &&
      // The playbook names the tags that its step may set, the facts what its step calls denied.
      !(
        within(from, "functions/remediate/playbooks") &&
        ["tag-instance.ts", "tag-principal.ts"].includes(basename(to))
      ) &&
      // Whose tags nobody else may set, the service control policy must know.
      !(
        from === "functions/service-control-policy.ts" &&
        ["cut-connections.ts", "tag-instance.ts", "tag-principal.ts"].includes(basename(to))
      ) &&
      !(
        within(from, "functions/remediate/facts") &&
        ["deny-instance-credentials.ts", "deny-user.ts", "revoke-sessions.ts"].includes(
          basename(to),
        )
      )
    );
  });

  rule("nothing imports the program", ({ to }) => to === "index.ts");

  rule("only the program and what runs it import deploy", ({ from, to }) => {
    return to === "deploy.ts" && from !== "index.ts" && !local(from);
  });

  const copied = [
    "contract.ts",
    "functions/record/incident-message.ts",
    "functions/record/old-key-message.ts",
  ];

  rule("what other repositories copy imports nothing of Cordon's", ({ from, to }) => {
    return copied.includes(from) && files.includes(to);
  });

  rule("examples import of Cordon only what other repositories copy", ({ from, to }) => {
    return within(from, "examples") && files.includes(to) && !copied.includes(to);
  });

  rule("only the local organization and the tests use the AGPL evaluator", ({ from, to }) => {
    return to.startsWith("@cloud-copilot/iam-simulate") && !local(from);
  });

  it("has no import of a file that is not there", () => {
    const own = imports.filter(({ to }) => /\.ts$/.test(to)).map(({ to }) => to);
    expect(own.filter((file) => !files.includes(file))).to.deep.equal([]);
  });

  it("has no cycle of values within functions", () => {
    const next = new Map<string, string[]>();
    for (const { from, to, type } of imports) {
      if (!type && within(from, "functions")) next.set(from, [...(next.get(from) ?? []), to]);
    }
    const cycles: string[] = [];
    const done = new Set<string>();
    const walk = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(" → "));
      if (path.includes(file) || done.has(file)) return;
      for (const each of next.get(file) ?? []) walk(each, [...path, file]);
      done.add(file);
    };
    for (const file of next.keys()) walk(file, []);
    expect(cycles).to.deep.equal([]);
  });

  it("names the file of every kind of step as the kind", () => {
    const shared = ["arns", "index"];
    const names = readdirSync(join(root, "functions/remediate/steps"))
      .map((file) => basename(file, ".ts"))
      .filter((name) => !shared.includes(name));
    expect(names.sort()).to.deep.equal(Object.keys(kinds).sort());
    for (const name of names) {
      const text = textOf(`functions/remediate/steps/${name}.ts`);
      expect(text, name).to.include(`readonly kind: "${name}";`);
    }
  });

  it("declares every function's handler as one that must return something", () => {
    const entries = files
      .filter((file) => within(file, "components"))
      .flatMap((file) => [...textOf(file).matchAll(/entry: "(functions\/[^"]+)"/g)])
      .map(([, entry]) => entry!);
    expect(entries).to.include("functions/handlers/respond.ts");
    // A queue's handler is one: the return type of queueHandler says so.
    const declared = /^export const handler(: Handler<| = queueHandler\()/m;
    expect(entries.filter((entry) => !declared.test(textOf(entry)))).to.deep.equal([]);
  });

  it("never unrefs in functions: Lambda ends an invocation whose event loop is empty", () => {
    const unrefs = /\bunref\b|\bref: false\b/;
    const found = files.filter((file) => within(file, "functions") && unrefs.test(textOf(file)));
    expect(found).to.deep.equal([]);
  });

  it("bounds every wait of functions for an answer, by clientConfig or a signal", () => {
    const client = /new \w+Client\(\s*(?!(\{\s*\.\.\.)?(clientConfig\(|config\b))/;
    const unbounded = files.filter((file) => {
      const text = within(file, "functions") ? textOf(file) : "";
      const count = (what: RegExp) => [...text.matchAll(what)].length;
      const fetches = count(/\bfetch\(/g);
      return client.test(text) || fetches !== count(/\bsignal: AbortSignal\.timeout\(/g);
    });
    expect(unbounded).to.deep.equal([]);
  });

  it("names files and folders in kebab case", () => {
    const odd = files.filter((file) => !/^([a-z0-9-]+\/)*[a-z0-9-]+(\.d)?\.ts$/.test(file));
    expect(odd).to.deep.equal([]);
  });
});

/** States a rule: no import may break it. */
function rule(name: string, breaks: (each: Import) => boolean): void {
  it(name, () => {
    expect(imports.filter(breaks).map(({ from, to }) => `${from} imports ${to}`)).to.deep.equal([]);
  });
}

function within(file: string, ...folders: readonly string[]): boolean {
  return folders.some((folder) => file.startsWith(`${folder}/`));
}

function local(file: string): boolean {
  return within(file, "local");
}

function importsOf(file: string): Import[] {
  const source = ts.createSourceFile(file, textOf(file), ts.ScriptTarget.ES2022, true);
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, type: boolean): void => {
    if (specifier === undefined || !ts.isStringLiteral(specifier)) {
      throw new Error(`${file} imports what only its run can tell: ${specifier?.getText()}`);
    }
    found.push({ from: file, to: resolve(file, specifier.text), type });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const clause = node.importClause;
      const named = clause?.namedBindings;
      const types =
        clause !== undefined &&
        (clause.isTypeOnly ||
          (clause.name === undefined &&
            named !== undefined &&
            ts.isNamedImports(named) &&
            named.elements.length > 0 &&
            named.elements.every((element) => element.isTypeOnly)));
      add(node.moduleSpecifier, types);
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
      add(node.moduleSpecifier, node.isTypeOnly);
    } else if (ts.isImportTypeNode(node)) {
      add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, true);
    } else if (
      ts.isCallExpression(node) &&
      (node.expression.kind === ts.SyntaxKind.ImportKeyword ||
        (ts.isIdentifier(node.expression) && node.expression.text === "require"))
    ) {
      // local/ loads bundles by path; the product never does.
      if (!local(file) || ts.isStringLiteral(node.arguments[0]!)) add(node.arguments[0], false);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function textOf(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

/** A relative specifier becomes a path within the repository; a package stays what it is. */
function resolve(file: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  const path = relative(root, join(root, dirname(file), specifier));
  if (/\.\w+$/.test(path)) return path;
  return files.includes(`${path}.ts`) ? `${path}.ts` : join(path, "index.ts");
}
