import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  CreateTopicCommand,
  GetSubscriptionAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListSubscriptionsCommand,
  PublishBatchCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
  type SubscribeCommandInput,
  UnsubscribeCommand,
} from "@aws-sdk/client-sns";
import { CreateQueueCommand, SetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect } from "chai";
import { takeMessages } from "../../../../local/services/queue";
import {
  allowing,
  data,
  errorOf,
  policy,
  region,
  security,
  seedOf,
  shop,
} from "../../../support/local/gateway";
import { useWorld } from "../../../support/world";

const outsider = "999988887777";
const topicArn = `arn:aws:sns:${region}:${security}:notices`;
const queueArn = (account: string, name: string, at = region) =>
  `arn:aws:sqs:${at}:${account}:${name}`;
const fromTopic = (source = topicArn) =>
  allowing({ Service: "sns.amazonaws.com" }, "sqs:SendMessage", {
    ArnEquals: { "aws:SourceArn": source },
  });

describe("local subscriptions of queues", () => {
  const world = useWorld();
  before(async () => {
    await sns(security).send(new CreateTopicCommand({ Name: "notices" }));
    // As Cordon's own, for one listed account.
    const statement = {
      Effect: "Allow",
      Principal: { AWS: "*" },
      Action: "sns:Subscribe",
      Resource: topicArn,
      Condition: {
        StringEquals: {
          "aws:PrincipalOrgID": "o-cordonlocal",
          "aws:PrincipalAccount": [shop],
        },
      },
    };
    await sns(security).send(
      new SetTopicAttributesCommand({
        TopicArn: topicArn,
        AttributeName: "Policy",
        AttributeValue: JSON.stringify(policy(statement)),
      }),
    );
  });

  const sns = (account: string) => new SNSClient(world.as(seedOf(world, account)));
  const sqs = (account: string) =>
    new SQSClient({ ...world.as(seedOf(world, account)), useQueueUrlAsEndpoint: false });
  const urlOf = (account: string, name: string) => `${world.url}/${account}/${name}`;

  async function makeQueue(
    account: string,
    name: string,
    attributes: Record<string, string> = {},
    admits: object | undefined = fromTopic(),
  ): Promise<void> {
    await sqs(account).send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
    if (admits === undefined) return;
    const filled = JSON.stringify(admits).replace(
      '"Effect"',
      `"Resource":"${queueArn(account, name)}","Effect"`,
    );
    await sqs(account).send(
      new SetQueueAttributesCommand({
        QueueUrl: urlOf(account, name),
        Attributes: { Policy: filled },
      }),
    );
  }
  const subscribe = async (
    account: string,
    Endpoint: string,
    Attributes?: Record<string, string>,
    more: Partial<SubscribeCommandInput> = {},
  ): Promise<string> => {
    const { SubscriptionArn = "" } = await sns(account).send(
      new SubscribeCommand({
        TopicArn: topicArn,
        Protocol: "sqs",
        Endpoint,
        ...(Attributes && { Attributes }),
        ...more,
      }),
    );
    return SubscriptionArn;
  };
  const publish = async (Message: string, attributes: Record<string, string> = {}) => {
    const sent = await sns(security).send(
      new PublishCommand({
        TopicArn: topicArn,
        Subject: "Look",
        Message,
        MessageAttributes: Object.fromEntries(
          Object.entries(attributes).map(([name, StringValue]) => [
            name,
            { DataType: "String", StringValue },
          ]),
        ),
      }),
    );
    await world.subscriptions.settled();
    return sent.MessageId ?? "";
  };
  const take = async (account: string, name: string) => {
    const messages = await takeMessages(sqs(account), urlOf(account, name));
    return messages.map(({ Body = "", MessageAttributes = {} }) => ({
      body: Body,
      attributes: Object.fromEntries(
        Object.entries(MessageAttributes).map(([key, { StringValue }]) => [key, StringValue]),
      ),
    }));
  };
  const deliveriesOf = (subscription: string) =>
    world.subscriptions.deliveries.filter((each) => each.subscription === subscription);

  it("hands a raw message to a queue of another account, as it was published", async () => {
    await makeQueue(shop, "raw");
    const arn = await subscribe(shop, queueArn(shop, "raw"), { RawMessageDelivery: "true" });
    expect(arn).to.match(new RegExp(`^${topicArn}:[0-9a-f-]{36}$`));
    const messageId = await publish("one", { status: "contained" });
    expect(await take(shop, "raw")).to.deep.equal([
      { body: "one", attributes: { status: "contained" } },
    ]);
    expect(deliveriesOf(arn)).to.deep.equal([
      { subscription: arn, queue: queueArn(shop, "raw"), messageId, delivered: true },
    ]);
    await sns(shop).send(new UnsubscribeCommand({ SubscriptionArn: arn }));
    await publish("two");
    expect(await take(shop, "raw")).to.deep.equal([]);
  });

  it("wraps any other message in SNS's envelope", async () => {
    await makeQueue(security, "wrapped");
    const arn = await subscribe(security, queueArn(security, "wrapped"));
    const MessageId = await publish("text", { status: "released" });
    const [message] = await take(security, "wrapped");
    expect(message?.attributes).to.deep.equal({});
    const { Timestamp, ...envelope } = JSON.parse(message?.body ?? "") as Record<string, string>;
    expect(Timestamp).to.match(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(envelope).to.deep.equal({
      Type: "Notification",
      MessageId,
      TopicArn: topicArn,
      Subject: "Look",
      Message: "text",
      MessageAttributes: { status: { Type: "String", Value: "released" } },
    });
    await sns(security).send(new UnsubscribeCommand({ SubscriptionArn: arn }));
  });

  it("lets through what has every attribute of the filter, with one of its values", async () => {
    await makeQueue(shop, "filtered");
    const FilterPolicy = JSON.stringify({
      format: [{ prefix: "incident/" }],
      status: ["contained", "released"],
    });
    const arn = await subscribe(shop, queueArn(shop, "filtered"), {
      RawMessageDelivery: "true",
      FilterPolicy,
    });
    await publish("alarm");
    await publish("dry", { format: "incident/1", status: "dry-run" });
    await publish("other format", { format: "an incident/1", status: "released" });
    await publish("no format", { status: "contained" });
    await publish("yes", { format: "incident/2", status: "released", more: "x" });
    expect((await take(shop, "filtered")).map(({ body }) => body)).to.deep.equal(["yes"]);
    expect(deliveriesOf(arn)).to.have.lengthOf(1);
    const { Attributes = {} } = await sns(shop).send(
      new GetSubscriptionAttributesCommand({ SubscriptionArn: arn }),
    );
    expect(Attributes).to.deep.equal({
      SubscriptionArn: arn,
      TopicArn: topicArn,
      Protocol: "sqs",
      Endpoint: queueArn(shop, "filtered"),
      Owner: shop,
      RawMessageDelivery: "true",
      PendingConfirmation: "false",
      ConfirmationWasAuthenticated: "true",
      FilterPolicy,
      FilterPolicyScope: "MessageAttributes",
    });
    await sns(shop).send(new UnsubscribeCommand({ SubscriptionArn: arn }));
  });

  it("loses, with the reason, what the queue, its policy or its key do not take", async () => {
    await makeQueue(shop, "closed", {}, policy());
    await makeQueue(shop, "other-topic", {}, fromTopic(`${topicArn}-other`));
    const { KeyMetadata } = await new KMSClient(world.as(seedOf(world, shop))).send(
      new CreateKeyCommand({}),
    );
    await makeQueue(shop, "encrypted", { KmsMasterKeyId: KeyMetadata?.Arn ?? "" });
    for (const [name, why] of [
      ["absent", /^The queue \S+:absent does not exist$/],
      [
        "closed",
        /^sns\.amazonaws\.com is not authorized to perform sqs:SendMessage on \S+:closed /,
      ],
      ["other-topic", /^sns\.amazonaws\.com is not authorized to perform sqs:SendMessage on /],
      ["encrypted", /^sns\.amazonaws\.com is not authorized to perform kms:GenerateDataKey on /],
    ] as const) {
      const arn = await subscribe(shop, queueArn(shop, name));
      // The publisher hears nothing of it.
      expect(await publish("lost")).to.match(/^[0-9a-f-]{36}$/);
      const [{ delivered, why: said } = { delivered: true }] = deliveriesOf(arn);
      expect(delivered, name).to.equal(false);
      expect(said, name).to.match(why);
      await sns(shop).send(new UnsubscribeCommand({ SubscriptionArn: arn }));
    }
  });

  it("discards a raw message with more than the ten attributes that SQS takes", async () => {
    await makeQueue(shop, "narrow");
    const arn = await subscribe(shop, queueArn(shop, "narrow"), { RawMessageDelivery: "true" });
    const some = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`a${n}`, "x"]));
    await publish("ten", some(10));
    await publish("eleven", some(11));
    expect((await take(shop, "narrow")).map(({ body }) => body)).to.deep.equal(["ten"]);
    expect(deliveriesOf(arn).map(({ why }) => why)).to.deep.equal([
      undefined,
      "SQS takes ten attributes of a raw message",
    ]);
    await sns(shop).send(new UnsubscribeCommand({ SubscriptionArn: arn }));
  });

  it("is subscribed by the principals that the topic's policy admits", async () => {
    for (const account of [data, outsider]) {
      const error = await errorOf(subscribe(account, queueArn(account, "q")));
      expect(error.name).to.match(/^AuthorizationError/);
      expect(error.message).to.include("no resource-based policy allows the sns:Subscribe action");
    }
  });

  it("is the same subscription when it is asked for again, and no other", async () => {
    const first = await subscribe(shop, queueArn(shop, "again"), { RawMessageDelivery: "true" });
    expect(await subscribe(shop, queueArn(shop, "again"), { RawMessageDelivery: "true" })).to.equal(
      first,
    );
    const error = await errorOf(subscribe(shop, queueArn(shop, "again")));
    expect(error.message).to.include("Subscription already exists with different attributes");
    await sns(shop).send(new UnsubscribeCommand({ SubscriptionArn: first }));
    expect(
      (await errorOf(sns(shop).send(new UnsubscribeCommand({ SubscriptionArn: first })))).name,
    ).to.match(/^NotFound/);
  });

  it("belongs to the account that subscribed", async () => {
    const arn = await subscribe(shop, queueArn(shop, "mine"));
    const read = (account: string) =>
      sns(account).send(new GetSubscriptionAttributesCommand({ SubscriptionArn: arn }));
    expect((await read(security)).Attributes?.Owner).to.equal(shop);
    expect((await errorOf(read(data))).name).to.match(/^AuthorizationError/);
    const removed = sns(data).send(new UnsubscribeCommand({ SubscriptionArn: arn }));
    expect((await errorOf(removed)).message).to.include("sns:Unsubscribe of others");
    await sns(shop).send(new UnsubscribeCommand({ SubscriptionArn: arn }));
  });

  describe("of an e-mail address", () => {
    const address = "team@example.com";
    const mail = (FilterPolicy?: string) =>
      subscribe(security, address, FilterPolicy === undefined ? {} : { FilterPolicy }, {
        Protocol: "email",
        ReturnSubscriptionArn: true,
      });
    const listed = async () => {
      const { Subscriptions = [] } = await sns(security).send(
        new ListSubscriptionsByTopicCommand({ TopicArn: topicArn }),
      );
      return Subscriptions.map(({ Endpoint, SubscriptionArn }) => [Endpoint, SubscriptionArn]);
    };

    it("waits until its owner follows the link: nothing is mailed, and nobody can end it", async () => {
      const arn = await mail();
      expect(await mail()).to.equal(arn);
      expect(await listed()).to.deep.equal([[address, "PendingConfirmation"]]);
      await publish("lost", { urgency: "urgent" });
      expect(world.subscriptions.mails).to.deep.equal([]);
      const ended = sns(security).send(new UnsubscribeCommand({ SubscriptionArn: arn }));
      expect((await errorOf(ended)).message).to.equal(
        "Invalid parameter: SubscriptionArn Reason: Cannot unsubscribe a subscription that is pending confirmation",
      );
      const attributes = new GetSubscriptionAttributesCommand({ SubscriptionArn: arn });
      const { Attributes = {} } = await sns(security).send(attributes);
      expect(Attributes.PendingConfirmation).to.equal("true");
      world.subscriptions.confirm(address);
      expect(() => world.subscriptions.confirm(address)).to.throw("No subscription waits");
      await publish("kept");
      expect(await listed()).to.deep.equal([[address, arn]]);
      expect(world.subscriptions.mails).to.deep.equal([
        { to: address, subject: "Look", text: "kept" },
      ]);
      await sns(security).send(new UnsubscribeCommand({ SubscriptionArn: arn }));
      expect(await listed()).to.deep.equal([]);
    });

    it("gets what its filter lets through, and nothing that has no attribute at all", async () => {
      const arn = await mail('{"urgency":["urgent",{"exists":false}]}');
      world.subscriptions.confirm(address);
      const before = world.subscriptions.mails.length;
      await publish("normal", { urgency: "normal" });
      await publish("urgent", { urgency: "urgent" });
      await publish("other", { about: "operations" });
      await publish("alarm");
      const got = world.subscriptions.mails.slice(before).map(({ text }) => text);
      expect(got).to.deep.equal(["urgent", "other"]);
      await sns(security).send(new UnsubscribeCommand({ SubscriptionArn: arn }));
    });

    it("refuses what SNS refuses, or answers in words", async () => {
      const send = async (endpoint: string, attributes: Record<string, string>, more: object) =>
        (await errorOf(subscribe(security, endpoint, attributes, { Protocol: "email", ...more })))
          .message;
      const asked = { ReturnSubscriptionArn: true };
      expect(await send("team", {}, asked)).to.include("Email address");
      expect(await send(address, { RawMessageDelivery: "true" }, asked)).to.include(
        "does not support raw message delivery",
      );
      expect(await send(address, {}, {})).to.include("without ReturnSubscriptionArn");
    });
  });

  const unknown: readonly (readonly [string, () => Promise<unknown>])[] = [
    ["protocol sms", () => subscribe(shop, "+15550100", {}, { Protocol: "sms" })],
    ["the queue's owner would have to confirm", () => subscribe(shop, queueArn(data, "q"))],
    [
      "FilterPolicyScope MessageBody",
      () => subscribe(shop, queueArn(shop, "q"), { FilterPolicyScope: "MessageBody" }),
    ],
    ["RedrivePolicy", () => subscribe(shop, queueArn(shop, "q"), { RedrivePolicy: "{}" })],
    [
      "the filter policy",
      () => subscribe(shop, queueArn(shop, "q"), { FilterPolicy: '{"a":[{"suffix":"x"}]}' }),
    ],
    ["the filter policy", () => subscribe(shop, queueArn(shop, "q"), { FilterPolicy: "{}" })],
    ["sns:ListSubscriptions", () => sns(shop).send(new ListSubscriptionsCommand({}))],
    [
      "sns:SetSubscriptionAttributes",
      () =>
        sns(shop).send(
          new SetSubscriptionAttributesCommand({
            SubscriptionArn: `${topicArn}:x`,
            AttributeName: "FilterPolicy",
          }),
        ),
    ],
    [
      "sns:PublishBatch",
      () =>
        sns(security).send(
          new PublishBatchCommand({
            TopicArn: topicArn,
            PublishBatchRequestEntries: [{ Id: "1", Message: "x" }],
          }),
        ),
    ],
  ];
  for (const [name, call] of unknown) {
    it(`refuses by name what it does not carry out: ${name}`, async () => {
      const { message } = await errorOf(call());
      expect(message).to.include("CordonLocalUnknownOperation").and.to.include(name);
    });
  }

  it("refuses by name to publish what it would not deliver as SNS does", async () => {
    await makeQueue(shop, "strict");
    const arn = await subscribe(shop, queueArn(shop, "strict"));
    const send = (more: object) =>
      errorOf(
        sns(security).send(
          new PublishCommand({ TopicArn: topicArn, Message: '{"default":"x"}', ...more }),
        ),
      );
    expect((await send({ MessageStructure: "json" })).message).to.include("a message structure");
    expect(
      (await send({ MessageAttributes: { n: { DataType: "Binary", BinaryValue: Buffer.of(1) } } }))
        .message,
    ).to.include("an attribute of type Binary");
    expect(
      (await send({ MessageAttributes: { n: { DataType: "Number", StringValue: "ten" } } }))
        .message,
    ).to.include("must use a valid numeric value");
    expect(
      (await send({ MessageAttributes: { e: { DataType: "String", StringValue: "" } } })).message,
    ).to.include("must contain non-empty message attribute value");
    expect(await take(shop, "strict")).to.deep.equal([]);
    await sns(shop).send(new UnsubscribeCommand({ SubscriptionArn: arn }));
  });

  it("refuses what SNS itself refuses", async () => {
    const named = async (endpoint: string, more = {}) =>
      (await errorOf(subscribe(shop, endpoint, undefined, more))).message;
    expect(await named(queueArn(shop, "q.fifo"))).to.include("SQS endpoint ARN");
    expect(await named("arn:aws:sqs:us-east-1:shop:q")).to.include("SQS endpoint ARN");
    const long = publish("x".repeat(262_100), { incident: "x".repeat(31) });
    expect((await errorOf(long)).message).to.include("Message too long");
    // 262,100 and "incident", "String" and thirty more are what SNS takes, to the byte.
    await publish("x".repeat(262_100), { incident: "x".repeat(30) });
    const absent = `arn:aws:sns:${region}:${shop}:absent`;
    expect(await named(queueArn(shop, "q"), { TopicArn: absent })).to.include("does not exist");
  });
});
