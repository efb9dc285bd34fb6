import { existsSync, readdirSync, readFileSync } from "node:fs";
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
const top = readdirSync(root, { withFileTypes: true }).filter(
  ({ name }) => !name.startsWith(".") && !["node_modules", "test"].includes(name),
);
const files = [
  ...top.filter((each) => each.isFile()).map(({ name }) => name),
  ...top.filter((each) => each.isDirectory()).flatMap(({ name }) => below(name)),
].filter((file) => file.endsWith(".ts"));
const imports = files.flatMap(importsOf);

/** Rooms whose values every room of the product may use. */
const known = ["functions/model", "functions/catalogue"];
/** What every flow is made of. */
const parts = [
  ...known,
  "functions/detect",
  "functions/decide",
  "functions/history",
  "functions/record",
  "functions/remediate",
  "functions/remediate/facts",
  "functions/remediate/playbooks",
  "functions/remediate/steps",
  "functions/notify",
];
const flows = readdirSync(join(root, "functions/flows")).map((flow) => `functions/flows/${flow}`);

/**
 * Each room, and the rooms whose values it may use; of a listed room those below it are part, unless
 * they are listed themselves. Types are free, as long as no circle comes of them. A file in no room
 * fails, and so does an import of a room that is not named here.
 */
const rooms: Readonly<Record<string, readonly string[]>> = {
  "index.ts": ["deploy", "settings"],
  contract: [],
  // What a team's playbooks are added by, and checked with.
  custom: [
    ...known,
    "functions/aws",
    "functions/detect",
    "functions/iam",
    "functions/remediate",
    "functions/remediate/facts",
    "functions/remediate/playbooks",
    "functions/remediate/steps",
    "policies",
  ],
  examples: ["contract"],
  // It runs Cordon with a team's playbooks: the program, the policy pack and the command line.
  "examples/custom-playbook": ["cli", "custom", "deploy", "policies", "settings"],

  "functions/model": [],
  "functions/catalogue": ["functions/model"],
  "functions/detect": known,
  "functions/decide": known,
  "functions/history": ["functions/model"],
  "functions/record": ["functions/model"],
  "functions/remediate": [...known, "functions/record", "functions/remediate/steps"],
  "functions/remediate/steps": known,
  "functions/remediate/facts": [...known, "functions/remediate/steps"],
  "functions/remediate/playbooks": [
    ...known,
    "functions/remediate",
    "functions/remediate/facts",
    "functions/remediate/steps",
  ],
  "functions/iam": [...known, "functions/remediate/facts", "functions/remediate/steps"],
  "functions/notify": [
    ...known,
    "functions/record",
    "functions/remediate",
    "functions/remediate/steps",
  ],
  ...Object.fromEntries(
    flows.map((flow) => [
      flow,
      [...parts, "functions/flows/approval", "functions/flows/respond", "functions/flows/triage"],
    ]),
  ),
  "functions/aws": [...known, "functions/record", "functions/notify"],
  "functions/channels": [...known, "functions/notify"],
  "functions/handlers": [
    ...parts,
    ...flows,
    "functions/iam",
    "functions/aws",
    "functions/channels",
  ],

  "components/blocks": known,
  "components/record": [...known, "components/blocks"],
  "components/hub": [...known, "components/blocks", "components/record", "settings"],
  "components/organization": [
    ...known,
    "functions/iam",
    "components/blocks",
    "components/record",
    "components/hub",
    "settings",
  ],
  "components/flows": [
    ...known,
    "functions/iam",
    "components/blocks",
    "components/record",
    "components/organization",
  ],

  settings: known,
  deploy: [
    ...known,
    "functions/iam",
    "components/blocks",
    "components/record",
    "components/hub",
    "components/organization",
    "components/flows",
    "contract",
    "settings",
  ],
  "deploy/bootstrap": [...known, "functions/iam", "cli/check"],
  policies: [...known, "functions/iam", "settings"],
  "cli/check": [...known, "functions/iam", "components/organization", "settings"],
  "cli/break-glass": [
    ...known,
    "functions/aws",
    "functions/decide",
    "functions/detect",
    "functions/notify",
    "functions/record",
    "functions/remediate",
    "functions/remediate/facts",
    "functions/remediate/playbooks",
    "functions/remediate/steps",
    "cli",
    "cli/check",
    "settings",
  ],
  "cli/incidents": [
    ...known,
    "functions/aws",
    "functions/decide",
    "functions/record",
    "functions/remediate",
    "functions/remediate/steps",
  ],
  "cli/policy": [
    ...known,
    "functions/aws",
    "functions/decide",
    "functions/record",
    "cli/incidents",
    "settings",
  ],
  cli: [
    "cli/break-glass",
    "cli/check",
    "cli/incidents",
    "cli/policy",
    ...known,
    "functions/aws",
    "functions/record",
  ],
  docs: ["deploy/bootstrap", "functions/catalogue", "functions/decide"],

  "local/gateway": known,
  "local/seeds": ["deploy/bootstrap", "local/gateway"],
  "local/samples": [...known, "functions/detect", "local/gateway", "local/seeds"],
  "local/services": [...known, "local/gateway"],
  "local/provider": ["local/gateway"],
  "local/organization": [
    "deploy",
    "settings",
    "local/gateway",
    "local/provider",
    "local/samples",
    "local/seeds",
    "local/services",
  ],
  "local/drill": [
    ...known,
    "functions/aws",
    "functions/iam",
    "functions/record",
    "functions/remediate",
    "functions/remediate/facts",
    "functions/remediate/playbooks",
    "functions/remediate/steps",
    "components/blocks",
    "components/organization",
    "contract",
    "custom",
    "deploy",
    "examples",
    "examples/custom-playbook",
    "settings",
    "local/gateway",
    "local/organization",
    "local/samples",
    "local/seeds",
    "local/services",
  ],
};
const roomNames = Object.keys(rooms).sort((a, b) => b.length - a.length);

