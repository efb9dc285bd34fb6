/** Reads the settings of approvals. */
import * as pulumi from "@pulumi/pulumi";
import { environmentLength, environmentLimit } from "./core";
import { between, listOf, namespace, oneOf, type Read, type Shape } from "./values";

/** Who may answer, for how long, and where. */
export interface ApprovalSettings {
  /** ARNs of roles, users or roles' sessions, possibly ending in "*". */
  readonly approvers: readonly string[];
  /** Hours after which an approval that nobody answered ends. */
  readonly approvalHours: number;
  /** Whether people may answer on a page, which is open to the internet. */
  readonly approvalPage: boolean;
}

export const approvalKeys = [
  "approvers",
  "approvalHours",
  "approvalPage",
] as const satisfies readonly (keyof ApprovalSettings)[];

// Without a wildcard for the account: who may approve is always somebody of a certain one.
const approver: Shape = {
  pattern:
    /^arn:aws:(iam::\d{12}:(role|user)\/([\w+=.@-]+\/)*|sts::\d{12}:assumed-role\/[\w+=.@-]+\/)([\w+=.@-]+\*?|\*)$/,
  words:
    'an ARN of a role, a user or an assumed role\'s session, without commas, possibly ending in "*"',
};

/** Reads them. @throws pulumi.RunError naming the first key that is wrong */
export function readApproval(text: Read): ApprovalSettings {
  const approvers = listOf("approvers", approver, text("approvers"));
  const length = environmentLength(...approvers);
  if (length > environmentLimit) {
    throw new pulumi.RunError(
      `${namespace}approvers must together take at most ${environmentLimit} characters, three more for each item, but ${length} were provided: use patterns`,
    );
  }
  return {
    approvers,
    // A standard workflow may run for a year; a plan that is older than a week is about another time.
    approvalHours: between("approvalHours", 1, 168, text("approvalHours")),
    approvalPage: oneOf("approvalPage", ["true", "false"], text("approvalPage")) === "true",
  };
}
