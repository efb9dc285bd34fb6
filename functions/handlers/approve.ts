/**
 * Takes people's answers to approvals, and what they ask for by command. They may invoke this function,
 * and prove who they are by a signed request to STS.
 */
import { beginInvocation } from "../aws/time-left";
import type { ByPlaybook } from "../catalogue/playbooks";
import { type AnswerReport, answerApproval } from "../flows/approval/answer";
import { isRequest, type RequestReport, type Taker, takeRequest } from "../flows/approval/request";
import {
  now,
  openApprovals,
  openJournal,
  openLinkMaker,
  openProofReader,
  openRequests,
  openWaitingTasks,
  openWorkQueue,
} from "./adapters";
import {
  json,
  list,
  optional,
  ownRolesOf,
  ownRoleVariables,
  readEnvironment,
  type Texts,
  text,
} from "./environment";
import type { Handler } from "./handler";
import { logger } from "./logger";

export type { AnswerReport } from "../flows/approval/answer";
export type { RequestReport } from "../flows/approval/request";

const variables = {
  ...ownRoleVariables,
  JOURNAL_TABLE: text,
  /** Patterns of who may answer. */
  APPROVERS: list,
  /** URL of each responder's queue, by its playbook. */
  RESPONDER_QUEUES: json<ByPlaybook<string>>(),
  /** Address of the approval page, and ARN of the key behind its links; absent without a page. */
  PAGE_URL: optional(text),
  PAGE_KEY: optional(text),
} as const;

/** The variables that the component sets on the function. */
export type Environment = Texts<typeof variables>;

const environment = readEnvironment(variables);
const proofs = openProofReader();
const { PAGE_URL: url, PAGE_KEY: key } = environment;
const shared = {
  policy: {
    approvers: environment.APPROVERS,
    ownRoles: ownRolesOf(environment),
  },
  ...(url !== undefined &&
    key !== undefined && { page: { url, codeOf: openLinkMaker(key).codeOf } }),
  now,
  callerOf: proofs.callerOf,
};
const approver = {
  ...shared,
  journal: openJournal(environment.JOURNAL_TABLE),
  approvals: openApprovals(environment.JOURNAL_TABLE),
  succeed: openWaitingTasks().succeed,
};
const taker: Taker = {
  ...shared,
  requests: openRequests(environment.JOURNAL_TABLE),
  isDeployed: (playbook) => environment.RESPONDER_QUEUES[playbook] !== undefined,
  handOver: (playbook, request) =>
    openWorkQueue(environment.RESPONDER_QUEUES[playbook] ?? "").send([
      { task: { task: "requested", request }, seconds: 0 },
    ]),
};

export const handler: Handler<unknown, AnswerReport | RequestReport> = async (request, context) => {
  beginInvocation(context);
  if (isRequest(request)) {
    const taken = await takeRequest(request, taker);
    if (taken.outcome !== "shown") logger.info("request.taken", { ...taken });
    return taken;
  }
  const report = await answerApproval(request, approver);
  if (report.outcome === "opened") {
    // Without the link, which answers.
    const { url: _, ...opened } = report;
    logger.info("approval.opened", opened);
  } else if (report.outcome !== "shown" && report.outcome !== "seen") {
    logger.info("approval.answered", { ...report });
  }
  return report;
};
