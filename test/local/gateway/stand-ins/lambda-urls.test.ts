import { request } from "node:http";
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  DeleteFunctionCommand,
  DeleteFunctionUrlConfigCommand,
  GetFunctionUrlConfigCommand,
  GetPolicyCommand,
  LambdaClient,
  RemovePermissionCommand,
  UpdateFunctionUrlConfigCommand,
} from "@aws-sdk/client-lambda";
import { expect } from "chai";
import { strToU8, zipSync } from "fflate";
import { ApiError } from "../../../../local/gateway/wire/protocol";
import {
  errorOf,
  makeRole,
  region,
  security,
  seedOf,
  trustLambda,
} from "../../../support/local/gateway";
import { useWorld } from "../../../support/world";

const FunctionName = "page";
const arn = `arn:aws:lambda:${region}:${security}:function:${FunctionName}`;
const byUrl = {
  FunctionName,
  StatementId: "url",
  Action: "lambda:InvokeFunctionUrl",
  Principal: "*",
  FunctionUrlAuthType: "NONE",
} as const;
const viaUrl = {
  FunctionName,
  StatementId: "function",
  Action: "lambda:InvokeFunction",
  Principal: "*",
  InvokedViaFunctionUrl: true,
} as const;

describe("The stand-in for Lambda's function URLs", () => {
  const world = useWorld();
  let lambda: LambdaClient;
  let url: string;
  /** What the function was given, and what it answers next. */
  const events: Record<string, unknown>[] = [];
  let answer: unknown = { statusCode: 200, body: "hello" };

  before(async () => {
    lambda = new LambdaClient(world.as(seedOf(world, security)));
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName,
        Role: await makeRole(world, security, "page", trustLambda),
        Handler: "index.handler",
        Runtime: "nodejs22.x",
        Code: { ZipFile: zipSync({ "index.js": strToU8("") }) },
      }),
    );
    world.lambda.onInvoke = async (fn, payload) => {
      expect(fn.arn).to.equal(arn);
      events.push(JSON.parse(payload));
      if (answer instanceof Error) throw answer;
      return answer === "fails"
        ? { payload: "{}", functionError: "Unhandled" }
        : { payload: JSON.stringify(answer) };
    };
  });

  it("makes one URL for a function, open to all, and refuses what it does not play", async () => {
    const create = (changes: object) =>
      lambda.send(
        new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE", ...changes }),
      );
    for (const [changes, code] of [
      [{ AuthType: "OPEN" as "NONE" }, "ValidationException"],
      [{ InvokeMode: "RESPONSE_STREAM" }, "CordonLocalUnknownOperation"],
      [{ Cors: { AllowOrigins: ["*"] } }, "CordonLocalUnknownOperation"],
      [{ FunctionName: "nothing" }, "ResourceNotFoundException"],
    ] as const) {
      expect((await errorOf(create(changes))).name).to.equal(code);
    }
    const made = await create({});
    url = made.FunctionUrl ?? "";
    expect(url).to.match(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect(made).to.include({ FunctionArn: arn, AuthType: "NONE" });
    expect((await errorOf(create({}))).name).to.equal("ResourceConflictException");
    const shown = await lambda.send(new GetFunctionUrlConfigCommand({ FunctionName }));
    expect(shown).to.include({ FunctionUrl: url, InvokeMode: "BUFFERED" });
  });

  it("admits nobody until the function's policy has both statements", async () => {
    const refused = async () => {
      const response = await fetch(url);
      expect(response.status).to.equal(403);
      expect(response.headers.get("x-amzn-errortype")).to.equal("AccessDeniedException");
      expect(await response.json())
        .to.have.property("Message")
        .that.matches(/^Forbidden\. For troubleshooting Function URL authorization issues, see: /);
    };
    await refused();
    await lambda.send(new AddPermissionCommand(byUrl));
    await refused();
    await lambda.send(new AddPermissionCommand(viaUrl));
    expect((await fetch(url)).status).to.equal(200);
    await lambda.send(new RemovePermissionCommand({ FunctionName, StatementId: "url" }));
    await refused();
    await lambda.send(new AddPermissionCommand(byUrl));
    const { Policy } = await lambda.send(new GetPolicyCommand({ FunctionName }));
    expect(
      JSON.parse(Policy ?? "").Statement.map(({ Sid, Condition }: Record<string, unknown>) => [
        Sid,
        Condition,
      ]),
    ).to.deep.equal([
      ["function", { Bool: { "lambda:InvokedViaFunctionUrl": "true" } }],
      ["url", { StringEquals: { "lambda:FunctionUrlAuthType": "NONE" } }],
    ]);
  });

  it("answers nobody while requests must be signed, and then everybody again", async () => {
    for (const [AuthType, status] of [
      ["AWS_IAM", 403],
      ["NONE", 200],
    ] as const) {
      await lambda.send(new UpdateFunctionUrlConfigCommand({ FunctionName, AuthType }));
      const shown = await lambda.send(new GetFunctionUrlConfigCommand({ FunctionName }));
      expect([shown.AuthType, (await fetch(url)).status]).to.deep.equal([AuthType, status]);
    }
  });

  it("takes each condition for its own action only", async () => {
    for (const wrong of [
      { ...byUrl, StatementId: "a", Action: "lambda:InvokeFunction" },
      { ...viaUrl, StatementId: "b", Action: "lambda:InvokeFunctionUrl" },
    ]) {
      const error = await errorOf(lambda.send(new AddPermissionCommand(wrong)));
      expect(error.name).to.equal("InvalidParameterValueException");
    }
  });

  it("gives the function the event of format 2.0", async () => {
    events.length = 0;
    await fetch(`${url}some/path?a=1&a=%20`, {
      headers: { "X-Some": "Value", cookie: "one=1; two=2" },
    });
    const [event = {}] = events;
    expect(event).to.include({
      version: "2.0",
      rawPath: "/some/path",
      rawQueryString: "a=1&a=%20",
      isBase64Encoded: false,
    });
    expect(event.cookies).to.deep.equal(["one=1", "two=2"]);
    expect(event).not.to.have.property("body");
    expect(event.headers).to.include({ "x-some": "Value", "x-forwarded-proto": "http" });
    expect(event.requestContext).to.have.nested.property("http.method", "GET");
    expect(event.requestContext).to.have.property("domainName", "127.0.0.1");
  });

  for (const [type, isEncoded, body] of [
    ["application/x-www-form-urlencoded", true, "YT0x"],
    ["application/octet-stream", true, "YT0x"],
    ["text/plain;charset=utf-8", false, "a=1"],
    ["application/json", false, "a=1"],
  ] as const) {
    it(`${isEncoded ? "encodes" : "leaves"} a body of ${type}`, async () => {
      events.length = 0;
      await fetch(url, { method: "POST", headers: { "content-type": type }, body: "a=1" });
      expect(events[0]).to.include({ body, isBase64Encoded: isEncoded });
    });
  }

  const answers: readonly (readonly [string, unknown, number, string, string])[] = [
    [
      "a status, headers and a text",
      { statusCode: 404, headers: { "Content-Type": "text/html" }, body: "<p>" },
      404,
      "text/html",
      "<p>",
    ],
    [
      "bytes",
      { statusCode: 200, body: "aGk=", isBase64Encoded: true },
      200,
      "application/json",
      "hi",
    ],
    ["anything else", { some: "thing" }, 200, "application/json", '{"some":"thing"}'],
    ["a failure", "fails", 502, "application/json", '{"Message":"Internal Server Error"}'],
    [
      "too many at once",
      new ApiError("TooManyRequestsException", "Rate Exceeded.", 429),
      429,
      "application/json",
      '{"Message":"Rate Exceeded."}',
    ],
  ];
  for (const [what, given, status, type, text] of answers) {
    it(`answers with ${what}, and says that it is a stand-in`, async () => {
      answer = given;
      const response = await fetch(url);
      expect([
        response.status,
        response.headers.get("content-type"),
        await response.text(),
      ]).to.deep.equal([status, type, text]);
      expect(response.headers.get("x-cordon-stand-in")).to.equal("Lambda function URL");
      answer = { statusCode: 200, body: "hello" };
    });
  }

  it("takes at most 6 MB", async () => {
    const body = "a".repeat(6 * 1024 * 1024);
    expect((await fetch(url, { method: "POST", body })).status).to.equal(413);
  });

  it("goes with its configuration, and with its function", async () => {
    await lambda.send(new DeleteFunctionUrlConfigCommand({ FunctionName }));
    const gone = await errorOf(lambda.send(new GetFunctionUrlConfigCommand({ FunctionName })));
    expect(gone.name).to.equal("ResourceNotFoundException");
    const made = await lambda.send(
      new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE" }),
    );
    await lambda.send(new DeleteFunctionCommand({ FunctionName }));
    const refused = await new Promise<string>((resolve) => {
      request(made.FunctionUrl ?? "", () => resolve("answered"))
        .on("error", (error) => resolve((error as NodeJS.ErrnoException).code ?? ""))
        .end();
    });
    expect(refused).to.equal("ECONNREFUSED");
  });
});
