/** Decides whether an answer to an approval counts. Pure: same input, same decision. */
import { isOwnRole, type OwnRoles } from "../../catalogue/own-roles";
import type { Incident } from "../../model/incident";
import { oneLine } from "../../model/plain-text";
import type { Known } from "../../model/verdict";
import type { Answer, AnswerRequest, Approval } from "../../record/approvals";
import type { IncidentRecord } from "../../record/journal";
import { reasonProblem } from "../../record/release-order";
import { digestOf } from "../../record/seal";
import { narrowingProblem } from "../../remediate/narrow";
import { allSteps, type Plan } from "../../remediate/plan";

export interface ApprovalPolicy {
  /** Patterns of who may answer; none for everybody of the security account who may invoke. */
  readonly approvers: readonly string[];
  readonly ownRoles: OwnRoles;
}

export interface Circumstances {
  readonly record: Known<IncidentRecord | undefined>;
  readonly approval: Known<Approval | undefined>;
  /** The caller's ARN as STS says it. */
  readonly caller: Known<string>;
}

/** Either the answer to write, or one sentence why there is none. */
export type Judgement = { readonly answer: Answer } | { readonly refused: string };

export function judgeAnswer(
  request: AnswerRequest,
  circumstances: Circumstances,
  policy: ApprovalPolicy,
  now: Date,
): Judgement {
  const problem = waitingProblem(request, circumstances, now);
  if (problem !== undefined) return { refused: problem };
  const judged = judgeCaller(circumstances, policy);
  if ("refused" in judged) return judged;
  const { decision, reason, only } = request;
  return {
    answer: {
      decision,
      by: judged.by,
      reason,
      at: now.toISOString(),
      ...(only !== undefined && { only }),
    },
  };
}

/** Decides who answers, or one sentence why they may not. */
export function judgeCaller(
  { caller, record }: Pick<Circumstances, "caller" | "record">,
  policy: ApprovalPolicy,
): { readonly by: string } | { readonly refused: string } {
  if (!caller.known) return { refused: `STS did not confirm who answers: ${caller.why}` };
  const standing = record.known ? record.value : undefined;
  const unentitled = callerProblem(caller.value, standing as IncidentRecord, policy);
  return unentitled === undefined ? { by: caller.value } : { refused: unentitled };
}

/** Explains in one sentence why nothing waits for this answer, whoever gives it. */
export function waitingProblem(
  request: AnswerRequest,
  circumstances: Pick<Circumstances, "record" | "approval">,
  now: Date,
): string | undefined {
  const { decision, only } = request;
  const problem =
    reasonProblem(request.reason, `to ${decision}`) ?? planProblem(request, circumstances, now);
  if (problem !== undefined || only === undefined) return problem;
  if (decision === "reject") return "A rejection is of the whole plan: leave out --only";
  const { record } = circumstances;
  const standing = record.known ? record.value : undefined;
  return narrowingProblem((standing as IncidentRecord).plan, only);
}

/** Explains in one sentence why nothing waits for an answer about this plan. */
export function planProblem(
  { incident, digest }: Pick<AnswerRequest, "incident" | "digest">,
  { record, approval }: Pick<Circumstances, "record" | "approval">,
  now: Date,
): string | undefined {
  if (!record.known) return `The journal could not be read: ${record.why}`;
  if (!approval.known) return `The approval could not be read: ${approval.why}`;
  const standing = record.value;
  if (standing === undefined) return `The journal has no incident ${incident}`;
  if (standing.id !== incident || standing.status !== "planned") {
    return `Incident ${incident} does not wait for an answer: ${standing.id} is ${standing.status}`;
  }
  const asked = approval.value;
  if (asked?.answer !== undefined) return answered(asked, asked.answer);
  if (digestOf(standing) !== digest || asked?.digest !== digest || asked.incident !== incident) {
    return `No approval of incident ${incident} waits for this plan: it is another one now, or was not asked about`;
  }
  // NaN compares false: a time that is none has passed.
  return now.getTime() < Date.parse(asked.expiresAt)
    ? undefined
    : `The approval of incident ${incident} expired at ${asked.expiresAt}`;
}

export function answered({ incident }: Approval, { decision, by, at }: Answer): string {
  const did = decision === "approve" ? "approved" : "rejected";
  return `Incident ${incident} was ${did} by ${oneLine(by)} at ${at}: an approval is answered once`;
}

