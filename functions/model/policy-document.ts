/** IAM policy documents out of statements. */
import type { Statement } from "./statement";

export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly object[];
}

/** Writes statements as an IAM policy document. */
export function policyDocument(statements: readonly Statement[]): PolicyDocument {
  return {
    Version: "2012-10-17",
    Statement: statements.map((statement) => ({
      Effect: statement.effect ?? "Allow",
      Action: statement.actions,
      Resource: statement.resources,
      ...(statement.conditions && { Condition: statement.conditions }),
    })),
  };
}

/** Joins statements that differ only in their actions, so that a role's policy stays readable. */
export function merge(statements: readonly Statement[]): readonly Statement[] {
  const byTarget = new Map<string, Statement>();
  for (const statement of statements) {
    const key = JSON.stringify([statement.effect, statement.resources, statement.conditions]);
    const known = byTarget.get(key);
    byTarget.set(key, {
      ...statement,
      actions: [...new Set([...(known?.actions ?? []), ...statement.actions])].sort(),
    });
  }
  return [...byTarget.values()];
}

/** Counts the characters of the policy that holds these statements, as STS and IAM count them. */
export function policyLength(statements: readonly Statement[]): number {
  return JSON.stringify(policyDocument(merge(statements))).length;
}
