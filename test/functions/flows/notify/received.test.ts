import { expect } from "chai";
import { readReceived } from "../../../../functions/flows/notify/received";
import { messageOf } from "../../../../functions/notify/message";

const topic = "arn:aws:sns:us-east-1:444455556666:cordon-notices";
const attribute = (Value: string) => ({ Type: "String", Value });
const envelope = {
  Type: "Notification",
  MessageId: "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
  TopicArn: topic,
  Subject: "[Cordon] URGENT Not isolated: i-1",
  Message: "Text\n\nWhy\n  - It failed\n",
  Timestamp: "2026-11-21T10:00:00.000Z",
};
const read = (more: object) => {
  const received = readReceived({ ...envelope, ...more }, topic);
  if (typeof received === "string") throw new Error(received);
  return received.message;
};

describe("a message of the notice topic", () => {
  const origin = {
    account: "111122223333",
    region: "eu-west-1",
    severity: 8,
    type: "Trojan:EC2/X",
    incident: "0f3a9c1d2b4e5f60-1",
    links: [],
  };
  const message = messageOf("urgent", "Not isolated: i-1", ["Text"], origin);

  it("is the model that its attribute has", () => {
    const attributes = { message: attribute(JSON.stringify(message)) };
    expect(readReceived({ ...envelope, MessageAttributes: attributes }, topic)).to.deep.equal({
      id: "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
      at: new Date("2026-11-21T10:00:00.000Z"),
      message,
    });
  });

  const news = {
    status: "released",
    incident: "0f3a9c1d2b4e5f60-1",
    account: { id: "111122223333", name: "payments" },
    region: "eu-west-1",
    finding: { type: "Trojan:EC2/X", severity: 8 },
  };
  for (const [what, attributes] of [
    ["was too large for an attribute", {}],
    ["is no JSON", { message: attribute("{") }],
    ["has not the shape of one", { message: attribute('{"urgency":"urgent"}') }],
  ] as const) {
    it(`is written of subject and text where the model ${what}`, () => {
      const MessageAttributes = {
        ...attributes,
        urgency: attribute("urgent"),
        incident: attribute(JSON.stringify(news)),
      };
      expect(read({ MessageAttributes })).to.deep.equal({
        urgency: "urgent",
        heading: "Not isolated: i-1",
        lead: [],
        facts: [],
        sections: [{ title: "Message", lines: ["Text", "Why", "- It failed"] }],
        closing: [],
        origin: { ...origin, closes: true },
      });
    });
  }

  it("without attributes is about nothing in particular, and not urgent", () => {
    const found = read({ Subject: undefined });
    expect([found.urgency, found.heading, found.origin]).to.deep.equal([
      "normal",
      "A message of Cordon",
      undefined,
    ]);
  });

  // As CloudWatch publishes it: https://docs.aws.amazon.com/AmazonCloudWatch, "Notify users".
  const alarm = (NewStateValue: string, AlarmDescription: string | null) => ({
    Subject: `${NewStateValue}: "cordon-triage-dead-letters" in US East (N. Virginia)`,
    Message: JSON.stringify({
      AlarmName: "cordon-triage-dead-letters",
      AlarmDescription,
      AWSAccountId: "444455556666",
      NewStateValue,
      NewStateReason: "Threshold Crossed: 1 datapoint [1.0] was greater than the threshold (0.0).",
      OldStateValue: "OK",
      Trigger: { MetricName: "ApproximateNumberOfMessagesVisible" },
    }),
  });

  it("of an alarm is urgent while it rings", () => {
    expect(read(alarm("ALARM", "Events wait in cordon-triage-dead-letters."))).to.deep.equal({
      urgency: "urgent",
      heading: "Alarm: cordon-triage-dead-letters",
      lead: ["Events wait in cordon-triage-dead-letters."],
      facts: [{ name: "Alarm", value: "cordon-triage-dead-letters" }],
      sections: [
        {
          title: "Why",
          lines: ["Threshold Crossed: 1 datapoint [1.0] was greater than the threshold (0.0)."],
        },
      ],
      closing: [],
    });
  });

  it("of an alarm that is over is not", () => {
    const { urgency, heading, lead } = read(alarm("OK", null));
    expect([urgency, heading, lead]).to.deep.equal([
      "normal",
      "Alarm cordon-triage-dead-letters is now OK",
      [],
    ]);
  });

  const refused: readonly (readonly [string, unknown, string])[] = [
    ["no JSON", undefined, "It is no message of SNS"],
    [
      "no notification",
      { ...envelope, Type: "SubscriptionConfirmation" },
      "It is no message of SNS",
    ],
    ["without an id", { ...envelope, MessageId: "" }, "It is no message of SNS"],
    [
      "of another topic",
      { ...envelope, TopicArn: `${topic}-2` },
      `It was published to the topic ${topic}-2`,
    ],
  ];
  for (const [what, event, reason] of refused) {
    it(`is refused where it is ${what}`, () => {
      expect(readReceived(event, topic)).to.equal(reason);
    });
  }
});
