/** Says in Security Hub's words what became of an incident: a workflow status, and a note. */
import { command } from "../model/command";
import type { Approval } from "../record/approvals";
import type { Exception } from "../record/exceptions";
import type { WorkflowStatus } from "../record/finding-updates";
import type { IncidentRecord } from "../record/journal";

/** What Security Hub and GuardDuty are to say of a finding. */
export interface FindingStatus {
  readonly status: WorkflowStatus;
  readonly note: string;
  /** By which entry of the register it is a false positive: GuardDuty archives it. */
  readonly falseBy?: string;
}

/**
 * Says what became of an incident that was begun, or whose plan waits for people. Of a dry run only its
 * notice tells: it changes nothing.
 *
 * Only a release resolves, and only what was contained: then people have looked at the target, and given
 * it back. Only a responder's word suppresses. No note says who or why: the member account reads it, too,
 * and whoever is in it.
 *
 * @param mark the responder's word that the finding is a false positive
 * @param approval of the plan that waits
 */
export function findingStatus(
  record: IncidentRecord,
  { mark, approval }: { readonly mark?: Exception | undefined; readonly approval?: Approval },
): FindingStatus | undefined {
  const said = statusOf(record, approval);
  if (said === undefined || mark === undefined) return said;
  const note = `Marked as a false positive at ${mark.addedAt}. ${said.note}`;
  return { status: "SUPPRESSED", note, falseBy: mark.id };
}

/** Security Hub takes 512 characters of a note (API reference, "Note"); these have some 250. */
function statusOf(
  record: IncidentRecord,
  approval: Approval | undefined,
): FindingStatus | undefined {
  const { id, status, marks, containedAt, release, releasedAt } = record;
  const see = command`npx cordon show ${id}`;
  const undo = command`npx cordon release ${id} --reason "WHY"`;
  const notified = (note: string) => ({ status: "NOTIFIED", note }) as const;
  switch (status) {
    case "planned":
      return record.dryRun === undefined ? notified(planned(approval, id, see)) : undefined;
    case "containing":
      return notified(`Cordon contains the target, incident ${id}. It has not ended: ${see}`);
    case "contained": {
      const left = Object.values(marks).filter((mark) => mark === "by-hand").length;
      return notified(
        left === 0
          ? `Cordon contained the target at ${containedAt}, incident ${id}. To undo: ${undo}`
          : `Cordon contained the target in part at ${containedAt}, incident ${id}. ${left === 1 ? "A step" : `${left} steps`} failed, to be done by hand: ${see}. To undo: ${undo}`,
      );
    }
    case "releasing":
      return notified(
        `A release of incident ${id} began at ${release?.at}, and has not ended: ${see}`,
      );
    case "released": {
      const note = `Incident ${id} was released at ${releasedAt}: ${see}`;
      return containedAt === undefined ? notified(note) : { status: "RESOLVED", note };
    }
  }
}

function planned(approval: Approval | undefined, id: string, see: string): string {
  const { answer, expiresAt } = approval ?? {};
  const what =
    answer?.decision === "reject"
      ? `was rejected at ${answer.at}`
      : `waits for an approval${expiresAt === undefined ? "" : ` until ${expiresAt}`}`;
  return `Cordon made no change: the plan of incident ${id} ${what}. ${see}`;
}
