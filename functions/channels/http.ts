/** Asks providers over HTTPS: bounded in time and size, never led elsewhere, and no secret in its errors. */
import { plain } from "../model/plain-text";
import { ChannelRefused } from "../notify/channel";

const answerMs = 5_000;
const mostBytes = 262_144;
/** Characters of a provider's answer that an error repeats. */
const saidLimit = 200;

export interface Request {
  /** Names the provider in errors, with the secret's name: "Slack, with the secret /cordon/slack". */
  readonly who: string;
  readonly url: string;
  /** @default POST */
  readonly method?: "GET" | "PATCH";
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or what is sent as such. */
  readonly body?: object | string;
  /** What no error may repeat. */
  readonly secrets: readonly string[];
  /** What an answer may be: a proxy's or a log-in page is no JSON. @default json */
  readonly expects?: "json" | "no-page" | "anything";
  /** Statuses that are returned, and not thrown. */
  readonly known?: readonly number[];
}

export interface Answer {
  readonly status: number;
  /** What the answer's JSON holds; undefined where it has none. */
  readonly value: unknown;
}

/** Too many requests, or too early: and that one's own answer took too long. */
const passing = [408, 425, 429];

/**
 * Sends a request.
 *
 * @throws ChannelRefused where the answer would be the same another time: a redirect, or a status of 4xx
 * @throws Error where it may pass
 */
export async function ask(request: Request, fetch: typeof globalThis.fetch): Promise<Answer> {
  const { who, url, method = "POST", headers, body, secrets, known = [] } = request;
  const { expects = "json" } = request;
  if (!URL.canParse(url) || new URL(url).protocol !== "https:") {
    throw new ChannelRefused(`${who}: its address must be an https URL`);
  }
  const answer = await answered(() =>
    // Following a redirect could send message and secret to another host.
    fetch(url, {
      method,
      headers: {
        accept: "application/json",
        ...(body !== undefined && { "content-type": "application/json; charset=utf-8" }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
      redirect: "manual",
      signal: AbortSignal.timeout(answerMs),
    }),
  ).catch((error: Error) => {
    throw new Error(`${who} did not answer: ${reasonOf(error)}`);
  });
  const { status, type, text } = answer;
  const isJson = /^application\/([\w.+-]+\+)?json\b/i.test(type);
  const value = isJson ? parsed(text) : undefined;
  if (known.includes(status)) return { status, value };
  const said = isJson && text !== "" ? `: ${plain(without(text, secrets), saidLimit)}` : "";
  if (status >= 200 && status < 300) {
    const isStrange =
      (expects === "json" && text !== "" && value === undefined) ||
      (expects === "no-page" && /\bhtml\b/i.test(type));
    if (isStrange) throw new Error(`${who} answered ${status} with something else than expected`);
    return { status, value };
  }
  const message = `${who} answered ${status}${said}`;
  if (status < 500 && !passing.includes(status)) throw new ChannelRefused(message);
  throw new Error(message);
}

async function answered(post: () => Promise<Response>) {
  const response = await post();
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop cancels the rest.
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > mostBytes) break;
    chunks.push(chunk);
  }
  const type = response.headers.get("content-type") ?? "";
  return { status: response.status, type, text: Buffer.concat(chunks).toString("utf8") };
}

/** The error of fetch may name the whole URL, and its cause does not. */
function reasonOf(error: Error): string {
  const { code } = (error.cause ?? {}) as { code?: unknown };
  return typeof code === "string" ? code : error.name;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function without(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret !== "")
    .reduce((left, secret) => left.replaceAll(secret, "…"), text);
}

/** Takes a text out of an answer; undefined where there is none. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = path.reduce<unknown>(
    (from, key) => (from as Readonly<Record<string, unknown>> | null | undefined)?.[key],
    value,
  );
  return typeof found === "string" ? found : undefined;
}

/** Lists what no error may have of a URL that is a secret: the whole, and each part that may be one. */
export function partsOf(url: string): readonly string[] {
  const { pathname, search, searchParams } = new URL(url);
  const parts = [
    url,
    `${pathname}${search}`,
    pathname,
    ...pathname.split("/"),
    ...searchParams.values(),
  ];
  return parts.filter((each) => each.length > 5).sort((a, b) => b.length - a.length);
}
