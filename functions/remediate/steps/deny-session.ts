import type { StepKind } from "../../model/step";
import { denyingRole } from "./shared/role-deny";

/**
 * Denies one session of a role by its name, for as long as the policy exists: a workload gets its next
 * credentials under the same name. Every other session of the role goes on working.
 */
export interface DenySession {
  readonly kind: "deny-session";
  readonly role: {
    readonly name: string;
    readonly arn: string;
    /** IAM's id of the role (AROA…). */
    readonly uniqueId: string;
  };
  readonly policy: string;
  /** What IAM takes as a session's name has no wildcard and no variable. */
  readonly session: string;
}

/** Writes the deny. */
export function sessionDeny({ role, session }: Pick<DenySession, "role" | "session">): object {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "CordonSession",
        Effect: "Deny",
        Action: "*",
        Resource: "*",
        Condition: { StringEquals: { "aws:userid": userIdOf(role, session) } },
      },
    ],
  };
}

/** Writes what IAM knows a role's session by, as in aws:userid. The case of letters counts. */
export function userIdOf(role: { readonly uniqueId: string }, session: string): string {
  return `${role.uniqueId}:${session}`;
}

export const denySession: StepKind<DenySession> = {
  ...denyingRole<DenySession>(sessionDeny),
  describe: (step) => `deny role ${step.role.name} session ${step.session}`,
  widest: [
    {
      kind: "deny-session",
      role: { name: "*", arn: "arn:aws:iam::*:role/*", uniqueId: "*" },
      policy: "*",
      session: "*",
    },
  ],
};
