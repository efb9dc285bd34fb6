import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { bundle, bundleOf, InlineFunction } from "../../../components/blocks/inline-function";
import { filesByClient } from "../../../local/drill/bench/loads";
import { record, resolved } from "../../support/recorder";
import { withPlaybooks } from "../../support/with-playbooks";

const entry = "test/fixtures/handlers/handler.ts";

function greeter() {
  return new InlineFunction<{ readonly COLOUR: "red" | "blue" }>("greeter", {
    entry,
    functionName: "cordon-greet",
    roleName: "cordon-greet-role",
    description: "Greets",
    environment: { COLOUR: "red" },
    statements: [{ actions: ["sns:Publish"], resources: ["arn:topic"] }],
    timeoutSeconds: 30,
    memoryMb: 512,
  });
}

describe("components/blocks/inline-function [P8]", () => {
  it("bundles a handler with what it imports, ready for Node to load", async () => {
    const files = bundle(entry);
    expect(Object.keys(files)).to.deep.equal(["index.mjs"]);
    const directory = mkdtempSync(join(tmpdir(), "cordon-bundle-"));
    try {
      const file = join(directory, "index.mjs");
      writeFileSync(file, files["index.mjs"]!);
      const { handler } = await import(pathToFileURL(file).href);
      expect(await handler("world")).to.equal("hello world");
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("leaves what a handler imports when it needs it in a file of its own", () => {
    const files = bundle("test/fixtures/handlers/lazy-handler.ts");
    const [index, ...chunks] = Object.keys(files).sort().reverse();
    expect(index).to.equal("index.mjs");
    expect(chunks).to.have.length(1);
    expect(files[chunks[0]!]).to.include("hello");
    expect(files["index.mjs"]).to.include(`import("./${chunks[0]}")`);
    expect(files["index.mjs"]).not.to.include("hello");
  });

  it("has a team's playbooks added before the handler is loaded, and no SDK client with them [R16]", async () => {
    const { files, outputs } = withPlaybooks("examples/custom-playbook/playbooks", () =>
      (
        require("../../../components/blocks/inline-function") as { bundleOf: typeof bundleOf }
      ).bundleOf("functions/handlers/sweep.ts"),
    );
    const index = files["index.mjs"] ?? "";
    expect(index)
      .to.include("acme-function-url-signed")
      .and.to.match(/await import\("\.\/sweep-/);
    expect(index.length).to.be.below(10_000);
    expect(
      Object.values(outputs)
        .filter(({ inputs }) => "examples/custom-playbook/function-url.ts" in inputs)
        .map(({ entryPoint }) => entryPoint),
    ).to.deep.equal(["examples/custom-playbook/function-url.ts"]);
    const directory = mkdtempSync(join(tmpdir(), "cordon-bundle-"));
    try {
      for (const [file, text] of Object.entries(files)) writeFileSync(join(directory, file), text);
      // It gets as far as its environment: its catalogue took the playbooks.
      const loaded = await import(pathToFileURL(join(directory, "index.mjs")).href).catch(String);
      expect(loaded).to.match(/^Error: The function's environment must be deployed again: /);
    } finally {
      rmSync(directory, { recursive: true });
    }
    const own = Object.values(bundle("functions/handlers/sweep.ts")).join("");
    expect(own).not.to.match(/acme|custom playbook must/);
  });

  it("keeps every SDK client of the responder in the file of the adapter that uses it", () => {
    const { outputs } = bundleOf("functions/handlers/respond.ts");
    const holding = filesByClient(outputs);
    /** The clients that loading a file brings along, by what it imports at once. */
    const clientsOf = (file: string, seen = new Set<string>()): string[] => {
      seen.add(file);
      for (const { path, kind, external } of outputs[file]!.imports) {
        const next = basename(path);
        if (!external && kind !== "dynamic-import" && !seen.has(next)) clientsOf(next, seen);
      }
      return Object.keys(holding)
        .filter((client) => holding[client]!.some((each) => seen.has(each)))
        .map((client) => client.replace("@aws-sdk/client-", ""))
        .sort();
    };
    const adapters = Object.entries(outputs).filter(([, { entryPoint }]) =>
      entryPoint?.startsWith("functions/"),
    );
    expect(
      Object.fromEntries(
        adapters.map(([file, { entryPoint }]) => [entryPoint, clientsOf(file)] as const),
      ),
    ).to.deep.include({
      "functions/handlers/respond.ts": [],
      "functions/aws/journal-table.ts": ["dynamodb"],
      "functions/aws/messages.ts": ["sns", "sqs"],
      "functions/aws/organization.ts": ["organizations"],
      "functions/aws/sessions.ts": ["sts"],
      "functions/aws/iam.ts": ["iam"],
      "functions/aws/ec2.ts": ["ec2"],
    });
  });

  it("gives the same bytes wherever the program is started", () => {
    const home = process.cwd();
    const here = bundle(`./${entry}`);
    try {
      process.chdir("/");
      expect(bundle(`././${entry}`)).to.deep.equal(here);
    } finally {
      process.chdir(home);
    }
  });

  it("names the file that cannot be bundled", () => {
    expect(() => bundle("test/components/fixtures/missing.ts")).to.throw(/missing\.ts/);
  });

  it("deploys the bundle on Node 22 with the environment its handler declares", async () => {
    const { named } = await record(greeter);
    const { code, ...inputs } = named("greeter-function").inputs;
    expect(inputs).to.deep.equal({
      name: "cordon-greet",
      description: "Greets",
      role: "arn:greeter-role",
      runtime: "nodejs22.x",
      architectures: ["arm64"],
      handler: "index.handler",
      timeout: 30,
      memorySize: 512,
      environment: { variables: { COLOUR: "red" } },
    });
    const files = await resolved(code.assets);
    expect(Object.keys(files as object)).to.deep.equal(["index.mjs"]);
  });

  it("lets the role do what it was given and write its own log, nothing else", async () => {
    const { named } = await record(greeter);
    const { policy, role } = named("greeter-policy").inputs;
    expect(role).to.equal("cordon-greet-role");
    expect(JSON.parse(policy)).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Action: ["sns:Publish"], Resource: ["arn:topic"] },
        {
          Effect: "Allow",
          Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
          Resource: ["arn:greeter-log:*"],
        },
      ],
    });
  });

  it("lets only Lambda assume the role", async () => {
    const { named } = await record(greeter);
    expect(JSON.parse(named("greeter-role").inputs.assumeRolePolicy)).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: "lambda.amazonaws.com" },
          Action: "sts:AssumeRole",
        },
      ],
    });
  });

  it("keeps the log for a year", async () => {
    const { named } = await record(greeter);
    expect(named("greeter-log").inputs).to.deep.equal({
      name: "/aws/lambda/cordon-greet",
      retentionInDays: 365,
    });
  });
});
