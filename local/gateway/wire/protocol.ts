/** Reads AWS API requests off the wire and writes answers in each service's own format. */
import { randomUUID } from "node:crypto";
import { XMLParser } from "fast-xml-parser";
import { restOperation } from "./rest";

type Protocol = "ec2" | "query" | "json" | "rest-json" | "rest-xml";

/** Parsed parameters: strings, numbers, booleans, lists and nested objects, as on the wire. */
export type Parameters = Readonly<Record<string, unknown>>;

export interface HttpRequest {
  readonly method: string;
  /** Path and query string, as sent. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface ApiCall {
  readonly protocol: Protocol;
  /** IAM prefix of the service, for example "ec2" or "cloudwatch". */
  readonly service: string;
  /** Name of the API operation; "GET /path" for REST services whose paths are not read here. */
  readonly operation: string;
  readonly region: string;
  /** API version where one service name covers two APIs (load balancing). */
  readonly version?: string;
  readonly accessKeyId?: string;
  readonly sessionToken?: string;
  readonly parameters: Parameters;
  readonly http: HttpRequest;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  /** AWS error code, on failure. */
  readonly errorCode?: string;
}

/** An error of an AWS API, to be written in the service's format. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

/** Thrown for anything the local organization cannot answer truthfully. Status 400: no retries. */
export class UnknownOperationError extends ApiError {
  constructor(what: string, detail = "") {
    super(
      "CordonLocalUnknownOperation",
      `CordonLocalUnknownOperation: ${what} is not available in the local organization${detail}`,
    );
    this.name = "UnknownOperationError";
  }
}

// The signing name differs from the IAM prefix for these services.
const iamPrefixes: Readonly<Record<string, string>> = { monitoring: "cloudwatch", tagging: "tag" };

const restXml = new Set(["s3", "route53", "cloudfront"]);

/** Parses one request; a request without a SigV4 header has no access key. */
export function readCall(http: HttpRequest): ApiCall {
  const authorization = header(http, "authorization") ?? "";
  const scope = /Credential=([^/,\s]+)\/\d{8}\/([^/,\s]+)\/([^/,\s]+)\/aws4_request/.exec(
    authorization,
  );
  const [, accessKeyId, region = "us-east-1", signingName = "unknown"] = scope ?? [];
  const service = iamPrefixes[signingName] ?? signingName;
  const sessionToken = header(http, "x-amz-security-token");
  const base = {
    service,
    region,
    http,
    ...(accessKeyId && { accessKeyId }),
    ...(sessionToken && { sessionToken }),
  };
  const target = header(http, "x-amz-target");
  if (target) {
    return {
      ...base,
      protocol: "json",
      operation: target.slice(target.lastIndexOf(".") + 1),
      parameters: parseJson(http.body),
    };
  }
  const [path = "/", queryString = ""] = http.target.split("?");
  const isForm = (header(http, "content-type") ?? "").startsWith(
    "application/x-www-form-urlencoded",
  );
  const form = new URLSearchParams(isForm ? http.body.toString("utf8") : queryString);
  const action = form.get("Action");
  if (action) {
    const version = form.get("Version") ?? "";
    form.delete("Action");
    form.delete("Version");
    return {
      ...base,
      protocol: service === "ec2" ? "ec2" : "query",
      operation: action,
      version,
      parameters: nest(form),
    };
  }
  const { operation, labels } = restOperation(service, http.method, path, form);
  return {
    ...base,
    protocol: restXml.has(service) ? "rest-xml" : "rest-json",
    operation,
    parameters: { ...parsedBody(http), ...Object.fromEntries(form), ...labels },
  };
}

/** Turns `Filter.1.Value.2=x` into nested lists and objects; "member" and "entry" levels vanish. */
function nest(form: URLSearchParams): Parameters {
  const root: Record<string, unknown> = {};
  for (const [key, value] of form) {
    const path = key.split(".");
    let node = root;
    for (const part of path.slice(0, -1)) {
      if (typeof node[part] !== "object") node[part] = {};
      node = node[part] as Record<string, unknown>;
    }
    node[path.at(-1) as string] = value;
  }
  return collapse(root) as Parameters;
}

