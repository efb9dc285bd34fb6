/** Writes notices: what happened, what Cordon did, what it did not do and why, how to undo it. */
import { catalogue, sortOf } from "../catalogue/playbooks";
import { customActions } from "../catalogue/security-hub-actions";
import { command } from "../model/command";
import type { Finding } from "../model/finding";
import { oneLine, unlinked } from "../model/plain-text";
import { type IncidentRecord, type Proposal, revisionOf } from "../record/journal";
import type { Contained } from "../remediate/contain";
import type { StepProblem } from "../remediate/engine";
import { allSteps, type Plan } from "../remediate/plan";
import type { Step } from "../remediate/steps";
import { kindOf } from "../remediate/steps";
import { type IncidentNews, incidentNews, type Subject, subjectOf } from "./incident-news";
import { findingLink, furtherLinks } from "./links";
import {
  fact,
  headed,
  type Message,
  messageOf,
  type Origin,
  type Part,
  section,
  textOf,
} from "./message";
import { ownerTitle } from "./owner";
import { type Outcome, type Urgency, urgencyOf } from "./urgency";

/** A message with what e-mail shows of it. How urgent it is, the first word after the mark says, too. */
export interface Notice extends Message {
  /** At most 100 ASCII characters: Amazon SNS refuses more, and anything else. */
  readonly subject: string;
  readonly text: string;
  /** The same for other teams' programs; absent if the incident's status did not change. */
  readonly incident?: IncidentNews;
  /** The same of many at once. */
  readonly incidents?: readonly IncidentNews[];
}

/** Why an incident was only announced. */
export type Announcement = "dry-run" | "notified" | "target-missing" | "awaiting-approval";

const subjectLimit = 100;

/** What happened, and what it means. */
interface Words {
  readonly heading: string;
  readonly meaning: string;
  /** The plan was carried out before: its steps are no news, and no plan. @default false */
  readonly isOver?: boolean;
}

/** Where nothing is changed at this moment. */
const announced: Readonly<Record<Announcement, Words>> = {
  "dry-run": {
    heading: "Dry run: no change made",
    meaning: "Cordon changed nothing: the planned steps are what it would have done.",
  },
  notified: {
    heading: "Review required, no change made",
    meaning: "Cordon changed nothing: what to do about this is for you to decide.",
  },
  "target-missing": {
    heading: "Target missing: no change made",
    meaning: "Cordon changed nothing: what the finding names does not exist, or not any more.",
  },
  "awaiting-approval": {
    heading: "Approval required: no change made",
    meaning: "Cordon changed nothing yet: its plan waits until somebody approves it.",
  },
};

/** The same of what was planned or contained before. */
const became: Readonly<Partial<Record<Outcome, Words>>> = {
  "not-holding": {
    heading: "Containment does not hold",
    meaning: "What was contained is not, or goes on acting. Read this now.",
    isOver: true,
  },
  "contained-in-part": {
    heading: "Contained in part",
    meaning: "What is contained may have ways that Cordon leaves open until you decide.",
    isOver: true,
  },
  "changed-back": {
    heading: "Setting changed back",
    meaning: "Somebody changed back what Cordon had fixed. Cordon leaves it as it is.",
    isOver: true,
  },
  "worn-off": {
    heading: "Containment has worn off",
    meaning: "What was denied has ended by itself. The incident can be released.",
    isOver: true,
  },
  unanswered: {
    heading: "Not approved in time: no change made",
    meaning: "Cordon changed nothing: its plan was not approved in time.",
  },
  rejected: {
    heading: "Plan rejected: no change made",
    meaning: "Cordon changed nothing: a responder rejected its plan.",
  },
  "released-in-part": {
    heading: "Release unfinished",
    meaning: "A release was begun and has not ended: run it again.",
    isOver: true,
  },
};

/** Announces a finding on which nothing changed: low severity, protected, missing, a dry run. */
export function announcement(
  subject: Subject,
  what: Announcement,
  reasons: readonly string[],
  more: {
    /** A proposal that the journal gets, or its record of it. */
    readonly planned?: Proposal | IncidentRecord;
    /** The plan to show. @default the one of `planned` */
    readonly plan?: Plan | undefined;
    /** Manual steps in place of a response. */
    readonly manualSteps?: readonly string[] | undefined;
    /** What an intruder would arrange: urgent whatever the severity. */
    readonly isAlarming?: boolean;
    /** What became of it, where that decides how urgent the notice is. @default `what` */
    readonly outcome?: Outcome;
    /** Where the plan that waits can be read, without an answer. */
    readonly page?: string | undefined;
  } = {},
): Notice {
  const { planned, plan = planned?.plan, manualSteps = [], isAlarming, outcome = what } = more;
  const { heading, meaning, isOver = false } = became[outcome] ?? announced[what];
  // The record's own revision if it has one: the journal may return the plan's keys in another order.
  const known = planned && { revision: revisionOf(planned.plan), ...planned };
  const urgency = urgencyOf(outcome, subject.finding, isAlarming);
  const written = notice(
    urgency,
    `${heading}: ${subject.resource} (${subject.finding.type})`,
    [
      meaning,
      ...about(subject, planned?.id),
      section(outcome === what ? "Why no change was made" : "Why", reasons.map(unlinked)),
      section("Do this", manualSteps),
      section("To approve", what === "awaiting-approval" ? howToApprove(known, subject) : []),
      ...(plan === undefined || isOver ? [] : stepsOf(plan)),
    ],
    originOf(subject, planned?.id),
  );
  return {
    ...written,
    ...(more.page !== undefined && onPage(written, known, more.page)),
    ...tally(subject.finding),
    incident: incidentNews(subject, what, reasons, known),
  };
}

