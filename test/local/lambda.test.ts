import { fork } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { expect } from "chai";
import { strToU8, zipSync } from "fflate";
import { type LambdaRuntime, startLambda } from "../../local/lambda";
import {
  allow,
  allowing,
  errorOf,
  makeRole,
  policy,
  region,
  security,
  seedOf,
  startWorld,
  trustLambda,
  type World,
} from "./gateway-support";

const functionArn = `arn:aws:lambda:${region}:${security}:function:toy`;
const queueArn = `arn:aws:sqs:${region}:${security}:toy`;
const deadLetterArn = `arn:aws:sqs:${region}:${security}:toy-dead`;
const targetRole = `arn:aws:iam::${security}:role/target`;
const pollerActions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];

// Speaks to the gateway without an SDK, so that the bundle stays a few lines.
const toy = `
const fs = require("node:fs");
const path = require("node:path");
let invocations = 0;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const until = async (holds) => { while (!holds()) await pause(5); };
const mine = { key: process.env.AWS_ACCESS_KEY_ID, token: process.env.AWS_SESSION_TOKEN };
async function sts(action, more, who = mine) {
  const response = await fetch(process.env.AWS_ENDPOINT_URL, {
    method: "POST",
    headers: {
      authorization: "AWS4-HMAC-SHA256 Credential=" + who.key + "/20260101/us-east-1/sts/aws4_request",
      "x-amz-security-token": who.token,
      "content-type": "application/x-www-form-urlencoded",
    },
    body: new URLSearchParams({ Action: action, Version: "2011-06-15", ...more }).toString(),
  });
  return response.text();
}
const shared = (name) => path.join(process.env.SHARED, name);
const deeds = {
  env: () => process.env,
  context: (_, context) => ({ ...context, left: context.getRemainingTimeInMillis() }),
  fail: () => { throw new TypeError("no luck"); },
  "fail-first": (order) => { if (order.receives === 1) throw new Error("first"); },
  log: () => { console.log("one\\ntwo"); console.error("three"); },
  hang: () => new Promise(() => setInterval(() => {}, 1000)),
  spin: () => { for (;;); },
  exit: () => process.exit(3),
  reject: () => { Promise.reject(new Error("nobody listens")); return pause(1000); },
  clock: () => ({ now: Date.now(), made: new Date().getTime(), called: Date.parse(Date()), fixed: new Date(0).toISOString(), is: new Date() instanceof Date, own: new Date().constructor === Date }),
  call: () => sts("GetCallerIdentity"),
  assume: async () => {
    const xml = await sts("AssumeRole", { RoleArn: "${targetRole}", RoleSessionName: "toy-session" });
    const [, key] = /<AccessKeyId>(.*?)</.exec(xml);
    const [, token] = /<SessionToken>(.*?)</.exec(xml);
    return sts("GetCallerIdentity", {}, { key, token });
  },
  meet: async ({ of }) => {
    fs.writeFileSync(shared("at-work-" + process.pid), "");
    await until(() => fs.readdirSync(process.env.SHARED).length >= of);
  },
  "fail-beside": ({ receives }) => {
    fs.writeFileSync(shared("failed"), "");
    if (receives === 1) throw new Error("the other one holds the lease");
  },
  lease: async () => {
    const taken = Date.now();
    await until(() => fs.existsSync(shared("failed")));
    await pause(100);
    return { heldMs: Date.now() - taken };
  },
};
async function obey(order, context) {
  invocations += 1;
  const done = await deeds[order.do]?.(order, context);
  return done ?? { pid: process.pid, invocations };
}
exports.handler = async (event, context) => {
  if (!event.Records) return obey(event, context);
  const orders = event.Records.map((record) => ({
    ...JSON.parse(record.body),
    id: record.messageId,
    receives: Number(record.attributes.ApproximateReceiveCount),
  }));
  const failed = orders.filter((order) => order.report && order.receives === 1);
  const results = await Promise.all(orders.map((order) => obey(order, context)));
  if (orders.some((order) => order.garble)) return { batchItemFailures: [{ itemIdentifier: "who" }] };
  return orders.some((order) => "report" in order)
    ? { batchItemFailures: failed.map((order) => ({ itemIdentifier: order.id })) }
    : results[0];
};
exports.old = (event, context, callback) => callback(null, "old");
`;

