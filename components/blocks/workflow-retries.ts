/** What the workflows of Step Functions try again, and at which pace. Data only. */

/** What Lambda reports when it is Lambda that failed; what a function threw comes by its own name. */
export const lambdaErrors = [
  "Lambda.ClientExecutionTimeoutException",
  "Lambda.ServiceException",
  "Lambda.AWSLambdaException",
  "Lambda.SdkClientException",
  "Lambda.TooManyRequestsException",
  "Lambda.Unknown",
] as const;

/** Waits of 5, 15, 45 and 120 seconds, each up to its length. */
export const patientBackoff = {
  IntervalSeconds: 5,
  BackoffRate: 3,
  MaxAttempts: 4,
  MaxDelaySeconds: 120,
  JitterStrategy: "FULL",
} as const;
