import { expect } from "chai";
import { Sweeper } from "../../../../components/flows/sweep/sweeper";
import { type Recording, record } from "../../../support/recorder";

describe("components/flows/sweep/sweeper [E3]", () => {
  let made: Recording<Sweeper>;
  before(async () => {
    made = await record(
      () =>
        new Sweeper("sweeper", {
          homeRegion: "us-east-1",
          securityAccount: "444455556666",
          managementAccount: "111122223333",
          organizationId: "o-exampleorgid",
          governedRegions: ["us-east-1", "eu-west-1"],
          externalId: "cordon-prod",
          rolePath: "/",
          sweepHours: 6,
          excludedAccounts: ["111122223333"],
          targetUnits: ["ou-ab12-workloads"],
          breakGlassRoles: ["rescue"],
          breakGlassUsers: [],
          hubBusName: "cordon-hub",
          noticeTopicArn: "arn:topic",
          keyArn: "arn:key",
        }),
    );
  });

  it("gets what changes VPCs and endpoints, from every account", () => {
    const { name, eventBusName, eventPattern } = made.named("sweeper-events-rule").inputs;
    expect([name, eventBusName]).to.deep.equal(["cordon-sweep", "cordon-hub"]);
    expect(JSON.parse(eventPattern)).to.deep.include({
      source: ["aws.ec2"],
      "detail-type": ["AWS API Call via CloudTrail"],
    });
  });

  it("gets the accounts and regions to sweep, and its own queue", () => {
    expect(made.named("sweeper-events-worker-function").inputs).to.deep.include({
      name: "cordon-sweep",
      timeout: 150,
      environment: {
        variables: {
          EXTERNAL_ID: "cordon-prod",
          ROLE_PATH: "/",
          GOVERNED_REGIONS: "us-east-1,eu-west-1",
          SECURITY_ACCOUNT: "444455556666",
          EXCLUDED_ACCOUNTS: "111122223333",
          TARGET_UNITS: "ou-ab12-workloads",
          SWEEP_HOURS: "6",
          NOTICE_TOPIC_ARN: "arn:topic",
          QUEUE_URL: "url:sweeper-events-queue",
          QUEUE_ARN: "arn:sweeper-events-queue",
          DEAD_LETTER_QUEUE_URL: "url:sweeper-events-dead-letters",
        },
      },
    });
  });

  it("takes messages of its rule, of itself, of redrives and of break-glass principals alone", () => {
    const { policy } = made.named("sweeper-events-queue-policy").inputs;
    expect(JSON.parse(policy).Statement[1]).to.deep.equal({
      Effect: "Deny",
      Principal: "*",
      Action: "sqs:SendMessage",
      Resource: "arn:sweeper-events-queue",
      Condition: {
        ArnNotEquals: { "aws:SourceArn": ["arn:sweeper-events-rule"] },
        ArnNotLike: {
          "aws:PrincipalArn": [
            "arn:aws:iam::444455556666:role/cordon-redrive",
            "arn:aws:iam::444455556666:role/rescue",
            "arn:aws:iam::444455556666:role/cordon-sweep",
          ],
        },
      },
    });
  });

  it("may assume one role in accounts, list the organization's accounts, publish notices, and enqueue", () => {
    const statements = JSON.parse(
      made.named("sweeper-events-worker-policy").inputs.policy,
    ).Statement;
    expect(statements.slice(0, 5)).to.deep.equal([
      {
        Effect: "Allow",
        Action: ["sts:AssumeRole"],
        Resource: ["arn:aws:iam::*:role/cordon-prepare-instance"],
        Condition: { StringEquals: { "aws:ResourceOrgID": "o-exampleorgid" } },
      },
      {
        Effect: "Allow",
        Action: ["organizations:DescribeAccount"],
        Resource: ["arn:aws:organizations::111122223333:account/o-exampleorgid/*"],
      },
      { Effect: "Allow", Action: ["organizations:ListAccounts"], Resource: ["*"] },
      {
        Effect: "Allow",
        Action: [
          "organizations:ListAccountsForParent",
          "organizations:ListOrganizationalUnitsForParent",
        ],
        Resource: [
          "arn:aws:organizations::111122223333:root/o-exampleorgid/*",
          "arn:aws:organizations::111122223333:ou/o-exampleorgid/*",
        ],
      },
      { Effect: "Allow", Action: ["sns:Publish"], Resource: ["arn:topic"] },
    ]);
    expect(statements.flatMap(({ Action }: { Action: string[] }) => Action)).to.not.include.members(
      ["dynamodb:PutItem"],
    );
  });

  it("is invoked every few hours, and raises an alarm for invocations that never arrived", () => {
    expect(made.named("sweeper-schedule").inputs).to.deep.equal({
      name: "cordon-sweep",
      description: "Sends the sweeper through all accounts",
      scheduleExpression: "rate(6 hours)",
    });
    expect(made.named("sweeper-target").inputs).to.deep.equal({
      rule: "cordon-sweep",
      targetId: "cordon-sweep",
      arn: "arn:sweeper-events-worker-function",
      deadLetterConfig: { arn: "arn:sweeper-dead-letters" },
    });
    expect(made.named("sweeper-dead-letters").inputs.name).to.equal(
      "cordon-sweep-schedule-dead-letters",
    );
  });

  it("raises an alarm for every hop that can lose something", () => {
    const alarms = made.ofType("aws:cloudwatch/metricAlarm:MetricAlarm");
    expect(
      alarms
        .map(({ inputs }) => [
          inputs.name,
          `${inputs.namespace} ${inputs.metricName}`,
          inputs.dimensions,
          inputs.treatMissingData,
        ])
        .sort((a, b) => (a[0] < b[0] ? -1 : 1)),
    ).to.deep.equal([
      [
        "cordon-sweep-dead-letters",
        "AWS/SQS ApproximateNumberOfMessagesVisible",
        { QueueName: "cordon-sweep-dead-letters" },
        "notBreaching",
      ],
      [
        "cordon-sweep-errors",
        "AWS/Lambda Errors",
        { FunctionName: "cordon-sweep" },
        "notBreaching",
      ],
      [
        "cordon-sweep-forwarding-missing",
        "GuardDuty/AutoRemediation ForwardingMissing",
        { Service: "cordon" },
        "notBreaching",
      ],
      [
        "cordon-sweep-schedule-dead-letters",
        "AWS/SQS ApproximateNumberOfMessagesVisible",
        { QueueName: "cordon-sweep-schedule-dead-letters" },
        "notBreaching",
      ],
      [
        "cordon-sweep-slow",
        "AWS/Lambda Duration",
        { FunctionName: "cordon-sweep" },
        "notBreaching",
      ],
      [
        "cordon-sweep-throttles",
        "AWS/Lambda Throttles",
        { FunctionName: "cordon-sweep" },
        "notBreaching",
      ],
      [
        "cordon-sweep-uncontainable",
        "GuardDuty/AutoRemediation AccountsUncontainable",
        { Service: "cordon" },
        "ignore",
      ],
      [
        "cordon-sweep-undelivered",
        "GuardDuty/AutoRemediation EventsUndelivered",
        { Service: "cordon" },
        "notBreaching",
      ],
      [
        "cordon-sweep-waiting",
        "AWS/SQS ApproximateNumberOfMessagesVisible",
        { QueueName: "cordon-sweep" },
        "notBreaching",
      ],
    ]);
    for (const { inputs } of alarms) {
      // Of 150 seconds, 135.
      const threshold = inputs.name === "cordon-sweep-slow" ? 135_000 : 0;
      expect([inputs.threshold, inputs.alarmActions]).to.deep.equal([threshold, ["arn:topic"]]);
    }
  });
});