function onPage(
  { origin }: Notice,
  planned: { readonly id: string } | undefined,
  address: string,
): Pick<Notice, "page" | "origin"> {
  const { id = "INCIDENT" } = planned ?? {};
  const page = `On a phone: ${command`npx cordon page ${id}`} prints a link to answer with, for example in AWS CloudShell. To read it only: ${address}`;
  if (origin === undefined) return { page };
  const links = [{ title: "Read the plan", url: address }, ...origin.links];
  return { page, origin: { ...origin, links } };
}

function howToApprove(
  planned: { readonly id: string; readonly revision: string } | undefined,
  { playbook }: Pick<Subject, "playbook">,
): readonly string[] {
  const { id = "INCIDENT", revision = "REVISION" } = planned ?? {};
  return [
    command`npx cordon approve ${id} --plan ${revision} --reason "WHY"`,
    `Against it: ${command`npx cordon reject ${id} --reason "WHY"`}`,
    `Until when, and who may: ${command`npx cordon show ${id}`}`,
    // Of a sequence Security Hub's action contains a resource, and not the sequence.
    ...(playbook === "contain-sequence"
      ? []
      : [
          `Or select the finding in Security Hub and choose ${customActions.contain}: Cordon carries out these planned steps.`,
        ]),
    "If the plan is another one by then, Cordon changes nothing and announces that plan.",
  ];
}

/** How far a containment went, by the kind of its target. */
const headings = {
  instance: { whole: "Isolated", part: "Isolated in part", none: "Not isolated" },
  identity: { whole: "Contained", part: "Contained in part", none: "Not contained" },
  posture: { whole: "Fixed", part: "Fixed in part", none: "Not fixed" },
  several: { whole: "Contained", part: "Contained in part", none: "Not contained" },
  address: { whole: "Blocked", part: "Blocked in part", none: "Not blocked" },
  resource: { whole: "Contained", part: "Contained in part", none: "Not contained" },
} as const;

/** The same as a sentence. */
const meanings = {
  instance: {
    whole: "Cordon cut the instance off: its network is closed, except for forensics.",
    part: "Cordon cut the instance off in part: read what is still open.",
    none: "Cordon could NOT cut the instance off: it still reaches the network.",
  },
  identity: {
    whole: "Cordon cut the credentials off: they no longer work.",
    part: "Cordon cut the credentials off in part: read what is still open.",
    none: "Cordon could NOT cut the credentials off: they still work.",
  },
  posture: {
    whole: "Cordon changed the setting: it is now as the control wants it.",
    part: "Cordon changed the setting in part: read what is still open.",
    none: "Cordon could NOT change the setting: it is as it was found.",
  },
  several: {
    whole: "Cordon cut off every resource that the attack sequence shows as compromised.",
    part: "Cordon cut off some of what the attack sequence shows as compromised: read what is still open.",
    none: "Cordon could cut off NOTHING of what the attack sequence shows as compromised.",
  },
  address: {
    whole: "Cordon blocked the address for web applications of the account and region, for a time.",
    part: "Cordon blocked the address in part: read what is still open.",
    none: "Cordon could NOT block the address: web applications still answer it.",
  },
  resource: {
    whole: "Cordon changed the settings that contain the resource: read what depends on it.",
    part: "Cordon changed some of the settings that contain the resource: read what is still open.",
    none: "Cordon could NOT change the settings that contain the resource: it is as it was found.",
  },
} as const;

/**
 * Writes the notice of a containment, complete or partial.
 *
 * @param again whether Cordon tries the failed steps again
 * @param drifted what was no longer in effect, where the target was contained before
 * @param undo the command that releases the incident
 */
