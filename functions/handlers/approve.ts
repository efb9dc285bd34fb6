/**
 * Answers approvals for people, who may invoke this function and prove who they are by a signed request
 * to STS.
 */
import { beginInvocation } from "../aws/time-left";
import { type AnswerReport, answerApproval } from "../flows/approval/answer";
import { now, openApprovals, openJournal, openProofReader, openWaitingTasks } from "./adapters";
import { list, memberVariables, readEnvironment, type Texts, text } from "./environment";
import type { Handler } from "./handler";
import { logger } from "./logger";

export type { AnswerReport } from "../flows/approval/answer";

const variables = {
  ROLE_PATH: memberVariables.ROLE_PATH,
  JOURNAL_TABLE: text,
  SECURITY_ACCOUNT: text,
  DEPLOYMENT_ROLE: text,
  /** Patterns of who may answer. */
  APPROVERS: list,
} as const;

/** The variables that the component sets on the function. */
export type Environment = Texts<typeof variables>;

const environment = readEnvironment(variables);
const proofs = openProofReader();
const approver = {
  journal: openJournal(environment.JOURNAL_TABLE),
  approvals: openApprovals(environment.JOURNAL_TABLE),
  policy: {
    approvers: environment.APPROVERS,
    ownRoles: {
      securityAccount: environment.SECURITY_ACCOUNT,
      rolePath: environment.ROLE_PATH,
      deploymentRole: environment.DEPLOYMENT_ROLE,
    },
  },
  now,
  callerOf: proofs.callerOf,
  succeed: openWaitingTasks().succeed,
};

export const handler: Handler<unknown, AnswerReport> = async (request, context) => {
  beginInvocation(context);
  const report = await answerApproval(request, approver);
  if (report.outcome !== "shown") logger.info("approval.answered", { ...report });
  return report;
};