interface Principal {
  readonly account: string;
  readonly kind: "role" | "user";
  /** Without a role's path, which the ARN of its session does not have; a user's ARN with its path. */
  readonly name: string;
  readonly session?: string;
}

/** Reads the ARN of a caller; undefined for root, federated users and everything unknown. */
function principalOf(arn: string): Principal | undefined {
  const [, account, name, session] =
    /^arn:aws:sts::(\d{12}):assumed-role\/([\w+=,.@-]{1,64})\/([\w+=,.@-]{2,64})$/.exec(arn) ?? [];
  if (account && name && session) return { account, kind: "role", name, session };
  const [, of, user] = /^arn:aws:iam::(\d{12}):user\/([\x21-\x7e]{1,576})$/.exec(arn) ?? [];
  return of && user ? { account: of, kind: "user", name: user } : undefined;
}

/** What a person answers or asks for: an incident, and the plan that there is for it. */
export interface About {
  readonly incident: Pick<Incident, "place" | "resource">;
  readonly plan?: Plan;
}

/** Explains in one sentence why a principal may never do something, whatever the settings say. */
export function principalProblem(
  arn: string,
  about: About | undefined,
  ownRoles: OwnRoles,
  what: string,
): string | undefined {
  const caller = principalOf(arn);
  const mayNot = `${oneLine(arn)} may not ${what}`;
  if (caller === undefined) return `${mayNot}: only users and sessions of roles may`;
  if (caller.kind === "role" && isOwn(caller, ownRoles)) {
    return `${mayNot}: it is a role of Cordon's own`;
  }
  return caller.account === about?.incident.place.account && isSuspect(caller, about)
    ? `${mayNot}: the incident is about this principal`
    : undefined;
}

/** Explains in one sentence why a principal may not answer, or ask, about an incident or of itself. */
export function callerProblem(
  arn: string,
  about: About | undefined,
  { approvers, ownRoles }: ApprovalPolicy,
  what: "answer" | "ask" | "redrive" = "answer",
): string | undefined {
  const problem = principalProblem(arn, about, ownRoles, what);
  if (problem !== undefined) return problem;
  const caller = principalOf(arn) as Principal;
  const mayNot = `${oneLine(arn)} may not ${what}`;
  if (approvers.length === 0) {
    if (caller.account === about?.incident.place.account) {
      return `${mayNot}: it is of the account that the incident is about, and cordon:approvers does not list it`;
    }
    return caller.account === ownRoles.securityAccount
      ? undefined
      : `${mayNot}: it is not of the security account ${ownRoles.securityAccount}`;
  }
  return approvers.some((pattern) => isListed(arn, caller, pattern))
    ? undefined
    : `${mayNot}: cordon:approvers does not list it`;
}

/** A session's ARN has its role's name alone; no two roles of an account share one, whatever the path. */
function isOwn({ account, name }: Principal, own: OwnRoles): boolean {
  return [
    `arn:aws:iam::${account}:role${own.rolePath}${name}`,
    `arn:aws:iam::${account}:role/${name}`,
  ].some((arn) => isOwnRole(arn, own));
}

/** Checks whether the incident, or a step of its plan, is about the principal. */
function isSuspect({ kind, name }: Principal, { incident, plan }: About): boolean {
  const { resource } = incident;
  const last = name.split("/").at(-1);
  const isNamed = (named: unknown) => typeof named === "string" && named.split("/").at(-1) === last;
  // Also a part that the plan leaves out.
  const named =
    resource.kind === "sequence" ? resource.parts.map((part) => part.resource) : [resource];
  if (named.some((each) => each.kind === kind && isNamed(each.id))) return true;
  return (plan === undefined ? [] : allSteps(plan)).some((step) => {
    const about: Readonly<Record<string, unknown>> = { ...step };
    const of = about[kind];
    return isNamed(of) || isNamed((of as { readonly name?: unknown } | undefined)?.name);
  });
}

/** Matches a caller against a role, a user or a role's session, each possibly ending in "*". */
function isListed(arn: string, caller: Principal, pattern: string): boolean {
  const matches = (text: string, wanted: string) =>
    wanted.endsWith("*") ? text.startsWith(wanted.slice(0, -1)) : text === wanted;
  if (!pattern.startsWith(`arn:aws:iam::${caller.account}:role/`)) return matches(arn, pattern);
  return caller.kind === "role" && matches(caller.name, pattern.split("/").at(-1) ?? "");
}
