/** Finds out who asks for something by command: the signature binds all of it. */
import { homeRegion } from "../../catalogue/names";
import { type Proof, proofProblem } from "../../record/caller-proof";
import { requestBinding } from "../../record/requests";
import { known } from "./answer";

export interface Prover {
  now(): Date;
  /** Has STS say whose a proof is. */
  callerOf(proof: Proof, binding: string): Promise<string>;
}

/** Names the person as STS does; the problem is one sentence. */
export async function prove(
  wanted: Parameters<typeof requestBinding>[0],
  proof: Proof,
  securityAccount: string,
  { now, callerOf }: Prover,
): Promise<{ readonly by: string } | { readonly problem: string }> {
  const problem = proofProblem(proof, homeRegion, now());
  if (problem !== undefined) return { problem };
  const caller = await known(() => callerOf(proof, requestBinding(wanted, securityAccount)));
  return caller.known
    ? { by: caller.value }
    : { problem: `STS did not confirm who asks: ${caller.why}` };
}
