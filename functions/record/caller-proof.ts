/**
 * Proof of who answers an approval: the parts of a request to STS that only the holder of credentials
 * can sign (Signature Version 4). Everything else of the request is Cordon's, on both sides: no URL,
 * method or body comes from the caller.
 */
import { createHash } from "node:crypto";
import { bindingHeader } from "./approvals";

export interface Proof {
  /** The header Authorization. */
  readonly authorization: string;
  /** The header X-Amz-Date, such as 20270314T092653Z. */
  readonly date: string;
  /** The header X-Amz-Security-Token, of temporary credentials. */
  readonly token?: string;
}

/** Names STS's endpoint in a region: a proof for another host is none. */
export function proofHost(region: string): string {
  return `sts.${region}.amazonaws.com`;
}
export const proofBody = "Action=GetCallerIdentity&Version=2011-06-15";

/** Writes the headers that Cordon gives the request, and that the signature covers. */
export function proofHeaders(region: string, binding: string): Readonly<Record<string, string>> {
  return {
    "content-type": "application/x-www-form-urlencoded",
    host: proofHost(region),
    "x-amz-content-sha256": createHash("sha256").update(proofBody).digest("hex"),
    [bindingHeader]: binding,
  };
}

/** Milliseconds for which a proof is good; a clock may be as much ahead. */
const proofMs = 5 * 60_000;

const authorization =
  /^AWS4-HMAC-SHA256 Credential=[A-Z0-9]{16,128}\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=[0-9a-f]{64}$/;

/** Explains in one sentence why a proof is none, whatever STS would say of it. */
export function proofProblem(proof: Proof, home: string, now: Date): string | undefined {
  const parts = authorization.exec(proof.authorization);
  const time = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(proof.date);
  if (parts === null || time === null || !/^[\x21-\x7e]{1,8192}$/.test(proof.token ?? "-")) {
    return "The proof of the caller is not a signed request to STS";
  }
  const [, day, region, service, signed] = parts;
  if (region !== home || service !== "sts" || day !== proof.date.slice(0, 8)) {
    return `The proof of the caller is not signed for STS in ${home}`;
  }
  // A header that is not signed would be taken from whoever presents the proof.
  const required = [
    ...Object.keys(proofHeaders(home, "")),
    "x-amz-date",
    ...(proof.token === undefined ? [] : ["x-amz-security-token"]),
  ];
  if (signed !== required.sort().join(";")) {
    return "The proof of the caller does not bind this answer";
  }
  const [, year, month, date, hour, minute, second] = time;
  const at = Date.parse(`${year}-${month}-${date}T${hour}:${minute}:${second}Z`);
  // NaN compares false: a time that is none is refused.
  return Math.abs(now.getTime() - at) <= proofMs
    ? undefined
    : `The proof of the caller was signed at ${proof.date}, which is not within 5 minutes of ${now.toISOString()}: check the clock, and answer again`;
}
