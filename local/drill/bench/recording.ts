/** What a response asked of AWS and was answered, for its replay without an emulator. */
import { readFileSync } from "node:fs";
import type { RecordedCall } from "../../gateway/record";
import type { DeployedFunction } from "../../gateway/stand-ins/lambda-functions";
import type { Answer, ApiCall, HttpRequest } from "../../gateway/wire/protocol";
import { UserError } from "../options";
import { type SdkCall, sdkCallOf } from "./sdk-call";

/** What of a request identifies it. */
export interface Request {
  readonly method: string;
  readonly target: string;
  readonly headers: {
    readonly authorization?: string | undefined;
    readonly "x-amz-target"?: string | undefined;
    readonly "content-type"?: string | undefined;
  };
  readonly body: string;
}

export interface Exchange {
  readonly request: Request;
  readonly entry: RecordedCall;
  readonly sdk: SdkCall;
  readonly answer: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
}

/** One response, from the message to the answer. */
export interface Round {
  /** What the function was invoked with, as JSON text. */
  readonly payload: string;
  /** Ids of the interfaces that it isolated. */
  readonly interfaces: readonly string[];
  readonly exchanges: readonly Exchange[];
}

export type RecordedFunction = Omit<DeployedFunction, "zip">;

/** The responses of one function: the first of its process, and later ones by name. */
export interface RecordedResponses {
  readonly fn: RecordedFunction;
  readonly first: Round;
  readonly rounds: Readonly<Record<string, Round>>;
}

/** By the responder's playbook. */
export type Recording = Readonly<Record<string, RecordedResponses>>;

/** Reads a recording that an earlier bench wrote. */
export function readRecording(file: string): Recording {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Recording;
  } catch (error) {
    throw new UserError(
      `--recording ${file} cannot be read; write one with --record ${file}: ${(error as Error).message}`,
    );
  }
}

/** Moves a recording to another endpoint: SQS is called at the URL of its queue. */
export function movedTo(endpoint: string, recording: Recording): Recording {
  const urls = Object.values(recording).map(({ fn }) => fn.environment.QUEUE_URL ?? "");
  let text = JSON.stringify(recording);
  for (const { origin } of urls.map((url) => new URL(url)))
    text = text.replaceAll(origin, endpoint);
  return JSON.parse(text) as Recording;
}

/** Keeps a call and its answer. */
export function exchangeOf(
  call: ApiCall,
  entry: RecordedCall,
  { status, headers, body }: Answer,
  models: string,
): Exchange {
  // What the replay's own server writes; by an old date a client would find its clock wrong.
  const own = ["connection", "content-length", "date", "transfer-encoding"];
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !own.includes(name)));
  return {
    request: requestOf(call.http),
    entry: { ...entry },
    sdk: sdkCallOf(call, models),
    answer: { status, headers: kept, body: body.toString() },
  };
}

export function requestOf({ method, target, headers, body }: HttpRequest): Request {
  const one = (name: string) => {
    const value = headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  return {
    method,
    target,
    headers: {
      authorization: one("authorization"),
      "x-amz-target": one("x-amz-target"),
      "content-type": one("content-type"),
    },
    body: body.toString(),
  };
}

/** A request as it can be found in a recording. */
export interface Identified {
  /** Service, region, operation, target and body; several requests of a round may have the same. */
  readonly key: string;
  /** What differs each time the request is made: tokens, times, and the digests of texts with them. */
  readonly chances: readonly string[];
}

export function identified({ method, target, headers, body }: Request): Identified {
  const { authorization = "", "x-amz-target": operation = "", "content-type": type = "" } = headers;
  const [, region, service] =
    /Credential=[^/]+\/\d{8}\/([^/]+)\/([^/]+)\//.exec(authorization) ?? [];
  const text = type.includes("urlencoded") ? decodeURIComponent(body.replaceAll("+", "%20")) : body;
  const chances: string[] = [];
  const leaveOut = (each: string) => {
    chances.push(each);
    return "*";
  };
  const written = [service, region, operation, method, target, text].join(" ");
  return { key: written.replace(byChance, leaveOut), chances };
}

/** Puts what requests left to chance this time into an answer that repeats it. */
export function withChances(body: string, now: ReadonlyMap<string, string>): string {
  if (now.size === 0) return body;
  return body.replace(byChance, (each) => {
    const found = now.get(each.replaceAll("%3A", ":"));
    if (found === undefined) return each;
    // IAM answers policies percent-encoded.
    return each.includes("%3A") ? found.replaceAll(":", "%3A") : found;
  });
}

const byChance = new RegExp(
  [
    // Tokens.
    "[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}",
    // Times, in milliseconds and in words.
    "\\b1[6-9]\\d{11}\\b",
    "20\\d\\d-\\d\\d-\\d\\dT\\d\\d(?::|%3A)\\d\\d(?::|%3A)\\d\\d(?:\\.\\d+)?Z",
    // Public keys, seals and codes.
    '(?<=")(?:[A-Za-z0-9+/]{4}){10,}[A-Za-z0-9+/]{0,3}={0,2}(?=")',
    // What makes the names that an incident gives unforeseeable.
    "(?<=\\b[0-9a-f]{16}-\\d{1,4}-)[0-9a-f]{8}\\b",
    // Digests: of ids of resources the hexadecimal part follows a hyphen.
    "(?<![\\w-])(?:[0-9a-f]{8}|[0-9a-f]{16}|[0-9a-f]{40,64})\\b",
  ].join("|"),
  "g",
);
