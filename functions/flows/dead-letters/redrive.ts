/** Lists dead letters, and sends one again for a person who proves who it is. */
import * as z from "zod/mini";
import { errorText, plain } from "../../model/plain-text";
import type { Clock } from "../../model/ports";
import type { DeadLetter, DeadLetterArchive } from "../../record/dead-letters";
import { reasonProblem } from "../../record/release-order";
import { type ApprovalPolicy, callerProblem } from "../approval/decide";
import { type Prover, prove } from "../approval/prove";
import { signedParts } from "../approval/shapes";

export type RedriveReport =
  | {
      readonly outcome: "listed";
      /** The newest first, of each queue. */
      readonly letters: readonly DeadLetter[];
      /** Queues that have more letters than are listed. */
      readonly more: readonly string[];
    }
  | { readonly outcome: "redriven"; readonly letter: DeadLetter }
  /** Nothing was sent. */
  | { readonly outcome: "refused"; readonly reason: string };

export interface Redriver extends Clock, Prover {
  readonly archive: DeadLetterArchive;
  /** Whoever may ask for a containment may redrive: a letter can be one that its sender made up. */
  readonly policy: ApprovalPolicy;
  /** Queues and workflows that letters are sent to again, by name. */
  readonly queues: readonly string[];
  /** Sends a message to one of them, under the letter's id where it is a workflow. */
  send(queue: string, body: string, id: string): Promise<void>;
}

const listing = z.strictObject({ letters: z.literal("list") });
const asking = z.strictObject({
  wanted: z.strictObject({
    redrive: z.string().check(z.regex(/^[0-9a-f-]{36}$/, "is not a dead letter's id")),
    reason: z.string(),
  }),
  proof: signedParts,
});

/** Answers what a person sends. Never throws for what cannot be read or proven: it is one sentence. */
export async function answerPerson(input: unknown, redriver: Redriver): Promise<RedriveReport> {
  if (listing.safeParse(input).success) return listLetters(redriver);
  const parsed = asking.safeParse(input);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refused(`Not a redrive: ${issue?.path.join(".")}: ${issue?.message}`);
  }
  const { wanted, proof } = parsed.data;
  const problem = reasonProblem(wanted.reason, "for the redrive");
  if (problem !== undefined) return refused(problem);
  const { policy } = redriver;
  const proven = await prove(wanted, proof, policy.ownRoles.securityAccount, redriver);
  if ("problem" in proven) return refused(proven.problem);
  const unentitled = callerProblem(proven.by, undefined, policy, "redrive");
  if (unentitled !== undefined) return refused(unentitled);
  return redrive(wanted.redrive, { by: proven.by, reason: wanted.reason }, redriver);
}

async function listLetters({ archive, queues }: Redriver): Promise<RedriveReport> {
  const listed = await Promise.all(
    queues.map(async (queue) => ({ queue, ...(await archive.of(queue)) })),
  );
  return {
    outcome: "listed",
    letters: listed.flatMap(({ letters }) => letters),
    more: listed.filter(({ more }) => more).map(({ queue }) => queue),
  };
}

/** Sends a letter to the queue that it was for. One that was sent stays sent, whatever comes after. */
async function redrive(
  id: string,
  who: { readonly by: string; readonly reason: string },
  { archive, queues, send, now }: Redriver,
): Promise<RedriveReport> {
  const found = (await Promise.all(queues.map((queue) => archive.find(queue, id)))).find(
    (each) => each !== undefined,
  );
  if (found === undefined) return refused(`There is no dead letter ${id}`);
  const { letter, body } = found;
  const { redriven } = letter;
  if (redriven !== undefined) {
    return refused(
      `Dead letter ${id} was sent again at ${redriven.at} by ${redriven.by}: if it failed again, it is another letter`,
    );
  }
  if (!(await archive.take(letter))) {
    return refused(`Dead letter ${id} is being sent again by another: look again in a minute`);
  }
  try {
    await send(letter.queue, body, id);
  } catch (error) {
    await archive.putBack(letter).catch(() => undefined);
    return refused(`Dead letter ${id} could not be sent: ${errorText(error)}`);
  }
  const sent = { ...who, at: now().toISOString() };
  await archive.sent(letter, sent);
  return { outcome: "redriven", letter: { ...letter, redriven: sent } };
}

/** The reason may quote the request. */
function refused(reason: string): RedriveReport {
  return { outcome: "refused", reason: plain(reason, 600) };
}
