/**
 * Cuts the lists that an operation answers into pages: whoever asks once sees the first alone. Which
 * member is the list and which the token is from botocore's paginators.
 */

import { type Member, modelOf, paginatorsOf } from "./wire/models";
import {
  type Answer,
  type ApiCall,
  escapeXml,
  list,
  text,
  UnknownOperationError,
} from "./wire/protocol";

interface Names {
  /** Where the request holds the token, and how long a page may be. */
  readonly tokenIn: string;
  readonly limit?: string;
  /** Where the answer holds the list, the token, and whether there is more. */
  readonly result: string;
  readonly tokenOut: string;
  readonly more?: string;
}

const token = /^cordon-page-(\d+)$/;

/**
 * Performs a call and answers at most `size` members of its list, from where its token says. CloudTrail's
 * stand-in has pages of its own.
 */
export async function inPages(
  call: ApiCall,
  size: number | undefined,
  models: string,
  perform: (call: ApiCall) => Promise<Answer>,
): Promise<Answer> {
  const names = size === undefined ? undefined : namesOf(call, models);
  if (size === undefined || !names || call.service === "cloudtrail") return perform(call);
  const { [names.tokenIn]: given, ...others } = call.parameters;
  const limit = names.limit === undefined ? undefined : text(call.parameters[names.limit]);
  // EC2 answers everything to a client that does not ask for pages.
  if (call.protocol === "ec2" && limit === undefined && given === undefined) return perform(call);
  const { [names.limit ?? ""]: _, ...parameters } = others;
  const from = Number(token.exec(text(given) ?? "")?.[1] ?? 0);
  const to = from + Math.min(size, limit === undefined ? size : Number(limit));
  const answer = await perform(without(call, [names.tokenIn, names.limit ?? ""], parameters));
  if (answer.status >= 300) return answer;
  let body = answer.body.toString();
  // The emulator pages by itself, too, Systems Manager's parameters by ten.
  for (let next = ownToken(call, body, names); next; next = ownToken(call, body, names)) {
    const more = { ...parameters, [names.tokenIn]: next };
    const page = await perform(without(call, [names.limit ?? ""], more));
    if (page.status >= 300) return page;
    body = joined(body, page.body.toString(), names);
  }
  const cut = ["json", "rest-json"].includes(call.protocol) ? cutJson : cutXml;
  const { "content-length": __, ...headers } = answer.headers;
  return { ...answer, headers, body: cut(body, names, from, to) };
}

/** The token of an answer that is a page already; refuses one in XML, which it cannot join. */
function ownToken(call: ApiCall, body: string, names: Names): string | undefined {
  if (["json", "rest-json"].includes(call.protocol)) {
    return text((JSON.parse(body || "{}") as Record<string, unknown>)[names.tokenOut]) || undefined;
  }
  if (!new RegExp(`<${names.tokenOut}>[^<]`).test(body)) return undefined;
  throw new UnknownOperationError(`pages of ${call.service}:${call.operation} that go on`);
}

function joined(before: string, page: string, { result, tokenOut }: Names): string {
  const [first, next] = [before, page].map((each) => JSON.parse(each) as Record<string, unknown>);
  return JSON.stringify({
    ...first,
    [result]: [...list(first?.[result]), ...list(next?.[result])],
    [tokenOut]: next?.[tokenOut],
  });
}

function namesOf(call: ApiCall, models: string): Names | undefined {
  const pages = paginatorsOf(models, call)[call.operation];
  if (!pages) return undefined;
  const { input_token: tokenIn, output_token: tokenOut, result_key: result } = pages;
  const single = [tokenIn, tokenOut, result].every((each) => /^\w+$/.test(String(each)));
  if (!single) return undefined;
  const model = modelOf(models, call);
  const { input, output } = model.operations[call.operation] ?? {};
  const wire = (of: Member | undefined, name: string): string => {
    const member = of && model.shapes[of.shape]?.members?.[name];
    return member?.locationName ?? name;
  };
  const upper = (name: string) =>
    call.protocol === "ec2" ? name.charAt(0).toUpperCase() + name.slice(1) : name;
  return {
    tokenIn: upper(wire(input, String(tokenIn))),
    ...(pages.limit_key && { limit: upper(wire(input, pages.limit_key)) }),
    result: wire(output, String(result)),
    tokenOut: wire(output, String(tokenOut)),
    ...(pages.more_results && { more: wire(output, pages.more_results) }),
  };
}

/** The call without the parameters that page, for what answers knows no pages of two. */
function without(call: ApiCall, names: readonly string[], parameters: ApiCall["parameters"]) {
  const { http } = call;
  const [path = "", query] = http.target.split("?");
  const strip = (form: string) => {
    const left = new URLSearchParams(form);
    for (const name of names) left.delete(name);
    return left.toString();
  };
  const isJson = call.protocol === "json";
  const isForm = ["ec2", "query"].includes(call.protocol);
  const body = isJson
    ? JSON.stringify(parameters)
    : isForm
      ? strip(http.body.toString())
      : http.body;
  const target = query === undefined ? path : `${path}?${strip(query)}`;
  return { ...call, parameters, http: { ...http, target, body: Buffer.from(body) } };
}

function cutJson(body: string, names: Names, from: number, to: number): string {
  const parsed = JSON.parse(body || "{}") as Record<string, unknown>;
  const all = list(parsed[names.result]);
  if (from === 0 && all.length <= to) return body;
  return JSON.stringify({
    ...parsed,
    [names.result]: all.slice(from, to),
    ...(names.more && { [names.more]: all.length > to }),
    [names.tokenOut]: all.length > to ? `cordon-page-${to}` : undefined,
  });
}

function cutXml(body: string, names: Names, from: number, to: number): string {
  const [section] = elements(body, names.result);
  if (!section) return body;
  const first = /<([\w-]+)/.exec(section.content)?.[1] ?? "";
  const all = elements(section.content, first);
  if (from === 0 && all.length <= to) return body;
  const kept = all.slice(from, to).map(({ whole }) => whole);
  const next =
    all.length > to
      ? `<${names.tokenOut}>${escapeXml(`cordon-page-${to}`)}</${names.tokenOut}>`
      : "";
  const more = names.more ? `<${names.more}>${all.length > to}</${names.more}>` : "";
  const rest = [names.tokenOut, names.more ?? ""].reduce(
    (left, name) =>
      name ? left.replace(new RegExp(`<${name}\\s*/>|<${name}>[^<]*</${name}>`), "") : left,
    body.slice(section.end),
  );
  return `${body.slice(0, section.start)}<${names.result}>${kept.join("")}</${names.result}>${more}${next}${rest}`;
}

interface Element {
  readonly start: number;
  readonly end: number;
  readonly whole: string;
  readonly content: string;
}

/** Finds the elements of a name that are not within another of that name. */
function elements(xml: string, name: string): readonly Element[] {
  const found: Element[] = [];
  let depth = 0;
  let start = 0;
  let inside = 0;
  for (const tag of xml.matchAll(new RegExp(`<(/?)${name}(\\s[^>]*?)?(/?)>`, "g"))) {
    if (tag[3] === "/") continue;
    const at = tag.index;
    const end = at + tag[0].length;
    if (tag[1] !== "/" && depth++ === 0) [start, inside] = [at, end];
    if (tag[1] === "/" && --depth === 0) {
      const whole = xml.slice(start, end);
      found.push({ start, end, whole, content: xml.slice(inside, at) });
    }
  }
  return found;
}
