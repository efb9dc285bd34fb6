import { expect } from "chai";
import { ChannelTest } from "../../../../components/flows/notify/test";
import { record } from "../../../support/recorder";

describe("components/flows/notify/test", () => {
  it("may publish and read what became of messages, and has no secret's name", async () => {
    const made = await record(
      () =>
        new ChannelTest("channel-test", {
          homeRegion: "us-east-1",
          noticeTopicArn: "arn:topic",
          keyArn: "arn:key",
          journalTableName: "cordon-journal",
          journalTableArn: "arn:table",
          channels: [
            { name: "team", type: "mail", to: "team@example.com" },
            { name: "pager", type: "pagerduty", secret: "/y", urgent: true },
          ],
        }),
    );
    const { name, environment } = made.named("channel-test-function-function").inputs;
    expect(name).to.equal("cordon-test-channels");
    expect(JSON.parse(environment.variables.CHANNELS)).to.deep.equal([
      { name: "team", type: "mail", to: "team@example.com" },
      { name: "pager", type: "pagerduty" },
    ]);
    const { Statement } = JSON.parse(made.named("channel-test-function-policy").inputs.policy);
    expect(
      Statement.map(({ Action, Resource }: { Action: string[]; Resource: string[] }) => [
        Action,
        Resource,
      ]),
    ).to.deep.equal([
      [["sns:Publish"], ["arn:topic"]],
      [["dynamodb:Query"], ["arn:table"]],
      [["kms:Decrypt", "kms:GenerateDataKey*"], ["arn:key"]],
      [["sns:ListSubscriptionsByTopic"], ["arn:topic"]],
      [["logs:CreateLogStream", "logs:PutLogEvents"], ["arn:channel-test-function-log:*"]],
    ]);
  });
});
