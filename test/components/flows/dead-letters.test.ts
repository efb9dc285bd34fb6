import { expect } from "chai";
import { DeadLetters } from "../../../components/flows/dead-letters/dead-letters";
import { type Recording, record } from "../../support/recorder";

const queued = (name: string, functionName = name) => ({
  queueUrl: `https://sqs.us-east-1.amazonaws.com/444455556666/${name}`,
  queueArn: `arn:aws:sqs:us-east-1:444455556666:${name}`,
  deadLetterQueueUrl: `https://sqs.us-east-1.amazonaws.com/444455556666/${name}-dead-letters`,
  functionName,
});
const arn = (queue: string) => `arn:aws:sqs:us-east-1:444455556666:${queue}`;
const workflow = "arn:aws:states:us-east-1:444455556666:stateMachine:cordon-exposed-key";

describe("components/flows/dead-letters/dead-letters [D6] [E3]", () => {
  let made: Recording<DeadLetters>;
  before(async () => {
    made = await record(
      () =>
        new DeadLetters("letters", {
          homeRegion: "us-east-1",
          securityAccount: "444455556666",
          rolePath: "/security/",
          deploymentRole: "CordonDeployer",
          approvers: ["arn:aws:iam::444455556666:role/OnCall", "arn:aws:iam::1:user/x"],
          noticeTopicArn: "arn:topic",
          keyArn: "arn:key",
          journalTableName: "cordon-journal",
          journalTableArn: "arn:journal",
          queues: {
            responder: queued("cordon-contain-instance", "cordon-respond-contain-instance"),
          },
          upkeep: { watch: queued("cordon-watch") },
          exposedKeys: { stateMachineArn: workflow },
        }),
    );
  });
  const statements = (name: string) => JSON.parse(made.named(name).inputs.policy).Statement;

  it("empties every dead-letter queue, one message at a time", () => {
    const mappings = made.ofType("aws:lambda/eventSourceMapping:EventSourceMapping");
    expect(
      mappings.map(({ name, inputs }) => [
        name,
        inputs.eventSourceArn,
        inputs.functionName,
        inputs.batchSize,
        inputs.scalingConfig.maximumConcurrency,
      ]),
    ).to.deep.equal([
      [
        "letters-responder",
        arn("cordon-contain-instance-dead-letters"),
        "cordon-notify-dead-letters",
        1,
        2,
      ],
      ["letters-watch", arn("cordon-watch-dead-letters"), "cordon-notify-dead-letters", 1, 2],
      [
        "letters-workflow",
        arn("cordon-exposed-key-dead-letters"),
        "cordon-notify-dead-letters",
        1,
        2,
      ],
    ]);
    const { variables } = made.named("letters-keep-function").inputs.environment;
    expect(variables).to.deep.include({ MAX_RECEIVE_COUNT: "5", JOURNAL_TABLE: "cordon-journal" });
    expect(JSON.parse(variables.QUEUES)).to.deep.equal({
      [arn("cordon-contain-instance-dead-letters")]: {
        queue: "cordon-contain-instance",
        handler: "cordon-respond-contain-instance",
      },
      [arn("cordon-watch-dead-letters")]: {
        queue: "cordon-watch",
        handler: "cordon-watch",
        upkeep: true,
      },
      [arn("cordon-exposed-key-dead-letters")]: {
        queue: "cordon-exposed-key",
        handler: "cordon-exposed-key",
      },
    });
  });

  const letters = { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["dead-letter/*"] } };

  it("keeps letters in partitions of their own, and may send to no queue", () => {
    const [publish, table] = statements("letters-keep-policy");
    expect(publish).to.deep.equal({
      Effect: "Allow",
      Action: ["sns:Publish"],
      Resource: ["arn:topic"],
    });
    expect(table).to.deep.equal({
      Effect: "Allow",
      Action: ["dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"],
      Resource: ["arn:journal"],
      Condition: letters,
    });
    expect(JSON.stringify(statements("letters-keep-policy"))).not.to.include("sqs:SendMessage");
  });

  it("has one role alone send them again: to the queues and the workflow they were for", () => {
    const own = statements("letters-redrive-policy");
    expect(own[0]).to.deep.equal({
      Effect: "Allow",
      Action: ["dynamodb:Query", "dynamodb:UpdateItem"],
      Resource: ["arn:journal"],
      Condition: letters,
    });
    expect(own.slice(2, 4)).to.deep.equal([
      {
        Effect: "Allow",
        Action: ["sqs:SendMessage"],
        Resource: [arn("cordon-contain-instance"), arn("cordon-watch")],
      },
      { Effect: "Allow", Action: ["states:StartExecution"], Resource: [workflow] },
    ]);
    const { variables } = made.named("letters-redrive-function").inputs.environment;
    expect(JSON.parse(variables.DESTINATIONS)).to.deep.equal({
      "cordon-contain-instance":
        "https://sqs.us-east-1.amazonaws.com/444455556666/cordon-contain-instance",
      "cordon-watch": "https://sqs.us-east-1.amazonaws.com/444455556666/cordon-watch",
      "cordon-exposed-key": workflow,
    });
    expect(variables).to.include({
      SECURITY_ACCOUNT: "444455556666",
      ROLE_PATH: "/security/",
      DEPLOYMENT_ROLE: "CordonDeployer",
      APPROVERS: "arn:aws:iam::444455556666:role/OnCall,arn:aws:iam::1:user/x",
    });
  });

  it("is called every five minutes for notices that had to wait, with alarms where that fails", () => {
    expect(made.named("letters-schedule").inputs.scheduleExpression).to.equal("rate(5 minutes)");
    const alarms = made.ofType("aws:cloudwatch/metricAlarm:MetricAlarm");
    expect(alarms.map(({ inputs }) => [inputs.name, inputs.alarmActions]).sort()).to.deep.equal([
      ["cordon-notify-dead-letters-errors", ["arn:topic"]],
      ["cordon-notify-dead-letters-schedule-dead-letters", ["arn:topic"]],
    ]);
  });
});
