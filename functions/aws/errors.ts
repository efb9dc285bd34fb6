/** Interprets AWS errors. */

/** Checks whether AWS answered with one of these error codes. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  const { name, Code } = (error ?? {}) as { name?: string; Code?: string };
  return codes.includes(name ?? "") || codes.includes(Code ?? "");
}

/** Of credentials in a region that the account has not opted into, each in its service's words. */
const notEnabled = [
  "AuthFailure",
  "InvalidClientTokenId",
  "OptInRequired",
  "UnrecognizedClientException",
];

/** Checks whether a region does not know the credentials: the account has not enabled it. */
export function isNotEnabled(error: unknown): boolean {
  return hasCode(error, ...notEnabled);
}

const refusals = [
  "AccessDenied",
  "AccessDeniedException",
  "UnauthorizedOperation",
  "AuthorizationError",
  ...notEnabled,
  // Of roles that a service owns.
  "UnmodifiableEntity",
  "UnmodifiableEntityException",
];

/** Checks whether AWS refused for lack of permission: an early retry would not help. */
export function isRefusal(error: unknown): boolean {
  return hasCode(error, ...refusals);
}

/**
 * Codes that the same call gets again, however often it is repeated: what it names is gone or taken, has
 * no room, or does not support the change. Refusals are final, too.
 */
const finals = [
  /NotFound(Exception)?$/,
  /^(NoSuchEntity|EntityAlreadyExists)/,
  /LimitExceeded(Exception)?$/,
  /^(ResourceLimit|InstanceLimit|SnapshotLimit|VolumeLimit|TagLimit|QuotaExceeded)/,
  // A load balancer takes running instances only: the codes of both generations.
  /^(InvalidTarget(Exception)?|InvalidEndPointException|InvalidInstance)$/,
  /^(UnsupportedOperation|OperationNotPermitted|IncorrectInstanceState|IncorrectState|InvalidInstanceID\.Malformed)$/,
  /^(ValidationError|ValidationException|InvalidParameterCombination|InvalidParameterValue|MalformedPolicy|PublicPolicyException)/,
];
/** Codes that a list above would take for final, of a thing that EC2 may only not show yet. */
const settling = ["RequestLimitExceeded", "NotVisibleYet"];

/**
 * Checks whether a failed change is final: no later try can succeed unless a person changes something
 * first. Every other failure may pass: throttling, a time-out, an error of the service, a lease.
 */
export function isFinal(error: unknown): boolean {
  if (isRefusal(error)) return true;
  if (hasCode(error, ...settling)) return false;
  const { name = "", Code = "" } = (error ?? {}) as { name?: string; Code?: string };
  return finals.some((form) => form.test(name) || form.test(Code));
}

/** Codes of IAM for what does not exist: the SDK's class, and the wire's without "Exception". */
export const noSuchEntity = ["NoSuchEntityException", "NoSuchEntity"];
/** Codes of IAM for a quota that leaves no room, in the same two forms. */
export const noRoom = ["LimitExceededException", "LimitExceeded"];

/** Reads something that may not exist: these error codes become undefined. */
export async function orUndefined<T>(
  read: Promise<T>,
  ...codes: readonly string[]
): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (hasCode(error, ...codes)) return undefined;
    throw error;
  }
}

/** Treats these error codes as success: the wanted state exists already. */
export async function tolerate(change: Promise<unknown>, ...codes: readonly string[]) {
  await orUndefined(change, ...codes);
}
