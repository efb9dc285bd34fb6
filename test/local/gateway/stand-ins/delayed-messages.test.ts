import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { expect } from "chai";
import { region, security, seedOf } from "../../../support/local/gateway";
import { useWorld } from "../../../support/world";

describe("messages that a queue shows later, in the local organization [V1]", () => {
  const world = useWorld();

  it("wait until the time is let pass, those of a mixed batch too", async () => {
    const sqs = new SQSClient({ ...world.as(seedOf(world, security)), region });
    const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: "looks" }));
    const entry = (Id: string, DelaySeconds: number) => ({
      Id,
      MessageBody: `look ${Id}`,
      DelaySeconds,
    });
    const { Successful = [], Failed = [] } = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: [entry("now", 0), entry("soon", 1), entry("later", 60)],
      }),
    );
    expect(Successful.map(({ Id }) => Id)).to.have.members(["now", "soon", "later"]);
    expect(Failed).to.deep.equal([]);

    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    expect(Messages.map(({ Body }) => Body)).to.deep.equal(["look now"]);
    const bodies = (messages: readonly { readonly body: string; readonly seconds: number }[]) =>
      messages.map(({ body, seconds }) => [body, seconds]);
    expect(bodies(world.delayedMessages.held)).to.deep.equal([
      ["look soon", 1],
      ["look later", 60],
    ]);
    expect(bodies(world.delayedMessages.due(1))).to.deep.equal([["look soon", 1]]);
    expect(bodies(world.delayedMessages.held)).to.deep.equal([["look later", 59]]);
  });
});