describe("local/lambda", () => {
  let world: World;
  let lambda: LambdaRuntime;
  let shared: string;

  beforeEach(async () => {
    world = await startWorld();
    lambda = await startLambda(world);
    shared = mkdtempSync(path.join(tmpdir(), "cordon-test-"));
  });
  afterEach(async () => {
    await lambda.close();
    await world.stop();
    rmSync(shared, { recursive: true });
  });

  const service = () => new LambdaClient(world.as(seedOf(world, security)));
  const sqs = () =>
    new SQSClient({ ...world.as(seedOf(world, security)), useQueueUrlAsEndpoint: false });
  const urlOf = (arn: string) => `${world.url}/${security}/${arn.split(":").at(-1)}`;
  const zip = (code: string) => zipSync({ "index.js": strToU8(code) });

  async function deploy({
    code = toy,
    handler = "index.handler",
    timeout = 20,
    actions = pollerActions,
    batchSize = 1,
    reports = false,
    maximumConcurrency = undefined as number | undefined,
    maxReceiveCount = 3,
  } = {}): Promise<void> {
    const permissions = policy(allow(actions, queueArn), allow("sts:AssumeRole", targetRole));
    const role = await makeRole(world, security, "toy", trustLambda, permissions);
    await makeRole(world, security, "target", allowing({ AWS: role }, "sts:AssumeRole"));
    await sqs().send(new CreateQueueCommand({ QueueName: "toy-dead" }));
    const redrive = { deadLetterTargetArn: deadLetterArn, maxReceiveCount };
    const Attributes = { VisibilityTimeout: "600", RedrivePolicy: JSON.stringify(redrive) };
    await sqs().send(new CreateQueueCommand({ QueueName: "toy", Attributes }));
    await service().send(
      new CreateFunctionCommand({
        FunctionName: "toy",
        Runtime: "nodejs22.x",
        Role: role,
        Handler: handler,
        Timeout: timeout,
        Environment: { Variables: { SHARED: shared } },
        Code: { ZipFile: zip(code) },
      }),
    );
    await service().send(
      new CreateEventSourceMappingCommand({
        FunctionName: "toy",
        EventSourceArn: queueArn,
        BatchSize: batchSize,
        ...(reports && { FunctionResponseTypes: ["ReportBatchItemFailures"] }),
        ...(maximumConcurrency && { ScalingConfig: { MaximumConcurrency: maximumConcurrency } }),
      }),
    );
  }

  async function send(...orders: object[]): Promise<void> {
    for (let from = 0; from < orders.length; from += 10) {
      const Entries = orders
        .slice(from, from + 10)
        .map((order, i) => ({ Id: `m${i}`, MessageBody: JSON.stringify(order) }));
      await sqs().send(new SendMessageBatchCommand({ QueueUrl: urlOf(queueArn), Entries }));
    }
  }

  /** Messages of a queue, as [visible, invisible]. */
  async function depth(arn: string): Promise<[string | undefined, string | undefined]> {
    const { Attributes } = await sqs().send(
      new GetQueueAttributesCommand({ QueueUrl: urlOf(arn), AttributeNames: ["All"] }),
    );
    return [
      Attributes?.ApproximateNumberOfMessages,
      Attributes?.ApproximateNumberOfMessagesNotVisible,
    ];
  }

  const invoke = (order: object) => lambda.invoke(functionArn, order);

  describe("invoke", () => {
    it("gives the bundle the deployed variables and Lambda's own, and nothing of this process", async () => {
      await deploy();
      process.env.CORDON_TEST_LEAK = "secret";
      const { result } = await invoke({ do: "env" });
      delete process.env.CORDON_TEST_LEAK;
      const { AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN, AWS_SECRET_ACCESS_KEY, ...variables } =
        result as Record<string, string>;
      expect(world.callers.find(AWS_ACCESS_KEY_ID ?? "")?.arn).to.equal(
        "arn:aws:sts::123456789012:assumed-role/toy/toy",
      );
      expect([AWS_SESSION_TOKEN, AWS_SECRET_ACCESS_KEY]).to.not.include(undefined);
      expect(variables).to.include({
        AWS_REGION: "us-east-1",
        AWS_LAMBDA_FUNCTION_NAME: "toy",
        AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128",
        AWS_ENDPOINT_URL: world.url,
        SHARED: shared,
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
      expect(left).to.be.within(1, 20_000);
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
      const fn = world.lambda.functions.get(functionArn);
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
      expect(lambda.called.map(({ payload, ok }) => ({ payload, ok }))).to.deep.equal([
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
      expect(lambda.called).to.deep.equal([]);
    });

    it("throws when no function has the ARN", async () => {
      const error = await errorOf(lambda.invoke(functionArn, {}));
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
      lambda.advanceClock(hour);
      expect(await skew()).to.deep.equal([1, 1, 1]);
      await invoke({ do: "exit" });
      lambda.advanceClock(hour);
      expect(await skew()).to.deep.equal([2, 2, 2]);
      expect(Math.round((lambda.now().getTime() - Date.now()) / hour)).to.equal(2);
    });
  });

  describe("drain", () => {
    it("hands a message over in the shape of SQS, then deletes it", async () => {
      await deploy();
      await send({});
      const [invocation, ...others] = await lambda.drain();
      expect(others).to.deep.equal([]);
      expect(invocation).to.include({ functionName: "toy", ok: true, killed: false });
      const { Records = [] } = (invocation?.payload ?? {}) as {
        Records?: Record<string, unknown>[];
      };
      const [record] = Records;
      expect(Object.keys(record ?? {}).sort()).to.deep.equal([
        "attributes",
        "awsRegion",
        "body",
        "eventSource",
        "eventSourceARN",
        "md5OfBody",
        "messageAttributes",
        "messageId",
        "receiptHandle",
      ]);
      expect(record).to.include({
        body: "{}",
        md5OfBody: "99914b932bd37a50b983c5e7c90ae93b",
        messageId: invocation?.messageId,
        eventSource: "aws:sqs",
        eventSourceARN: queueArn,
        awsRegion: "us-east-1",
      });
      expect(record?.attributes).to.include({ ApproximateReceiveCount: "1" });
      expect(await depth(queueArn)).to.deep.equal(["0", "0"]);
    });

    it("redelivers a failed message, the queue's visibility timeout later", async () => {
      await deploy();
      await send({ do: "fail-first" });
      const [first, second, ...others] = await lambda.drain();
      expect(others).to.deep.equal([]);
      expect([first?.ok, second?.ok]).to.deep.equal([false, true]);
      expect(first?.messageId).to.equal(second?.messageId);
      const { result } = await invoke({ do: "clock" });
      const { now } = result as { now: number };
      expect(Math.round((now - Date.now()) / 60_000)).to.equal(10);
      expect(await depth(queueArn)).to.deep.equal(["0", "0"]);
    });

    it("leaves a failed message alone when told to", async () => {
      await deploy();
      await send({ do: "fail" });
      expect(await lambda.drain({ redeliver: false })).to.have.length(1);
      expect(await depth(queueArn)).to.deep.equal(["0", "1"]);
    });

    it("leaves a message that always fails to the dead-letter queue", async () => {
      await deploy({ maxReceiveCount: 3 });
      await send({ do: "fail" }, {});
      const invocations = await lambda.drain();
      expect(invocations.map(({ ok }) => ok).sort()).to.deep.equal([false, false, false, true]);
      expect(await depth(queueArn)).to.deep.equal(["0", "0"]);
      expect(await depth(deadLetterArn)).to.deep.equal(["1", "0"]);
    });

    it("does not let a lease expire while its holder is at work", async () => {
      await deploy();
      await send({ do: "lease" }, { do: "fail-beside" });
      const invocations = await lambda.drain();
      const [held] = invocations.flatMap(
        ({ result }) => (result as { heldMs?: number })?.heldMs ?? [],
      );
      expect(held).to.be.within(100, 599_999);
      expect(invocations.map(({ ok }) => ok).sort()).to.deep.equal([false, true, true]);
    });

    it("waits for direct invocations before time may pass", async () => {
      await deploy();
      const direct = invoke({ do: "lease" });
      await send({ do: "fail-beside" });
      expect(await lambda.drain()).to.have.length(2);
      expect(((await direct).result as { heldMs: number }).heldMs).to.be.within(100, 599_999);
    });

    it("works off 20 messages in four environments side by side, each once", async () => {
      await deploy();
      await send(...Array.from({ length: 20 }, () => ({ do: "meet", of: 4 })));
      const invocations = await lambda.drain();
      expect(invocations.map(({ ok }) => ok)).to.deep.equal(Array(20).fill(true));
      expect(new Set(invocations.map(({ messageId }) => messageId)).size).to.equal(20);
      const pids = invocations.map(({ result }) => (result as { pid: number }).pid);
      expect(new Set(pids).size).to.equal(4);
    });

    it("keeps to the mapping's maximum concurrency", async () => {
      await deploy({ maximumConcurrency: 2 });
      await send(...Array.from({ length: 8 }, () => ({ do: "meet", of: 2 })));
      const invocations = await lambda.drain();
      const pids = invocations.map(({ result }) => (result as { pid: number }).pid);
      expect([pids.length, new Set(pids).size]).to.deep.equal([8, 2]);
    });

    it("redelivers only what a batch reports as failed", async () => {
      await deploy({ batchSize: 10, reports: true });
      await send({ report: false }, { report: true }, { report: false });
      const invocations = await lambda.drain();
      const sizes = invocations.map(({ payload }) => (payload as { Records: [] }).Records.length);
      expect(sizes).to.deep.equal([3, 1]);
      expect(invocations.map(({ ok }) => ok)).to.deep.equal([true, true]);
    });

    it("takes a report of unknown messages for a failure of the batch", async () => {
      await deploy({ batchSize: 10, reports: true, maxReceiveCount: 1 });
      await send({ garble: true }, {});
      expect(await lambda.drain()).to.have.length(1);
      expect(await depth(deadLetterArn)).to.deep.equal(["2", "0"]);
    });

    it("redelivers after a timeout", async () => {
      await deploy({ timeout: 1, maxReceiveCount: 2 });
      await send({ do: "hang" });
      const invocations = await lambda.drain();
      expect(invocations.map(({ error }) => error?.type)).to.deep.equal([
        "Sandbox.Timedout",
        "Sandbox.Timedout",
      ]);
      expect(await depth(deadLetterArn)).to.deep.equal(["1", "0"]);
    });

    for (const [whose, deed, at] of [
      ["its own", "call", 1],
      ["an assumed role's", "assume", 2],
    ] as const) {
      it(`redelivers after the environment was killed in mid-flight, at a call with ${whose} credentials`, async () => {
        await deploy();
        await send({ do: deed });
        const works: (string | undefined)[] = [];
        world.faults.arm({
          at,
          kind: "kill",
          onKill: ({ accessKeyId }) => {
            works.push(lambda.workOf(accessKeyId));
            lambda.kill(accessKeyId);
          },
        });
        const [first, second, ...others] = await lambda.drain();
        expect(works).to.deep.equal([JSON.stringify(first?.payload)]);
        expect(others).to.deep.equal([]);
        expect(first).to.deep.include({
          ok: false,
          killed: true,
          error: { type: "Runtime.ExitError", message: "The environment was killed" },
        });
        expect(second).to.include({ ok: true, killed: false });
        expect(world.faults.fired).to.equal(true);
      });
    }

    for (const missing of pollerActions) {
      it(`throws when the role lacks ${missing}`, async () => {
        await deploy({ actions: pollerActions.filter((action) => action !== missing) });
        await send({});
        const { name, message } = await errorOf(lambda.drain());
        expect(name).to.match(/AccessDenied/);
        expect(message).to.include(
          `not authorized to perform: ${missing} on resource: ${queueArn}`,
        );
      });
    }
  });

  it("throws on killing what no environment uses", async () => {
    expect(() => lambda.kill("ASIAUNKNOWN")).to.throw("No environment uses ASIAUNKNOWN");
    expect(lambda.workOf("ASIAUNKNOWN")).to.equal(undefined);
  });

  it("leaves no process behind when it is closed", async () => {
    await deploy();
    const { pid } = (await invoke({})).result as { pid: number };
    await lambda.close();
    expect(() => process.kill(pid, 0)).to.throw("ESRCH");
  });

  it("leaves no process behind when the parent is gone", async () => {
    writeFileSync(path.join(shared, "index.js"), "exports.handler = async () => {};");
    const child = fork(path.resolve("local/lambda-host.cjs"), ["0"], {
      env: { LAMBDA_TASK_ROOT: shared, _HANDLER: "index.handler" },
      execArgv: [],
    });
    await new Promise((resolve) => child.once("message", resolve));
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.disconnect();
    expect(await gone).to.equal(0);
  });
});
