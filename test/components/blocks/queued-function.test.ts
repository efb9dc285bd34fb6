import { expect } from "chai";
import { visibilitySeconds } from "../../../components/blocks/queue";
import { QueuedFunction } from "../../../components/blocks/queued-function";
import { responderTimeoutSeconds } from "../../../components/flows/respond/responder";
import { leaseSeconds } from "../../../functions/record/journal";
import { record, resolved } from "../../support/recorder";

interface OfQueue {
  readonly QUEUE_ARN: string;
  readonly DEAD_LETTER_QUEUE_URL: string;
}

function queued(timeoutSeconds = 30) {
  return new QueuedFunction<OfQueue & { readonly COLOUR: string }>("work", {
    senders: ["arn:aws:iam::444455556666:role/rescue/*"],
    queueName: "cordon-work",
    sources: [{ eventBusName: "cordon-hub", pattern: { source: ["aws.guardduty"] } }],
    alarmTopicArn: "arn:topic",
    entry: "test/fixtures/handlers/handler.ts",
    functionName: "cordon-work-function",
    roleName: "cordon-work-role",
    description: "Works",
    environment: { COLOUR: "red" },
    statements: [],
    timeoutSeconds,
    memoryMb: 512,
  });
}

const feeding = () =>
  new QueuedFunction<OfQueue & { readonly QUEUE_URL: string }>("work", {
    senders: [],
    queueName: "cordon-work",
    sources: [{ eventBusName: "cordon-hub", pattern: { source: ["aws.guardduty"] } }],
    alarmTopicArn: "arn:topic",
    entry: "test/fixtures/handlers/handler.ts",
    functionName: "cordon-work-function",
    roleName: "cordon-work-role",
    description: "Works",
    environment: {},
    sendsItself: true,
    statements: [],
    timeoutSeconds: 30,
    memoryMb: 512,
  });

const admitting = (queue: string) => ({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Service: "events.amazonaws.com" },
      Action: "sqs:SendMessage",
      Resource: queue,
      Condition: { ArnEquals: { "aws:SourceArn": "arn:work-rule" } },
    },
  ],
});

