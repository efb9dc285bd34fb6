/** Answers recorded requests after a fixed time, as AWS far away would, and says when. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { bodyOf, close, listen, waitUntil } from "../../gateway/listen";
import { errorAnswer, readCall, UnknownOperationError } from "../../gateway/wire/protocol";
import { type Identified, identified, type Round, requestOf, withChances } from "./recording";

/** A recorded exchange that was replayed. */
export interface Replayed {
  /** Its place in the round. */
  readonly exchange: number;
  /** Milliseconds at arrival and at the answer, on the clock that all processes share. */
  readonly ms: number;
  readonly endMs: number;
}

export interface Replays {
  readonly replayed: readonly Replayed[];
  /** Requests that the round does not have, or not that often. */
  readonly unknown: readonly string[];
}

/** Tells milliseconds on a clock that is the same in every process of this machine. */
export function sharedNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export class Replay {
  #exchanges: Round["exchanges"] = [];
  #identified: readonly Identified[] = [];
  /** Places of the exchanges that are not yet answered, by key. */
  #left = new Map<string, number[]>();
  /** What requests left to chance when they were recorded, and leave to it now. */
  #chances = new Map<string, string>();
  #latencyMs = 0;
  #replayed: Replayed[] = [];
  #unknown: string[] = [];
  readonly #server = createServer((request, response) => {
    this.#serve(request, response).catch(() => response.destroy());
  });

  listen(): Promise<string> {
    return listen(this.#server);
  }

  close(): Promise<void> {
    return close(this.#server);
  }

  /** Answers the requests of this round from now on. */
  begin({ exchanges }: Pick<Round, "exchanges">, latencyMs: number): void {
    this.#exchanges = exchanges;
    this.#latencyMs = latencyMs;
    this.#left = new Map();
    this.#chances = new Map();
    this.#replayed = [];
    this.#unknown = [];
    this.#identified = exchanges.map(({ request }) => identified(request));
    for (const [place, { key }] of this.#identified.entries()) {
      const known = this.#left.get(key);
      if (known) known.push(place);
      else this.#left.set(key, [place]);
    }
  }

  /** Returns what it has answered since. */
  end(): Replays {
    return { replayed: this.#replayed, unknown: this.#unknown };
  }

  /** Shows where a request ceases to be like the one of the round that is most like it. */
  #difference(key: string): string {
    const common = this.#identified.map((each) => {
      let length = 0;
      while (length < key.length && key[length] === each.key[length]) length += 1;
      return length;
    });
    const from = Math.max(0, Math.max(0, ...common) - 40);
    return `at …${key.slice(from, from + 120)}…`;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", url: target = "/", headers } = request;
    const http = { method, target, headers, body: await bodyOf(request) };
    const [arrival, ms] = [performance.now(), sharedNow()];
    // Equal requests are answered in the order in which they were.
    const { key, chances } = identified(requestOf(http));
    const exchange = this.#left.get(key)?.shift();
    if (exchange === undefined) {
      const call = readCall(http);
      const name = `${call.service}:${call.operation}`;
      this.#unknown.push(`${name} ${this.#difference(key)}`);
      const error = errorAnswer(call, new UnknownOperationError(`a recorded answer to ${name}`));
      response.writeHead(error.status, error.headers).end(error.body);
      return;
    }
    const { answer } = this.#exchanges[exchange] as Round["exchanges"][number];
    for (const [place, each] of (this.#identified[exchange]?.chances ?? []).entries()) {
      this.#chances.set(each, chances[place] ?? each);
    }
    const body = Buffer.from(withChances(answer.body, this.#chances));
    await waitUntil(arrival + this.#latencyMs);
    this.#replayed.push({ exchange, ms, endMs: sharedNow() });
    response.writeHead(answer.status, { ...answer.headers, "content-length": String(body.length) });
    response.end(method === "HEAD" ? undefined : body);
  }
}