function collapse(node: unknown): unknown {
  if (typeof node !== "object" || node === null) return node;
  const keys = Object.keys(node);
  const values = node as Record<string, unknown>;
  if (keys.length === 1 && (keys[0] === "member" || keys[0] === "entry")) {
    return collapse(values[keys[0]]);
  }
  if (keys.length > 0 && keys.every((key) => /^\d+$/.test(key))) {
    return keys.sort((a, b) => Number(a) - Number(b)).map((key) => collapse(values[key]));
  }
  return Object.fromEntries(keys.map((key) => [key, collapse(values[key])]));
}

/** Reads a parameter as text; absent or nested values are undefined. */
export function text(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : undefined;
}

/** Reads a parameter as a list: absent is empty, a single value is a list of one. */
export function list<T = unknown>(value: unknown): readonly T[] {
  if (value === undefined || value === null || value === "") return [];
  return (Array.isArray(value) ? value : [value]) as T[];
}

/** Reads a member of a nested parameter; undefined when the parent is no object. */
export function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

const parser = new XMLParser({ parseTagValue: false, ignoreAttributes: true });

/** Parses XML with every leaf as text. */
export function parseXml(xml: string): Record<string, unknown> {
  return parser.parse(xml) as Record<string, unknown>;
}

/** Writes an error as the service's own SDK expects it. */
export function errorAnswer(call: ApiCall, error: ApiError): Answer {
  const requestId = randomUUID();
  const { code, status } = error;
  const fault = status < 500 ? "Sender" : "Receiver";
  const xmlError = `<Code>${escapeXml(code)}</Code><Message>${escapeXml(error.message)}</Message>`;
  switch (call.protocol) {
    case "ec2":
      return xml(
        status,
        `<Response><Errors><Error>${xmlError}</Error></Errors><RequestID>${requestId}</RequestID></Response>`,
        code,
      );
    case "query":
      return xml(
        status,
        `<ErrorResponse><Error><Type>${fault}</Type>${xmlError}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
        code,
      );
    case "rest-xml":
      return xml(status, `<Error>${xmlError}<RequestId>${requestId}</RequestId></Error>`, code);
    case "json":
    case "rest-json":
      return {
        status,
        headers: {
          "content-type": call.protocol === "json" ? "application/x-amz-json-1.1" : jsonType,
          "x-amzn-requestid": requestId,
          "x-amzn-errortype": code,
          // SQS and CloudWatch moved from query to JSON; their SDKs still read the old code here.
          ...(queryCompatible.has(call.service) && { "x-amzn-query-error": `${code};${fault}` }),
        },
        body: JSON.stringify({ __type: code, message: error.message, Message: error.message }),
        errorCode: code,
      };
  }
}

const queryCompatible = new Set(["sqs", "cloudwatch"]);
const jsonType = "application/json";

/** Writes a JSON answer. */
export function json(body: unknown, status = 200): Answer {
  return {
    status,
    headers: { "content-type": jsonType, "x-amzn-requestid": randomUUID() },
    body: JSON.stringify(body),
  };
}

/** Writes an XML answer. */
export function xml(status: number, body: string, errorCode?: string): Answer {
  return {
    status,
    headers: { "content-type": "text/xml", "x-amzn-requestid": randomUUID() },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
    ...(errorCode && { errorCode }),
  };
}

/** Finds the AWS error code of an answer the emulator wrote, for the record. */
export function errorCodeOf(status: number, headers: Answer["headers"], body: Buffer): string {
  const declared = headers["x-amzn-errortype"];
  if (declared) return declared.split(":")[0] as string;
  const content = body.toString("utf8");
  const code =
    /<Code>([^<]+)<\/Code>/.exec(content) ?? /"__type":\s*"(?:[^"#]*#)?([^"]+)"/.exec(content);
  return code?.[1] ?? String(status);
}

export function escapeXml(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

export function header(http: HttpRequest, name: string): string | undefined {
  const value = http.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function parsedBody(http: HttpRequest): Parameters {
  return (header(http, "content-type") ?? "").includes("json") ? parseJson(http.body) : {};
}

function parseJson(body: Buffer): Parameters {
  if (body.length === 0) return {};
  try {
    const parsed: unknown = JSON.parse(body.toString("utf8"));
    return typeof parsed === "object" && parsed !== null ? (parsed as Parameters) : {};
  } catch {
    return {};
  }
}
