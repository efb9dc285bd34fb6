import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { contractOutputs, readContract } from "../../contract/outputs";
import { openEngine } from "../../local/organization/engine";

const root = path.resolve(__dirname, "../..");

/** Outputs of a Cordon stack, as the engine keeps them. */
const outputs: Readonly<Record<string, unknown>> = {
  contractVersion: 1,
  mode: "enforce",
  hubBusArn: "arn:aws:events:us-east-1:444455556666:event-bus/cordon-hub",
  noticeTopicArn: "arn:aws:sns:us-east-1:444455556666:cordon-notices",
  journalTableName: "cordon-journal",
  releaseFunctionName: "cordon-release",
  approveFunctionName: "cordon-approve",
  redriveFunctionName: "cordon-redrive",
  approvalPageUrl: "",
  memberRoleNames: ["cordon-contain-instance"],
  quarantineGroups: { "777788889999/us-east-1/vpc-1": "sg-1" },
  responders: {},
  triage: {},
  exposedKeys: {},
};

/** Reads one output of a stack that has these. */
async function read(
  key: keyof typeof contractOutputs,
  outputs: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  await pulumi.runtime.setMocks({
    call: () => ({}),
    newResource: ({ name, inputs }) => ({ id: name, state: { ...inputs, outputs } }),
  });
  const contract = readContract(new pulumi.StackReference("acme/cordon/prod"));
  // Pulumi reports a failed output only to code that awaits the promise behind it.
  const others = Object.values(contract).map((each) => promiseOf(each).catch(() => undefined));
  try {
    return await promiseOf(contract[key]);
  } finally {
    await Promise.all(others);
    await pulumi.runtime.disconnect().catch(() => undefined);
  }
}

function promiseOf(output: object): Promise<unknown> {
  return (output as { promise(): Promise<unknown> }).promise();
}

async function sentenceOf(reading: Promise<unknown>): Promise<string> {
  return reading.then(
    (value) => `read ${JSON.stringify(value)}`,
    (error: Error) => error.message,
  );
}

describe("the contract [P10]", () => {
  it("is read output by output", async () => {
    expect(await read("noticeTopicArn", outputs)).to.equal(
      "arn:aws:sns:us-east-1:444455556666:cordon-notices",
    );
    expect(await read("quarantineGroups", outputs)).to.deep.equal({
      "777788889999/us-east-1/vpc-1": "sg-1",
    });
  });

  it("refuses a stack that is none of Cordon's", async () => {
    const { contractVersion: _, ...foreign } = outputs;
    expect(await sentenceOf(read("mode", foreign))).to.equal(
      "acme/cordon/prod is no stack of Cordon's: it has no output contractVersion",
    );
  });

  for (const version of [2, 0, "1"]) {
    it(`refuses a stack that keeps version ${JSON.stringify(version)}`, async () => {
      const other = { ...outputs, contractVersion: version };
      expect(await sentenceOf(read("mode", other))).to.equal(
        `acme/cordon/prod keeps version ${version} of Cordon's contract, but this program reads version 1: take contract/outputs.ts from the Cordon that is deployed there`,
      );
    });
  }

  it("names an output that an older Cordon does not have yet", async () => {
    const { exposedKeys: _, ...older } = outputs;
    expect(await sentenceOf(read("exposedKeys", older))).to.equal(
      "acme/cordon/prod has no output exposedKeys: an older Cordon is deployed there, which must be brought up again",
    );
  });

  it("documents every output in docs/contract.md, in the words of contract/outputs.ts", () => {
    const lines = readFileSync(path.join(root, "docs/contract.md"), "utf8").split("\n");
    const start = lines.findIndex((line) => line.startsWith("| output"));
    const end = lines.findIndex((line, index) => index > start && !line.startsWith("|"));
    const expected = Object.entries(contractOutputs).map(
      ([key, { what, use }]) => `| \`${key}\` | ${what} | ${use} |`,
    );
    expect(expected).to.have.length.greaterThan(10);
    // The formatter pads the columns.
    const rows = lines.slice(start + 2, end).map((line) => line.replace(/ {2,}/g, " "));
    expect(rows).to.deep.equal(expected);
  });

  describe("in the real engine [P10]", () => {
    let scratch: string;
    before(() => {
      mkdirSync(path.join(root, ".cordon"), { recursive: true });
      scratch = mkdtempSync(path.join(root, ".cordon", "contract-test-"));
    });
    after(() => rmSync(scratch, { recursive: true, force: true }));

    const open = (name: string, program: () => Promise<Record<string, unknown>>) => {
      const project = path.join(scratch, name);
      mkdirSync(project);
      writeFileSync(path.join(project, "Pulumi.yaml"), `name: ${name}\nruntime: nodejs\n`);
      return openEngine({
        gatewayUrl: "http://127.0.0.1:9",
        signIn: () => ({ accessKeyId: "AKIALOCALDEPLOYER000", secretAccessKey: "secret" }),
        workDir: path.join(scratch, `run-${name}`),
        state: path.join(scratch, "state"),
        project,
        program,
      });
    };

    it("ends the deployment that reads a foreign stack with that one sentence", async () => {
      const foreign = await open("foreign", async () => ({ topicArn: "arn:other" }));
      await foreign.up();
      const consumer = await open("consumer", async () =>
        readContract(new pulumi.StackReference("organization/foreign/local")),
      );
      expect(await sentenceOf(consumer.up())).to.equal(
        "organization/foreign/local is no stack of Cordon's: it has no output contractVersion",
      );
    });
  });
});
