/** Starts the moto server, which holds the AWS state, and speaks to it on the gateway's behalf. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { Agent, request } from "node:http";
import * as path from "node:path";
import type { Answer } from "../wire/protocol";
import { ApiError, errorCodeOf, parseXml, UnknownOperationError } from "../wire/protocol";

export interface Moto {
  readonly url: string;
  /** Folder of botocore's service models, which come with the emulator. */
  readonly models: string;
  close(): Promise<void>;
}

/**
 * Starts a server of its own state on a free port and waits until it answers.
 * Throws with the end of its output when it stops or does not answer within five minutes.
 */
export async function startMoto(options: { python: string; logFile?: string }): Promise<Moto> {
  const log = options.logFile ? openSync(options.logFile, "a") : undefined;
  const child = spawn(options.python, [path.join(__dirname, "server.py")], {
    stdio: ["ignore", "pipe", log ?? "pipe"],
    env: {
      ...process.env,
      // Without this AWSDenyAll and every other AWS managed policy would be missing.
      MOTO_IAM_LOAD_MANAGED_POLICIES: "true",
      // Some five hundred images and their snapshots, which every DescribeSnapshots would filter.
      MOTO_EC2_LOAD_DEFAULT_AMIS: "false",
      AWS_EC2_METADATA_DISABLED: "true",
    },
  });
  let tail = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    tail = (tail + chunk.toString("utf8")).slice(-2000);
  });
  if (log !== undefined) closeSync(log);
  const endWithParent = () => child.kill("SIGKILL");
  process.once("exit", endWithParent);
  // It takes a port itself: one that is found free here may be another's by the time it starts.
  const { port, models } = await readinessOf(child, () => tail);
  const url = `http://127.0.0.1:${port}`;
  await send({
    url,
    method: "POST",
    path: "/moto-api/config",
    headers: { "content-type": "application/json" },
    body: Buffer.from(JSON.stringify({ lambda: { use_docker: false } })),
  });
  return {
    url,
    models,
    close: () =>
      new Promise((resolve) => {
        process.removeListener("exit", endWithParent);
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once("exit", () => resolve());
        child.kill("SIGKILL");
      }),
  };
}

/** Waits for what the server writes down once it listens: its port and the folder of the models. */
function readinessOf(
  child: ChildProcess,
  tail: () => string,
): Promise<{ readonly port: number; readonly models: string }> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(overdue);
      child.kill("SIGKILL");
      reject(new Error(`The emulator ${why}: ${tail()}`));
    };
    const overdue = setTimeout(() => fail("did not answer within 300 s"), 300_000);
    child.once("error", (error) => fail(`could not be started: ${error.message}`));
    child.once("exit", (code) => fail(`stopped with code ${code}`));
    let written = "";
    child.stdout?.on("data", (part: Buffer) => {
      written += part.toString();
      const [, port, models] = /^(\d+) (.+)\n/.exec(written) ?? [];
      if (!port || !models) return;
      clearTimeout(overdue);
      resolve({ port: Number(port), models });
    });
  });
}

interface Sent {
  readonly url: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body?: Buffer;
}

