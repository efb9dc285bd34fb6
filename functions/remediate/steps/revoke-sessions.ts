import { isDeepStrictEqual } from "node:util";
import type { StepKind } from "../../model/step";
import { denyingRole } from "./shared/role-deny";

/** Denies all sessions of a role that were issued before a moment; later ones go on working. */
export interface RevokeSessions {
  readonly kind: "revoke-sessions";
  readonly role: { readonly name: string; readonly arn: string };
  readonly policy: string;
  /** ISO 8601. */
  readonly issuedBefore: string;
}

/** Writes the deny. Long-term keys bear no issue time, but no role has those. */
export function revocation(issuedBefore: string): object {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "CordonIssuedBefore",
        Effect: "Deny",
        Action: "*",
        Resource: "*",
        Condition: { DateLessThan: { "aws:TokenIssueTime": issuedBefore } },
      },
    ],
  };
}

/** Reads the moment out of a document that `revocation` wrote; undefined for any other. */
export function revokedBefore(document: object | undefined): string | undefined {
  const statement = (document as { Statement?: { Condition?: unknown }[] } | undefined)
    ?.Statement?.[0];
  const condition = statement?.Condition as
    | { DateLessThan?: { "aws:TokenIssueTime"?: unknown } }
    | undefined;
  const moment = condition?.DateLessThan?.["aws:TokenIssueTime"];
  return typeof moment === "string" && isDeepStrictEqual(document, revocation(moment))
    ? moment
    : undefined;
}

export const revokeSessions: StepKind<RevokeSessions> = {
  ...denyingRole<RevokeSessions>((step) => revocation(step.issuedBefore)),
  describe: (step) => `deny role ${step.role.name} sessions issued before ${step.issuedBefore}`,
  widest: [
    {
      kind: "revoke-sessions",
      role: { name: "*", arn: "arn:aws:iam::*:role/*" },
      policy: "*",
      issuedBefore: "*",
    },
  ],
};
