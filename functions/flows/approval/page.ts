/**
 * Answers requests from the internet. GET and HEAD only read. POST decides, as the person whose link it
 * brings, if its form came from here. Whatever is wrong with a request, nothing is changed.
 */
import { errorText, oneLine } from "../../model/plain-text";
import {
  hasExpired,
  isFormCode,
  pageAddress,
  type ReadLink,
  readLink,
} from "../../record/page-links";
import { reasonProblem } from "../../record/release-order";
import type { AnswerReport } from "./answer";
import { type Html, html } from "./html";
import { approvalPage, type Entered, howToGetALink, plainPage } from "./pages";
import { headers } from "./style";
import type { PageView } from "./view";

export interface PageRequest {
  readonly method: string;
  readonly path: string;
  /** Without the question mark, as it was sent. */
  readonly query: string;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** The page's own origin, such as https://abc.lambda-url.us-east-1.on.aws. */
  readonly origin: string;
}

export interface PageResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** What became of the request, for the log: no link, and nothing that a stranger wrote. */
  readonly log: Readonly<Record<string, string>>;
}

export interface PagePorts {
  now(): Date;
  /** Asks KMS whether Cordon computed this code over the message. */
  isGenuine(message: string, code: Uint8Array): Promise<boolean>;
  /** Asks the function that takes answers, which checks the link again. */
  ask(request: object): Promise<AnswerReport>;
}

/** Characters of a query, and bytes of a form: 500 steps, and a reason of 1,000 characters. */
const queryLimit = 4_000;
const formLimit = 32_768;

export async function respond(request: PageRequest, ports: PagePorts): Promise<PageResponse> {
  const response = await answer(request, ports).catch((error: unknown) => {
    if (error instanceof Refusal) return error.response();
    throw error;
  });
  return request.method === "HEAD" ? { ...response, body: "" } : response;
}

/** A request that is not answered as it asks: nothing was changed by it, unless it says so. */
class Refusal extends Error {
  constructor(
    private readonly status: number,
    title: string,
    private readonly paragraphs: readonly (string | Html)[] = [],
    private readonly more: {
      readonly why?: string;
      readonly headers?: PageResponse["headers"];
    } = {},
  ) {
    super(title);
  }

  response(): PageResponse {
    const { status, message, paragraphs, more } = this;
    const body = plainPage(message, ...paragraphs);
    const log = { outcome: message, ...(more.why !== undefined && { why: more.why }) };
    return { status, headers: { ...headers, ...more.headers }, body, log };
  }
}

async function answer(request: PageRequest, ports: PagePorts): Promise<PageResponse> {
  if (request.path !== "/") throw new Refusal(404, "There is no such page");
  switch (request.method) {
    case "GET":
    case "HEAD":
      return show(request, ports);
    case "POST":
      return decide(request, ports);
    default:
      throw new Refusal(405, "This page is only read and answered", [], {
        headers: { allow: "GET, HEAD, POST" },
      });
  }
}

/** Only reads: mail scanners follow links. */
async function show({ query }: PageRequest, ports: PagePorts): Promise<PageResponse> {
  if (query.length > queryLimit) throw incomplete();
  const token = single(new URLSearchParams(query), "link");
  if (token === undefined) {
    return written(200, plainPage("Approvals", howToGetALink), { outcome: "explained" });
  }
  await checked(token, ports);
  const view = await viewed(token, ports);
  return written(200, approvalPage(view, token, ports.now()), {
    outcome: "shown",
    incident: view.incident,
  });
}

