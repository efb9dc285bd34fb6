import { isRefusal } from "../aws/errors";
import { beginInvocation } from "../aws/time-left";
import { containments, metrics } from "../catalogue/metrics";
import { type Cut, cutExposedKey, underPolicy } from "../flows/exposed-key/cut";
import type { Place } from "../model/resource";
import { readerOf } from "../remediate/facts";
import { openWorkflow } from "./adapters";
import { count } from "./delivery";
import { readEnvironment, type Texts, text, wholeNumber } from "./environment";
import type { Handler } from "./handler";
import { logger } from "./logger";
import { openResponder, responderVariables } from "./responder";

const variables = {
  ...responderVariables,
  /** Names what the policy says of the playbook. */
  POLICY_REVISION: text,
  /** Tries after which the workflow gives up. */
  MAX_TRIES: wholeNumber,
  /** The workflow itself: an event that names more keys starts a run for each. */
  STATE_MACHINE_ARN: text,
} as const;

/** The variables that the component sets on the function. */
export type Environment = Texts<typeof variables>;

interface CutRequest {
  /** The input of the workflow. */
  readonly event: unknown;
  /** Retries of this state so far: $$.State.RetryCount. */
  readonly retries: number;
}

const environment = readEnvironment(variables);
const responder = openResponder(environment, "contain-access-key");
const { journal } = responder;
const sessions = responder.sessionsOf("identity");
const workflow = openWorkflow(environment.STATE_MACHINE_ARN);
const facts = (place: Place) => sessions.reuse(place, readerOf("user").permissions(), "facts");

/** Reads what may be unreadable for good: where the account has no Cordon role, no retry helps. */
async function unlessRefused<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

export const handler: Handler<CutRequest, Cut> = async ({ event, retries }, context) => {
  beginInvocation(context);
  const delivery = retries + 1;
  const lastDelivery = environment.MAX_TRIES;
  const cut = await cutExposedKey(event, {
    // The function's own account.
    securityAccount: context.invokedFunctionArn.split(":")[4] ?? "",
    account: responder.account,
    publish: responder.publish,
    findings: responder.findings,
    now: responder.now,
    sampleFindings: responder.sampleFindings,
    delivery,
    lastDelivery,
    owner: (place, accessKey) =>
      unlessRefused(async () => (await facts(place)).identity.ownerOfKey(accessKey)),
    uniqueId: (place, userName) =>
      unlessRefused(async () => (await (await facts(place)).identity.user(userName))?.uniqueId),
    keyActive: async (place, userName, accessKey) => {
      const keys = await (await facts(place)).identity.accessKeys(userName);
      return keys?.find((key) => key.id === accessKey)?.active;
    },
    keys: (place, userName) =>
      unlessRefused(async () => (await facts(place)).identity.accessKeys(userName)),
    isExposed: journal.isExposed,
    start: async (name, each) => {
      await workflow.start(underPolicy(environment.POLICY_REVISION, name), each);
    },
    answer: (incident) =>
      responder.answer(incident, { runner: context.awsRequestId, delivery, lastDelivery }),
  });
  const { outcome, reason, incident, place, finding } = cut;
  if (outcome === "refused") {
    await responder.deadLetters.keep(JSON.stringify(event), reason);
    count(metrics.eventsRefused);
  }
  if (outcome === "contained" && !cut.before) {
    count(containments(finding?.type));
  }
  logger.info("exposed-key.answered", {
    outcome,
    reason,
    incident,
    account: place?.account,
    findingType: finding?.type,
  });
  return cut;
};
