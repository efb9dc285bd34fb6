import { isDeepStrictEqual } from "node:util";
import type { StepKind } from "../../model/step";
import { denyingRole } from "./shared/role-deny";

/**
 * Denies the sessions of a role that were issued before a moment: all of them, or those of one name.
 * Later ones go on working.
 */
export interface RevokeSessions {
  readonly kind: "revoke-sessions";
  readonly role: { readonly name: string; readonly arn: string };
  readonly policy: string;
  /** ISO 8601. */
  readonly issuedBefore: string;
  /** The only sessions that it denies, where it does not deny all. */
  readonly only?: {
    readonly session: string;
    /** The role's unique id, a colon and the session's name. */
    readonly userId: string;
  };
}

/**
 * Writes the deny. Long-term keys bear no issue time, but no role has those.
 *
 * @param userId the only sessions that it denies. @default all of the role
 */
export function revocation(issuedBefore: string, userId?: string): object {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "CordonIssuedBefore",
        Effect: "Deny",
        Action: "*",
        Resource: "*",
        Condition: {
          DateLessThan: { "aws:TokenIssueTime": issuedBefore },
          ...(userId !== undefined && { StringEquals: { "aws:userid": userId } }),
        },
      },
    ],
  };
}

/**
 * Reads the moment out of a document that `revocation` wrote of all sessions, or of these; undefined
 * for any other.
 */
export function revokedBefore(document: object | undefined, userId?: string): string | undefined {
  const statement = (document as { Statement?: { Condition?: unknown }[] } | undefined)
    ?.Statement?.[0];
  const condition = statement?.Condition as
    | { DateLessThan?: { "aws:TokenIssueTime"?: unknown } }
    | undefined;
  const moment = condition?.DateLessThan?.["aws:TokenIssueTime"];
  return typeof moment === "string" && isDeepStrictEqual(document, revocation(moment, userId))
    ? moment
    : undefined;
}

/**
 * A policy takes a moment to hold everywhere; a session issued in that moment must not escape. Who
 * assumes the role within it is denied too, and need only assume it again.
 */
const propagationMs = 30_000;

/** Gives the moment before which sessions are revoked by a policy that is written now. */
export function revokedFrom(now: Date): string {
  return new Date(now.getTime() + propagationMs).toISOString();
}

export const revokeSessions: StepKind<RevokeSessions> = {
  ...denyingRole<RevokeSessions>(
    (step) => revocation(step.issuedBefore, step.only?.userId),
    // Of another moment.
    (step, found) => revokedBefore(found, step.only?.userId) !== undefined,
  ),
  // No session lasts longer: after that the policy denies nothing.
  lastsSeconds: 12 * 60 * 60,
  atTime: (step, now) => ({ ...step, issuedBefore: revokedFrom(now) }),
  adapted: (step, { role, only }) => ({ ...step, role, ...(only && { only }) }),
  identity: ({ role, only }) => `${role.name} ${only?.session ?? ""}`,
  describe: ({ role, only, issuedBefore }) =>
    `deny role ${role.name} sessions${only === undefined ? "" : ` ${only.session}`} issued before ${issuedBefore}`,
  widest: [
    {
      kind: "revoke-sessions",
      role: { name: "*", arn: "arn:aws:iam::*:role/*" },
      policy: "*",
      issuedBefore: "*",
    },
  ],
};
