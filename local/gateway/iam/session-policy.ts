/** Reads session policies as STS does. */
import { ApiError } from "../wire/protocol";

/** Characters a session policy may have in plain text. */
const sessionPolicyLimit = 2048;

/**
 * Parses the policy of an AssumeRole call. Throws PackedPolicyTooLarge above the plain-text limit
 * and MalformedPolicyDocument on text that is no policy.
 */
export function validateSessionPolicy(policy: string): object {
  if (policy.length > sessionPolicyLimit) {
    const percent = Math.ceil((policy.length / sessionPolicyLimit) * 100);
    throw new ApiError(
      "PackedPolicyTooLarge",
      `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`,
    );
  }
  let document: unknown;
  try {
    document = JSON.parse(policy);
  } catch {
    throw new ApiError("MalformedPolicyDocument", "This policy contains invalid Json");
  }
  if (typeof document !== "object" || document === null || !("Statement" in document)) {
    throw new ApiError("MalformedPolicyDocument", "Syntax errors in policy.");
  }
  return document;
}
