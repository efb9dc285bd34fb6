/** Looks up what an exposed key did, in every governed region: the second state of its workflow. */
import { Logger } from "@aws-lambda-powertools/logger";
import type { Cut } from "../exposed-key";
import type { Activity } from "../investigate/activity";
import { lookUp } from "../investigate/look-up";
import { lookUpStatements } from "../investigate/permissions";
import { memberRoleName } from "../member-role-name";
import { type MemberAccess, now, openInvestigations, sleep } from "./adapters";
import type { Handler } from "./handler";

/** What the component must set on the function. */
export interface Environment extends MemberAccess {
  /** Comma-separated. */
  readonly GOVERNED_REGIONS: string;
  /** Hours to look back, 1 to 2160: CloudTrail keeps its event history for 90 days. */
  readonly LOOKBACK_HOURS: string;
}

/** What the first state returned. */
export interface LookUpRequest {
  readonly cut: Cut;
}

/** Left of the function's time when no further page is asked for: throttled pages take long. */
const reserveMs = 90_000;

const environment = process.env as unknown as Environment;
const logger = new Logger();
const sessions = openInvestigations(memberRoleName("identity", "investigate"), environment);

export const handler: Handler<LookUpRequest, Activity> = async ({ cut }, context) => {
  const { place, accessKey } = cut;
  if (place === undefined || accessKey === undefined) {
    throw new Error("The first state named no access key to look up: a defect");
  }
  const { trail } = await sessions.open(place, lookUpStatements, "look-up");
  const activity = await lookUp(
    accessKey,
    Number(environment.LOOKBACK_HOURS),
    environment.GOVERNED_REGIONS.split(","),
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
