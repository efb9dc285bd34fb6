/** parliament, on every policy. */
import { join } from "node:path";
import type { Referee } from "./referee";
import { python, run } from "./run";

export const policies: Referee = {
  name: "parliament",
  of: "policies",
  async judge({ policies: given }) {
    const interpreter = await python();
    const version = ["-c", "import importlib.metadata as m; print(m.version('parliament'))"];
    const output = await run(interpreter, ["-W", "ignore", join(__dirname, "judge-policies.py")], {
      input: JSON.stringify(given.map(({ kind, text }) => (kind === "trust" ? on(text) : text))),
    });
    const found: readonly (readonly { rule: string; message: string }[])[] = JSON.parse(output);
    return {
      version: (await run(interpreter, version)).trim(),
      findings: found.flatMap((each, index) =>
        each.map((finding) => ({ subject: given[index]?.name ?? "", ...finding })),
      ),
    };
  },
  spoiled: [
    {
      rule: "UNKNOWN_ACTION",
      subjects: { policies: [identity("ec2:CreateSnapshotz", "*")] },
    },
    {
      rule: "RESOURCE_MISMATCH",
      subjects: { policies: [identity("s3:GetObject", "arn:aws:s3:::a-bucket")] },
    },
  ],
};

function identity(Action: string, Resource: string) {
  const Statement = [{ Effect: "Allow", Action, Resource }];
  const text = JSON.stringify({ Version: "2012-10-17", Statement });
  return { name: "spoiled", kind: "identity", text } as const;
}

/** Names the role in a trust policy, which has it implied: parliament knows no such policies. */
function on(text: string): string {
  const policy = JSON.parse(text);
  const Resource = "arn:aws:iam::123456789012:role/one";
  const Statement = [policy.Statement].flat().map((statement) => ({ ...statement, Resource }));
  return JSON.stringify({ ...policy, Statement });
}
