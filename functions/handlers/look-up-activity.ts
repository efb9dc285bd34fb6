import { memberRoleName } from "../catalogue/member-role-name";
import type { Activity } from "../flows/exposed-key/activity";
import type { Cut } from "../flows/exposed-key/cut";
import { lookUp } from "../flows/exposed-key/look-up";
import { lookUpStatements } from "../iam/investigation-reads";
import { now, openInvestigations, sleep } from "./adapters";
import { list, memberVariables, readEnvironment, type Texts, wholeNumber } from "./environment";
import type { Handler } from "./handler";
import { logger } from "./logger";

const variables = {
  ...memberVariables,
  GOVERNED_REGIONS: list,
  /** Hours to look back, 1 to 2160: CloudTrail keeps its event history for 90 days. */
  LOOKBACK_HOURS: wholeNumber,
} as const;

/** The variables that the component sets on the function. */
export type Environment = Texts<typeof variables>;

interface LookUpRequest {
  /** The result of the first state. */
  readonly cut: Cut;
  /** When the workflow began: $$.Execution.StartTime. Later looks go back as far as the first one. */
  readonly began: string;
}

/** Hours of CloudTrail's event history. */
const historyHours = 2_160;

/** Left of the function's time when no further page is asked for: throttled pages take long. */
const reserveMs = 90_000;

const environment = readEnvironment(variables);
const sessions = openInvestigations(memberRoleName("identity", "investigate"), environment);

export const handler: Handler<LookUpRequest, Activity> = async ({ cut, began }, context) => {
  const { place, accessKey } = cut;
  if (place === undefined || accessKey === undefined) {
    throw new Error("The first state named no access key to look up: a defect");
  }
  const { trail } = await sessions.open(place, lookUpStatements, "look-up");
  const since = Math.max(0, now().getTime() - Date.parse(began)) / 3_600_000;
  const activity = await lookUp(
    accessKey,
    Math.min(environment.LOOKBACK_HOURS + since, historyHours),
    environment.GOVERNED_REGIONS,
    trail,
    { now, sleep, until: now().getTime() + context.getRemainingTimeInMillis() - reserveMs },
  );
  const { events, traces, unread } = activity;
  logger.info("exposed-key.looked-up", {
    account: place.account,
    events,
    traces: traces.length,
    unread: unread.map(({ region }) => region),
  });
  return activity;
};
