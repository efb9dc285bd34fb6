/** Carries out what a person approved, after reading everything again; or asks again, or says why not. */
import { holdsMs } from "../../decide/age";
import { decideOnAccount } from "../../decide/decide";
import type { Incident } from "../../model/incident";
import type { Verdict } from "../../model/verdict";
import { subjectOf } from "../../notify/incident-news";
import { announcement } from "../../notify/notice";
import type { Approval, Answer as Given } from "../../record/approvals";
import { type IncidentRecord, parseIncidentId } from "../../record/journal";
import { digestOf } from "../../record/seal";
import { contain } from "../../remediate/contain";
import { narrowed, narrowingProblem } from "../../remediate/narrow";
import { announcePlan } from "./announce";
import { finishContainment } from "./finish";
import { judge, look, readMembership } from "./look";
import { announceVerdict, isSamePlan, propose } from "./respond";
import type { Answer, Responder } from "./responder";
import type { ApprovedTask } from "./tasks";
import { lookAgain } from "./watch";

/** Brakes count what is automatic. */
const noBrakes = { known: true, value: [] } as const;

/**
 * Carries out an approved plan.
 *
 * @throws LeaseHeld or PartialContainment: fail the message, the next delivery goes on from there.
 */
export async function carryOutApproved(
  { incident: id, digest }: ApprovedTask,
  responder: Responder,
): Promise<Answer> {
  const key = parseIncidentId(id)?.key ?? "";
  const [record, approval] = await Promise.all([
    responder.journal.find(key),
    responder.approval(id, digest),
  ]);
  // The message only says where to look: what was approved, and by whom, the table says.
  const given = approval?.answer;
  if (record === undefined || approval === undefined || given?.decision !== "approve") {
    return { outcome: "refused", reason: `Nobody approved the plan ${digest} of incident ${id}` };
  }
  if (record.id !== id || record.status !== "planned") {
    return record.approval?.digest === digest
      ? lookAgain({ task: "look-again", incident: key }, responder)
      : { outcome: "logged", reason: `Incident ${record.id} is ${record.status}`, incident: id };
  }
  const problem =
    approvalProblem(record, approval, given, responder.now()) ??
    // Whoever can write the journal must not have responders contain by it.
    (await responder.distrust(record));
  if (problem !== undefined) return announceUnused(responder, record, problem);

  const incident = asRequested(record.incident, given);
  const membership = await readMembership(incident, responder);
  const early = decideOnAccount(incident, responder.policy, membership);
  if (early !== undefined) {
    return announceUnused(responder, record, early.reasons[0]);
  }
  // What waits for people does not grow old meanwhile.
  const seen = await look(incident, responder, membership, { ageMs: 0 });
  const verdict = judge(incident, responder, seen, noBrakes);
  if (verdict.decision !== "auto" && verdict.decision !== "approve") {
    return announceVerdict(incident, responder, seen, verdict);
  }
  const { facts } = seen;
  const isSame = facts.known && isSamePlan(record, record.incident, facts.value, responder.policy);
  if (!isSame || verdict.dryRun !== undefined) {
    const why = `${given.by} approved the plan of ${record.plannedAt}, but the facts have changed since`;
    const again = { ...verdict, reasons: isSame ? verdict.reasons : ([why] as const) };
    const about = isSame ? incident : record.incident;
    const proposal = propose(about, responder, seen, withObjection(again, record));
    return announcePlan(responder, proposal, again, isSame ? record : undefined);
  }
  const made = propose(incident, responder, seen, verdict);
  const { by, at, reason, only } = given;
  const contained = await contain(
    responder,
    {
      ...made,
      // Of a verdict "auto" the first sentence says that it was requested in Security Hub.
      reasons: [
        `${by} approved it at ${at}: ${reason}`,
        ...verdict.reasons.slice(verdict.decision === "auto" ? 1 : 0),
      ],
      plan: narrowed(made.plan, only),
      approval: { by, at, reason, digest, ...(only !== undefined && { only }) },
    },
    (sealed) => responder.journal.begin(sealed, responder.runner),
  );
  if (contained === undefined) throw new Error("An approved containment was not begun");
  return finishContainment(responder, contained);
}

/** Explains in one sentence why an approval does not hold for a record. */
function approvalProblem(
  record: IncidentRecord,
  { digest, expiresAt }: Approval,
  { at, by, only }: Given,
  now: Date,
): string | undefined {
  const { id } = record;
  if (digestOf(record) !== digest) {
    return `${by} approved another plan of incident ${id} than the one that waits now`;
  }
  // Both compare false for a time that is none.
  if (!(Date.parse(at) < Date.parse(expiresAt)) || !(now.getTime() < Date.parse(at) + holdsMs)) {
    return `${by} approved the plan of incident ${id} at ${at}, but it reached Cordon only now`;
  }
  const problem = only && narrowingProblem(record.plan, only);
  return problem && `${by} approved steps of incident ${id} that cannot be carried out: ${problem}`;
}

/** An approval is a person's request: what binds only what is automatic does not hold it. */
function asRequested(incident: Incident, { at }: Given): Incident {
  return { ...incident, finding: { ...incident.finding, requestedAt: at } };
}

/** Keeps why a person was asked: without the approval, Cordon would ask for the same reason. */
function withObjection(verdict: Verdict, { objectedBy }: IncidentRecord): Verdict {
  const guard = verdict.objectedBy ?? objectedBy;
  return { ...verdict, ...(guard !== undefined && { objectedBy: guard }) };
}

async function announceUnused(
  responder: Responder,
  record: IncidentRecord,
  reason: string,
): Promise<Answer> {
  const subject = subjectOf(record.incident, record.accountName, record.owner);
  await responder.publish(
    announcement(subject, "notified", [reason], { planned: record, isAlarming: true }),
  );
  return { outcome: "notified", reason, incident: record.id };
}
