/** Asks people about a plan, and tells them how an approval ended without a containment. */

import { customActions } from "../../catalogue/security-hub-actions";
import { command } from "../../model/command";
import { oneLine } from "../../model/plain-text";
import type { Notices } from "../../model/ports";
import { resourceName } from "../../model/resource";
import { subjectOf } from "../../notify/incident-news";
import { announcement } from "../../notify/notice";
import type { Approval, Approvals, Excerpt } from "../../record/approvals";
import { type IncidentRecord, type Journal, parseIncidentId } from "../../record/journal";
import { digestOf } from "../../record/seal";
import { allSteps } from "../../remediate/plan";
import { kindOf } from "../../remediate/steps";

export interface Asker extends Notices {
  readonly journal: Pick<Journal, "find">;
  readonly approvals: Approvals;
  readonly approvers: readonly string[];
  /** Reads what the incident's principal did before, within seconds; undefined where it is about none. */
  excerpt(record: IncidentRecord, quiet: boolean): Promise<Excerpt | undefined>;
}

/** What the workflow is about: its input. */
export interface Asked {
  readonly incident: string;
  readonly digest: string;
  /** One alert stands in for many: the end of this one is not notified. */
  readonly quiet: boolean;
}

export interface AskAnswer {
  readonly outcome: "asked" | "told" | "overtaken" | "quiet";
}

/**
 * Writes the approval of a plan. Where the plan has been replaced or begun meanwhile, nothing is
 * written, and nobody can answer.
 *
 * @param from when people may first answer, ISO 8601
 */
export async function ask(
  { incident, digest, quiet }: Asked,
  { token, from, hours }: { readonly token: string; readonly from: string; readonly hours: number },
  { journal, approvals, approvers, excerpt: readExcerpt }: Asker,
): Promise<AskAnswer> {
  const record = await planned({ incident, digest }, journal);
  if (record === undefined) return { outcome: "overtaken" };
  const expiresAt = new Date(Date.parse(from) + hours * 3_600_000).toISOString();
  const excerpt = await readExcerpt(record, quiet);
  await approvals.ask(
    {
      ...described(record, digest, approvers),
      ...(excerpt !== undefined && { excerpt }),
      askedAt: from,
      expiresAt,
    },
    token,
  );
  return { outcome: "asked" };
}

/** Notifies that a plan was rejected, or that nobody answered. */
export async function tell(
  how: "rejected" | "unanswered",
  asked: Asked,
  { journal, approvals, publish }: Asker,
): Promise<AskAnswer> {
  const record = await planned(asked, journal);
  // What was contained or planned anew meanwhile has notices of its own.
  if (record === undefined) return { outcome: "overtaken" };
  if (asked.quiet && how === "unanswered") return { outcome: "quiet" };
  const { incident, accountName, id } = record;
  const approval = await approvals.find(id, asked.digest);
  const { answer, expiresAt = "its end" } = approval ?? {};
  const by = oneLine(answer?.by ?? "a responder");
  const why =
    how === "rejected"
      ? `The plan of incident ${id} was rejected by ${by}: ${answer?.reason ?? "no reason is recorded"}`
      : answer === undefined
        ? `Nobody answered the approval of incident ${id} until ${expiresAt}: nothing was changed`
        : `The answer of ${by} to the approval of incident ${id} did not reach Cordon until ${expiresAt}: nothing was changed`;
  await publish(
    announcement(
      subjectOf(incident, accountName, record.owner),
      "notified",
      [why, ...record.reasons],
      {
        planned: record,
        outcome: how,
        manualSteps: [
          `Look at it: ${command`npx cordon show ${id}`}`,
          `To contain it after all, select the finding in Security Hub and choose ${customActions.contain}.`,
        ],
      },
    ),
  );
  return { outcome: "told" };
}

/** Finds an incident whose plan is still the one that was asked about, and waits. */
async function planned(
  { incident, digest }: Pick<Asked, "incident" | "digest">,
  journal: Pick<Journal, "find">,
): Promise<IncidentRecord | undefined> {
  const record = await journal.find(parseIncidentId(incident)?.key ?? "");
  const waits =
    record?.id === incident && record.status === "planned" && digestOf(record) === digest;
  return waits ? record : undefined;
}

function described(
  record: IncidentRecord,
  digest: string,
  approvers: readonly string[],
): Omit<Approval, "askedAt" | "expiresAt"> {
  const { id, incident, plan, reasons, revision, accountName } = record;
  const { place, playbook, resource } = incident;
  const steps = allSteps(plan);
  const stops = steps.filter(
    ({ kind }) => kindOf(kind).cuts || kindOf(kind).undonePart === "traffic",
  );
  return {
    incident: id,
    digest,
    revision,
    playbook,
    target: `${resourceName(resource)} in ${accountName} (${place.account}), ${place.region}`,
    blastRadius: [
      ...reasons.slice(0, 1),
      ...stops.map((step) => kindOf(step.kind).describe(step)),
    ].map(oneLine),
    steps: steps.map((step) => oneLine(`${step.kind}: ${kindOf(step.kind).describe(step)}`)),
    undo: command`npx cordon release ${id} --reason "WHY"`,
    approvers:
      approvers.length > 0
        ? approvers
        : ["principals of the security account that may invoke cordon-approve"],
  };
}
