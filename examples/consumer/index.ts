/** Receives Cordon's incidents in a queue of one's own account: an example to copy. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { readContract } from "../../contract/outputs";

const fourteenDays = 14 * 24 * 3600;

/** Writes the queue's policy: SNS may send what this topic publishes, and nothing else. */
const admitTopic = (queueArn: pulumi.Input<string>, topicArn: pulumi.Input<string>) =>
  pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "sns.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: queueArn,
        Condition: { ArnEquals: { "aws:SourceArn": topicArn } },
      },
    ],
  });

export = async () => {
  const config = new pulumi.Config();
  const cordon = readContract(new pulumi.StackReference(config.require("cordonStack")));

  const deadLetters = new aws.sqs.Queue("dead-letters", {
    name: "cordon-incidents-dead-letters",
    messageRetentionSeconds: fourteenDays,
    sqsManagedSseEnabled: true,
  });
  const queue = new aws.sqs.Queue("incidents", {
    name: "cordon-incidents",
    messageRetentionSeconds: fourteenDays,
    // With a key of KMS's instead, its policy must let sns.amazonaws.com use it.
    sqsManagedSseEnabled: true,
    redrivePolicy: pulumi.jsonStringify({
      deadLetterTargetArn: deadLetters.arn,
      maxReceiveCount: 5,
    }),
  });
  const policy = new aws.sqs.QueuePolicy("incidents-policy", {
    queueUrl: queue.url,
    policy: admitTopic(queue.arn, cordon.noticeTopicArn),
  });
  new aws.sns.TopicSubscription(
    "subscription",
    {
      topic: cordon.noticeTopicArn,
      protocol: "sqs",
      endpoint: queue.arn,
      // The message as it is, with its attributes; `incident` is the one to read.
      rawMessageDelivery: true,
      // Alarms and other notices for people have no such attribute and stay away. A later format
      // comes and ends as a dead letter, which somebody sees; filtered out, nobody would. One may
      // ask for less: {"account": ["222233334444"], "status": ["contained", "released"]}.
      filterPolicy: JSON.stringify({ format: [{ prefix: "cordon-incident/" }] }),
    },
    { dependsOn: [policy] },
  );

  const alarmTopicArn = config.get("alarmTopicArn");
  if (alarmTopicArn) {
    new aws.cloudwatch.MetricAlarm("dead-letters-alarm", {
      name: "cordon-incidents-dead-letters",
      alarmDescription: "Incidents of Cordon's that nobody here could read",
      namespace: "AWS/SQS",
      metricName: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: deadLetters.name },
      statistic: "Maximum",
      period: 60,
      evaluationPeriods: 1,
      threshold: 0,
      comparisonOperator: "GreaterThanThreshold",
      treatMissingData: "notBreaching",
      alarmActions: [alarmTopicArn],
    });
  }
  return { queueUrl: queue.url, deadLetterQueueUrl: deadLetters.url };
};
