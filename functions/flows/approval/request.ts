/**
 * Takes what a person asks for by command: proves who it is, decides whether this person may ask, writes
 * it, and hands it to the responder of its playbook.
 */
import * as z from "zod/mini";
import type { PlaybookId } from "../../catalogue/playbooks";
import { detectRequest } from "../../detect/request";
import { errorText, plain } from "../../model/plain-text";
import { reasonProblem } from "../../record/release-order";
import { type RequestAnswer, type Requests, requestId, type Wanted } from "../../record/requests";
import { readLocal, whyForeign } from "../respond/local-record";
import { known } from "./answer";
import { type About, type ApprovalPolicy, callerProblem } from "./decide";
import { type Prover, prove } from "./prove";
import { signedParts } from "./shapes";

export interface Taker extends Prover {
  readonly requests: Pick<Requests, "find" | "ask">;
  readonly policy: ApprovalPolicy;
  /** Checks whether the deployment has a responder for a playbook. */
  isDeployed(playbook: PlaybookId): boolean;
  /** Has the responder of a playbook answer a request. */
  handOver(playbook: PlaybookId, request: string): Promise<void>;
}

export type RequestReport =
  /** The responder has it: what becomes of it can be asked for by this name. */
  | { readonly outcome: "asked"; readonly request: string; readonly by: string }
  /** Nothing was changed. */
  | { readonly outcome: "refused"; readonly reason: string }
  /** The responder may have it or not. */
  | { readonly outcome: "unfinished"; readonly reason: string }
  /** What became of a request; without an answer, nothing yet. */
  | { readonly outcome: "shown"; readonly answer?: RequestAnswer };

/** DynamoDB takes 400 KB an item, names of the fields included. */
const journalLimit = 350_000;

const showing = z.strictObject({
  request: z.string().check(z.regex(/^[0-9a-f]{32}$/, "is not the name of a request")),
});
const asking = z.strictObject({
  wanted: z.union([
    z.strictObject({
      contain: z.string(),
      account: z.string(),
      region: z.string(),
      reason: z.string(),
      dryRun: z.optional(z.boolean()),
    }),
    z.strictObject({ adopt: z.string(), reason: z.string() }),
  ]),
  proof: signedParts,
});

/** Checks whether the input is a request by command, or asks what became of one. */
export function isRequest(input: unknown): boolean {
  return typeof input === "object" && input !== null && ("wanted" in input || "request" in input);
}

/** Never throws: whatever cannot be read, proven or written is one sentence to the caller. */
export async function takeRequest(input: unknown, taker: Taker): Promise<RequestReport> {
  const shown = showing.safeParse(input);
  if (shown.success) return show(shown.data.request, taker);
  const parsed = asking.safeParse(input);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refused(`Not a request by command: ${issue?.path.join(".")}: ${issue?.message}`);
  }
  const { proof, wanted: given } = parsed.data;
  const wanted = withoutAbsent(given);
  const { policy, requests } = taker;
  const now = taker.now();
  const about = targetOf(wanted, now);
  if ("problem" in about) return refused(about.problem);
  if (!taker.isDeployed(about.playbook)) {
    return refused("This deployment blocks no addresses: cordon:blockAddresses is empty");
  }
  const proven = await prove(wanted, proof, policy.ownRoles.securityAccount, taker);
  if ("problem" in proven) return refused(proven.problem);
  const { by } = proven;
  const unentitled = callerProblem(by, about, policy, "ask");
  if (unentitled !== undefined) return refused(unentitled);
  const id = requestId(proof);
  const { playbook } = about;
  const written = await known(() =>
    requests.ask({ id, playbook, wanted, by, at: now.toISOString() }),
  );
  if (!written.known) return refused(`The request could not be written: ${written.why}`);
  // The same proof once more, such as a call that is sent again: the responder has it.
  if (!written.value) return { outcome: "asked", request: id, by };
  try {
    await taker.handOver(playbook, id);
  } catch (error) {
    const why = errorText(error, 300);
    return {
      outcome: "unfinished",
      reason: `The request is recorded, but may not have reached the responder (${why}): look at npx cordon list, then ask again`,
    };
  }
  return { outcome: "asked", request: id, by };
}

function withoutAbsent(given: z.infer<typeof asking>["wanted"]): Wanted {
  if ("adopt" in given) return given;
  const { dryRun, ...rest } = given;
  return { ...rest, ...(dryRun !== undefined && { dryRun }) };
}

/** Reads what a request is about, without believing a word of it. */
function targetOf(
  wanted: Wanted,
  now: Date,
): (About & { readonly playbook: PlaybookId }) | { readonly problem: string } {
  const adopts = "adopt" in wanted;
  const problem = reasonProblem(wanted.reason, `for the ${adopts ? "adoption" : "containment"}`);
  if (problem !== undefined) return { problem };
  if (!adopts) {
    const detected = detectRequest({ ...wanted, by: "" }, now);
    if (detected.kind === "refused") return { problem: detected.reason };
    return { incident: detected.incident, playbook: detected.incident.playbook };
  }
  const size = Buffer.byteLength(wanted.adopt);
  if (size > journalLimit) {
    return { problem: `The local journal has ${size} bytes: ${journalLimit} can be adopted` };
  }
  const read = readLocal(wanted.adopt, { by: "", reason: "" });
  if ("problem" in read) return read;
  const { incident, plan } = read.record;
  const { playbook } = incident;
  const wrong = whyForeign(read.record, playbook, now);
  return wrong === undefined ? { incident, plan, playbook } : { problem: wrong };
}

async function show(id: string, { requests }: Taker): Promise<RequestReport> {
  const read = await known(() => requests.find(id));
  if (!read.known) return refused(`The request could not be read: ${read.why}`);
  if (read.value === undefined) return refused(`Nobody made the request ${id}`);
  const { answer } = read.value;
  return { outcome: "shown", ...(answer !== undefined && { answer }) };
}

/** The reason may quote the request. */
function refused(reason: string): RequestReport {
  return { outcome: "refused", reason: plain(reason, 600) };
}
