/** Answers an approval for a person: proves who it is, decides, writes the answer, ends the wait. */
import type * as z from "zod/mini";
import { homeRegion } from "../../catalogue/names";
import { errorText, plain } from "../../model/plain-text";
import type { Known } from "../../model/verdict";
import {
  type Answer,
  type AnswerRequest,
  type Approval,
  type Approvals,
  bindingOf,
  type Decision,
} from "../../record/approvals";
import { type Proof, proofProblem } from "../../record/caller-proof";
import { type Journal, parseIncidentId } from "../../record/journal";
import {
  hasExpired,
  isSameCode,
  linkMessage,
  type PageLink,
  type PersonalLink,
  pageAddress,
  personalLinkSeconds,
  readLink,
  writeLink,
} from "../../record/page-links";
import {
  type ApprovalPolicy,
  answered,
  type Circumstances,
  judgeAnswer,
  judgeCaller,
  planProblem,
  waitingProblem,
} from "./decide";
import { answering, linking, opening, seeing, showing } from "./shapes";
import { type PageView, viewOf } from "./view";

export interface Approver {
  readonly journal: Pick<Journal, "find">;
  readonly approvals: Approvals;
  readonly policy: ApprovalPolicy;
  /** The page, where one is deployed. */
  readonly page?: {
    readonly url: string;
    /** Computes the code of a link. */
    codeOf(message: string): Promise<Uint8Array>;
  };
  now(): Date;
  /** Has STS say whose a proof is. */
  callerOf(proof: Proof, binding: string): Promise<string>;
  /** Ends a workflow's wait; false where it has ended. */
  succeed(token: string, output: object): Promise<boolean>;
}

export type AnswerReport =
  | { readonly outcome: "approved" | "rejected"; readonly incident: string; readonly by: string }
  /** Nothing was changed. */
  | { readonly outcome: "refused"; readonly reason: string }
  /** The answer is written, and nothing is done yet: the same command goes on. */
  | { readonly outcome: "unfinished"; readonly reason: string }
  | { readonly outcome: "shown"; readonly approvals: readonly Approval[] }
  /** A link to answer on the page with, for whoever proved to be `by`. */
  | {
      readonly outcome: "opened";
      readonly incident: string;
      readonly by: string;
      readonly url: string;
      /** ISO 8601. */
      readonly until: string;
    }
  /** What a link shows. */
  | { readonly outcome: "seen"; readonly view: PageView }
  /** What a link shows cannot be read now. */
  | { readonly outcome: "unread"; readonly reason: string };

const outcomes = { approve: "approved", reject: "rejected" } as const satisfies Record<
  Decision,
  string
>;

/** Never throws: whatever cannot be read, proven or written is one sentence to the caller. */
export async function answerApproval(input: unknown, approver: Approver): Promise<AnswerReport> {
  const shown = showing.safeParse(input);
  if (shown.success) return show(shown.data.show, approver);
  const seen = seeing.safeParse(input);
  if (seen.success) return see(seen.data.see, approver);
  const opened = opening.safeParse(input);
  if (opened.success) return open(opened.data, approver);
  const linked = linking.safeParse(input);
  if (linked.success) return answerByLink(linked.data, approver);
  const parsed = answering.safeParse(input);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refused(`Not an answer to an approval: ${issue?.path.join(".")}: ${issue?.message}`);
  }
  const { proof, ...rest } = parsed.data;
  const request = requestOf(rest);
  const unproven = proofProblem(proof, homeRegion, approver.now());
  if (unproven !== undefined) return refused(unproven);
  const binding = bindingOf(request, approver.policy.ownRoles.securityAccount);
  return settle(request, () => approver.callerOf(proof, binding), approver);
}

/** Gives whoever proves to be somebody who may answer a link to answer with. */
async function open(
  { open: id, digest: of, proof }: z.infer<typeof opening>,
  approver: Approver,
): Promise<AnswerReport> {
  const { page, policy, now, callerOf } = approver;
  if (page === undefined) {
    return refused(
      "There is no approval page: set cordon:approvalPage to true, or answer by command",
    );
  }
  const unproven = proofProblem(proof, homeRegion, now());
  if (unproven !== undefined) return refused(unproven);
  const request = { incident: id, digest: of, decision: "open" } as const;
  const circumstances = await read(request, approver);
  const problem = planProblem(request, circumstances, now());
  if (problem !== undefined) return refused(problem);
  const binding = bindingOf(request, policy.ownRoles.securityAccount);
  const caller = await known(() => callerOf(proof, binding));
  const judged = judgeCaller({ ...circumstances, caller }, policy);
  if ("refused" in judged) return refused(judged.refused);
  const { approval } = circumstances;
  const end = Date.parse((approval.known && approval.value?.expiresAt) || "");
  const expires = Math.floor(Math.min(now().getTime() + personalLinkSeconds * 1_000, end) / 1_000);
  const made: PersonalLink = { kind: "answer", incident: id, digest: of, expires, by: judged.by };
  const code = await known(() => page.codeOf(linkMessage(made)));
  if (!code.known) return refused(`The link could not be made: ${code.why}`);
  return {
    outcome: "opened",
    incident: id,
    by: judged.by,
    url: pageAddress(page.url, writeLink(made, code.value)),
    until: new Date(expires * 1_000).toISOString(),
  };
}

