/** Answers an approval for a person: proves who it is, decides, writes the answer, ends the wait. */
import * as z from "zod/mini";
import { homeRegion } from "../../catalogue/names";
import { errorText, plain } from "../../model/plain-text";
import type { Known } from "../../model/verdict";
import {
  type Approval,
  type Approvals,
  bindingOf,
  type Decision,
  decisions,
} from "../../record/approvals";
import { type Proof, proofProblem } from "../../record/caller-proof";
import { type Journal, parseIncidentId } from "../../record/journal";
import { type ApprovalPolicy, answered, judgeAnswer, waitingProblem } from "./decide";

export interface Approver {
  readonly journal: Pick<Journal, "find">;
  readonly approvals: Approvals;
  readonly policy: ApprovalPolicy;
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
  | { readonly outcome: "shown"; readonly approvals: readonly Approval[] };

const incident = z
  .string()
  .check(z.regex(/^[0-9a-f]{16}-[1-9]\d{0,8}$/, "is not an incident's id"));
const showing = z.strictObject({ show: incident });
/** A proof as it is sent: nothing in it is believed. */
export const signedParts = z.pipe(
  z.strictObject({
    authorization: z.string().check(z.maxLength(2_000)),
    date: z.string().check(z.maxLength(30)),
    token: z.optional(z.string()),
  }),
  z.transform(
    ({ token, ...parts }): Proof => ({ ...parts, ...(token !== undefined && { token }) }),
  ),
);
const answering = z.strictObject({
  incident,
  digest: z.string().check(z.regex(/^[0-9a-f]{64}$/, "is not the digest of a plan")),
  decision: z.enum(decisions),
  reason: z.string(),
  only: z.optional(
    z.array(z.int().check(z.gte(0))).check(z.minLength(1, "names no step"), z.maxLength(500)),
  ),
  proof: signedParts,
});

type SignedAnswer = z.infer<typeof answering>;

const outcomes = { approve: "approved", reject: "rejected" } as const satisfies Record<
  Decision,
  string
>;

/** Never throws: whatever cannot be read, proven or written is one sentence to the caller. */
export async function answerApproval(input: unknown, approver: Approver): Promise<AnswerReport> {
  const shown = showing.safeParse(input);
  if (shown.success) return show(shown.data.show, approver);
  const parsed = answering.safeParse(input);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refused(`Not an answer to an approval: ${issue?.path.join(".")}: ${issue?.message}`);
  }
  const { proof, only, ...rest } = parsed.data;
  const request = { ...rest, ...(only !== undefined && { only }) };
  const { journal, approvals, policy } = approver;
  const unproven = proofProblem(proof, homeRegion, approver.now());
  if (unproven !== undefined) return refused(unproven);
  const { key = "" } = parseIncidentId(request.incident) ?? {};
  const [record, approval] = await Promise.all([
    known(() => journal.find(key)),
    known(() => approvals.find(request.incident, request.digest)),
  ]);
  const binding = bindingOf(request, policy.ownRoles.securityAccount);
  const earlier = approval.known ? approval.value : undefined;
  if (earlier?.answer !== undefined && isSame(request, earlier.answer)) {
    // The workflow may not have got it: the same person may have it sent again.
    const caller = await known(() => approver.callerOf(proof, binding));
    if (caller.known && caller.value === earlier.answer.by) {
      return end(request, caller.value, approver, answered(earlier, earlier.answer));
    }
  }
  const problem = waitingProblem(request, { record, approval }, approver.now());
  if (problem !== undefined) return refused(problem);
  const caller = await known(() => approver.callerOf(proof, binding));
  const judged = judgeAnswer(request, { record, approval, caller }, policy, approver.now());
  if ("refused" in judged) return refused(judged.refused);
  const written = await known(() =>
    approvals.answer(request.incident, request.digest, judged.answer),
  );
  if (!written.known) return refused(`The answer could not be written: ${written.why}`);
  if (!written.value) {
    return refused(`Incident ${request.incident} was answered or expired at this moment`);
  }
  return end(request, judged.answer.by, approver, "The approval ended before the answer arrived");
}

/** Ends the workflow's wait, which has the responder go on. */
async function end(
  { incident: id, digest, decision }: SignedAnswer | Omit<SignedAnswer, "proof">,
  by: string,
  { approvals, succeed }: Approver,
  over: string,
): Promise<AnswerReport> {
  const sent = await known(async () => {
    const token = await approvals.token(id, digest);
    return token !== undefined && (await succeed(token, { decision }));
  });
  if (!sent.known) {
    const reason = `The answer is recorded, but the workflow of incident ${id} could not be told: answer again in the same words (${sent.why})`;
    return { outcome: "unfinished", reason };
  }
  return sent.value ? { outcome: outcomes[decision], incident: id, by } : refused(over);
}

function isSame(
  one: Pick<SignedAnswer, "decision" | "reason"> & { readonly only?: readonly number[] },
  other: typeof one,
): boolean {
  const text = ({ decision, reason, only }: typeof one) =>
    JSON.stringify([decision, reason, only && [...only].sort((a, b) => a - b)]);
  return text(one) === text(other);
}

async function show(id: string, { approvals }: Approver): Promise<AnswerReport> {
  const read = await known(() => approvals.of(id));
  return read.known
    ? { outcome: "shown", approvals: read.value }
    : refused(`The approvals could not be read: ${read.why}`);
}

/** The reason may quote the request. */
function refused(reason: string): AnswerReport {
  return { outcome: "refused", reason: plain(reason, 600) };
}

export async function known<T>(read: () => Promise<T>): Promise<Known<T>> {
  try {
    return { known: true, value: await read() };
  } catch (error) {
    return { known: false, why: errorText(error, 300) };
  }
}
