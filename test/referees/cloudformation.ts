/** cfn-lint, on every template; it comes with the emulator. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Referee } from "./referee";
import { run } from "./run";
import { root, type Subject } from "./subjects";

interface Reported {
  readonly Filename: string;
  readonly Rule: { readonly Id: string };
  readonly Message: string;
}

const linter = join(
  dirname(process.env.CORDON_PYTHON ?? join(root, ".cordon/emulator/bin/python")),
  "cfn-lint",
);
const spoiled = (resource: object): Subject => ({
  name: "spoiled",
  text: JSON.stringify({ Resources: { Spoiled: resource } }),
});
const roleWith = (action: string) => ({
  Type: "AWS::IAM::Role",
  Properties: {
    AssumeRolePolicyDocument: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: "events.amazonaws.com" },
          Action: "sts:AssumeRole",
        },
      ],
    },
    Policies: [
      {
        PolicyName: "one",
        PolicyDocument: {
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Action: action, Resource: "*" }],
        },
      },
    ],
  },
});

export const cloudFormation: Referee = {
  name: "cfn-lint",
  of: "templates",
  async judge({ templates }) {
    const folder = mkdtempSync(join(tmpdir(), "cordon-lint-"));
    try {
      const files = templates.map(({ name, text }, index) => {
        const file = join(folder, `${index}.json`);
        writeFileSync(file, text);
        return [file, name] as const;
      });
      const nameOf = new Map(files);
      // A configuration of the linter that lies about must not silence a rule.
      const place = { cwd: folder, env: { HOME: folder } };
      const version = await run(linter, ["--version"], place);
      const output = await run(
        linter,
        [
          ...["--include-checks", "I", "--mandatory-checks", "W3037", "--format", "json"],
          ...["--regions", "us-east-1", "eu-west-1", "ap-southeast-2"],
          ...["--", ...nameOf.keys()],
        ],
        // Bits for errors, warnings and information, which are in the output.
        { ...place, codes: [0, 2, 4, 6, 8, 10, 12, 14] },
      );
      const reported: readonly Reported[] = JSON.parse(output);
      return {
        version: version.trim().split(" ").at(-1) ?? "",
        findings: reported.map(({ Filename, Rule, Message }) => ({
          subject: nameOf.get(Filename) ?? Filename,
          rule: Rule.Id,
          message: Message,
        })),
      };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  spoiled: [
    { rule: "W3037", subjects: { templates: [spoiled(roleWith("ec2:CreateSnapshotz"))] } },
    {
      rule: "E3002",
      subjects: {
        templates: [spoiled({ Type: "AWS::SQS::Queue", Properties: { QueueTitle: "one" } })],
      },
    },
    { rule: "I3011", subjects: { templates: [spoiled({ Type: "AWS::SQS::Queue" })] } },
  ],
};
