import type { Context, LambdaFunctionURLEvent } from "aws-lambda";
import { expect } from "chai";
import type { Environment, handler as Handler } from "../../../functions/handlers/approval-page";

/** The variables that the function reads as it is loaded; it makes no call for these requests. */
const variables: Environment = {
  PAGE_KEY: "arn:aws:kms:us-east-1:444455556666:key/1111",
  APPROVE_FUNCTION: "cordon-approve",
};
const context = { getRemainingTimeInMillis: () => 30_000 } as Context;

// The shape is from the Lambda Developer Guide, "Invoking function URLs".
const event = (changes: object = {}, http: object = {}) =>
  ({
    version: "2.0",
    rawPath: "/",
    rawQueryString: "",
    headers: { "x-forwarded-proto": "https", "x-forwarded-port": "443" },
    requestContext: {
      domainName: "abc.lambda-url.us-east-1.on.aws",
      http: { method: "GET", sourceIp: "192.0.2.1", ...http },
    },
    isBase64Encoded: false,
    ...changes,
  }) as unknown as LambdaFunctionURLEvent;

const form = (origin: string, changes: object = {}) =>
  event(
    {
      headers: {
        origin,
        "content-type": "application/x-www-form-urlencoded",
        "x-forwarded-proto": "https",
        "x-forwarded-port": "443",
      },
      body: Buffer.from("link=1&form=1").toString("base64"),
      isBase64Encoded: true,
      ...changes,
    },
    { method: "POST" },
  );

describe("the page's function [C5]", () => {
  const set = Object.keys(variables).filter((name) => process.env[name] === undefined);
  let handler: typeof Handler;
  before(async () => {
    for (const name of set) process.env[name] = variables[name as keyof Environment];
    ({ handler } = await import("../../../functions/handlers/approval-page"));
  });
  after(() => {
    for (const name of set) delete process.env[name];
  });

  const status = async (given: LambdaFunctionURLEvent) =>
    (await handler(given, context)).statusCode;

  it("answers without a link, in HTML", async () => {
    const answer = await handler(event(), context);
    expect(answer).to.have.keys("statusCode", "headers", "body");
    expect(answer.statusCode).to.equal(200);
    expect(answer.headers).to.include({ "content-type": "text/html; charset=utf-8" });
  });

  it("knows its own origin, and decodes a form", async () => {
    // A form that is read: what it lacks is a link that is complete.
    expect(await status(form("https://abc.lambda-url.us-east-1.on.aws"))).to.equal(400);
    expect(await status(form("https://abc.lambda-url.us-east-1.on.aws:444"))).to.equal(403);
    expect(await status(form("http://abc.lambda-url.us-east-1.on.aws"))).to.equal(403);
    const long = Buffer.from("a".repeat(100_000)).toString("base64");
    expect(await status(form("https://abc.lambda-url.us-east-1.on.aws", { body: long }))).to.equal(
      413,
    );
  });

  it("answers also where headers are missing or none", async () => {
    expect(await status(event({ headers: {} }))).to.equal(200);
    const odd = { "x-forwarded-proto": "javascript", "x-forwarded-port": "x" };
    expect(await status(event({ headers: odd }))).to.equal(200);
    expect(await status(event({ rawPath: "/%ff" }))).to.equal(404);
  });
});
