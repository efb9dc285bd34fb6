/** An STS that knows who signed what. */
import { createHash, randomUUID } from "node:crypto";
import { type Proof, proofHeaders } from "../../functions/record/caller-proof";

export class FakeSts {
  /** Whose each signature is, and what it covers. */
  readonly #signed = new Map<string, { readonly by: string; readonly covers: string }>();

  sign(binding: string, { by, at }: { readonly by: string; readonly at: Date }): Proof {
    const date = at.toISOString().replace(/[-:]|\.\d{3}/g, "");
    const names = [...Object.keys(proofHeaders("us-east-1", "")), "x-amz-date"];
    const signed = [...names, "x-amz-security-token"].sort().join(";");
    const signature = createHash("sha256").update(randomUUID()).digest("hex");
    const authorization = `AWS4-HMAC-SHA256 Credential=ASIAEXAMPLEKEY000001/${date.slice(0, 8)}/us-east-1/sts/aws4_request, SignedHeaders=${signed}, Signature=${signature}`;
    const token = "session";
    this.#signed.set(authorization, { by, covers: JSON.stringify([binding, date, token]) });
    return { authorization, date, token };
  }

  async callerOf({ authorization, date, token }: Proof, binding: string): Promise<string> {
    const known = this.#signed.get(authorization);
    if (known?.covers !== JSON.stringify([binding, date, token])) {
      const error = new Error("The request signature does not match");
      error.name = "SignatureDoesNotMatch";
      throw error;
    }
    return known.by;
  }
}
