import { CreateEmailIdentityCommand, SESv2Client, SendEmailCommand } from "@aws-sdk/client-sesv2";
import { CreateTopicCommand, PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect } from "chai";
import { messageJson } from "../../../functions/notify/forms/json";
import { sentMessages } from "../../../local/drill/messages";
import { Internet, throughInternet } from "../../../local/services/internet";
import { errorOf, region, security, seedOf } from "../../support/local/gateway";
import { incidentId, message } from "../../support/messages";
import { useWorld } from "../../support/world";

describe("the messages of a drill [E2]", () => {
  const world = useWorld();

  it("are what topics, mail and hosts took, with urgency and incident", async () => {
    const config = { ...world.as(seedOf(world, security)), region };
    const sns = new SNSClient(config);
    const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "notices" }));
    const { length } = world.record.entries;
    await sns.send(
      new PublishCommand({
        TopicArn,
        Subject: "[Cordon] URGENT Not isolated: i-1",
        Message: "What\nIncident   0123456789abcdef-1\n",
        MessageAttributes: { urgency: { DataType: "String", StringValue: "urgent" } },
      }),
    );
    const refused = new PublishCommand({ TopicArn: `${TopicArn}-else`, Message: "lost" });
    expect((await errorOf(sns.send(refused))).name).to.equal("NotFoundException");
    const ses = new SESv2Client(config);
    await ses.send(new CreateEmailIdentityCommand({ EmailIdentity: "cordon@example.com" }));
    await ses.send(
      new SendEmailCommand({
        FromEmailAddress: "cordon@example.com",
        Destination: { ToAddresses: ["team@example.com"] },
        Content: {
          Simple: {
            Subject: { Data: "[Cordon] Rotate", Charset: "UTF-8" },
            Body: { Text: { Data: "User: ci\n", Charset: "UTF-8" } },
          },
        },
      }),
    );

    const internet = await Internet.open();
    const close = internet.serve("chat.example.com", ({ body }) => ({
      status: body === "refused" ? 400 : 200,
    }));
    try {
      const post = throughInternet(internet.url);
      for (const body of ["refused", "taken"]) {
        await post("https://chat.example.com/T0", { method: "POST", body });
      }
    } finally {
      close();
      await internet.close();
    }

    expect(sentMessages(world.record.entries.slice(length), internet)).to.deep.equal([
      {
        channel: TopicArn,
        subject: "[Cordon] URGENT Not isolated: i-1",
        text: "What\nIncident   0123456789abcdef-1\n",
        incident: "0123456789abcdef-1",
        urgent: true,
      },
      {
        channel: "team@example.com",
        subject: "[Cordon] Rotate",
        text: "User: ci\n",
        incident: null,
        urgent: false,
      },
      {
        channel: "chat.example.com",
        subject: "",
        text: "taken",
        incident: null,
        urgent: false,
      },
    ]);
  });

  it("are rendered in the words of each channel, and what people read nothing of is none", async () => {
    const config = { ...world.as(seedOf(world, security)), region };
    const before = world.record.entries.length;
    const { TopicArn = "" } = await new SNSClient(config).send(
      new CreateTopicCommand({ Name: "soc" }),
    );
    const sqs = new SQSClient(config);
    const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: "soc" }));
    const body = messageJson(message(), "3f9d", new Date("2026-11-30T10:30:00Z"));
    await new SNSClient(config).send(
      new PublishCommand({
        TopicArn,
        Message: body,
        MessageAttributes: { urgency: { DataType: "String", StringValue: "urgent" } },
      }),
    );
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body }));
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{"task":"sweep"}' }));
    const answered = [
      {
        host: "a.example",
        body: "{}",
        status: 200,
        said: { subject: "[Cordon] A", text: "- Incident: 0123456789abcdef-1" },
      },
      { host: "b.example", body: "{}", status: 200, said: null },
    ];
    const sent = sentMessages(world.record.entries.slice(before), { answered });
    expect(sent.map(({ text: _, ...each }) => each)).to.deep.equal([
      ...[TopicArn, QueueUrl].map((channel) => ({
        channel,
        subject:
          "[Cordon] URGENT Approval required: no change made: i-0a1b2c3d4e5f60718 (CryptoCurrency:EC2/BitcoinTool.B)",
        incident: incidentId,
        urgent: true,
      })),
      {
        channel: "a.example",
        subject: "[Cordon] A",
        incident: "0123456789abcdef-1",
        urgent: false,
      },
    ]);
    expect(sent[1]?.text.split("\n")).to.include.members([
      "The instance talks to a mining pool.",
      "To approve",
      `- npx cordon approve ${incidentId} --plan 1a2b --reason "WHY"`,
    ]);
  });
});
