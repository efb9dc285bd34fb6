import { fork } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import {
  InvokeCommand,
  PutFunctionConcurrencyCommand,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { expect } from "chai";
import { errorOf } from "../../support/local/gateway";
import { functionArn, startToys, toy, zip } from "../../support/local/lambda";

describe("local/services/lambda/lambda", () => {
  const toys = startToys();
  const { service, deploy, invoke } = toys;

  describe("invoke", () => {
    it("gives the bundle the deployed variables and Lambda's own, and nothing of this process", async () => {
      await deploy();
      process.env.CORDON_TEST_LEAK = "secret";
      const { result } = await invoke({ do: "env" });
      delete process.env.CORDON_TEST_LEAK;
      const { AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN, AWS_SECRET_ACCESS_KEY, ...variables } =
        result as Record<string, string>;
      expect(toys.world.callers.find(AWS_ACCESS_KEY_ID ?? "")?.arn).to.equal(
        "arn:aws:sts::123456789012:assumed-role/toy/toy",
      );
      expect([AWS_SESSION_TOKEN, AWS_SECRET_ACCESS_KEY]).to.not.include(undefined);
      expect(variables).to.include({
        AWS_REGION: "us-east-1",
        AWS_LAMBDA_FUNCTION_NAME: "toy",
        AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128",
        AWS_ENDPOINT_URL: toys.world.url,
        SHARED: toys.shared,
        _HANDLER: "index.handler",
      });
      expect(Object.keys(variables).sort()).to.deep.equal([
        "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_REGION",
        "LAMBDA_TASK_ROOT",
        "PATH",
        "SHARED",
        "TZ",
        "_HANDLER",
      ]);
    });

    it("runs the Node.js of the deployed runtime, whatever this process runs on", async () => {
      await deploy();
      expect((await invoke({ do: "node" })).result).to.match(/^v22\./);
      expect((await invoke({ do: "env" })).result).to.include({
        AWS_EXECUTION_ENV: "AWS_Lambda_nodejs22.x",
      });
    });

    it("gives the handler a context", async () => {
      await deploy();
      const { result } = await invoke({ do: "context" });
      expect(result).to.include({
        functionName: "toy",
        functionVersion: "$LATEST",
        invokedFunctionArn: functionArn,
        memoryLimitInMB: "128",
      });
      const { awsRequestId, left } = result as { awsRequestId: string; left: number };
      expect(awsRequestId).to.match(/^[0-9a-f-]{36}$/);
      expect(left).to.be.within(1, 900_000);
    });

    it("returns a handler's error and keeps the environment warm", async () => {
      await deploy();
      const first = await invoke({});
      const failed = await invoke({ do: "fail" });
      const third = await invoke({});
      expect(failed).to.deep.include({
        ok: false,
        killed: false,
        error: { type: "TypeError", message: "no luck" },
      });
      const { pid } = first.result as { pid: number };
      expect(first.result).to.deep.equal({ pid, invocations: 1 });
      expect(third.result).to.deep.equal({ pid, invocations: 3 });
    });

    it("captures console output line by line, before the result", async () => {
      await deploy();
      expect((await invoke({ do: "log" })).logs).to.deep.equal(["one", "two", "three"]);
      expect((await invoke({})).logs).to.deep.equal([]);
    });

    it("starts anew after the code was updated", async () => {
      await deploy();
      const before = await invoke({});
      const ZipFile = zip(`${toy}// changed`);
      await service().send(new UpdateFunctionCodeCommand({ FunctionName: "toy", ZipFile }));
      const after = await invoke({});
      const { pid } = before.result as { pid: number };
      expect(after.result).to.include({ invocations: 1 });
      expect(after.result).to.not.include({ pid });
      expect(() => process.kill(pid, 0)).to.throw("ESRCH");
    });

    for (const deed of ["hang", "spin"]) {
      it(`ends an invocation that ${deed}s at the function's timeout`, async () => {
        await deploy({ timeout: 1 });
        const { ok, killed, error } = await invoke({ do: deed });
        expect({ ok, killed, type: error?.type }).to.deep.equal({
          ok: false,
          killed: false,
          type: "Sandbox.Timedout",
        });
        expect(error?.message).to.match(
          /^RequestId: \S+ Error: Task timed out after 1.00 seconds$/,
        );
        expect((await invoke({})).result).to.include({ invocations: 1 });
      });
    }

    it("reports a process that ends by itself, and starts another", async () => {
      await deploy();
      expect((await invoke({ do: "exit" })).error).to.deep.equal({
        type: "Runtime.ExitError",
        message: "Runtime exited: exit status 3",
      });
      expect((await invoke({ do: "reject" })).error).to.deep.equal({
        type: "Runtime.UnhandledPromiseRejection",
        message: "nobody listens",
      });
      expect((await invoke({})).result).to.include({ invocations: 1 });
    });

    it("takes answers of 6291556 bytes and no more", async () => {
      await deploy();
      expect((await invoke({ do: "long", bytes: 6_291_556 })).ok).to.equal(true);
      expect((await invoke({ do: "long", bytes: 6_291_557 })).error).to.deep.equal({
        type: "Function.ResponseSizeTooLarge",
        message: "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
      });
      expect((await invoke({})).result).to.include({ invocations: 1 });
    });

    it("ends a process whose heap outgrows the function's memory", async () => {
      await deploy();
      const { ok, error } = await invoke({ do: "hoard" });
      expect({ ok, error }).to.deep.equal({
        ok: false,
        error: { type: "Runtime.ExitError", message: "Runtime exited: SIGABRT" },
      });
      expect((await invoke({})).result).to.include({ invocations: 1 });
    });

    it("reports a bundle that cannot be loaded", async () => {
      await deploy({ code: 'require("@aws-sdk/client-ec2");' });
      const { ok, error } = await invoke({});
      expect(ok).to.equal(false);
      expect(error?.type).to.equal("Runtime.ImportModuleError");
      expect(error?.message).to.match(/^Cannot find module '@aws-sdk\/client-ec2'/);
    });

    it("reports a missing handler, and refuses one that takes a callback", async () => {
      await deploy({ handler: "index.absent" });
      expect((await invoke({})).error).to.deep.equal({
        type: "Runtime.HandlerNotFound",
        message: "index.absent is undefined or not exported",
      });
      const fn = toys.world.lambda.functions.get(functionArn);
      if (fn) fn.handler = "index.old";
      expect((await invoke({})).error).to.deep.equal({
        type: "Local.CallbackHandler",
        message: "index.old takes a callback: return a promise",
      });
    });

    it("refuses beyond the reserved concurrency", async () => {
      await deploy();
      await service().send(
        new PutFunctionConcurrencyCommand({ FunctionName: "toy", ReservedConcurrentExecutions: 0 }),
      );
      expect((await invoke({})).error).to.deep.equal({
        type: "TooManyRequestsException",
        message: "Rate Exceeded.",
      });
    });

    it("is reached by lambda:InvokeFunction through the gateway", async () => {
      await deploy();
      const call = async (order: object) => {
        const Payload = JSON.stringify(order);
        const answer = await service().send(new InvokeCommand({ FunctionName: "toy", Payload }));
        return { error: answer.FunctionError, payload: answer.Payload?.transformToString() };
      };
      const good = await call({});
      expect(good.error).to.equal(undefined);
      expect(JSON.parse(good.payload ?? "")).to.include({ invocations: 1 });
      const bad = await call({ do: "fail" });
      expect(bad.error).to.equal("Unhandled");
      expect(JSON.parse(bad.payload ?? "")).to.include({
        errorType: "TypeError",
        errorMessage: "no luck",
      });
      expect(toys.lambda.called.map(({ payload, ok }) => ({ payload, ok }))).to.deep.equal([
        { payload: {}, ok: true },
        { payload: { do: "fail" }, ok: false },
      ]);
    });

    it("refuses a payload that is no JSON, and by name a version or an alias", async () => {
      await deploy();
      const refused = async (more: object) =>
        (await errorOf(service().send(new InvokeCommand({ FunctionName: "toy", ...more })))).name;
      expect(await refused({ Payload: "{" })).to.equal("InvalidRequestContentException");
      expect(await refused({ Qualifier: "live" })).to.equal("CordonLocalUnknownOperation");
      expect(toys.lambda.called).to.deep.equal([]);
    });

    it("throws when no function has the ARN", async () => {
      const error = await errorOf(toys.lambda.invoke(functionArn, {}));
      expect(error.message).to.equal(`There is no function ${functionArn}`);
    });
  });

  describe("advanceClock", () => {
    it("moves running and new environments forward, and leaves the rest of Date alone", async () => {
      await deploy();
      const hour = 3_600_000;
      const skew = async () => {
        const { result } = await invoke({ do: "clock" });
        const clock = result as Record<"now" | "made" | "called", number>;
        expect(result).to.include({ fixed: "1970-01-01T00:00:00.000Z", is: true, own: true });
        const ahead = (moment: number) => Math.round((moment - Date.now()) / hour) + 0;
        return [clock.now, clock.made, clock.called].map(ahead);
      };
      expect(await skew()).to.deep.equal([0, 0, 0]);
      toys.lambda.advanceClock(hour);
      expect(await skew()).to.deep.equal([1, 1, 1]);
      await invoke({ do: "exit" });
      toys.lambda.advanceClock(hour);
      expect(await skew()).to.deep.equal([2, 2, 2]);
      expect(Math.round((toys.lambda.now().getTime() - Date.now()) / hour)).to.equal(2);
    });

    it("replaces an environment an hour before its credentials end", async () => {
      await deploy();
      const minute = 60_000;
      const first = await invoke({});
      toys.lambda.advanceClock(299 * minute);
      expect((await invoke({})).result).to.deep.equal({
        ...(first.result as object),
        invocations: 2,
      });
      toys.lambda.advanceClock(minute);
      const { result } = await invoke({ do: "call" });
      expect(result).to.contain("assumed-role/toy/toy");
      const last = await invoke({});
      expect(last.result).to.include({ invocations: 2 });
      expect(last.result).to.not.include({ pid: (first.result as { pid: number }).pid });
    });
  });

  it("throws on killing what no environment uses", async () => {
    expect(() => toys.lambda.kill("ASIAUNKNOWN")).to.throw("No environment uses ASIAUNKNOWN");
    expect(toys.lambda.workOf("ASIAUNKNOWN")).to.equal(undefined);
  });

  it("leaves no process behind when it is closed", async () => {
    await deploy();
    const { pid } = (await invoke({})).result as { pid: number };
    await toys.lambda.close();
    expect(() => process.kill(pid, 0)).to.throw("ESRCH");
  });

  it("leaves no process behind when the parent is gone", async () => {
    writeFileSync(path.join(toys.shared, "index.js"), "exports.handler = async () => {};");
    const child = fork(path.resolve("local/services/lambda/host.cjs"), ["0"], {
      env: { LAMBDA_TASK_ROOT: toys.shared, _HANDLER: "index.handler" },
      execArgv: [],
    });
    await new Promise((resolve) => child.once("message", resolve));
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.disconnect();
    expect(await gone).to.equal(0);
  });
});
