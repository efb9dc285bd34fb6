import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { IAMClient, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { InvokeCommand, LambdaClient, PutFunctionConcurrencyCommand } from "@aws-sdk/client-lambda";
import { expect } from "chai";
import {
  allow,
  allowing,
  errorOf,
  makeRole,
  policy,
  security,
  trustLambda,
} from "../../../support/local/gateway";
import {
  functionArn,
  machineArn,
  runner,
  Stage,
  task,
  topicArn,
  trustStates,
} from "../../../support/local/workflows";

describe("workflows of the local organization", () => {
  const stage = new Stage();
  const { bodies, define, of, run, seed, start } = stage;
  before(stage.open);
  after(stage.close);

  it("hands the output of one deployed function to the next, in order", async () => {
    await define("twice", {
      First: task("double", { Next: "Second" }),
      Second: task("double"),
    });
    const { status, input, output, states, name } = await run("twice", { number: 3 });
    expect({ status, input, output, states }).to.deep.equal({
      status: "SUCCEEDED",
      input: { number: 3 },
      output: { number: 12 },
      states: ["First", "Second"],
    });
    expect(name).to.match(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
  });

  it("judges every task's call as a session of the machine's role", async () => {
    await define("traced", { Only: task("double") });
    const from = stage.world.record.entries.length;
    await run("traced", { number: 1 });
    const made = stage.world.record.entries
      .slice(from)
      .filter(({ origin }) => origin === "service")
      .map(({ principal, action, checks }) => ({ principal, action, checks }));
    expect(made).to.have.length(1);
    expect(made[0]?.principal).to.match(
      /^arn:aws:sts::123456789012:assumed-role\/runner\/[0-9a-f]{32}$/,
    );
    expect(made[0]?.checks).to.deep.equal([
      { action: "lambda:InvokeFunction", resource: functionArn("double") },
    ]);
  });

  it("keeps what each call to Lambda did, with its log", async () => {
    await define("kept", { Only: task("double") });
    const from = stage.lambda.called.length;
    await run("kept", { number: 21 });
    expect(
      stage.lambda.called.slice(from).map(({ functionName, payload, ok, result }) => ({
        functionName,
        payload,
        ok,
        result,
      })),
    ).to.deep.equal([
      { functionName: "double", payload: { number: 21 }, ok: true, result: { number: 42 } },
    ]);
  });

  // Step Functions Developer Guide: 256 KiB, "a terminal error that can't be caught by States.ALL".
  for (const [bytes, status] of [
    [260_000, "SUCCEEDED"],
    [262_200, "FAILED"],
  ] as const) {
    it(`lets a state hand on ${bytes} characters: ${status}`, async () => {
      const name = `hands-on-${bytes}`;
      await define(name, {
        First: task("double", {
          Catch: [{ ErrorEquals: ["States.ALL"], Next: "Caught" }],
          Next: "Last",
        }),
        Last: { Type: "Succeed" },
        Caught: { Type: "Succeed" },
      });
      const ended = await run(name, { number: 1, bytes });
      expect(ended.status).to.equal(status);
      expect(ended.states.at(-1)).to.equal(status === "FAILED" ? "First" : "Last");
      expect(ended.error).to.equal(status === "FAILED" ? "States.DataLimitExceeded" : undefined);
    });
  }

  it("catches a function's error by the name of its class, and by no other", async () => {
    const failing = (name: string) => ({
      Call: task("fail", {
        Catch: [
          { ErrorEquals: ["RangeError"], Next: "Elsewhere" },
          { ErrorEquals: [name], ResultPath: "$.caught", Next: "Handled" },
        ],
        End: true,
      }),
      Handled: { Type: "Pass", End: true },
      Elsewhere: { Type: "Fail", Error: "Wrong" },
    });
    await define("caught", failing("ReferenceError"));
    const caught = await run("caught", { as: "ReferenceError", message: "no such user" });
    expect(caught.states).to.deep.equal(["Call", "Handled"]);
    const { Error: error, Cause } = (caught.output as { caught: Record<string, string> }).caught;
    expect(error).to.equal("ReferenceError");
    expect(JSON.parse(Cause ?? "")).to.include({
      errorType: "ReferenceError",
      errorMessage: "no such user",
    });
    const uncaught = await run("caught", { as: "SyntaxError", message: "other" });
    expect(uncaught).to.include({ status: "FAILED", error: "SyntaxError" });
    expect(uncaught.states).to.deep.equal(["Call"]);
    // States.TaskFailed matches any of them.
    await define("caught-any", failing("States.TaskFailed"));
    const any = await run("caught-any", { as: "SyntaxError", message: "other" });
    expect(any.states).to.deep.equal(["Call", "Handled"]);
  });

  it("shortens a Wait state by the factor that the gateway was started with", async () => {
    await define("patient", {
      Wait: { Type: "Wait", Seconds: 400, Next: "Done" },
      Done: { Type: "Succeed" },
    });
    const { status, states } = await run("patient");
    expect({ status, states }).to.deep.equal({ status: "SUCCEEDED", states: ["Wait", "Done"] });
  });

  it("retries an error that is named, as often as it says, in the same state", async () => {
    const retry = [{ ErrorEquals: ["NotYetError"], IntervalSeconds: 200, MaxAttempts: 2 }];
    await define("retried", { Call: task("flaky", { Retry: retry, End: true }) });
    const ended = await run("retried", { until: 2 });
    expect(ended).to.deep.include({
      status: "SUCCEEDED",
      output: { invocations: 3 },
      states: ["Call"],
    });
  });

  it("moves the functions' clocks forward by what it leaves out of waits, as if they had been waited", async () => {
    const lease = `exports.handler = async ({ until = 0 }) => {
      if (Date.now() < until) throw Object.assign(new Error("held"), { name: "LeaseHeld" });
      return { now: Date.now() };
    };`;
    await stage.deploy("lease", lease, "arn:aws:iam::123456789012:role/functions");
    const pace = { IntervalSeconds: 60, BackoffRate: 1, MaxAttempts: 3 };
    const retry = [{ ErrorEquals: ["LeaseHeld"], ...pace }];
    await define("leased", { Call: task("lease", { Retry: retry, End: true }) });
    await define("waited", {
      Wait: { Type: "Wait", Seconds: 400, Next: "Call" },
      Call: task("lease"),
    });
    const { now } = (await run("leased")).output as { now: number };
    const retried = await run("leased", { until: now + 125_000 });
    expect(retried).to.include({ status: "SUCCEEDED" });
    const { now: later } = retried.output as { now: number };
    const waited = await run("waited");
    expect((waited.output as { now: number }).now - later).to.be.at.least(399_600);
  });

  it("ends a task that takes longer than its own timeout as States.Timeout", async () => {
    await define("slow", {
      Call: task("fail", {
        TimeoutSeconds: 1,
        Catch: [
          { ErrorEquals: ["States.TaskFailed"], Next: "Elsewhere" },
          { ErrorEquals: ["States.Timeout"], Next: "Late" },
        ],
        End: true,
      }),
      Late: { Type: "Pass", End: true },
      Elsewhere: { Type: "Fail", Error: "Wrong" },
    });
    const folder = mkdtempSync(path.join(tmpdir(), "cordon-test-"));
    const hangUntil = path.join(folder, "ended");
    const ended = await run("slow", { hangUntil });
    writeFileSync(hangUntil, "");
    expect(ended.states).to.deep.equal(["Call", "Late"]);
    expect(ended.output).to.deep.include({ Error: "States.Timeout" });
    await stage.lambda.drain();
    rmSync(folder, { recursive: true });
  });

  it("reports a function's own timeout as Sandbox.Timedout", async () => {
    await define("overdue", { Call: task("flaky") });
    const { status, error } = await run("overdue", { hangUntil: "/never" });
    expect({ status, error }).to.deep.equal({ status: "FAILED", error: "Sandbox.Timedout" });
  });

  it("reports a throttled function as Lambda.TooManyRequestsException", async () => {
    await new LambdaClient(seed()).send(
      new PutFunctionConcurrencyCommand({ FunctionName: "busy", ReservedConcurrentExecutions: 0 }),
    );
    await define("throttled", { Call: task("busy") });
    const { status, error } = await run("throttled");
    expect({ status, error }).to.deep.equal({
      status: "FAILED",
      error: "Lambda.TooManyRequestsException",
    });
  });

  const notify = {
    Notify: {
      Type: "Task",
      Resource: "arn:aws:states:::sns:publish",
      Parameters: { TopicArn: topicArn, Subject: "Key exposed", "Message.$": "$.text" },
      ResultPath: "$.sent",
      End: true,
    },
  };

  it("publishes to a topic with the machine's role", async () => {
    await define("notify", notify);
    const ended = await run("notify", { text: "one key" });
    expect(ended.status).to.equal("SUCCEEDED");
    expect(
      (await bodies("noticed")).map(({ Subject, Message }) => ({ Subject, Message })),
    ).to.deep.equal([{ Subject: "Key exposed", Message: "one key" }]);
  });

  it("fails a task whose call the role's policies do not allow, in AWS's words", async () => {
    const role = await makeRole(stage.world, security, "powerless", trustStates);
    await define("denied", { Call: task("double") }, role);
    const denied = await run("denied", { number: 1 });
    expect(denied).to.include({ status: "FAILED", error: "Lambda.AWSLambdaException" });
    expect(denied.cause).to.match(
      /^User: arn:aws:sts::123456789012:assumed-role\/powerless\/[0-9a-f]{32} is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda:us-east-1:123456789012:function:double because no identity-based policy allows the lambda:InvokeFunction action \(Service: AWSLambda; Status Code: 403; Error Code: AccessDeniedException; /,
    );
    await define("silent", notify, role);
    const silent = await run("silent", { text: "one key" });
    expect(silent).to.include({ status: "FAILED", error: "SNS.AuthorizationErrorException" });
    expect(silent.cause).to.match(/is not authorized to perform: sns:Publish on resource: /);
  });

  it("distinguishes machines that run at once under different roles", async () => {
    const may = await makeRole(
      stage.world,
      security,
      "may",
      trustStates,
      policy(allow("lambda:InvokeFunction", functionArn("double"))),
    );
    const mayNot = await makeRole(stage.world, security, "may-not", trustStates);
    const states = { Call: task("double") };
    const [able, unable] = [
      await define("able", states, may),
      await define("unable", states, mayNot),
    ];
    for (let i = 0; i < 5; i++) {
      await Promise.all([start(able, { number: i }), start(unable, { number: i })]);
    }
    expect((await of("able")).map(({ status }) => status)).to.deep.equal(
      Array(5).fill("SUCCEEDED"),
    );
    expect((await of("unable")).map(({ status }) => status)).to.deep.equal(Array(5).fill("FAILED"));
  });

  it("makes no state machine whose role does not trust Step Functions", async () => {
    const role = await makeRole(stage.world, security, "untrusting", trustLambda);
    const error = await errorOf(define("untrusted", { End: { Type: "Succeed" } }, role));
    expect(error.name).to.equal("AccessDeniedException");
    expect(error.message).to.equal(
      "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role.",
    );
  });

  it("fails the tasks of a machine whose role no longer trusts Step Functions", async () => {
    const role = await makeRole(
      stage.world,
      security,
      "estranged",
      allowing({ Service: "states.amazonaws.com" }, "sts:AssumeRole", {
        ArnEquals: { "aws:SourceArn": machineArn("estranged") },
        StringEquals: { "aws:SourceAccount": security },
      }),
      policy(allow("lambda:InvokeFunction", functionArn("double"))),
    );
    await define("estranged", { Call: task("double") }, role);
    expect((await run("estranged", { number: 1 })).status).to.equal("SUCCEEDED");
    await new IAMClient(seed()).send(
      new UpdateAssumeRolePolicyCommand({
        RoleName: "estranged",
        PolicyDocument: JSON.stringify(trustLambda),
      }),
    );
    const ended = await run("estranged", { number: 1 });
    expect(ended).to.include({ status: "FAILED", error: "Lambda.AWSLambdaException" });
    expect(ended.cause).to.match(
      /^states\.amazonaws\.com cannot assume arn:aws:iam::123456789012:role\/estranged: /,
    );
  });

  it("lets only the emulator act for a state machine", async () => {
    const token = `${machineArn("able").replace("stateMachine", "execution")}:1 ${runner} ${runner}`;
    const forged = { accessKeyId: "ak", secretAccessKey: "sk", sessionToken: token };
    const call = new LambdaClient(stage.world.as(forged)).send(
      new InvokeCommand({ FunctionName: "double" }),
    );
    expect((await errorOf(call)).name).to.equal("UnrecognizedClientException");
  });
});
