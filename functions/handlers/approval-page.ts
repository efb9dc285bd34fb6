/**
 * Answers requests to the approval page, whose function URL is open to the internet. It may check links
 * and hand them on, and nothing else: what they show and decide is for cordon-approve.
 */
import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from "aws-lambda";
import { beginInvocation } from "../aws/time-left";
import type { AnswerReport } from "../flows/approval/answer";
import { respond } from "../flows/approval/page";
import { now, openFunction, openLinkVerifier } from "./adapters";
import { readEnvironment, type Texts, text } from "./environment";
import type { Handler } from "./handler";
import { logger } from "./logger";

const variables = {
  /** ARN of the key that checks links. */
  PAGE_KEY: text,
  /** Name of the function that takes answers. */
  APPROVE_FUNCTION: text,
} as const;

/** The variables that the component sets on the function. */
export type Environment = Texts<typeof variables>;

const environment = readEnvironment(variables);
const { call } = openFunction(environment.APPROVE_FUNCTION);
const { isGenuine } = openLinkVerifier(environment.PAGE_KEY);
const ports = {
  now,
  isGenuine,
  ask: async (request: object) => (await call(request)) as AnswerReport,
};

export const handler: Handler<
  LambdaFunctionURLEvent,
  Exclude<LambdaFunctionURLResult, string>
> = async (event, context) => {
  beginInvocation(context);
  const { headers, requestContext, rawPath, rawQueryString, body = "", isBase64Encoded } = event;
  const { http, domainName } = requestContext;
  const response = await respond(
    {
      method: http.method,
      path: rawPath,
      query: rawQueryString,
      headers,
      body: Buffer.from(body, isBase64Encoded ? "base64" : "utf8"),
      origin: originOf(domainName, headers),
    },
    ports,
  );
  const { log, ...answer } = response;
  const { status, ...rest } = answer;
  logger.info("page.answered", { ...log, status, method: http.method, from: http.sourceIp });
  return { statusCode: status, ...rest };
};

/** Names the page's own origin. The front end of Lambda sets both headers. */
function originOf(
  domainName: string,
  headers: Readonly<Record<string, string | undefined>>,
): string {
  const scheme = headers["x-forwarded-proto"] === "http" ? "http" : "https";
  const port = /^\d{1,5}$/.exec(headers["x-forwarded-port"] ?? "")?.[0] ?? "443";
  // A port that is the scheme's own is no part of an origin.
  return new URL(`${scheme}://${domainName}:${port}`).origin;
}
