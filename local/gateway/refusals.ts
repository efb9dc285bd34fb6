/** Says that a call is refused, in the words and under the code of the service that would say it. */
import type { Caller } from "./iam/caller";
import type { Check } from "./resources/operation";
import { type ApiCall, ApiError, UnknownOperationError } from "./wire/protocol";

/** A denial in the words and under the code of the service that would give it. */
export class DeniedError extends ApiError {
  constructor(
    call: ApiCall,
    caller: Caller,
    check: Check,
    readonly why: string,
  ) {
    const sentence = `User: ${caller.arn} is not authorized to perform: ${check.action} on resource: ${check.resource} ${why}`;
    super(deniedCode(call, check), deniedPrefix(call) + sentence, 403);
  }
}

function deniedCode(call: ApiCall, check: Check): string {
  if (call.service === "sns" && check.action.startsWith("kms:")) return "KMSAccessDenied";
  if (call.service === "sns") return "AuthorizationError";
  if (call.protocol === "ec2") return "UnauthorizedOperation";
  return call.protocol === "query" || call.protocol === "rest-xml"
    ? "AccessDenied"
    : "AccessDeniedException";
}

function deniedPrefix(call: ApiCall): string {
  return call.protocol === "ec2" ? "You are not authorized to perform this operation. " : "";
}

/** Each protocol has its own words for a key that is unknown, inactive or deleted. */
export function unknownCaller(call: ApiCall): ApiError {
  if (!call.accessKeyId) {
    return new ApiError(
      "MissingAuthenticationToken",
      "Request is missing Authentication Token",
      403,
    );
  }
  switch (call.protocol) {
    case "ec2":
      return new ApiError(
        "AuthFailure",
        "AWS was not able to validate the provided access credentials",
        401,
      );
    case "rest-xml":
      return new ApiError(
        "InvalidAccessKeyId",
        "The AWS Access Key Id you provided does not exist in our records.",
        403,
      );
    case "query":
      return new ApiError(
        "InvalidClientTokenId",
        "The security token included in the request is invalid.",
        403,
      );
    case "json":
    case "rest-json":
      return new ApiError(
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
        call.protocol === "json" ? 400 : 403,
      );
  }
}

/** Each protocol has its own words for a session that has ended, too. */
export function expiredSession({ protocol }: ApiCall): ApiError {
  const words = "The security token included in the request is expired";
  switch (protocol) {
    case "ec2":
      return new ApiError("RequestExpired", "Request has expired.", 400);
    case "rest-xml":
      return new ApiError("ExpiredToken", "The provided token has expired.", 400);
    case "query":
      return new ApiError("ExpiredToken", words, 403);
    case "json":
    case "rest-json":
      return new ApiError("ExpiredTokenException", words, protocol === "json" ? 400 : 403);
  }
}

/** Code and status of a throttled call: botocore's service models, and each service's common errors. */
const throttledBy: Readonly<Record<string, readonly [code: string, status: number]>> = {
  autoscaling: ["Throttling", 400],
  ec2: ["RequestLimitExceeded", 503],
  iam: ["Throttling", 400],
  lambda: ["TooManyRequestsException", 429],
  organizations: ["TooManyRequestsException", 400],
  sns: ["Throttled", 429],
  sqs: ["RequestThrottled", 403],
  sts: ["Throttling", 400],
};

export function throttling({ service }: ApiCall): ApiError {
  const [code, status] = throttledBy[service] ?? ["ThrottlingException", 400];
  return new ApiError(
    code,
    service === "ec2" ? "Request limit exceeded." : "Rate exceeded",
    status,
  );
}

// A defect of this organization must not look like an AWS answer that Cordon could handle.
export function defect(action: string, error: unknown): ApiError {
  return new UnknownOperationError(action, `: ${error instanceof Error ? error.message : error}`);
}
