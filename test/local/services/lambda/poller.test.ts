import { expect } from "chai";
import { errorOf } from "../../../support/local/gateway";
import {
  becomes,
  deadLetterArn,
  pollerActions,
  queueArn,
  startToys,
} from "../../../support/local/lambda";

describe("local/services/lambda/lambda, on the messages of a queue", () => {
  const toys = startToys();
  const { deploy, send, depth, invoke } = toys;

  it("hands a message over in the shape of SQS, then deletes it", async () => {
    await deploy();
    await send({});
    const [invocation, ...others] = await toys.lambda.drain();
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
    const [first, second, ...others] = await toys.lambda.drain();
    expect(others).to.deep.equal([]);
    expect([first?.ok, second?.ok]).to.deep.equal([false, true]);
    expect(first?.messageId).to.equal(second?.messageId);
    const { result } = await invoke({ do: "clock" });
    const { now } = result as { now: number };
    expect(Math.round((now - Date.now()) / 60_000)).to.equal(10);
    expect(await depth(queueArn)).to.deep.equal(["0", "0"]);
  });

  it("leaves a failed message in the queue if an option says so", async () => {
    await deploy();
    await send({ do: "fail" });
    expect(await toys.lambda.drain({ redeliver: false })).to.have.length(1);
    expect(await depth(queueArn)).to.deep.equal(["0", "1"]);
  });

  it("leaves a message that always fails to the dead-letter queue", async () => {
    await deploy({ maxReceiveCount: 3 });
    await send({ do: "fail" }, {});
    const invocations = await toys.lambda.drain();
    expect(invocations.map(({ ok }) => ok).sort()).to.deep.equal([false, false, false, true]);
    expect(await depth(queueArn)).to.deep.equal(["0", "0"]);
    expect(await depth(deadLetterArn)).to.deep.equal(["1", "0"]);
  });

  it("hands out what a queue has given up on, though the dead-letter queue is asked first", async () => {
    await deploy({ queues: [deadLetterArn, queueArn], timeout: 30, maxReceiveCount: 1 });
    await send({ do: "fail-first" });
    expect((await toys.lambda.drain()).map(({ ok }) => ok)).to.deep.equal([false, true]);
    expect(await depth(deadLetterArn)).to.deep.equal(["0", "0"]);
  });

  it("does not let a lease expire while its holder is at work", async () => {
    await deploy();
    await send({ do: "lease" }, { do: "fail-beside" });
    const invocations = await toys.lambda.drain();
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
    expect(await toys.lambda.drain()).to.have.length(2);
    expect(((await direct).result as { heldMs: number }).heldMs).to.be.within(100, 599_999);
  });

  it("works off 20 messages in four environments side by side, each once", async () => {
    await deploy();
    await send(...Array.from({ length: 20 }, () => ({ do: "meet", of: 4 })));
    const invocations = await toys.lambda.drain();
    expect(invocations.map(({ ok }) => ok)).to.deep.equal(Array(20).fill(true));
    expect(new Set(invocations.map(({ messageId }) => messageId)).size).to.equal(20);
    const pids = invocations.map(({ result }) => (result as { pid: number }).pid);
    expect(new Set(pids).size).to.equal(4);
  });

  it("keeps to the mapping's maximum concurrency", async () => {
    await deploy({ maximumConcurrency: 2 });
    await send(...Array.from({ length: 8 }, () => ({ do: "meet", of: 2 })));
    const invocations = await toys.lambda.drain();
    const pids = invocations.map(({ result }) => (result as { pid: number }).pid);
    expect([pids.length, new Set(pids).size]).to.deep.equal([8, 2]);
  });

  it("freezes what a function left behind when it answered, until its next invocation", async () => {
    await deploy();
    const calls = () =>
      toys.world.record.entries
        .filter(({ action, origin }) => action === "sts:GetCallerIdentity" && origin === "cordon")
        .map(({ status }) => status);
    await send({ do: "leave-behind" });
    const [invocation] = await toys.lambda.drain();
    await becomes((invocation!.result as { pid: number }).pid, "frozen");
    // Longer than it waits before it calls.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(calls()).to.deep.equal([]);
    await send({ do: "await-left" });
    await toys.lambda.drain();
    expect(calls()).to.deep.equal([200]);
  });

  it("redelivers only what a batch reports as failed", async () => {
    await deploy({ batchSize: 10, reports: true });
    await send({ report: false }, { report: true }, { report: false });
    const invocations = await toys.lambda.drain();
    const sizes = invocations.map(({ payload }) => (payload as { Records: [] }).Records.length);
    expect(sizes).to.deep.equal([3, 1]);
    expect(invocations.map(({ ok }) => ok)).to.deep.equal([true, true]);
  });

  it("gathers a batch of more than ten, which has a window", async () => {
    await deploy({ batchSize: 25, window: 1 });
    await send(...Array.from({ length: 28 }, () => ({})));
    const invocations = await toys.lambda.drain();
    const sizes = invocations.map(({ payload }) => (payload as { Records: [] }).Records.length);
    expect(sizes).to.deep.equal([25, 3]);
  });

  it("takes a report of unknown messages for a failure of the batch", async () => {
    await deploy({ batchSize: 10, reports: true, maxReceiveCount: 1 });
    await send({ garble: true }, {});
    expect(await toys.lambda.drain()).to.have.length(1);
    expect(await depth(deadLetterArn)).to.deep.equal(["2", "0"]);
  });

  it("redelivers after a timeout", async () => {
    await deploy({ timeout: 1, maxReceiveCount: 2 });
    await send({ do: "hang" });
    const invocations = await toys.lambda.drain();
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
      toys.world.faults.arm({
        at,
        kind: "kill",
        onKill: ({ accessKeyId }) => {
          works.push(toys.lambda.workOf(accessKeyId));
          toys.lambda.kill(accessKeyId);
        },
      });
      const [first, second, ...others] = await toys.lambda.drain();
      expect(works).to.deep.equal([JSON.stringify(first?.payload)]);
      expect(others).to.deep.equal([]);
      expect(first).to.deep.include({
        ok: false,
        killed: true,
        error: { type: "Runtime.ExitError", message: "The environment was killed" },
      });
      expect(second).to.include({ ok: true, killed: false });
      expect(toys.world.faults.fired).to.equal(true);
    });
  }

  for (const missing of pollerActions) {
    it(`throws when the role lacks ${missing}`, async () => {
      await deploy({ actions: pollerActions.filter((action) => action !== missing) });
      await send({});
      const { name, message } = await errorOf(toys.lambda.drain());
      expect(name).to.match(/AccessDenied/);
      expect(message).to.include(`not authorized to perform: ${missing} on resource: ${queueArn}`);
    });
  }
});
