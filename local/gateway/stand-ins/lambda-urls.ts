/**
 * Stands in for Lambda's function URLs: what the API says of them, and a server of this machine for each.
 * There is no TLS and no name here: the address is http and a port of the loopback address, and every
 * answer says in a header that it comes from a stand-in. Strict where AWS is: without both statements in
 * the function's policy nobody gets in. Who signs does not get in either: no signature is judged here.
 */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Caller } from "../iam/caller";
import { bodyOf, close, listen } from "../listen";
import {
  type Answer,
  ApiError,
  json,
  type Parameters,
  text,
  UnknownOperationError,
} from "../wire/protocol";
import type { DeployedFunction, OnInvoke } from "./lambda-functions";
import type { PermissionStatement } from "./lambda-permissions";
import { awsTime, conflict, invalid, notFound, refuseForeign } from "./lambda-settings";

interface FunctionUrl {
  readonly fn: DeployedFunction;
  authType: AuthType;
  readonly server: Server;
  readonly url: string;
  readonly created: string;
}

type AuthType = "AWS_IAM" | "NONE";

/** What a request needs to reach a function. */
export interface UrlHost {
  statementsOf(fn: DeployedFunction): readonly PermissionStatement[];
  onInvoke(): OnInvoke | undefined;
}

const settings = new Set(["FunctionName", "AuthType", "InvokeMode"]);

// 6 MB: the quota of a synchronous invocation, in both directions.
const payloadLimit = 6_291_456;

export class FunctionUrls {
  /** By function ARN. */
  readonly #urls = new Map<string, FunctionUrl>();

  constructor(private readonly host: UrlHost) {}

  async create(fn: DeployedFunction, parameters: Parameters): Promise<Answer> {
    const authType = check(parameters);
    if (this.#urls.has(fn.arn)) {
      throw conflict(
        `Failed to create function url config for [functionArn = ${fn.arn}]. Error message:  FunctionUrlConfig exists for this Lambda function`,
      );
    }
    const server = createServer((request, response) => {
      this.#serve(fn, request, response).catch((error: unknown) => {
        console.error("The function URL's stand-in failed:", error);
        response.destroy();
      });
    });
    const url = `${await listen(server)}/`;
    this.#urls.set(fn.arn, { fn, authType, server, url, created: awsTime() });
    return json(this.#describe(fn), 201);
  }

  get(fn: DeployedFunction): Answer {
    return json(this.#describe(fn));
  }

  update(fn: DeployedFunction, parameters: Parameters): Answer {
    const authType = check(parameters);
    this.#describe(fn);
    const known = this.#urls.get(fn.arn);
    // What a call does not name stays as it is.
    if (known && text(parameters.AuthType) !== undefined) known.authType = authType;
    return json(this.#describe(fn));
  }

  async remove(fn: DeployedFunction): Promise<Answer> {
    this.#describe(fn);
    await this.drop(fn.arn);
    return json(undefined, 204);
  }

  /** Ends what a function has, if it has one: it goes with the function. */
  async drop(arn: string): Promise<void> {
    const known = this.#urls.get(arn);
    this.#urls.delete(arn);
    if (known) await close(known.server);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#urls.keys()].map((arn) => this.drop(arn)));
  }

  #describe(fn: DeployedFunction) {
    const known = this.#urls.get(fn.arn);
    if (!known) throw notFound("The resource you requested does not exist.");
    return {
      FunctionUrl: known.url,
      FunctionArn: fn.arn,
      AuthType: known.authType,
      InvokeMode: "BUFFERED",
      CreationTime: known.created,
      LastModifiedTime: known.created,
    };
  }

  async #serve(
    fn: DeployedFunction,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const body = await bodyOf(request);
    const answer = await this.#answer(fn, request, body);
    const { "content-length": _, ...headers } = answer.headers;
    response.writeHead(answer.status, {
      ...headers,
      "content-length": String(answer.body.length),
      "x-cordon-stand-in": "Lambda function URL",
    });
    response.end(request.method === "HEAD" ? undefined : answer.body);
  }

  async #answer(fn: DeployedFunction, request: IncomingMessage, body: Buffer): Promise<Answered> {
    const isPublic = this.#urls.get(fn.arn)?.authType === "NONE";
    if (!isPublic || !isOpen(this.host.statementsOf(fn))) {
      // As AWS answers: users have published it.
      return failure(
        403,
        "Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
        "AccessDeniedException",
      );
    }
    const payload = JSON.stringify(eventOf(request, body));
    if (payload.length > payloadLimit) {
      return failure(413, `Request must be smaller than ${payloadLimit} bytes`);
    }
    const onInvoke = this.host.onInvoke();
    if (onInvoke === undefined) return failure(502, "Internal Server Error");
    try {
      const result = await onInvoke(fn, payload, nobody(fn));
      return result.functionError === undefined
        ? answerOf(result.payload)
        : failure(502, "Internal Server Error");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return failure(error.status, error.message, error.code);
    }
  }
}

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
}