export interface Received {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

const connections = new Agent({ keepAlive: true, maxSockets: 32 });

export function send({ url, method, path, headers, body }: Sent): Promise<Received> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        hostname,
        port,
        method,
        path,
        headers: headers as Record<string, string>,
        agent: connections,
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", reject);
        incoming.on("end", () => {
          const received: Record<string, string> = {};
          for (const [name, value] of Object.entries(incoming.headers)) {
            if (value !== undefined)
              received[name] = Array.isArray(value) ? value.join(",") : value;
          }
          resolve({
            status: incoming.statusCode ?? 0,
            headers: received,
            body: Buffer.concat(chunks),
          });
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

// A missing operation and a defect of the emulator look alike: an HTML page of moto's, or a text of
// the server it runs in, instead of AWS's format.
function isEmulatorFailure(received: Received): boolean {
  if (received.status < 400) return false;
  const type = received.headers["content-type"] ?? "";
  const start = received.body.subarray(0, 300).toString("utf8");
  return (
    (type.startsWith("text/html") && /<!doctype html>|<html/i.test(start)) ||
    (type.startsWith("text/plain") && start.includes("generated by waitress"))
  );
}

/** The gateway's own reads of the emulated state, outside the record and without a caller. */
export interface State {
  /** Calls a query-protocol service; returns the parsed XML below its root element. */
  query(
    at: { account: string; region: string },
    service: string,
    action: string,
    parameters?: Readonly<Record<string, string>>,
  ): Promise<Record<string, unknown>>;
  /** Reads a path of a REST service that answers in JSON. */
  get(
    at: { account: string; region: string },
    service: string,
    path: string,
  ): Promise<Record<string, unknown>>;
  /** Calls a JSON service by its target, for example "TrentService.GetKeyPolicy". */
  json(
    at: { account: string; region: string },
    service: string,
    target: string,
    body: object,
  ): Promise<Record<string, unknown>>;
}

const versions: Readonly<Record<string, string>> = {
  ec2: "2016-11-15",
  iam: "2010-05-08",
  sns: "2010-03-31",
  autoscaling: "2011-01-01",
  elasticloadbalancing: "2015-12-01",
  monitoring: "2010-08-01",
};

export function stateOf(moto: Pick<Moto, "url">): State {
  const call = async (
    at: { account: string; region: string },
    service: string,
    headers: Record<string, string>,
    body: string,
    [method, path] = ["POST", "/"],
  ): Promise<Received> => {
    const received = await send({
      url: moto.url,
      method,
      path,
      headers: {
        ...headers,
        authorization: `AWS4-HMAC-SHA256 Credential=GATEWAY/20260101/${at.region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
        "x-moto-account-id": at.account,
      },
      body: Buffer.from(body),
    });
    if (isEmulatorFailure(received))
      throw new UnknownOperationError(`${service}: ${(body || path).slice(0, 80)}`);
    if (received.status >= 400) {
      const code = errorCodeOf(received.status, received.headers, received.body);
      throw new ApiError(code, received.body.toString("utf8"), received.status);
    }
    return received;
  };
  return {
    async query(at, service, action, parameters = {}) {
      const form = new URLSearchParams({
        Action: action,
        Version: parameters.Version ?? versions[service] ?? "",
        ...parameters,
      });
      const received = await call(
        at,
        service,
        { "content-type": "application/x-www-form-urlencoded" },
        form.toString(),
      );
      const { "?xml": _, ...roots } = parseXml(received.body.toString("utf8"));
      return (Object.values(roots)[0] ?? {}) as Record<string, unknown>;
    },
    async get(at, service, path) {
      const received = await call(at, service, {}, "", ["GET", path]);
      return JSON.parse(received.body.toString("utf8") || "{}") as Record<string, unknown>;
    },
    async json(at, service, target, body) {
      const received = await call(
        at,
        service,
        { "content-type": "application/x-amz-json-1.1", "x-amz-target": target },
        JSON.stringify(body),
      );
      return JSON.parse(received.body.toString("utf8") || "{}") as Record<string, unknown>;
    },
  };
}

/** Forwards a call as the given account and passes the answer on. */
export async function forward(
  moto: Pick<Moto, "url">,
  sent: Omit<Sent, "url" | "headers"> & { headers: Sent["headers"] },
  account: string,
  name: string,
): Promise<Answer> {
  const received = await send({
    ...sent,
    url: moto.url,
    headers: { ...sent.headers, connection: "keep-alive", "x-moto-account-id": account },
  });
  if (isEmulatorFailure(received)) {
    throw new UnknownOperationError(name, ` (the emulator answered ${received.status})`);
  }
  const { connection: _, "transfer-encoding": __, ...headers } = received.headers;
  return {
    status: received.status,
    headers,
    body: received.body,
    ...(received.status >= 400 && {
      errorCode: errorCodeOf(received.status, received.headers, received.body),
    }),
  };
}
