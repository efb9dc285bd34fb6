import { expect } from "chai";
import { ChannelDelivery } from "../../../../components/flows/notify/delivery";
import type { PostedChannel } from "../../../../functions/catalogue/channels";
import { type Recording, record } from "../../../support/recorder";

const secret = "arn:aws:secretsmanager:eu-west-1:444455556666:secret:jira-a1B2c3";
const channels: readonly PostedChannel[] = [
  { name: "chat", type: "slack", channel: "C0123456789", secret: "/cordon/slack" },
  { name: "pager", type: "pagerduty", secret },
  { name: "again", type: "webhook", secret: "/cordon/slack", units: ["ou-ab12-cdef3456"] },
  { name: "queue", type: "sqs", queue: "arn:aws:sqs:eu-west-1:777788889999:in" },
  { name: "topic", type: "sns", topic: "arn:aws:sns:us-east-1:888899990000:in" },
];
const args = {
  homeRegion: "us-east-1",
  securityAccount: "444455556666",
  managementAccount: "111122223333",
  organizationId: "o-exampleorgid",
  breakGlassRoles: ["rescue"],
  breakGlassUsers: [],
  noticeTopicArn: "arn:topic",
  keyArn: "arn:key",
  journalTableName: "cordon-journal",
  journalTableArn: "arn:table",
};
const deploy = (some: readonly PostedChannel[]) =>
  record(() => new ChannelDelivery("channels", { ...args, channels: some }));
const statements = (made: Recording<unknown>) =>
  JSON.parse(made.named("channels-messages-worker-policy").inputs.policy).Statement as {
    Action: string[];
    Resource: string[];
    Condition?: object;
  }[];

describe("components/flows/notify/delivery", () => {
  let made: Recording<ChannelDelivery>;
  before(async () => {
    made = await deploy(channels);
  });

  it("has a queue that the topic feeds, and dead letters with an alarm on the topic", () => {
    expect(made.named("channels-messages-subscription").inputs).to.deep.equal({
      topic: "arn:topic",
      protocol: "sqs",
      endpoint: "arn:channels-messages-queue",
    });
    expect(made.named("channels-messages-queue").inputs).to.deep.include({
      name: "cordon-deliver",
      redrivePolicy: JSON.stringify({
        deadLetterTargetArn: "arn:channels-messages-dead-letters",
        maxReceiveCount: 5,
      }),
    });
    expect(made.named("channels-messages-alarm").inputs).to.deep.include({
      name: "cordon-deliver-dead-letters",
      alarmActions: ["arn:topic"],
      alarmDescription:
        "Messages that a channel of cordon:notify did not take have waited in cordon-deliver-dead-letters for 5 minutes: cordon-notify-dead-letters does not keep them, and nobody is notified of them.",
    });
  });

  it("admits to the queue what the topic sends, and what redrives dead letters", () => {
    const { policy } = made.named("channels-messages-queue-policy").inputs;
    expect(JSON.parse(policy).Statement).to.deep.equal([
      {
        Effect: "Allow",
        Principal: { Service: "sns.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: "arn:channels-messages-queue",
        Condition: { ArnEquals: { "aws:SourceArn": "arn:topic" } },
      },
      {
        Effect: "Deny",
        Principal: "*",
        Action: "sqs:SendMessage",
        Resource: "arn:channels-messages-queue",
        Condition: {
          ArnNotEquals: { "aws:SourceArn": ["arn:topic"] },
          ArnNotLike: {
            "aws:PrincipalArn": [
              "arn:aws:iam::444455556666:role/cordon-redrive",
              "arn:aws:iam::444455556666:role/rescue",
            ],
          },
        },
      },
    ]);
  });

  it("gets the channels, and less time than a claim lasts", () => {
    const { name, timeout, environment } = made.named("channels-messages-worker-function").inputs;
    expect([name, timeout]).to.deep.equal(["cordon-notify-channels", 55]);
    const { CHANNELS, ...others } = environment.variables;
    expect(JSON.parse(CHANNELS)).to.deep.equal(channels);
    expect(others).to.deep.equal({
      NOTICE_TOPIC_ARN: "arn:topic",
      JOURNAL_TABLE: "cordon-journal",
      MAX_RECEIVE_COUNT: "5",
      QUEUE_ARN: "arn:channels-messages-queue",
      DEAD_LETTER_QUEUE_URL: "url:channels-messages-dead-letters",
    });
  });

  it("may read the secrets that are named, and send to the targets that are named", () => {
    const found = statements(made);
    const of = (action: string) =>
      found.filter(({ Action }) => Action.includes(action)).map(({ Resource }) => Resource);
    expect(of("ssm:GetParameter")).to.deep.equal([
      ["arn:aws:ssm:us-east-1:444455556666:parameter/cordon/slack"],
    ]);
    expect(of("secretsmanager:GetSecretValue")).to.deep.equal([[secret]]);
    expect(of("sqs:SendMessage")).to.deep.equal([
      ["arn:aws:sqs:eu-west-1:777788889999:in"],
      ["arn:channels-messages-dead-letters"],
    ]);
    expect(of("sns:Publish")).to.deep.equal([
      ["arn:topic"],
      ["arn:aws:sns:us-east-1:888899990000:in"],
    ]);
    expect(of("organizations:ListParents")).to.have.lengthOf(1);
  });

  it("may use the keys of those accounts through the service alone", () => {
    const keys = statements(made).filter(({ Action }) => Action.includes("kms:Decrypt"));
    expect(keys.map(({ Resource, Condition }) => [Resource, Condition])).to.deep.equal([
      [
        ["arn:key"],
        {
          StringEquals: {
            "kms:ViaService": ["dynamodb.us-east-1.amazonaws.com", "sns.us-east-1.amazonaws.com"],
          },
        },
      ],
      [
        ["arn:aws:kms:us-east-1:444455556666:key/*", "arn:aws:kms:eu-west-1:444455556666:key/*"],
        {
          StringEquals: {
            "kms:ViaService": [
              "ssm.us-east-1.amazonaws.com",
              "secretsmanager.eu-west-1.amazonaws.com",
            ],
          },
        },
      ],
      [
        ["arn:aws:kms:eu-west-1:777788889999:key/*"],
        { StringEquals: { "kms:ViaService": ["sqs.eu-west-1.amazonaws.com"] } },
      ],
      [
        ["arn:aws:kms:us-east-1:888899990000:key/*"],
        { StringEquals: { "kms:ViaService": ["sns.us-east-1.amazonaws.com"] } },
      ],
    ]);
  });

  it("may write what is known of messages and channels, and no other item of the table", () => {
    const items = statements(made).filter(({ Resource }) => Resource.includes("arn:table"));
    expect(items).to.deep.equal([
      {
        Effect: "Allow",
        Action: ["dynamodb:PutItem", "dynamodb:UpdateItem"],
        Resource: ["arn:table"],
        Condition: {
          "ForAllValues:StringLike": {
            "dynamodb:LeadingKeys": ["delivery/*", "thread/*", "channel/*"],
          },
        },
      },
    ]);
  });

  it("may read no secret and no unit where no channel names one", async () => {
    const [, , , queue] = channels as [PostedChannel, PostedChannel, PostedChannel, PostedChannel];
    const actions = statements(await deploy([queue])).flatMap(({ Action }) => Action);
    expect(actions).not.to.include.members(["ssm:GetParameter"]);
    expect(
      actions.filter((each) => /^(ssm|secretsmanager|organizations):/.test(each)),
    ).to.deep.equal([]);
  });
});
