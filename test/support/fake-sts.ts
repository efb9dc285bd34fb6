/** An STS that knows who signed what. */
import { createHash, randomUUID } from "node:crypto";
import { type Proof, proofHeaders } from "../../functions/record/caller-proof";

export class FakeSts {
  /** Whose each signature is, and what it binds. */
  readonly #signed = new Map<string, { readonly by: string; readonly binding: string }>();

  sign(binding: string, { by, at }: { readonly by: string; readonly at: Date }): Proof {
    const date = at.toISOString().replace(/[-:]|\.\d{3}/g, "");
    const names = [...Object.keys(proofHeaders("us-east-1", "")), "x-amz-date"];
    const signed = [...names, "x-amz-security-token"].sort().join(";");
    const signature = createHash("sha256").update(randomUUID()).digest("hex");
    const authorization = `AWS4-HMAC-SHA256 Credential=ASIAEXAMPLEKEY000001/${date.slice(0, 8)}/us-east-1/sts/aws4_request, SignedHeaders=${signed}, Signature=${signature}`;
    this.#signed.set(authorization, { by, binding });
    return { authorization, date, token: "session" };
  }

  async callerOf({ authorization }: Proof, binding: string): Promise<string> {
    const known = this.#signed.get(authorization);
    if (known === undefined || known.binding !== binding) {
      const error = new Error("The request signature does not match");
      error.name = "SignatureDoesNotMatch";
      throw error;
    }
    return known.by;
  }
}