/** Packages that only some rooms may use. */
const packages: readonly (readonly [RegExp, string, readonly string[]])[] = [
  [/^@(aws-sdk|smithy)\//, "functions", ["functions/aws"]],
  [/^@pulumi\//, "functions", []],
  // Its licence is the AGPL: what is deployed and what adopters run must not hold it.
  [/^@cloud-copilot\/iam-simulate/, "", ["local"]],
];

describe("the import graph", () => {
  it("was read: it knows a static, a type-only, a re-exported and a deferred import", () => {
    expect(imports).to.deep.include.members([
      {
        from: "functions/flows/respond/respond.ts",
        to: "functions/decide/decide.ts",
        type: false,
      },
      {
        from: "functions/remediate/release.ts",
        to: "functions/model/member-account.ts",
        type: true,
      },
      { from: "functions/handlers/adapters.ts", to: "functions/aws/messages.ts", type: false },
      { from: "functions/aws/ec2.ts", to: "@aws-sdk/client-ec2", type: false },
      { from: "examples/consumer/index.ts", to: "contract/outputs.ts", type: false },
    ]);
    expect(files).to.include.members(["index.ts", "deploy/index.ts", "settings/index.ts"]);
  });

  it("has every file in a room", () => {
    expect(files.filter((file) => roomOf(file) === undefined)).to.deep.equal([]);
    // A room that is gone must leave the table, too.
    expect(roomNames.filter((room) => !files.some((file) => within(file, room)))).to.deep.equal([]);
  });

  it("takes values only from the rooms that the table names", () => {
    const broken = imports.filter(({ from, to, type }) => {
      const target = roomOf(to);
      return !type && target !== undefined && target !== roomOf(from) && !may(from, target);
    });
    expect(named(broken)).to.deep.equal([]);
  });

  it("never imports the local organization or a handler from the product, types included", () => {
    const broken = imports.filter(({ from, to, type }) => {
      if (within(from, "local")) return false;
      if (within(to, "local")) return true;
      // The environment that a component gives a function is typed by its handler; the release's
      // command reads the function's answer.
      const typed = type && (within(from, "components/flows") || within(from, "cli"));
      return within(to, "functions/handlers") && !within(from, "functions/handlers") && !typed;
    });
    expect(named(broken)).to.deep.equal([]);
  });

  it("imports nothing into what other repositories copy, and nothing else into their examples", () => {
    const broken = imports.filter(
      ({ from, to }) =>
        (within(from, "contract") && !within(to, "contract") && files.includes(to)) ||
        (within(from, "examples") &&
          !within(from, "examples/custom-playbook") &&
          files.includes(to) &&
          !within(to, "contract", "examples")),
    );
    expect(named(broken)).to.deep.equal([]);
  });

  for (const [pattern, where, allowed] of packages) {
    it(`uses ${pattern.source} ${where && `in ${where} `}only in ${allowed.join(", ") || "no room"}`, () => {
      const broken = imports.filter(
        ({ from, to }) =>
          pattern.test(to) && (where === "" || within(from, where)) && !within(from, ...allowed),
      );
      expect(named(broken)).to.deep.equal([]);
    });
  }

  it("keeps detect to zod and node's hashes, and decide and model to no package but node's addresses", () => {
    const broken = imports.filter(({ from, to }) => {
      if (files.includes(to)) return false;
      if (within(from, "functions/detect")) return to !== "node:crypto" && !to.startsWith("zod");
      // It reads addresses and opens no connection: which of its values are used, the next test says.
      return (
        to !== "node:net" &&
        within(from, "functions/decide", "functions/model", "functions/catalogue")
      );
    });
    expect(named(broken)).to.deep.equal([]);
  });

  it("opens no connection where addresses are read", () => {
    for (const file of [
      "functions/catalogue/unblockable.ts",
      "functions/model/internet-address.ts",
    ]) {
      const [, names = ""] =
        /import \{ (.+) \} from "node:net"/.exec(readFileSync(join(root, file), "utf8")) ?? [];
      expect(["BlockList", "isIP", "SocketAddress"], file).to.include.members(names.split(", "));
    }
  });

  it("knows the files of the kinds of steps by their names alone", () => {
    const broken = imports.filter(
      ({ from, to, type }) =>
        !type &&
        /^functions\/remediate\/steps\/[a-z-]+\.ts$/.test(to) &&
        basename(to) !== "index.ts" &&
        // Facts, playbooks and control policies take names of tags and policies from the kinds.
        !within(from, "functions/remediate", "functions/iam"),
    );
    expect(named(broken)).to.deep.equal([]);
  });

  it("has no import of a file that is not there", () => {
    const own = imports.filter(({ to }) => /\.ts$/.test(to)).map(({ to }) => to);
    expect(own.filter((file) => !files.includes(file))).to.deep.equal([]);
  });

  it("has no circle, types included", () => {
    const next = new Map<string, string[]>();
    for (const { from, to } of imports) next.set(from, [...(next.get(from) ?? []), to]);
    const circles: string[] = [];
    const done = new Set<string>();
    const walk = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(" → "));
      if (path.includes(file) || done.has(file)) return;
      for (const each of next.get(file) ?? []) walk(each, [...path, file]);
      done.add(file);
    };
    for (const file of next.keys()) walk(file, []);
    expect(circles).to.deep.equal([]);
  });
});

