import type { Context, SQSEvent } from "aws-lambda";
import { expect } from "chai";
import { containments, metrics } from "../../../functions/catalogue/metrics";
import { count, type Delivery, queueHandler } from "../../../functions/handlers/delivery";
import { logger } from "../../../functions/handlers/logger";

const context = {
  invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:cordon-triage",
  awsRequestId: "request-1",
  getRemainingTimeInMillis: () => Number.POSITIVE_INFINITY,
} as Context;
const queueArn = "arn:aws:sqs:us-east-1:123456789012:cordon-triage";
const messages = (...bodies: string[]) =>
  ({
    Records: bodies.map((body, index) => ({
      messageId: `message-${index + 1}`,
      body,
      eventSourceARN: queueArn,
      attributes: { ApproximateReceiveCount: "3" },
    })),
  }) as SQSEvent;

/** Gives the lines that counting writes to the log. */
function logged(act: () => void): CountedLine[] {
  let text = "";
  const { write } = process.stdout;
  process.stdout.write = (chunk) => {
    text += chunk;
    return true;
  };
  try {
    act();
  } finally {
    process.stdout.write = write;
  }
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

interface CountedLine {
  readonly _aws: { readonly CloudWatchMetrics: readonly object[] };
}

describe("counting [E3]", () => {
  it("writes each metric with its dimensions, and at least one: CloudWatch takes none without", () => {
    const [counted, contained] = logged(() => {
      count(metrics.forwardingMissing, 2);
      count(containments("UnauthorizedAccess:EC2/RDPBruteForce"));
    });
    expect(counted?._aws.CloudWatchMetrics).to.deep.equal([
      {
        Namespace: "GuardDuty/AutoRemediation",
        Dimensions: [["Service"]],
        Metrics: [{ Name: "ForwardingMissing", Unit: "Count" }],
      },
    ]);
    expect(counted).to.include({ Service: "cordon", ForwardingMissing: 2 });
    expect(contained?._aws.CloudWatchMetrics).to.deep.equal([
      {
        Namespace: "GuardDuty/AutoRemediation",
        Dimensions: [["Action", "FindingType"]],
        Metrics: [{ Name: "RemediationActions", Unit: "Count" }],
      },
    ]);
    expect(contained).to.include({
      Action: "contained",
      FindingType: "UnauthorizedAccess:EC2/RDPBruteForce",
      RemediationActions: 1,
    });
  });

  it("gives every metric a name of its own and a dimension", () => {
    const all = Object.values(metrics);
    expect(new Set(all.map(({ metricName }) => metricName)).size).to.equal(10);
    for (const { metricName, dimensions } of all) {
      expect(Object.keys(dimensions), metricName).to.have.length(1);
    }
  });
});

describe("a queue's handler [D6]", () => {
  const level = logger.getLevelName();
  before(() => logger.setLogLevel("SILENT"));
  after(() => logger.setLogLevel(level));

  it("hands over the event, the delivery's number and the function's own account", async () => {
    const seen: Delivery[] = [];
    const handler = queueHandler({ queueArn, refuse: async () => {} }, async (delivery) => {
      seen.push(delivery);
      return undefined;
    });
    expect(await handler(messages('{"a":1}', "{"), context)).to.deep.equal({
      batchItemFailures: [],
    });
    const shared = { number: 3, securityAccount: "123456789012", requestId: "request-1" };
    expect(seen).to.deep.equal([
      { event: { a: 1 }, messageId: "message-1", ...shared },
      { event: undefined, messageId: "message-2", ...shared },
    ]);
  });

  it("leaves to redelivery only the messages whose answer throws", async () => {
    const handler = queueHandler({ queueArn, refuse: async () => {} }, async ({ event }) => {
      if (event === 2) throw new Error("not now");
      return { outcome: "notified", reason: "a reason" };
    });
    expect(await handler(messages("1", "2", "3"), context)).to.deep.equal({
      batchItemFailures: [{ itemIdentifier: "message-2" }],
    });
  });

  it("logs the answer, with the guards that a containment passed", async () => {
    const lines: unknown[][] = [];
    const info = logger.info;
    logger.info = (...line: unknown[]) => void lines.push(line);
    const answer = {
      outcome: "contained",
      reason: "Severity 8 is at least 7",
      checked: ["accountKnown", "notProtected"],
    } as const;
    try {
      await queueHandler({ queueArn, refuse: async () => {} }, async () => answer)(
        messages("{}"),
        context,
      );
    } finally {
      logger.info = info;
    }
    expect(lines).to.deep.equal([
      [
        "finding.answered",
        {
          messageId: "message-1",
          outcome: "contained",
          reason: "Severity 8 is at least 7",
          checked: ["accountKnown", "notProtected"],
        },
      ],
    ]);
  });

  it("stores a refused message unchanged, with the reason, and does not retry it", async () => {
    const stored: string[][] = [];
    const refuse = async (...refused: string[]) => void stored.push(refused);
    const handler = queueHandler({ queueArn, refuse }, async () => ({
      outcome: "refused",
      reason: "not ours",
    }));
    expect(await handler(messages("{ broken"), context)).to.deep.equal({ batchItemFailures: [] });
    expect(stored).to.deep.equal([["{ broken", "not ours"]]);
  });

  it("takes an answer for each finding of a message, and stores it once where some are refused", async () => {
    const stored: string[][] = [];
    const lines: unknown[][] = [];
    const info = logger.info;
    logger.info = (...line: unknown[]) => void lines.push(line);
    const refused = (reason: string) => ({ outcome: "refused", reason }) as const;
    try {
      const refuse = async (...each: string[]) => void stored.push(each);
      const handler = queueHandler({ queueArn, refuse }, async () => [
        { outcome: "notified", reason: "one" },
        refused("two"),
        refused("three"),
        refused("four"),
        refused("five"),
      ]);
      expect(await handler(messages("x"), context)).to.deep.equal({ batchItemFailures: [] });
    } finally {
      logger.info = info;
    }
    expect(stored).to.deep.equal([["x", "two | three | four"]]);
    expect(lines.map(([, line]) => (line as { reason: string }).reason)).to.deep.equal([
      "one",
      "two",
      "three",
      "four",
      "five",
    ]);
  });

  it("retries when the refused message could not be stored", async () => {
    const refuse = async () => {
      throw new Error("no queue");
    };
    const handler = queueHandler({ queueArn, refuse }, async () => ({
      outcome: "refused",
      reason: "not ours",
    }));
    expect(await handler(messages("x"), context)).to.deep.equal({
      batchItemFailures: [{ itemIdentifier: "message-1" }],
    });
  });

  it("refuses an event that is dated more than five minutes ahead, unread", async () => {
    const stored: string[] = [];
    const read: unknown[] = [];
    const handler = queueHandler(
      { queueArn, refuse: async (_, reason) => void stored.push(reason) },
      async ({ event }) => {
        read.push(event);
        return undefined;
      },
      () => new Date("2026-03-01T12:00:00.000Z"),
    );
    const dated = (time: unknown) => JSON.stringify({ time });
    const taken = ["2026-03-01T12:05:00Z", "2020-01-01T00:00:00Z", "soon", 1e15];
    await handler(messages(dated("2026-03-01T12:05:01Z"), ...taken.map(dated), "null"), context);
    expect(stored).to.deep.equal([
      "The event is dated 2026-03-01T12:05:01Z, more than 5 minutes after 2026-03-01T12:00:00.000Z",
    ]);
    expect(read).to.deep.equal([...taken.map((time) => ({ time })), null]);
  });

  it("takes messages of its second queue, too", async () => {
    const secondQueueArn = `${queueArn}-urgent`;
    const taken: unknown[] = [];
    const handler = queueHandler(
      { queueArn, secondQueueArn, refuse: async () => undefined },
      async ({ event }) => {
        taken.push(event);
        return undefined;
      },
    );
    const Records = messages("1").Records.map((each) => ({
      ...each,
      eventSourceARN: secondQueueArn,
    }));
    await handler({ Records }, context);
    expect(taken).to.have.length(1);
    const mixed = [...Records, ...messages("2").Records];
    const error = await handler({ Records: mixed }, context).catch((thrown: Error) => thrown);
    expect(error).to.be.an("error");
    expect(taken).to.have.length(1);
  });

  const [message] = messages("1").Records;
  for (const input of [
    null,
    "text",
    {},
    { Records: 1 },
    { Records: [] },
    { Records: [null] },
    { Records: [{ ...message, eventSourceARN: undefined }] },
    { Records: [message, { ...message, eventSourceARN: `${queueArn}-dead-letters` }] },
  ]) {
    it(`takes nothing but messages of its own queue: ${JSON.stringify(input)}`, async () => {
      const touched: string[] = [];
      const touch = async () => void touched.push("touched");
      const handler = queueHandler({ queueArn, refuse: touch }, async () => {
        await touch();
        return undefined;
      });
      const error = await handler(input, context).catch((thrown: Error) => thrown);
      expect((error as Error).message).to.equal(
        "The input is no message of arn:aws:sqs:us-east-1:123456789012:cordon-triage",
      );
      expect(touched).to.deep.equal([]);
    });
  }
});
