import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
} from "@aws-sdk/client-cloudwatch";
import { CreateKeyCommand, KMSClient, PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import { CreateStateMachineCommand, SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import {
  CreateTopicCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  PurgeQueueCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { expect } from "chai";
import { Alarms } from "../../../../local/services/cloudwatch/alarms";
import { MetricStore } from "../../../../local/services/cloudwatch/metrics";
import { executions } from "../../../../local/services/executions";
import { takeMessages } from "../../../../local/services/queue";
import {
  allowing,
  makeRole,
  policy,
  region,
  security,
  seedOf,
} from "../../../support/local/gateway";
import { useWorld } from "../../../support/world";

const at = { account: security, region };
const topicArn = `arn:aws:sns:${region}:${security}:notices`;
const alarmArn = (name: string) => `arn:aws:cloudwatch:${region}:${security}:alarm:${name}`;
const cloudwatch = { Service: "cloudwatch.amazonaws.com" };
const root = { AWS: `arn:aws:iam::${security}:root` };
const minute = 60_000;

const plain: PutMetricAlarmCommandInput = {
  AlarmName: "cordon-lost",
  Namespace: "Toys",
  MetricName: "Lost",
  Dimensions: [{ Name: "Service", Value: "toys" }],
  Statistic: "Sum",
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 0,
  ComparisonOperator: "GreaterThanThreshold",
  TreatMissingData: "notBreaching",
  AlarmActions: [topicArn],
};
const lost = { namespace: "Toys", metricName: "Lost", dimensions: { Service: "toys" } };

describe("local/services/cloudwatch/alarms", () => {
  const world = useWorld();
  const seed = () => world.as(seedOf(world, security));
  const sns = () => new SNSClient(seed());
  const sqs = () => new SQSClient({ ...seed(), useQueueUrlAsEndpoint: false });
  const kms = () => new KMSClient(seed());
  const urlOf = (queue: string) => `${world.url}/${security}/${queue}`;
  let keyId: string;

  const setTopicPolicy = (Service = "cloudwatch.amazonaws.com", name = "cordon-*") =>
    sns().send(
      new SetTopicAttributesCommand({
        TopicArn: topicArn,
        AttributeName: "Policy",
        AttributeValue: JSON.stringify(
          policy({
            Effect: "Allow",
            Principal: { Service },
            Action: "sns:Publish",
            Resource: topicArn,
            Condition: {
              StringEquals: { "aws:SourceAccount": security },
              ArnLike: { "aws:SourceArn": alarmArn(name) },
            },
          }),
        ),
      }),
    );
  const setKeyPolicy = (actions: readonly string[]) =>
    kms().send(
      new PutKeyPolicyCommand({
        KeyId: keyId,
        PolicyName: "default",
        Policy: JSON.stringify(
          policy(
            { Effect: "Allow", Principal: root, Action: "kms:*", Resource: "*" },
            {
              Effect: "Allow",
              Principal: cloudwatch,
              Action: actions,
              Resource: "*",
              Condition: { StringEquals: { "aws:SourceAccount": security } },
            },
          ),
        ),
      }),
    );

  before(async () => {
    const { KeyMetadata } = await kms().send(new CreateKeyCommand({}));
    keyId = KeyMetadata?.KeyId ?? "";
    await sns().send(
      new CreateTopicCommand({ Name: "notices", Attributes: { KmsMasterKeyId: keyId } }),
    );
    for (const QueueName of ["heard", "dead"]) {
      const { QueueUrl } = await sqs().send(new CreateQueueCommand({ QueueName }));
      const Policy = JSON.stringify(
        allowing({ Service: "sns.amazonaws.com" }, "sqs:SendMessage"),
      ).replace('"Effect"', `"Resource":"arn:aws:sqs:${region}:${security}:heard","Effect"`);
      await sqs().send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
    }
    const Endpoint = `arn:aws:sqs:${region}:${security}:heard`;
    await sns().send(new SubscribeCommand({ TopicArn: topicArn, Protocol: "sqs", Endpoint }));
  });

  const heard = async () =>
    (await takeMessages(sqs(), urlOf("heard"))).map(({ Body = "" }) => JSON.parse(Body));

  let now: number;
  let metrics: MetricStore;
  let alarms: Alarms;
  let made: string[];
  beforeEach(async () => {
    await setTopicPolicy();
    await setKeyPolicy(["kms:Decrypt", "kms:GenerateDataKey*"]);
    now = Date.now();
    metrics = new MetricStore();
    alarms = new Alarms(world, { metrics, now: () => new Date(now) });
    made = [];
  });
  afterEach(async () => {
    await new CloudWatchClient(seed()).send(new DeleteAlarmsCommand({ AlarmNames: made }));
  });
  const make = async (more: Partial<PutMetricAlarmCommandInput> = {}) => {
    const input = { ...plain, ...more };
    made.push(input.AlarmName ?? "");
    await new CloudWatchClient(seed()).send(new PutMetricAlarmCommand(input));
  };
  const count = (value: number, when = now) => metrics.put(at, lost, { value, at: when });
  const changes = async () =>
    (await alarms.evaluate(at)).map(({ alarm, from, to }) => `${alarm}: ${from} → ${to}`);

  it("raises an alarm once while it lasts, and again once it had ended", async () => {
    await make();
    expect(await changes()).to.deep.equal(["cordon-lost: INSUFFICIENT_DATA → OK"]);
    count(1);
    expect(await changes()).to.deep.equal(["cordon-lost: OK → ALARM"]);
    expect(await changes()).to.deep.equal([]);
    expect(await heard()).to.have.length(1);
    // No value in three minutes.
    now += 3 * minute;
    expect(await changes()).to.deep.equal(["cordon-lost: ALARM → OK"]);
    count(2);
    expect(await changes()).to.deep.equal(["cordon-lost: OK → ALARM"]);
    expect(await heard()).to.have.length(1);
  });

  it("misses nothing that happened while the clock went on", async () => {
    await make();
    await changes();
    count(1);
    now += 60 * minute;
    expect(await changes()).to.deep.equal(["cordon-lost: OK → ALARM", "cordon-lost: ALARM → OK"]);
    expect(await heard()).to.have.length(1);
  });

  it("keeps the state of an alarm that ignores missing data", async () => {
    await make({ TreatMissingData: "ignore" });
    expect(await changes()).to.deep.equal([]);
    count(1);
    expect(await changes()).to.deep.equal(["cordon-lost: INSUFFICIENT_DATA → ALARM"]);
    now += 60 * minute;
    expect(await changes()).to.deep.equal([]);
    count(0);
    expect(await changes()).to.deep.equal(["cordon-lost: ALARM → OK"]);
    await heard();
  });

  it("sees nothing of a metric with other dimensions, name, namespace, account or region", async () => {
    await make();
    await changes();
    const point = { value: 1, at: now };
    metrics.put(at, { ...lost, dimensions: {} }, point);
    metrics.put(at, { ...lost, dimensions: { Service: "toys", Version: "1" } }, point);
    metrics.put(at, { ...lost, dimensions: { Service: "other" } }, point);
    metrics.put(at, { ...lost, metricName: "lost" }, point);
    metrics.put(at, { ...lost, namespace: "toys" }, point);
    metrics.put({ ...at, account: "222233334444" }, lost, point);
    metrics.put({ ...at, region: "eu-west-1" }, lost, point);
    expect(await changes()).to.deep.equal([]);
    metrics.put(at, lost, point);
    expect(await changes()).to.have.length(1);
    await heard();
  });

  // Its form is that of a message which CloudWatch sent to a topic in 2025.
  it("publishes in CloudWatch's form", async () => {
    await make({ AlarmDescription: "Toys are lost." });
    await changes();
    count(2);
    const [{ reason } = { reason: "" }] = await alarms.evaluate(at);
    const [{ Type, TopicArn, Subject, Message }] = await heard();
    expect({ Type, TopicArn, Subject }).to.deep.equal({
      Type: "Notification",
      TopicArn: topicArn,
      Subject: 'ALARM: "cordon-lost" in US East (N. Virginia)',
    });
    const {
      AlarmConfigurationUpdatedTimestamp: configured,
      StateChangeTime: changed,
      ...message
    } = JSON.parse(Message);
    for (const time of [configured, changed]) {
      expect(time).to.match(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
    }
    expect(reason).to.match(/^Threshold Crossed: 1 out of the last 1 datapoints \[2\.0 /);
    expect(message).to.deep.equal({
      AlarmName: "cordon-lost",
      AlarmDescription: "Toys are lost.",
      AWSAccountId: "123456789012",
      NewStateValue: "ALARM",
      NewStateReason: reason,
      Region: "US East (N. Virginia)",
      AlarmArn: "arn:aws:cloudwatch:us-east-1:123456789012:alarm:cordon-lost",
      OldStateValue: "OK",
      OKActions: [],
      AlarmActions: ["arn:aws:sns:us-east-1:123456789012:notices"],
      InsufficientDataActions: [],
      Trigger: {
        MetricName: "Lost",
        Namespace: "Toys",
        StatisticType: "Statistic",
        Statistic: "SUM",
        Unit: null,
        Dimensions: [{ value: "toys", name: "Service" }],
        Period: 60,
        EvaluationPeriods: 1,
        ComparisonOperator: "GreaterThanThreshold",
        Threshold: 0,
        TreatMissingData: "notBreaching",
        EvaluateLowSampleCountPercentile: "",
      },
    });
  });

  const refusals: [string, () => Promise<unknown>, RegExp][] = [
    [
      "the topic's policy admits another service",
      () => setTopicPolicy("events.amazonaws.com"),
      /^cloudwatch\.amazonaws\.com is not authorized to perform sns:Publish on arn:aws:sns:us-east-1:123456789012:notices/,
    ],
    [
      "the topic's policy admits other alarms",
      () => setTopicPolicy("cloudwatch.amazonaws.com", "other-*"),
      /sns:Publish/,
    ],
    [
      "the key's policy lacks kms:Decrypt",
      () => setKeyPolicy(["kms:GenerateDataKey*"]),
      /kms:Decrypt/,
    ],
    [
      "the key's policy lacks kms:GenerateDataKey",
      () => setKeyPolicy(["kms:Decrypt"]),
      /kms:GenerateDataKey/,
    ],
  ];
  for (const [what, spoil, why] of refusals) {
    it(`is not heard when ${what}`, async () => {
      await make();
      await changes();
      await spoil();
      count(1);
      const [transition] = await alarms.evaluate(at);
      expect(transition?.to).to.equal("ALARM");
      expect(transition?.actions.map(({ topic }) => topic)).to.deep.equal([topicArn]);
      expect(transition?.actions[0]?.why).to.match(why);
      expect(await heard()).to.deep.equal([]);
    });
  }

  it("is not heard while its actions are disabled, or without a topic", async () => {
    await make({ ActionsEnabled: false });
    await make({ AlarmName: "cordon-nowhere", AlarmActions: [`${topicArn}-other`] });
    await changes();
    count(1);
    const [disabled, nowhere] = await alarms.evaluate(at);
    expect(disabled?.actions).to.deep.equal([]);
    expect(nowhere?.actions[0]?.why).to.equal(`The topic ${topicArn}-other does not exist`);
    expect(await heard()).to.deep.equal([]);
  });

  it("is raised by a message that waits in a queue", async () => {
    await make({
      Namespace: "AWS/SQS",
      MetricName: "ApproximateNumberOfMessagesVisible",
      Dimensions: [{ Name: "QueueName", Value: "dead" }],
      Statistic: "Maximum",
    });
    expect(await changes()).to.deep.equal(["cordon-lost: INSUFFICIENT_DATA → OK"]);
    await sqs().send(new SendMessageCommand({ QueueUrl: urlOf("dead"), MessageBody: "lost" }));
    expect(await changes()).to.deep.equal(["cordon-lost: OK → ALARM"]);
    await sqs().send(new PurgeQueueCommand({ QueueUrl: urlOf("dead") }));
    now += 2 * minute;
    expect(await changes()).to.deep.equal(["cordon-lost: ALARM → OK"]);
    expect(await heard()).to.have.length(1);
  });

  it("is raised by an execution that failed, once for each", async () => {
    const roleArn = await makeRole(
      world,
      security,
      "runner",
      allowing({ Service: "states.amazonaws.com" }, "sts:AssumeRole"),
    );
    const definition = JSON.stringify({ StartAt: "No", States: { No: { Type: "Fail" } } });
    const sfn = new SFNClient(seed());
    const { stateMachineArn = "" } = await sfn.send(
      new CreateStateMachineCommand({ name: "fails", definition, roleArn }),
    );
    const watched = (MetricName: string) =>
      make({
        AlarmName: `cordon-${MetricName}`,
        Namespace: "AWS/States",
        MetricName,
        Dimensions: [{ Name: "StateMachineArn", Value: stateMachineArn }],
      });
    await watched("ExecutionsFailed");
    await watched("ExecutionsAborted");
    await changes();
    for (const _ of [1, 2]) {
      await sfn.send(new StartExecutionCommand({ stateMachineArn }));
      await executions(world);
      expect(await changes()).to.deep.equal(["cordon-ExecutionsFailed: OK → ALARM"]);
      now += 3 * minute;
      expect(await changes()).to.deep.equal(["cordon-ExecutionsFailed: ALARM → OK"]);
      expect(await heard()).to.have.length(1);
    }
  });

  const unknown: [string, Partial<PutMetricAlarmCommandInput>, string][] = [
    [
      "a metric that nothing publishes here",
      { Namespace: "AWS/Events", MetricName: "FailedInvocations" },
      "The metric AWS/Events FailedInvocations of alarm cordon-lost is not known here",
    ],
    ["a short period", { Period: 10 }, "The period 10 of alarm cordon-lost is not known here"],
    [
      "an action that is no topic",
      { AlarmActions: ["arn:aws:automate:us-east-1:ec2:stop"] },
      "The action arn:aws:automate:us-east-1:ec2:stop of alarm cordon-lost is not known here",
    ],
    [
      "other actions",
      { OKActions: [topicArn] },
      "OKActions of alarm cordon-lost is not known here",
    ],
    [
      "metric math",
      {
        Namespace: undefined,
        MetricName: undefined,
        Dimensions: undefined,
        Statistic: undefined,
        Period: undefined,
        Metrics: [{ Id: "a", Expression: "1", ReturnData: true }],
      },
      "Metrics of alarm cordon-lost is not known here",
    ],
    [
      "anomaly detection",
      { ComparisonOperator: "GreaterThanUpperThreshold" },
      "The comparison GreaterThanUpperThreshold of alarm cordon-lost is not known here",
    ],
  ];
  for (const [what, more, message] of unknown) {
    it(`refuses ${what} by name`, async () => {
      await make(more);
      const error = await alarms.evaluate(at).catch((thrown: Error) => thrown);
      expect((error as Error).message).to.equal(message);
    });
  }
});