function check(parameters: Parameters): AuthType {
  refuseForeign(parameters, settings, "function URL");
  const authType = text(parameters.AuthType) ?? "NONE";
  if (authType !== "NONE" && authType !== "AWS_IAM") {
    throw invalid(`AuthType ${authType} must be NONE or AWS_IAM`);
  }
  const mode = text(parameters.InvokeMode) ?? "BUFFERED";
  if (mode !== "BUFFERED") throw new UnknownOperationError(`function URLs that answer ${mode}`);
  return authType;
}

/** Since October 2025 both are needed (Lambda Developer Guide, "Control access to function URLs"). */
function isOpen(statements: readonly PermissionStatement[]): boolean {
  const admits = (action: string, condition: object) =>
    statements.some(
      ({ Principal, Action, Condition }) =>
        Principal === "*" &&
        Action === action &&
        JSON.stringify(Condition) === JSON.stringify(condition),
    );
  return (
    admits("lambda:InvokeFunctionUrl", {
      StringEquals: { "lambda:FunctionUrlAuthType": "NONE" },
    }) && admits("lambda:InvokeFunction", { Bool: { "lambda:InvokedViaFunctionUrl": "true" } })
  );
}

/** Writes the event, format 2.0 (Lambda Developer Guide, "Invoking function URLs"). */
function eventOf(request: IncomingMessage, body: Buffer): object {
  const [rawPath = "/", ...rest] = (request.url ?? "/").split("?");
  const rawQueryString = rest.join("?");
  const { cookie, connection: _, ...sent } = request.headers;
  const [domainName = "", port = ""] = (request.headers.host ?? "").split(":");
  const type = request.headers["content-type"] ?? "";
  // Only these come as they are; a form does not.
  const isText = body.length === 0 || /^(text\/|application\/(json|javascript|xml)\b)/i.test(type);
  const now = new Date();
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath,
    rawQueryString,
    ...(cookie !== undefined && { cookies: cookie.split(/; */) }),
    headers: {
      ...Object.fromEntries(
        Object.entries(sent).map(([name, value]) => [name, [value].flat().join(",")]),
      ),
      "x-forwarded-proto": "http",
      "x-forwarded-port": port,
      "x-forwarded-for": "127.0.0.1",
    },
    ...(rawQueryString !== "" && {
      queryStringParameters: Object.fromEntries(new URLSearchParams(rawQueryString)),
    }),
    requestContext: {
      accountId: "anonymous",
      apiId: "stand-in",
      domainName,
      domainPrefix: "stand-in",
      http: {
        method: request.method,
        path: rawPath,
        protocol: "HTTP/1.1",
        sourceIp: "127.0.0.1",
        userAgent: request.headers["user-agent"] ?? "",
      },
      requestId: randomUUID(),
      routeKey: "$default",
      stage: "$default",
      time: now.toUTCString(),
      timeEpoch: now.getTime(),
    },
    ...(body.length > 0 && { body: body.toString(isText ? "utf8" : "base64") }),
    isBase64Encoded: !isText,
  };
}

/** Reads what a function answered; what names no status is a body of JSON. */
function answerOf(payload: string): Answered {
  const given: unknown = JSON.parse(payload);
  const { statusCode, headers, body, cookies, isBase64Encoded } = (given ?? {}) as {
    readonly statusCode?: unknown;
    readonly headers?: Readonly<Record<string, unknown>>;
    readonly body?: unknown;
    readonly cookies?: readonly string[];
    readonly isBase64Encoded?: boolean;
  };
  const json = { "content-type": "application/json" };
  if (statusCode === undefined) return { status: 200, headers: json, body: Buffer.from(payload) };
  const written = Object.entries(headers ?? {}).map(([name, value]) => [
    name.toLowerCase(),
    String(value),
  ]);
  const content = typeof body === "string" ? body : JSON.stringify(body ?? "");
  return {
    status: Number(statusCode),
    headers: {
      ...json,
      ...Object.fromEntries(written),
      ...(cookies && { "set-cookie": [...cookies] }),
    },
    body: Buffer.from(content, isBase64Encoded === true ? "base64" : "utf8"),
  };
}

function failure(status: number, Message: string, type?: string): Answered {
  return {
    status,
    headers: {
      "content-type": "application/json",
      ...(type !== undefined && { "x-amzn-errortype": type }),
    },
    body: Buffer.from(JSON.stringify({ Message })),
  };
}

function nobody({ account }: DeployedFunction): Caller {
  return { accessKeyId: "anonymous", account, arn: "anonymous", context: {}, origin: "workload" };
}
