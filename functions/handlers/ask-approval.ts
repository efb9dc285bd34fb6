/** Writes an approval and keeps its workflow's token, or notifies how the approval ended. */
import { beginInvocation } from "../aws/time-left";
import { memberRoleName } from "../catalogue/member-role-name";
import { type AskAnswer, type Asked, type Asker, ask, tell } from "../flows/approval/ask";
import { readExcerpt } from "../flows/approval/excerpt";
import { lookUpStatements } from "../iam/investigation-reads";
import { now, openApprovals, openInvestigations, openJournal, openTopic, sleep } from "./adapters";
import {
  list,
  memberVariables,
  readEnvironment,
  type Texts,
  text,
  wholeNumber,
} from "./environment";
import type { Handler } from "./handler";
import { logger } from "./logger";

const variables = {
  ...memberVariables,
  JOURNAL_TABLE: text,
  NOTICE_TOPIC_ARN: text,
  /** Patterns of who may answer. */
  APPROVERS: list,
  /** For how long people may answer. */
  APPROVAL_HOURS: wholeNumber,
} as const;

/** The variables that the component sets on the function. */
export type Environment = Texts<typeof variables>;

/** What the states of the workflow give: their input, and what they want of it. */
export type AskRequest = { readonly asked: Asked } & (
  | { readonly how: "ask"; readonly token: string }
  | { readonly how: "rejected" | "unanswered" }
);

const environment = readEnvironment(variables);
const sessions = openInvestigations(memberRoleName("identity", "investigate"), environment);
const asker: Asker = {
  journal: openJournal(environment.JOURNAL_TABLE),
  approvals: openApprovals(environment.JOURNAL_TABLE),
  publish: openTopic(environment.NOTICE_TOPIC_ARN).publish,
  approvers: environment.APPROVERS,
  excerpt: (record, quiet) =>
    readExcerpt(record, quiet, {
      now,
      sleep,
      history: async ({ incident }) =>
        (await sessions.open(incident.place, lookUpStatements, "excerpt")).trail,
    }),
};

export const handler: Handler<AskRequest, AskAnswer> = async (request, context) => {
  beginInvocation(context);
  const { asked } = request;
  const answer =
    request.how === "ask"
      ? await ask(
          asked,
          // By the clock of the functions that judge the answer; the state began seconds before.
          {
            token: request.token,
            from: now().toISOString(),
            hours: environment.APPROVAL_HOURS,
          },
          asker,
        )
      : await tell(request.how, asked, asker);
  const { incident, digest } = asked;
  logger.info("approval.asked", { incident, digest, how: request.how, ...answer });
  return answer;
};
