/**
 * Stands in for the hosts of the internet that functions call: chats and Jira. There is no TLS here;
 * that a function asks for https is held by local/services/lambda/fetch.cjs, in the function's process. A host
 * that no stand-in serves does not answer: its connection is closed.
 */
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { close, listen } from "../gateway/listen";

/** Makes a fetch that goes there; what Lambda's host in plain JavaScript needs, too. */
export const throughInternet: (internetUrl: string) => typeof fetch =
  require("./lambda/fetch.cjs").throughInternet;

export interface InternetRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a request has people read. */
export interface Said {
  readonly subject: string;
  readonly text: string;
}

export interface InternetAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Null where people read nothing of it. @default the request's body */
  readonly said?: Said | null;
}

/** A request that a host answered. */
export interface Answered {
  readonly host: string;
  readonly body: string;
  readonly status: number;
  readonly said?: Said | null;
}

export class Internet {
  /** Every request that a host answered, in order. */
  readonly answered: Answered[] = [];
  readonly #hosts = new Map<string, (request: InternetRequest) => InternetAnswer>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async open(): Promise<Internet> {
    const server = createServer();
    const internet = new Internet(server, await listen(server));
    server.on("request", (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { "x-local-host": host, ...headers } = request.headers;
        const serve = internet.#hosts.get(String(host));
        if (serve === undefined) {
          request.socket.destroy();
          return;
        }
        const body = Buffer.concat(chunks).toString("utf8");
        const { method = "", url: path = "" } = request;
        const answer = serve({ method, path, headers, body });
        const { status, said } = answer;
        internet.answered.push({
          host: String(host),
          body,
          status,
          ...(said !== undefined && { said }),
        });
        response.writeHead(answer.status, { ...answer.headers }).end(answer.body ?? "");
      });
    });
    return internet;
  }

  /** Answers for a host from now on, until the function that is returned is called. */
  serve(host: string, answer: (request: InternetRequest) => InternetAnswer): () => void {
    if (this.#hosts.has(host)) throw new Error(`${host} is served already`);
    this.#hosts.set(host, answer);
    return () => void this.#hosts.delete(host);
  }

  close(): Promise<void> {
    return close(this.server);
  }
}
