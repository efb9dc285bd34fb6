/** Signs the proof of who answers an approval, and has STS say whose it is. */
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { type Proof, proofBody, proofHeaders, proofHost } from "../record/caller-proof";
import { clientConfig } from "./client";

/** What the SDK signs and sends. */
interface Request {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  body?: unknown;
}

/**
 * Signs a proof with the ambient credentials, or those of `credentials`. Sends nothing.
 *
 * @param at the time that it is signed for. @default now
 * @throws CredentialsProviderError where there are none
 */
export async function signProof(
  region: string,
  binding: string,
  options: {
    readonly credentials?: {
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken?: string;
    };
    readonly at?: Date;
  } = {},
): Promise<Proof> {
  const { credentials, at = new Date() } = options;
  const client = new STSClient({ ...clientConfig(region), ...(credentials && { credentials }) });
  try {
    const signer = await client.config.signer({
      name: "sigv4",
      signingName: "sts",
      signingRegion: region,
      properties: {},
    });
    const request: Request = {
      method: "POST",
      protocol: "https:",
      hostname: proofHost(region),
      path: "/",
      query: {},
      headers: { ...proofHeaders(region, binding) },
      body: proofBody,
    };
    const { headers } = (await signer.sign(request as never, { signingDate: at })) as Request;
    const token = headers["x-amz-security-token"];
    return {
      authorization: headers.authorization ?? "",
      date: headers["x-amz-date"] ?? "",
      ...(token !== undefined && { token }),
    };
  } finally {
    client.destroy();
  }
}

/**
 * Asks STS whose a proof is: the ARN of the caller. The request goes to STS's endpoint in this region
 * as the SDK knows it, and consists of Cordon's own parts but for signature, date and token.
 *
 * @throws what STS says of a signature that is not good, or of its own troubles
 */
export function proofReader(region: string) {
  return {
    async callerOf({ authorization, date, token }: Proof, binding: string): Promise<string> {
      const client = new STSClient({
        ...clientConfig(region),
        // Never the function's own: an unsigned request must name nobody.
        credentials: { accessKeyId: "none", secretAccessKey: "none" },
        signer: {
          sign: async (request: unknown) =>
            Object.assign(request as Request, {
              method: "POST",
              path: "/",
              query: {},
              body: proofBody,
              headers: {
                ...proofHeaders(region, binding),
                "content-length": String(Buffer.byteLength(proofBody)),
                authorization,
                "x-amz-date": date,
                ...(token !== undefined && { "x-amz-security-token": token }),
              },
            }) as never,
        },
      });
      const { Arn = "" } = await client.send(new GetCallerIdentityCommand({}));
      return Arn;
    },
  };
}
