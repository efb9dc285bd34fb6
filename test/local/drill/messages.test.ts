import { CreateEmailIdentityCommand, SESv2Client, SendEmailCommand } from "@aws-sdk/client-sesv2";
import { CreateTopicCommand, PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { expect } from "chai";
import { sentMessages } from "../../../local/drill/messages";
import { Internet, throughInternet } from "../../../local/services/internet";
import { errorOf, region, security, seedOf } from "../../support/local/gateway";
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
});
