/** Gathers what people see of an approval before they answer: every text cleaned and bounded. Pure. */

import { catalogue } from "../../catalogue/playbooks";
import { plain } from "../../model/plain-text";
import { resourceName } from "../../model/resource";
import { subjectOf } from "../../notify/incident-news";
import { findingLink } from "../../notify/links";
import type { Answer, Approval } from "../../record/approvals";
import { type ExcerptView, excerptView } from "../../record/excerpt";
import type { IncidentRecord } from "../../record/journal";
import type { PageLink } from "../../record/page-links";
import { digestOf } from "../../record/seal";
import { allSteps } from "../../remediate/plan";
import { kindOf, type Step } from "../../remediate/steps";

export interface ViewedStep {
  readonly does: string;
  /** Absent of a plan that is not the incident's any more. */
  readonly change?: { readonly before: string; readonly after: string; readonly undo: string };
}

export interface PageView {
  readonly incident: string;
  readonly revision: string;
  /** What is asked, in a few words. */
  readonly title: string;
  readonly finding: {
    readonly title: string;
    readonly type: string;
    readonly severity: number;
    readonly sample: boolean;
    readonly named: readonly string[];
    readonly seen: readonly string[];
    readonly firstSeen?: string;
    readonly lastSeen: string;
    readonly link: string;
    /** The finding's page in Amazon Detective. */
    readonly detective?: string;
  };
  readonly resource: string;
  readonly account: string;
  readonly region: string;
  readonly reasons: readonly string[];
  /** What stops working. */
  readonly blastRadius: readonly string[];
  /** Every step, in order: its number is its place. */
  readonly steps: readonly ViewedStep[];
  readonly residual: readonly string[];
  /** What the principal did before, by CloudTrail; absent where nobody was asked about one. */
  readonly before?: ExcerptView;
  readonly askedAt?: string;
  readonly expiresAt?: string;
  /** "over": begun without an answer, or another plan took its place. */
  readonly state: "soon" | "waits" | "answered" | "expired" | "over";
  readonly answer?: Answer;
  /** Who may answer with this link. */
  readonly by?: string;
}

/** A line of text, and a value of a step. */
const lineLimit = 400;
const valueLimit = 2_000;

/** @returns undefined where the incident was not asked about */
export function viewOf(
  link: PageLink,
  {
    record,
    approval,
  }: { readonly record: IncidentRecord | undefined; readonly approval: Approval | undefined },
  now: Date,
): PageView | undefined {
  if (record?.id !== link.incident) return undefined;
  const isCurrent = record.status === "planned" && digestOf(record) === link.digest;
  if (!isCurrent && approval === undefined) return undefined;
  const { incident, accountName, plan, reasons } = record;
  const { place, resource, finding, playbook } = incident;
  const line = (text: string) => plain(text, lineLimit);
  const why = reasons.map(line);
  const { answer } = approval ?? {};
  const detective = detectiveLink(record);
  const before = approval && excerptView(approval);
  return {
    incident: record.id,
    revision: approval?.revision ?? record.revision,
    title: line(`${catalogue[playbook].title}: ${subjectOf(incident, accountName).resource}`),
    finding: {
      title: line(finding.title),
      type: line(finding.type),
      severity: finding.severity,
      sample: finding.sample,
      named: (finding.named ?? []).map(line),
      seen: (finding.seen ?? []).map(line),
      ...(finding.firstSeen !== undefined && { firstSeen: line(finding.firstSeen) }),
      lastSeen: line(finding.lastSeen),
      link: findingLink(finding, place),
      ...(detective !== undefined && { detective }),
    },
    resource: line(resourceName(resource)),
    account: line(`${accountName} (${place.account})`),
    region: place.region,
    reasons: why,
    // It begins with the first of the reasons.
    blastRadius: (approval?.blastRadius ?? []).map(line).filter((each) => !why.includes(each)),
    steps: isCurrent
      ? allSteps(plan).map(viewed)
      : (approval?.steps ?? []).map((does) => ({ does: line(does) })),
    residual: isCurrent ? plan.residual.map(line) : [],
    ...(before !== undefined && { before }),
    ...(approval && { askedAt: approval.askedAt, expiresAt: approval.expiresAt }),
    state: stateOf(isCurrent, approval, now),
    ...(answer && { answer: { ...answer, reason: line(answer.reason), by: line(answer.by) } }),
    ...(link.kind === "answer" && { by: line(link.by) }),
  };
}

function viewed(step: Step): ViewedStep {
  const kind = kindOf(step.kind);
  const [before, after] = kind.sides(step);
  return {
    does: plain(kind.describe(step), lineLimit),
    change: {
      before: plain(before, valueLimit),
      after: plain(after, valueLimit),
      undo: plain(
        kind.onRequest
          ? `${kind.describeUndo(step)}, only if the release asks for it`
          : kind.describeUndo(step),
        lineLimit,
      ),
    },
  };
}

function stateOf(isCurrent: boolean, approval: Approval | undefined, now: Date): PageView["state"] {
  if (approval?.answer !== undefined) return "answered";
  if (!isCurrent) return "over";
  if (approval === undefined) return "soon";
  // NaN compares false: a time that is none has passed.
  return now.getTime() < Date.parse(approval.expiresAt) ? "waits" : "expired";
}

/**
 * Names the finding's page in Amazon Detective, whose format is in its user guide ("Navigating to a
 * profile using a URL"). Only of findings as GuardDuty sent them.
 */
function detectiveLink({ incident: { finding, place } }: IncidentRecord): string | undefined {
  if (finding.link !== undefined || !/^[0-9a-zA-Z-]{1,64}$/.test(finding.id)) return undefined;
  const { region } = finding.report ?? place;
  return `https://console.aws.amazon.com/detective/home?region=${region}#findings/GuardDuty/${finding.id}`;
}