describe("the tree", () => {
  it("has no loose code but the program", () => {
    const loose = files.filter((file) =>
      /^[^/]+\.ts$|^(functions|components|functions\/flows|components\/flows|local)\/[^/]+\.ts$/.test(
        file,
      ),
    );
    expect(loose).to.deep.equal(["index.ts"]);
  });

  it("gives a flow the same name in every tree", () => {
    const names = flows.map((flow) => basename(flow)).sort();
    expect(names).to.deep.equal([
      "approval",
      "dead-letters",
      "exposed-key",
      "key-rotation",
      "notify",
      "release",
      "respond",
      "sweep",
      "triage",
    ]);
    expect(readdirSync(join(root, "components/flows")).sort()).to.deep.equal(names);
    expect(readdirSync(join(root, "docs/flows")).sort()).to.deep.equal(
      names.map((name) => `${name}.md`),
    );
  });

  it("does not repeat a folder's name at the front of a file's", () => {
    const odd = files.filter((file) =>
      basename(file).startsWith(`${basename(dirname(file)).replace(/s$/, "")}-`),
    );
    expect(odd).to.deep.equal([]);
  });

  it("names the file of every kind of step as the kind", () => {
    const names = readdirSync(join(root, "functions/remediate/steps"))
      .filter((file) => file.endsWith(".ts") && file !== "index.ts")
      .map((file) => basename(file, ".ts"));
    expect(names.sort()).to.deep.equal(Object.keys(kinds).sort());
    for (const name of names) {
      const text = textOf(`functions/remediate/steps/${name}.ts`);
      expect(text, name).to.include(`readonly kind: "${name}";`);
    }
  });

  it("names files and folders in kebab case", () => {
    const odd = files.filter((file) => !/^([a-z0-9-]+\/)*[a-z0-9-]+(\.d)?\.ts$/.test(file));
    expect(odd).to.deep.equal([]);
  });

  it("names a test after the file or folder that it tests", () => {
    const free = ["deployed", "properties", "support", "fixtures", "cases"];
    const odd = below("test")
      .map((file) => relative("test", file))
      .filter((file) => file.endsWith(".test.ts") && !free.includes(file.split("/")[0] ?? ""))
      .filter((file) => file !== "architecture.test.ts")
      .filter((file) => {
        // steps.identity.test.ts is about the identity's side of steps.
        const tested = join(root, dirname(file), basename(file).split(".")[0] ?? "");
        return !["", ".ts", ".mjs", ".cjs"].some((ending) => existsSync(`${tested}${ending}`));
      });
    expect(odd).to.deep.equal([]);
  });

  it("type-checks every folder with code", () => {
    const { include } = JSON.parse(textOf("tsconfig.json")) as {
      include: string[];
    };
    const folders = new Set(files.map((file) => file.split("/")[0]));
    expect([...folders].filter((folder) => !include.includes(folder ?? ""))).to.deep.equal([]);
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

  it("bounds every wait of functions for an answer, by the clients' configuration or a signal", () => {
    const client = /new \w+Client\(\s*(?!(\{\s*\.\.\.)?((client|member)Config\(|config\b))/;
    const unbounded = files.filter((file) => {
      const text = within(file, "functions") ? textOf(file) : "";
      const count = (what: RegExp) => [...text.matchAll(what)].length;
      const fetches = count(/\bfetch\(/g);
      return client.test(text) || fetches !== count(/\bsignal: AbortSignal\.timeout\(/g);
    });
    expect(unbounded).to.deep.equal([]);
  });
});

function named(broken: readonly Import[]): string[] {
  return broken.map(({ from, to }) => `${from} imports ${to}`);
}

function may(from: string, target: string): boolean {
  return rooms[roomOf(from) ?? ""]?.includes(target) === true;
}

/** The innermost room that a file is in; undefined for a package. */
function roomOf(file: string): string | undefined {
  return roomNames.find((room) => file === room || within(file, room));
}

function within(file: string, ...places: readonly string[]): boolean {
  return places.some((place) => file === place || file.startsWith(`${place}/`));
}

function below(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => !file.includes("node_modules"))
    .map((file) => join(folder, file));
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
      if (!within(file, "local") || ts.isStringLiteral(node.arguments[0]!))
        add(node.arguments[0], false);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** A relative specifier becomes a path within the repository; a package stays what it is. */
function resolve(file: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  const path = relative(root, join(root, dirname(file), specifier));
  if (/\.\w+$/.test(path)) return path;
  return files.includes(`${path}.ts`) ? `${path}.ts` : join(path, "index.ts");
}

function textOf(file: string): string {
  return readFileSync(join(root, file), "utf8");
}