async function decide(request: PageRequest, ports: PagePorts): Promise<PageResponse> {
  const form = formOf(request);
  const token = single(form, "link") ?? "";
  const { link } = await checked(token, ports);
  if (link.kind !== "answer") {
    throw new Refusal(403, "This link shows the approval, and answers nothing", [howToGetALink]);
  }
  if (!isFormCode(single(form, "form") ?? "", token)) throw foreign();
  const view = await viewed(token, ports);
  const again = (status: number, problem: string, steps: readonly number[]) => {
    const entered: Entered = { decision, reason, steps, problem };
    const body = approvalPage(view, token, ports.now(), entered);
    return written(status, body, { outcome: "not answered", incident: view.incident, problem });
  };
  const decision = single(form, "decision") ?? "";
  const reason = oneLine(single(form, "reason") ?? "");
  const steps = form.getAll("step").map(stepNumber);
  if (decision !== "approve" && decision !== "reject") {
    return again(400, "Choose whether to approve or to reject", steps);
  }
  const problem = reasonProblem(reason, `to ${decision}`);
  if (problem !== undefined) return again(400, problem, steps);
  const isPart = decision === "approve" && steps.length < view.steps.length;
  if (isPart && steps.length === 0)
    return again(400, "No step is ticked: reject the plan, or tick some", steps);
  const report = await asked(
    ports,
    { link: token, decision, reason, ...(isPart && { only: steps }) },
    [
      "It is not known whether your answer was taken. Open the link again: the page says what became of it.",
    ],
  );
  switch (report.outcome) {
    case "approved":
    case "rejected": {
      const location = pageAddress("/", token);
      const { outcome, incident, by } = report;
      return {
        status: 303,
        headers: { ...headers, location },
        body: "",
        log: { outcome, incident, by },
      };
    }
    case "refused":
      return again(409, report.reason, steps);
    case "unfinished":
      return again(503, report.reason, steps);
    default:
      throw unreachable(`unexpected answer ${report.outcome}`);
  }
}

/** Reads a form that came from this page itself. */
function formOf({ headers: sent, body, origin }: PageRequest): URLSearchParams {
  const site = sent["sec-fetch-site"];
  // Browsers send the origin with every form, and no page of another site can send this one.
  if (sent.origin !== origin || (site !== undefined && site !== "same-origin")) throw foreign();
  if (!/^application\/x-www-form-urlencoded *(;|$)/i.test(sent["content-type"] ?? "")) {
    throw new Refusal(415, "This page takes its own form only");
  }
  if (body.length > formLimit) throw new Refusal(413, "This is longer than any answer");
  const form = new URLSearchParams(body.toString("utf8"));
  const known = ["link", "form", "decision", "reason", "step"];
  if ([...form.keys()].some((name) => !known.includes(name))) throw incomplete();
  return form;
}

/** Checks a link, as far as this function can: only what is complete and has not expired costs a call. */
async function checked(token: string, { now, isGenuine }: PagePorts): Promise<ReadLink> {
  const read = readLink(token);
  if (read === undefined) throw incomplete();
  if (hasExpired(read.link, now()))
    throw new Refusal(410, "This link has expired", [howToGetALink]);
  const genuine = await isGenuine(read.message, read.code).catch((error: unknown) => {
    throw unreachable(errorText(error, 300));
  });
  if (!genuine) throw new Refusal(403, "This is no link of Cordon's", [howToGetALink]);
  return read;
}

async function viewed(token: string, ports: PagePorts): Promise<PageView> {
  const report = await asked(ports, { see: token });
  if (report.outcome === "seen") return report.view;
  if (report.outcome === "refused")
    throw new Refusal(409, "Nothing waits here", [`${report.reason}.`]);
  throw unreachable(report.outcome === "unread" ? report.reason : report.outcome);
}

async function asked(
  { ask }: PagePorts,
  request: object,
  said?: readonly string[],
): Promise<AnswerReport> {
  return ask(request).catch((error: unknown) => {
    throw unreachable(errorText(error, 300), said);
  });
}

function stepNumber(text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw incomplete();
  return Number(text);
}

/** Takes the one value of a name; several are none of Cordon's. */
function single(given: URLSearchParams, name: string): string | undefined {
  const values = given.getAll(name);
  if (values.length > 1) throw incomplete();
  return values[0];
}

function incomplete(): Refusal {
  return new Refusal(400, "This link or form is not complete", [
    "Mail programs may break a link in two: copy all of it.",
    howToGetALink,
  ]);
}

function foreign(): Refusal {
  return new Refusal(403, "This answer did not come from the page", [
    "Nothing was changed. Open your link, and answer there.",
  ]);
}

function unreachable(
  why: string,
  said: readonly string[] = ["Nothing was changed. Try again in a minute."],
): Refusal {
  return new Refusal(503, "Cordon cannot be reached now", [...said, byCommand], { why });
}

const byCommand = html`Without the page, <code>npx cordon approve</code> and <code>npx cordon reject</code> answer.`;

function written(status: number, body: string, log: PageResponse["log"]): PageResponse {
  return { status, headers, body, log };
}
