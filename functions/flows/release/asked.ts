/** Takes a release, or the reset of a brake, that a person asks for by command, and proves who it is. */
import * as z from "zod/mini";
import type { OwnRoles } from "../../catalogue/own-roles";
import { plain } from "../../model/plain-text";
import type { BrakeReset, Release } from "../../record/requests";
import { principalProblem } from "../approval/decide";
import { type Prover, prove } from "../approval/prove";
import { signedParts } from "../approval/shapes";

export type Asked =
  | { readonly wanted: Release | BrakeReset; readonly by: string }
  /** Nothing was changed. */
  | { readonly refused: string };

const asking = z.strictObject({
  wanted: z.union([
    z.strictObject({
      release: z.string(),
      reason: z.string(),
      reactivateKeys: z._default(z.boolean(), false),
      close: z._default(z.boolean(), false),
    }),
    z.strictObject({ resetBrake: z.string(), reason: z.string() }),
  ]),
  proof: signedParts,
});

/** Never throws: whatever cannot be read or proven is one sentence to the caller. */
export async function readAsked(input: unknown, own: OwnRoles, prover: Prover): Promise<Asked> {
  const parsed = asking.safeParse(input);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refused(`Not a release or a reset: ${issue?.path.join(".")}: ${issue?.message}`);
  }
  const { wanted, proof } = parsed.data;
  const proven = await prove(wanted, proof, own.securityAccount, prover);
  if ("problem" in proven) return refused(proven.problem);
  const { by } = proven;
  const unentitled = principalProblem(by, undefined, own, "ask");
  return unentitled === undefined ? { wanted, by } : refused(unentitled);
}

/** The reason may quote the request. */
function refused(reason: string): Asked {
  return { refused: plain(reason, 600) };
}
