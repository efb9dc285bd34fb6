import type { Context, SQSEvent } from "aws-lambda";
import { expect } from "chai";
import { type Delivery, logger, queueHandler } from "../../../functions/handlers/delivery";

const context = {
  invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:cordon-triage",
  awsRequestId: "request-1",
} as Context;
const messages = (...bodies: string[]) =>
  ({
    Records: bodies.map((body, index) => ({
      messageId: `message-${index + 1}`,
      body,
      attributes: { ApproximateReceiveCount: "3" },
    })),
  }) as SQSEvent;

describe("a queue's handler", () => {
  const level = logger.getLevelName();
  before(() => logger.setLogLevel("SILENT"));
  after(() => logger.setLogLevel(level));

  it("hands over the event, the delivery's number and the function's own account", async () => {
    const seen: Delivery[] = [];
    const handler = queueHandler(
      async (delivery) => {
        seen.push(delivery);
        return undefined;
      },
      async () => {},
    );
    expect(await handler(messages('{"a":1}', "{"), context)).to.deep.equal({
      batchItemFailures: [],
    });
    const shared = { number: 3, securityAccount: "123456789012", requestId: "request-1" };
    expect(seen).to.deep.equal([
      { event: { a: 1 }, ...shared },
      { event: undefined, ...shared },
    ]);
  });

  it("leaves to redelivery only the messages whose answer throws", async () => {
    const handler = queueHandler(
      async ({ event }) => {
        if (event === 2) throw new Error("not now");
        return { outcome: "notified", reason: "told" };
      },
      async () => {},
    );
    expect(await handler(messages("1", "2", "3"), context)).to.deep.equal({
      batchItemFailures: [{ itemIdentifier: "message-2" }],
    });
  });

  it("keeps a refused message as it came, with the reason, and does not try it again", async () => {
    const kept: string[][] = [];
    const handler = queueHandler(
      async () => ({ outcome: "refused", reason: "not ours" }),
      async (body, reason) => void kept.push([body, reason]),
    );
    expect(await handler(messages("{ broken"), context)).to.deep.equal({ batchItemFailures: [] });
    expect(kept).to.deep.equal([["{ broken", "not ours"]]);
  });

  it("tries again when the refused message could not be kept", async () => {
    const handler = queueHandler(
      async () => ({ outcome: "refused", reason: "not ours" }),
      async () => {
        throw new Error("no queue");
      },
    );
    expect(await handler(messages("x"), context)).to.deep.equal({
      batchItemFailures: [{ itemIdentifier: "message-1" }],
    });
  });
});