/** Shows what a link is about: to whoever has it. */
async function see(token: string, approver: Approver): Promise<AnswerReport> {
  const checked = await checkedLink(token, approver);
  if ("refused" in checked) return refused(checked.refused);
  const { record, approval } = await read(checked, approver);
  if (!record.known) return { outcome: "unread", reason: `The journal: ${record.why}` };
  if (!approval.known) return { outcome: "unread", reason: `The approval: ${approval.why}` };
  const view = viewOf(checked, { record: record.value, approval: approval.value }, approver.now());
  return view === undefined
    ? refused(`Incident ${checked.incident} was not asked about`)
    : { outcome: "seen", view };
}

async function answerByLink(
  { link: token, ...rest }: z.infer<typeof linking>,
  approver: Approver,
): Promise<AnswerReport> {
  const checked = await checkedLink(token, approver);
  if ("refused" in checked) return refused(checked.refused);
  if (checked.kind !== "answer")
    return refused("This link shows the approval, and answers nothing");
  const { incident: id, digest: of, by } = checked;
  return settle(requestOf({ incident: id, digest: of, ...rest }), async () => by, approver, true);
}

/** Reads a link that Cordon made, and that is still one. Its caller has checked it; this does not rely on that. */
async function checkedLink(
  token: string,
  { page, now }: Approver,
): Promise<PageLink | { readonly refused: string }> {
  const given = readLink(token);
  if (page === undefined || given === undefined) return { refused: "This is no link of Cordon's" };
  if (hasExpired(given.link, now())) return { refused: "The link has expired" };
  const code = await known(() => page.codeOf(given.message));
  if (!code.known) return { refused: `The link could not be checked: ${code.why}` };
  return isSameCode(code.value, given.code)
    ? given.link
    : { refused: "This is no link of Cordon's" };
}

/**
 * Takes an answer, if it counts.
 *
 * @param callerOf says whose it is
 */
async function settle(
  request: AnswerRequest,
  callerOf: () => Promise<string>,
  approver: Approver,
  onPage = false,
): Promise<AnswerReport> {
  const { approvals, policy } = approver;
  const circumstances = await read(request, approver);
  const { approval } = circumstances;
  const earlier = approval.known ? approval.value : undefined;
  if (earlier?.answer !== undefined && isSame(request, earlier.answer)) {
    // The workflow may not have got it: the same person may have it sent again.
    const caller = await known(callerOf);
    if (caller.known && caller.value === earlier.answer.by) {
      return end(request, caller.value, approver, answered(earlier, earlier.answer));
    }
  }
  const problem = waitingProblem(request, circumstances, approver.now());
  if (problem !== undefined) return refused(problem);
  const caller = await known(callerOf);
  const judged = judgeAnswer(request, { ...circumstances, caller }, policy, approver.now());
  if ("refused" in judged) return refused(judged.refused);
  const given: Answer = { ...judged.answer, ...(onPage && { onPage: true }) };
  const written = await known(() => approvals.answer(request.incident, request.digest, given));
  if (!written.known) return refused(`The answer could not be written: ${written.why}`);
  if (!written.value) {
    return refused(`Incident ${request.incident} was answered or expired at this moment`);
  }
  return end(request, given.by, approver, "The approval ended before the answer arrived");
}

async function read(
  { incident: id, digest: of }: Pick<AnswerRequest, "incident" | "digest">,
  { journal, approvals }: Approver,
): Promise<Pick<Circumstances, "record" | "approval">> {
  const { key = "" } = parseIncidentId(id) ?? {};
  const [record, approval] = await Promise.all([
    known(() => journal.find(key)),
    known(() => approvals.find(id, of)),
  ]);
  return { record, approval };
}

/** Ends the workflow's wait, which has the responder go on. */
async function end(
  { incident: id, digest: of, decision }: AnswerRequest,
  by: string,
  { approvals, succeed }: Approver,
  over: string,
): Promise<AnswerReport> {
  const sent = await known(async () => {
    const token = await approvals.token(id, of);
    return token !== undefined && (await succeed(token, { decision }));
  });
  if (!sent.known) {
    const reason = `The answer is recorded, but the workflow of incident ${id} could not be told: answer again in the same words (${sent.why})`;
    return { outcome: "unfinished", reason };
  }
  return sent.value ? { outcome: outcomes[decision], incident: id, by } : refused(over);
}

function isSame(
  one: Pick<AnswerRequest, "decision" | "reason" | "only">,
  other: typeof one,
): boolean {
  const text = ({ decision, reason, only }: typeof one) =>
    JSON.stringify([decision, reason, only && [...only].sort((a, b) => a - b)]);
  return text(one) === text(other);
}

async function show(id: string, { approvals }: Approver): Promise<AnswerReport> {
  const shown = await known(() => approvals.of(id));
  return shown.known
    ? { outcome: "shown", approvals: shown.value }
    : refused(`The approvals could not be read: ${shown.why}`);
}

function requestOf({
  only,
  ...rest
}: Omit<AnswerRequest, "only"> & { readonly only?: readonly number[] | undefined }): AnswerRequest {
  return { ...rest, ...(only !== undefined && { only }) };
}

/** The reason may quote the request. */
function refused(reason: string): Extract<AnswerReport, { readonly outcome: "refused" }> {
  return { outcome: "refused", reason: plain(reason, 600) };
}

export async function known<T>(read: () => Promise<T>): Promise<Known<T>> {
  try {
    return { known: true, value: await read() };
  } catch (error) {
    return { known: false, why: errorText(error, 300) };
  }
}