describe("components/blocks/queued-function [E3]", () => {
  it("puts what the pattern matches into the queue, and keeps what cannot be delivered", async () => {
    const { named } = await record(queued);
    expect(named("work-rule").inputs).to.deep.equal({
      name: "cordon-work",
      description: "Works",
      eventBusName: "cordon-hub",
      eventPattern: '{"source":["aws.guardduty"]}',
    });
    expect(named("work-target").inputs).to.deep.equal({
      rule: "cordon-work",
      eventBusName: "cordon-hub",
      targetId: "cordon-work",
      arn: "arn:work-queue",
      deadLetterConfig: { arn: "arn:work-dead-letters" },
    });
  });

  it("gives up a message after five deliveries and keeps it for 14 days", async () => {
    const { named } = await record(queued);
    const { redrivePolicy, ...queue } = named("work-queue").inputs;
    expect(queue).to.deep.equal({
      name: "cordon-work",
      maxMessageSize: 262_144,
      visibilityTimeoutSeconds: 180,
      sqsManagedSseEnabled: true,
    });
    expect(JSON.parse(redrivePolicy)).to.deep.equal({
      deadLetterTargetArn: "arn:work-dead-letters",
      maxReceiveCount: 5,
    });
    expect(named("work-dead-letters").inputs).to.deep.equal({
      name: "cordon-work-dead-letters",
      messageRetentionSeconds: 1_209_600,
      maxMessageSize: 262_144,
      visibilityTimeoutSeconds: 180,
      sqsManagedSseEnabled: true,
    });
  });

  it("admits the rule to both queues; from its own it keeps all others who are not listed", async () => {
    const { named } = await record(queued);
    expect(named("work-queue-policy").inputs.queueUrl).to.equal("url:work-queue");
    expect(JSON.parse(named("work-queue-policy").inputs.policy)).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        ...admitting("arn:work-queue").Statement,
        {
          Effect: "Deny",
          Principal: "*",
          Action: "sqs:SendMessage",
          Resource: "arn:work-queue",
          Condition: {
            ArnNotEquals: { "aws:SourceArn": ["arn:work-rule"] },
            ArnNotLike: { "aws:PrincipalArn": ["arn:aws:iam::444455556666:role/rescue/*"] },
          },
        },
      ],
    });
    expect(named("work-dead-letters-policy").inputs.queueUrl).to.equal("url:work-dead-letters");
    expect(JSON.parse(named("work-dead-letters-policy").inputs.policy)).to.deep.equal(
      admitting("arn:work-dead-letters"),
    );
  });

  it("exempts no principal where none is listed", async () => {
    const { named } = await record(feeding);
    expect(JSON.parse(named("work-queue-policy").inputs.policy).Statement[1].Condition).to.eql({
      ArnNotEquals: { "aws:SourceArn": ["arn:work-rule"] },
    });
  });

  it("hands the function one message at a time, twenty side by side", async () => {
    const { named } = await record(queued);
    expect(named("work-mapping").inputs).to.deep.equal({
      eventSourceArn: "arn:work-queue",
      functionName: "cordon-work-function",
      batchSize: 1,
      functionResponseTypes: ["ReportBatchItemFailures"],
      scalingConfig: { maximumConcurrency: 20 },
    });
  });

  it("gives a function that enqueues its own tasks its queue, and lets it send there", async () => {
    const { named } = await record(feeding);
    expect(named("work-worker-function").inputs.environment.variables).to.deep.equal({
      QUEUE_URL: "url:work-queue",
      QUEUE_ARN: "arn:work-queue",
      DEAD_LETTER_QUEUE_URL: "url:work-dead-letters",
    });
    const statements = JSON.parse(named("work-worker-policy").inputs.policy).Statement;
    expect(statements[1]).to.deep.equal({
      Effect: "Allow",
      Action: ["sqs:SendMessage"],
      Resource: ["arn:work-dead-letters", "arn:work-queue"],
    });
  });

  it("lets the function take messages from its queue and put refused ones aside", async () => {
    const { named } = await record(queued);
    const { Statement } = JSON.parse(named("work-worker-policy").inputs.policy);
    expect(Statement.slice(0, 2)).to.deep.equal([
      {
        Effect: "Allow",
        Action: [
          "sqs:ChangeMessageVisibility",
          "sqs:DeleteMessage",
          "sqs:GetQueueAttributes",
          "sqs:ReceiveMessage",
        ],
        Resource: ["arn:work-queue"],
      },
      { Effect: "Allow", Action: ["sqs:SendMessage"], Resource: ["arn:work-dead-letters"] },
    ]);
    expect(named("work-worker-function").inputs.environment.variables).to.deep.equal({
      COLOUR: "red",
      QUEUE_ARN: "arn:work-queue",
      DEAD_LETTER_QUEUE_URL: "url:work-dead-letters",
    });
  });

  it("raises an alarm where a dead letter waits for five minutes, for nobody keeps it", async () => {
    const { named } = await record(queued);
    expect(named("work-alarm").inputs).to.deep.equal({
      name: "cordon-work-dead-letters",
      alarmDescription:
        "Events that cordon-work-function could not handle have waited in cordon-work-dead-letters for 5 minutes: cordon-notify-dead-letters does not keep them, and nobody is notified of them.",
      namespace: "AWS/SQS",
      metricName: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: "cordon-work-dead-letters" },
      statistic: "Maximum",
      comparisonOperator: "GreaterThanThreshold",
      threshold: 0,
      period: 60,
      evaluationPeriods: 5,
      treatMissingData: "notBreaching",
      alarmActions: ["arn:topic"],
    });
  });

  for (const [alarm, expected] of Object.entries({
    "work-waiting": {
      name: "cordon-work-waiting",
      alarmDescription:
        "Messages have waited in cordon-work for 3 minutes: cordon-work-function does not take them, or has more than it can handle at once.",
      namespace: "AWS/SQS",
      metricName: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: "cordon-work" },
      statistic: "Maximum",
      threshold: 0,
      period: 60,
      evaluationPeriods: 3,
    },
    "work-throttles": {
      name: "cordon-work-function-throttles",
      alarmDescription:
        "Lambda has refused to run cordon-work-function for ten minutes: its messages wait, and may become dead letters without a run.",
      namespace: "AWS/Lambda",
      metricName: "Throttles",
      dimensions: { FunctionName: "cordon-work-function" },
      statistic: "Sum",
      threshold: 0,
      period: 300,
      evaluationPeriods: 2,
    },
    "work-slow": {
      name: "cordon-work-function-slow",
      alarmDescription:
        "A run of cordon-work-function took more than 90 percent of the 30 seconds that it has: see its log.",
      namespace: "AWS/Lambda",
      metricName: "Duration",
      dimensions: { FunctionName: "cordon-work-function" },
      statistic: "Maximum",
      threshold: 27_000,
      period: 300,
      evaluationPeriods: 1,
    },
    "work-errors": {
      name: "cordon-work-function-errors",
      alarmDescription:
        "cordon-work-function crashed or timed out more than once in 15 minutes: see its log.",
      namespace: "AWS/Lambda",
      metricName: "Errors",
      dimensions: { FunctionName: "cordon-work-function" },
      statistic: "Sum",
      threshold: 1,
      period: 900,
      evaluationPeriods: 1,
    },
  })) {
    it(`raises an alarm on what one failed delivery does not show: ${expected.name}`, async () => {
      const { named } = await record(queued);
      expect(named(alarm).inputs).to.deep.equal({
        ...expected,
        comparisonOperator: "GreaterThanThreshold",
        treatMissingData: "notBreaching",
        alarmActions: ["arn:topic"],
      });
    });
  }

  it("offers its queues and its function to other stacks", async () => {
    const { result } = await record(queued);
    expect(await resolved(result.contract)).to.deep.equal({
      queueUrl: "url:work-queue",
      queueArn: "arn:work-queue",
      deadLetterQueueUrl: "url:work-dead-letters",
      functionName: "cordon-work-function",
    });
  });

  it("refuses a function that may outlast its message's visibility timeout", async () => {
    const refused = await record(() => queued(180)).catch((error: Error) => error);
    expect((refused as Error).message).to.equal(
      "timeoutSeconds must be less than the queue's visibility timeout of 180, but 180 was provided",
    );
  });

  it("redelivers only once the lease is over, which no responder outlives", () => {
    expect(responderTimeoutSeconds).to.equal(120);
    expect(leaseSeconds).to.be.within(responderTimeoutSeconds + 1, visibilitySeconds);
    expect(visibilitySeconds).to.equal(180);
  });
});
