/** Read permissions of an investigation in a member account; AWS grants these on every resource only. */
import type { Statement } from "../model/statement";

/** Reads what an access key did. */
export const lookUpStatements: readonly Statement[] = [
  { actions: ["cloudtrail:LookupEvents"], resources: ["*"] },
];

/** Reads what Trusted Advisor flags. */
export const adviceStatements: readonly Statement[] = [
  { actions: ["support:DescribeTrustedAdvisorCheckResult"], resources: ["*"] },
];

/** Reads the tags of users: one of them may hold the address of a user's owner. */
export const userTagStatements: readonly Statement[] = [
  { actions: ["iam:ListUserTags"], resources: ["arn:aws:iam::*:user/*"] },
];

/** Reads when a user's keys were made: a report of an old key is checked against it. */
export const userKeyStatements: readonly Statement[] = [
  { actions: ["iam:ListAccessKeys"], resources: ["arn:aws:iam::*:user/*"] },
];
