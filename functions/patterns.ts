/** EventBridge patterns, derived from the catalogue so that routing and code cannot disagree. */
import { catalogue, type PlaybookId, playbookFor } from "./catalogue";

/** What GuardDuty sends for every finding, in every account and region. */
export const guardDutyFindings = {
  source: ["aws.guardduty"],
  "detail-type": ["GuardDuty Finding"],
};

/** Matches what one playbook answers. Severity is not here: below 7 people are still told. */
export function playbookPattern(id: PlaybookId): object {
  const answers = catalogue[id].answers.map((answer) => ({
    type: answer.prefixes.map((prefix) => ({ prefix })),
    resource: { resourceType: [answer.resourceType] },
  }));
  return { ...guardDutyFindings, detail: answers.length === 1 ? answers[0] : { $or: answers } };
}

/** Matches every event that reaches the hub: triage sees them all and speaks for the unanswered. */
export const everything = { source: [{ prefix: "" }] };

/** Tells whether one of the playbooks' patterns matches an event, so that triage leaves it alone. */
export function matchesPlaybook(event: unknown): boolean {
  const { source, detail, ...rest } = (event ?? {}) as Record<string, unknown>;
  if (source !== guardDutyFindings.source[0]) return false;
  if (rest["detail-type"] !== guardDutyFindings["detail-type"][0]) return false;
  const { type, resource } = (detail ?? {}) as { type?: unknown; resource?: unknown };
  const { resourceType } = (resource ?? {}) as { resourceType?: unknown };
  if (typeof type !== "string" || typeof resourceType !== "string") return false;
  return playbookFor({ source: "guardduty", resourceType, type }) !== undefined;
}
