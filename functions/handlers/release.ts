/** Releases an incident on behalf of a person, who needs no permission but to invoke this. */
import { Logger } from "@aws-lambda-powertools/logger";
import type { Context } from "aws-lambda";
import { memberRoleName } from "../member-role-name";
import { type ReleaseReport, releaseIncident } from "../release";
import { type MemberAccess, now, openJournal, openSessions, openTopic, sleep } from "./adapters";

export type { ReleaseReport } from "../release";

/** What the component must set on the release function. */
export interface Environment extends MemberAccess {
  readonly JOURNAL_TABLE: string;
  readonly NOTICE_TOPIC_ARN: string;
}

export interface ReleaseRequest {
  /** The incident's id as every notice names it. */
  readonly incident: string;
  /** Make the access keys that the incident disabled active again. @default false */
  readonly reactivateKeys?: boolean;
}

const environment = process.env as unknown as Environment;
const logger = new Logger();
const journal = openJournal(environment.JOURNAL_TABLE);
const topic = openTopic(environment.NOTICE_TOPIC_ARN);

export const handler = async (
  request: ReleaseRequest,
  context: Context,
): Promise<ReleaseReport> => {
  const report = await releaseIncident(
    String(request?.incident ?? ""),
    {
      journal,
      runner: context.awsRequestId,
      now,
      sleep,
      publish: topic.publish,
      sessions: (family) => openSessions(memberRoleName(family, "release"), environment).open,
    },
    { reactivateKeys: request?.reactivateKeys === true },
  );
  const { incident, outcome } = report;
  if (outcome !== "refused") logger.info("incident.released", { incident, outcome });
  return report;
};