export function containmentNotice(
  contained: Contained,
  again: boolean,
  drifted: readonly string[] = [],
  undo = command`npx cordon release ${contained.record.id} --reason "WHY"`,
): Notice {
  const { record, done, gone, skipped, problems, extent } = contained;
  const { open = [] } = record.plan;
  const subject = subjectOf(record.incident, record.accountName, record.owner);
  const { title, family } = catalogue[record.incident.playbook];
  const whole = extent === "whole" && problems.length === 0;
  const sort = sortOf(family);
  const state = headings[sort][extent];
  const after = drifted.length === 0 ? "" : " again";
  const written = notice(
    urgencyOf(outcomeOf(extent, drifted.length > 0)),
    `${state}${after}: ${subject.resource} (${subject.finding.type})`,
    [
      meanings[sort][extent],
      ...about(subject, record.id),
      fact("Playbook", title),
      section("Why", record.reasons),
      section("Changed since the containment, and applied again", drifted),
      section("Still open", open),
      section(
        again ? "Failed: Cordon tries again" : "Failed permanently: do it manually",
        problems.map(describeProblem),
      ),
      section("No longer exists: nothing was done", gone.map(describeStep)),
      section(
        whole ? "Done and verified" : "Done",
        done.filter(({ kind }) => !kindOf(kind).scaffolds).map(describeStep),
      ),
      section("Residual risk", [
        ...record.plan.residual,
        ...skipped.flatMap((step) => kindOf(step.kind).opens?.residual(step) ?? []),
      ]),
      section("Next steps", record.plan.nextSteps),
      section("Undo", [undo]),
    ],
    originOf(subject, record.id),
  );
  const left = again
    ? "Cordon tries the failed steps again"
    : "The failed steps must be done manually";
  return {
    ...written,
    ...tally(subject.finding),
    incident: whole
      ? incidentNews(subject, "contained", record.reasons, record)
      : incidentNews(
          subject,
          "contained-in-part",
          [...open, left, ...problems.map(describeProblem)],
          record,
        ),
  };
}

/** Of a whole containment no failed step lets anybody in: evidence, labels and protections wait for a person. */
function outcomeOf(extent: Contained["extent"], isAgain: boolean): Outcome {
  if (extent === "none") return "not-contained";
  if (extent === "part") return "contained-in-part";
  return isAgain ? "contained-again" : "contained";
}

/** Says who and what a notice is about. */
export function about(subject: Subject, incident: string | undefined): readonly Part[] {
  const { finding, place, accountName, resource, owner = [] } = subject;
  return [
    oneLine(unlinked(finding.title)),
    fact(
      "Finding",
      `${finding.type}, severity ${finding.severity}${finding.sample ? ", a sample" : ""}`,
    ),
    ...(finding.imported ? [fact("Product", finding.imported.product)] : []),
    fact("Resource", unlinked(resource)),
    fact("Account", `${accountName} (${place.account}), ${place.region}`),
    fact("Link", findingLink(finding, place)),
    ...(incident === undefined ? [] : [fact("Incident", incident)]),
    section(ownerTitle, owner.map(unlinked)),
    section("Named by the finding", (finding.named ?? []).map(unlinked)),
    section("Seen by the detector", (finding.seen ?? []).map(unlinked)),
  ];
}

/** Says the same for channels. */
export function originOf({ finding, place, trail }: Subject, incident: string | undefined): Origin {
  return {
    account: place.account,
    region: place.region,
    severity: finding.severity,
    type: finding.type,
    ...(finding.requestedAt !== undefined && { asked: true }),
    ...(finding.imported !== undefined && { imported: finding.imported.by }),
    ...(incident !== undefined && { incident }),
    links: [
      { title: "Finding", url: findingLink(finding, place) },
      ...furtherLinks(finding, place, trail),
    ],
  };
}

function tally({ count, firstSeen, lastSeen }: Finding): Pick<Notice, "tally"> {
  if (count === undefined) return {};
  const times = count === 1 ? "once" : `${count} times`;
  const since =
    firstSeen === undefined || firstSeen === lastSeen ? "" : `first at ${firstSeen}, last `;
  return { tally: `Seen ${times}, ${since}at ${lastSeen}.` };
}

function stepsOf(plan: Plan): readonly Part[] {
  const steps = allSteps(plan).filter(({ kind }) => !kindOf(kind).scaffolds);
  return [
    section("Planned steps", steps.map(describeStep)),
    section("Residual risk", plan.residual),
  ];
}

function describeStep(step: Step): string {
  return kindOf(step.kind).describe(step);
}

function describeProblem(problem: StepProblem): string {
  return `${describeStep(problem.step)}: ${problem.why}.`;
}

/**
 * Writes a notice.
 *
 * @param heading what happened, and to what: the subject without its mark
 */
export function notice(
  urgency: Urgency,
  heading: string,
  parts: readonly Part[],
  origin?: Origin,
): Notice {
  const message = messageOf(urgency, heading, parts, origin);
  const ascii = headed(message).replace(/[^\x20-\x7e]/g, "?");
  return {
    ...message,
    subject: ascii.length <= subjectLimit ? ascii : `${ascii.slice(0, subjectLimit - 3)}...`,
    text: textOf(message),
  };
}

/** Leaves out what e-mail and other teams' programs have of their own: what channels need remains. */
export function asMessage({
  subject: _,
  text: __,
  incident: ___,
  incidents: ____,
  ...message
}: Notice): Message {
  return message;
}
