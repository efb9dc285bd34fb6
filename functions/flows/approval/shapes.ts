/** The shapes of what people and the page ask of the function that takes answers. */
import * as z from "zod/mini";
import { decisions } from "../../record/approvals";
import type { Proof } from "../../record/caller-proof";

const incident = z
  .string()
  .check(z.regex(/^[0-9a-f]{16}-[1-9]\d{0,8}$/, "is not an incident's id"));
const digest = z.string().check(z.regex(/^[0-9a-f]{64}$/, "is not the digest of a plan"));
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
const answer = {
  decision: z.enum(decisions),
  reason: z.string(),
  only: z.optional(
    z.array(z.int().check(z.gte(0))).check(z.minLength(1, "names no step"), z.maxLength(500)),
  ),
};
const link = z.string().check(z.maxLength(2_000));

export const showing = z.strictObject({ show: incident });
export const answering = z.strictObject({ incident, digest, ...answer, proof: signedParts });
export const opening = z.strictObject({ open: incident, digest, proof: signedParts });
export const seeing = z.strictObject({ see: link });
export const linking = z.strictObject({ link, ...answer });
