/** Releases an incident on behalf of a person, who needs no permission but to invoke this. */
import { Logger } from "@aws-lambda-powertools/logger";
import type { Context } from "aws-lambda";
import { catalogue } from "../catalogue";
import { memberRoleName } from "../member-role-name";
import { LeaseHeld, parseIncidentId } from "../record/journal";
import { releaseNotice } from "../record/notice";
import { type Released, release, type StepProblem } from "../remediate/engine";
import { kindOf } from "../remediate/steps";
import type { Step } from "../step";
import { now, openJournal, openSessions, openTopic, sleep } from "./adapters";

/** What the component must set on the release function. */
export interface Environment {
  readonly JOURNAL_TABLE: string;
  readonly NOTICE_TOPIC_ARN: string;
  readonly EXTERNAL_ID: string;
}

export interface ReleaseRequest {
  /** The incident's id as every notice names it. */
  readonly incident: string;
}

/** What the command prints. "refused": nothing was changed, and `reason` says why. */
export type ReleaseReport =
  | { readonly outcome: "refused"; readonly incident: string; readonly reason: string }
  | {
      readonly outcome: "released" | "released-in-part" | "unfinished";
      readonly incident: string;
      readonly restored: readonly string[];
      readonly kept: readonly string[];
      /** Changed by others since; with what to do by hand. */
      readonly drifted: readonly { what: string; why: string; manual: string }[];
      /** Refused by AWS: run the release again. */
      readonly problems: readonly { what: string; why: string; manual: string }[];
    };

const environment = process.env as unknown as Environment;
const logger = new Logger();
const journal = openJournal(environment.JOURNAL_TABLE);
const topic = openTopic(environment.NOTICE_TOPIC_ARN);

export const handler = async (
  request: ReleaseRequest,
  context: Context,
): Promise<ReleaseReport> => {
  const incident = String(request?.incident ?? "");
  const refused = (reason: string): ReleaseReport => ({ outcome: "refused", incident, reason });
  const id = parseIncidentId(incident);
  if (id === undefined) {
    return refused(`"${incident}" is no incident id; notices name it, like 0f3a9c1d2b4e5f60-1`);
  }
  const record = await journal.find(id.key);
  if (record === undefined) return refused(`The journal has no incident ${incident}`);
  if (record.epoch !== id.epoch) {
    return refused(`Incident ${incident} was released before; the newest is ${record.id}`);
  }
  if (record.status === "released") {
    return refused(`Incident ${incident} was released at ${record.releasedAt}`);
  }
  if (record.status === "planned") {
    return refused(`Incident ${incident} was only planned: nothing was changed, nothing to undo`);
  }
  const { family } = catalogue[record.incident.playbook];
  const sessions = openSessions(memberRoleName(family, "release"), environment.EXTERNAL_ID);
  const runner = context.awsRequestId;
  let released: Released;
  try {
    released = await release({ journal, runner, assume: sessions.open, now, sleep }, record);
  } catch (error) {
    if (!(error instanceof LeaseHeld)) throw error;
    return refused(`Another run works on ${incident}; try again in three minutes`);
  }
  await topic.publish(releaseNotice(released));
  const { marks, problems, drifted } = released;
  if (problems.length > 0) await journal.handBack(record, runner, marks);
  else await journal.finish(record, runner, "released", marks);
  const outcome =
    problems.length > 0 ? "unfinished" : drifted.length > 0 ? "released-in-part" : "released";
  logger.info("incident.released", { incident, outcome });
  return {
    outcome,
    incident,
    restored: released.restored.map(describe),
    kept: released.kept.map(describe),
    drifted: drifted.map(describeProblem),
    problems: problems.map(describeProblem),
  };
};

function describe(step: Step): string {
  return kindOf(step.kind).describe(step);
}

function describeProblem({ step, why, manual }: StepProblem) {
  return { what: describe(step), why, manual };
}
