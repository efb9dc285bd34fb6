/**
 * Lists dead letters, and sends one again to the queue that it was for, on behalf of a responder, who may
 * invoke this function and proves who it is by a signed request to STS. No other function may send there
 * what a person chose.
 */
import { beginInvocation } from "../aws/time-left";
import { answerPerson, type RedriveReport, type Redriver } from "../flows/dead-letters/redrive";
import type { Proof } from "../record/caller-proof";
import type { Redrive } from "../record/requests";
import { now, openLetters, openOutbox, openProofReader, openWorkflow } from "./adapters";
import {
  json,
  list,
  ownRolesOf,
  ownRoleVariables,
  readEnvironment,
  type Texts,
  text,
} from "./environment";
import type { Handler } from "./handler";
import { logger } from "./logger";

export type { RedriveReport } from "../flows/dead-letters/redrive";

const variables = {
  JOURNAL_TABLE: text,
  /** Where letters go again, by queue: the URL of a queue, or the ARN of a workflow. */
  DESTINATIONS: json<Readonly<Record<string, string>>>(),
  ...ownRoleVariables,
  /** Patterns of who may ask; none for the security account's own principals. */
  APPROVERS: list,
} as const;

/** The variables that the component sets on the function. */
export type Environment = Texts<typeof variables>;

/** What a person sends, who needs lambda:InvokeFunction on this function and nothing else. */
export type RedriveOrder =
  | { readonly wanted: Redrive; readonly proof: Proof }
  | { readonly letters: "list" };

const environment = readEnvironment(variables);
const { DESTINATIONS: destinations } = environment;
const redriver: Redriver = {
  now,
  archive: openLetters(environment.JOURNAL_TABLE),
  callerOf: openProofReader().callerOf,
  policy: {
    approvers: environment.APPROVERS,
    ownRoles: ownRolesOf(environment),
  },
  queues: Object.keys(destinations),
  async send(queue, body, id) {
    const destination = destinations[queue] ?? "";
    if (!destination.startsWith("arn:aws:states:")) return openOutbox(destination).send(body);
    // A run of this name is of this letter: it has begun already.
    await openWorkflow(destination).start(id, JSON.parse(body) as object);
  },
};

export const handler: Handler<unknown, RedriveReport> = async (request, context) => {
  beginInvocation(context);
  const report = await answerPerson(request, redriver);
  if (report.outcome === "redriven") logger.info("letter.redriven", { ...report.letter });
  return report;
};
