import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect } from "chai";
import { publishToTopic, sendToQueue } from "../../../functions/aws/senders";
import { ChannelRefused } from "../../../functions/notify/channel";
import { startEmulator } from "../../support/local/adapters";
import { errorOf } from "../../support/local/gateway";

const region = "eu-west-1";
const queue = `arn:aws:sqs:${region}:123456789012:soc`;
const values = { format: "cordon-message/1", severity: 8 };

describe("the senders of JSON", () => {
  let emulator: Awaited<ReturnType<typeof startEmulator>>;
  let QueueUrl: string | undefined;
  const sqs = () => new SQSClient({ region });
  const received = async () => {
    const { Messages = [] } = await sqs().send(
      new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ["All"] }),
    );
    return Messages;
  };
  before(async () => {
    emulator = await startEmulator();
    ({ QueueUrl } = await sqs().send(new CreateQueueCommand({ QueueName: "soc" })));
  });
  after(() => emulator.close());

  it("send to a queue in the region of its ARN, with attributes", async () => {
    await sendToQueue(queue, '{"a":1}', values);
    const [message] = await received();
    expect(message?.Body).to.equal('{"a":1}');
    const { format, severity } = message?.MessageAttributes ?? {};
    expect([format?.DataType, format?.StringValue]).to.deep.equal(["String", "cordon-message/1"]);
    expect([severity?.DataType, severity?.StringValue]).to.deep.equal(["Number", "8"]);
  });

  it("publish to a topic in the region of its ARN, where subscribers may filter", async () => {
    const sns = new SNSClient({ region });
    const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "soc" }));
    const FilterPolicy = JSON.stringify({ severity: [{ numeric: [">=", 7] }] });
    await sns.send(
      new SubscribeCommand({
        TopicArn,
        Protocol: "sqs",
        Endpoint: queue,
        Attributes: { RawMessageDelivery: "true", FilterPolicy },
      }),
    );
    await publishToTopic(TopicArn, '{"a":2}', { ...values, severity: 5 });
    await publishToTopic(TopicArn, '{"a":3}', values);
    expect((await received()).map(({ Body }) => Body)).to.deep.equal(['{"a":3}']);
  });

  it("are refused by what does not exist, by its name", async () => {
    const none = `${queue}-none`;
    const error = await errorOf(sendToQueue(none, "{}", values));
    expect(error).to.be.instanceOf(ChannelRefused);
    expect(error.message).to.match(
      /^The queue arn:aws:sqs:eu-west-1:123456789012:soc-none refused /,
    );
    const topic = `arn:aws:sns:${region}:123456789012:none`;
    const other = await errorOf(publishToTopic(topic, "{}", values));
    expect(other).to.be.instanceOf(ChannelRefused);
    expect(other.message).to.match(/^The topic arn:aws:sns:eu-west-1:123456789012:none refused /);
  });
});
