/** Writes what people read: what happened, what was done, what was not and why, how to undo. */
import { catalogue } from "../catalogue/catalogue";
import type { Finding } from "../model/finding";
import { oneLine } from "../model/plain-text";
import type { Place } from "../model/resource";
import { type IncidentRecord, type Proposal, revisionOf } from "../record/journal";
import type { Contained, Released, StepProblem } from "../remediate/engine";
import { allSteps } from "../remediate/engine";
import type { Plan } from "../remediate/plan";
import type { Step } from "../remediate/steps";
import { kindOf } from "../remediate/steps";
import { type IncidentNews, incidentNews } from "./incident-news";
import { type Subject, subjectOf } from "./subject";

export interface Notice {
  /** At most 100 ASCII characters: Amazon SNS refuses more, and anything else. */
  readonly subject: string;
  readonly text: string;
  /** The same for other teams' programs; absent where nothing new is said of how it stands. */
  readonly incident?: IncidentNews;
}

/** What people are told about an incident that was only announced. */
export type Announcement = "dry-run" | "notified" | "target-missing" | "awaiting-approval";

const subjectLimit = 100;

/** Tells of a finding that changed nothing: below the threshold, protected, missing, a dry run. */
export function announcement(
  subject: Subject,
  what: Announcement,
  reasons: readonly string[],
  more: {
    /** A proposal that the journal gets, or its record of it. */
    readonly planned?: Proposal | IncidentRecord;
    /** What would be done. @default what is planned */
    readonly plan?: Plan | undefined;
    /** What people do in place of a response. */
    readonly instead?: readonly string[] | undefined;
    readonly urgent?: boolean;
  } = {},
): Notice {
  const { planned, plan = planned?.plan, instead = [], urgent = false } = more;
  const heading = {
    "dry-run": "Dry run: nothing was changed",
    notified: "Look at this: nothing was changed",
    "target-missing": "Target missing: nothing was changed",
    "awaiting-approval": "Waiting for approval: nothing was changed",
  }[what];
  const mark = urgent ? "[Cordon] URGENT" : "[Cordon]";
  const told = notice(`${mark} ${heading}: ${subject.resource} (${subject.finding.type})`, [
    ...about(subject, planned?.id),
    section("Why nothing was changed", reasons),
    section("Do this", instead),
    ...(plan === undefined ? [] : [section("What would be done", describeSteps(plan))]),
    ...(plan === undefined ? [] : [section("What it could not do", plan.residual)]),
  ]);
  // The journal's own: what it gives back need not be in the order that was hashed.
  const known = planned && { revision: revisionOf(planned.plan), ...planned };
  return { ...told, incident: incidentNews(subject, what, reasons, known) };
}

/**
 * Tells of a containment, whole or in part.
 *
 * @param again whether what is not done is tried again, or left to people.
 */
export function containmentNotice(contained: Contained, again: boolean): Notice {
  const { record, done, problems } = contained;
  const subject = subjectOf(record.incident, record.accountName);
  const title = catalogue[record.incident.playbook].title;
  const whole = problems.length === 0;
  const state = whole ? "Contained" : "Contained in part";
  const told = notice(`[Cordon] ${state}: ${subject.resource} (${subject.finding.type})`, [
    ...about(subject, record.id),
    `Playbook   ${title}`,
    section("Why", record.reasons),
    ...(whole
      ? [section("Done and verified", done.map(describeStep))]
      : [
          section(
            again ? "Not done; it is tried again" : "Not done, and given up: do it by hand",
            problems.map(describeProblem),
          ),
          section("Done", done.map(describeStep)),
        ]),
    section("What this does not stop", record.plan.residual),
    section("Next", record.plan.nextSteps),
    section("Undo", [`npx cordon release ${record.id}`]),
  ]);
  const left = again ? "What is not done is tried again" : "What is not done is left to people";
  return {
    ...told,
    incident: whole
      ? incidentNews(subject, "contained", record.reasons, record)
      : incidentNews(
          subject,
          "contained-in-part",
          [left, ...problems.map(describeProblem)],
          record,
        ),
  };
}

/** Tells of a release: what is back, what was left alone, what a person must do. */
export function releaseNotice(released: Released): Notice {
  const { record, restored, kept, drifted, problems } = released;
  const subject = subjectOf(record.incident, record.accountName);
  const whole = drifted.length === 0 && problems.length === 0;
  const told = notice(
    `[Cordon] ${whole ? "Released" : "Released in part"}: ${subject.resource} (${record.id})`,
    [
      ...about(subject, record.id),
      section("Taken back", restored.map(describeStep)),
      section(
        "Kept on purpose",
        kept.map((step) => kindOf(step.kind).manual(step)),
      ),
      section(
        "Changed by others since, left alone",
        drifted.map((problem) => `${describeProblem(problem)} By hand: ${problem.manual}`),
      ),
      section(
        "Could not be restored; run the release again",
        problems.map((problem) => `${describeProblem(problem)} By hand: ${problem.manual}`),
      ),
    ],
  );
  const status =
    problems.length > 0 ? "release-unfinished" : whole ? "released" : "released-in-part";
  const reasons = {
    released: "All is taken back, or kept on purpose",
    "released-in-part": "What others changed since is left alone",
    "release-unfinished": "Not all could be taken back; run the release again",
  }[status];
  const left = [...problems, ...drifted].map(describeProblem);
  return { ...told, incident: incidentNews(subject, status, [reasons, ...left], record) };
}

export function about(subject: Subject, incident: string | undefined): string[] {
  const { finding, place, accountName, resource } = subject;
  return [
    oneLine(finding.title),
    "",
    `Finding    ${finding.type}, severity ${finding.severity}${finding.sample ? ", a sample" : ""}`,
    `Resource   ${oneLine(resource)}`,
    `Account    ${accountName} (${place.account}), ${place.region}`,
    `Link       ${finding.link ?? guardDutyLink(finding, place)}`,
    ...(incident === undefined ? [] : [`Incident   ${incident}`]),
  ];
}

function guardDutyLink(finding: Finding, { region }: Place): string {
  return `https://${region}.console.aws.amazon.com/guardduty/home?region=${region}#/findings?search=id%3D${finding.id}`;
}

/** Lists lines under a title. Strangers name what stands in them: each stays one line. */
export function section(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return "";
  return ["", title, ...lines.map((line) => `  - ${oneLine(line)}`)].join("\n");
}

function describeSteps(plan: Plan): string[] {
  return allSteps(plan).map(describeStep);
}

function describeStep(step: Step): string {
  return kindOf(step.kind).describe(step);
}

function describeProblem(problem: StepProblem): string {
  return `${describeStep(problem.step)}: ${problem.why}.`;
}

export function notice(subject: string, lines: readonly string[]): Notice {
  const ascii = subject.replace(/[^\x20-\x7e]/g, "?");
  return {
    subject: ascii.length <= subjectLimit ? ascii : `${ascii.slice(0, subjectLimit - 3)}...`,
    text: `${lines.filter((line) => line !== "").join("\n")}\n`,
  };
}
