/** Checks Lambda's settings as its API does, for the stand-in. */
import { ApiError, type Parameters, text, UnknownOperationError } from "../wire/protocol";

/** Settings of a function that the stand-in keeps or checks. */
export const settings = new Set([
  "FunctionName",
  "Role",
  "Handler",
  "Runtime",
  "Code",
  "Timeout",
  "MemorySize",
  "Environment",
  "Description",
  "Tags",
  "Architectures",
  "PackageType",
  "TracingConfig",
  "DeadLetterConfig",
  "LoggingConfig",
  "EphemeralStorage",
  "KMSKeyArn",
  "Layers",
]);

/** Refuses by name a setting that the stand-in would have to ignore. */
export function refuseForeign(
  parameters: Parameters,
  known: ReadonlySet<string>,
  of: string,
): void {
  const foreign = Object.keys(parameters).find(
    (name) => !known.has(name) && !isEmpty(parameters[name]),
  );
  if (foreign) throw new UnknownOperationError(`the ${of} setting ${foreign}`);
}

export function environmentOf(variables: unknown): Record<string, string> {
  const entries = Object.entries((variables ?? {}) as Record<string, unknown>);
  const reserved = entries.find(([key]) => reservedVariables.test(key));
  if (reserved) {
    throw invalid(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved[0]}`,
    );
  }
  // Lambda's refusal prints what it measured: one JSON text, in which quotes of a value are escaped.
  const measured = Object.fromEntries(entries.map(([key, value]) => [key, String(value)]));
  const size = Buffer.byteLength(JSON.stringify(measured));
  if (size > 4096) throw invalid(`Environment variables have ${size} bytes, more than 4096`);
  return measured;
}

const reservedVariables =
  /^(_HANDLER|_X_AMZN_TRACE_ID|AWS_(DEFAULT_REGION|REGION|EXECUTION_ENV|LAMBDA_.*|ACCESS_KEY|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)|LAMBDA_TASK_ROOT|LAMBDA_RUNTIME_DIR)$/;

export function zipOf(encoded: unknown): Buffer {
  const zip = Buffer.from(text(encoded) ?? "", "base64");
  // "PK" opens every zip archive.
  if (zip.subarray(0, 2).toString("latin1") !== "PK") {
    throw invalid(
      "Could not unzip uploaded file. Please check your file, then try to upload again.",
    );
  }
  if (zip.length > 50 * 1024 * 1024) {
    throw new ApiError(
      "RequestEntityTooLargeException",
      "Request must be smaller than 69905067 bytes",
      413,
    );
  }
  return zip;
}

export function nameOf(name: string): string {
  const parts = name.split(":");
  const at = parts.indexOf("function");
  return (at >= 0 ? parts[at + 1] : parts[0]) as string;
}

export function required(parameters: Parameters, name: string): string {
  const value = text(parameters[name]);
  if (!value) throw invalid(`${name} is missing`);
  return value;
}

export function whole(parameters: Parameters, name: string, least: number, most: number): number {
  const value = Number(parameters[name]);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw invalid(
      `${name} must be a whole number from ${least} to ${most}, but ${value} was provided`,
    );
  }
  return value;
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === "" || value === 0 || value === false;
}

export function awsTime(): string {
  return new Date().toISOString().replace("Z", "+0000");
}

export function invalid(message: string): ApiError {
  return new ApiError("InvalidParameterValueException", message, 400);
}

export function notFound(message: string): ApiError {
  return new ApiError("ResourceNotFoundException", message, 404);
}

export function conflict(message: string): ApiError {
  return new ApiError("ResourceConflictException", message, 409);
}
