import { expect } from "chai";
import { Triage } from "../../components/flows/triage/triage";
import { ForwardingAlarms } from "../../components/hub/alarms";
import { HubBus } from "../../components/hub/bus";
import { record } from "../support/recorder";

describe("components/hub/bus [P6]", () => {
  const admitted = (Sid: string, account: string, source: string, detailType: string) => ({
    Sid,
    Effect: "Allow",
    Principal: "*",
    Action: "events:PutEvents",
    Resource: "arn:hub-bus",
    Condition: {
      ArnLike: { "aws:PrincipalArn": `arn:aws:iam::${account}:role/cordon-forward-*` },
      StringEquals: { "aws:PrincipalOrgID": "o-exampleorgid" },
      "ForAllValues:StringEquals": {
        "events:source": [source],
        "events:detail-type": [detailType],
      },
      Null: { "events:source": "false", "events:detail-type": "false" },
    },
  });

  it("admits of each source's events only those its forwarders send", async () => {
    const { named } = await record(
      () =>
        new HubBus("hub", {
          securityAccount: "444455556666",
          organizationId: "o-exampleorgid",
          rolePath: "/",
        }),
    );
    expect(named("hub-bus").inputs).to.deep.equal({ name: "cordon-hub" });
    expect(named("hub-policy").inputs.eventBusName).to.equal("cordon-hub");
    expect(JSON.parse(named("hub-policy").inputs.policy)).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        admitted("GuardDutyFindings", "444455556666", "aws.guardduty", "GuardDuty Finding"),
        admitted(
          "SecurityHubActions",
          "444455556666",
          "aws.securityhub",
          "Security Hub Findings - Custom Action",
        ),
        admitted(
          "ImportedFindings",
          "444455556666",
          "aws.securityhub",
          "Security Hub Findings - Imported",
        ),
        admitted("ImportedFindingsV2", "444455556666", "aws.securityhub", "Findings Imported V2"),
        admitted(
          "TrustedAdvisorItems",
          "*",
          "aws.trustedadvisor",
          "Trusted Advisor Check Item Refresh Notification",
        ),
        admitted("HealthEvents", "*", "aws.health", "AWS Health Event"),
        admitted("Ec2Calls", "*", "aws.ec2", "AWS API Call via CloudTrail"),
        admitted("IamCalls", "*", "aws.iam", "AWS API Call via CloudTrail"),
        admitted("RootSignIns", "*", "aws.signin", "AWS Console Sign In via CloudTrail"),
        admitted("ComplianceChanges", "*", "aws.config", "Config Rules Compliance Change"),
        admitted("ExternalAccess", "*", "aws.access-analyzer", "Access Analyzer Finding"),
        admitted(
          "FailedReports",
          "*",
          "aws.ssm",
          "EC2 Automation Execution Status-change Notification",
        ),
      ],
    });
  });

  it("knows forwarders by the path that the organization gives its roles", async () => {
    const { named } = await record(
      () =>
        new HubBus("hub", {
          securityAccount: "444455556666",
          organizationId: "o-exampleorgid",
          rolePath: "/security/",
        }),
    );
    const [first] = JSON.parse(named("hub-policy").inputs.policy).Statement;
    expect(first.Condition.ArnLike).to.deep.equal({
      "aws:PrincipalArn": "arn:aws:iam::444455556666:role/security/cordon-forward-*",
    });
  });
});

describe("components/hub/alarms [D6] [E3]", () => {
  it("raises an alarm for each forwarding's dead letters in the home region of the security account", async () => {
    const { ofType } = await record(
      () => new ForwardingAlarms("alarms", { noticeTopicArn: "arn:topic" }),
    );
    const alarms = ofType("aws:cloudwatch/metricAlarm:MetricAlarm");
    expect(alarms.map(({ inputs }) => inputs.dimensions.QueueName)).to.deep.equal([
      "cordon-forward-guardduty-dead-letters",
      "cordon-forward-security-hub-dead-letters",
      "cordon-forward-exposures-dead-letters",
      "cordon-forward-network-dead-letters",
      "cordon-forward-drift-dead-letters",
      "cordon-forward-compliance-dead-letters",
    ]);
    expect(alarms[3]?.inputs).to.deep.include({
      name: "cordon-forward-network-dead-letters",
      alarmDescription:
        "Events that cordon-forward-network could not deliver wait in cordon-forward-network-dead-letters.",
      threshold: 0,
      alarmActions: ["arn:topic"],
    });
  });
});

describe("components/flows/triage/triage", () => {
  it("receives the hub's events but those of five sources, and of these what is root's or ends a quarantine; may look up accounts, publish, and write the notification log", async () => {
    const { named } = await record(
      () =>
        new Triage("triage", {
          securityAccount: "444455556666",
          breakGlassRoles: ["rescue"],
          breakGlassUsers: [],
          managementAccount: "111122223333",
          organizationId: "o-exampleorgid",
          sampleFindings: "log",
          noticesAlone: 4,
          homeRegion: "us-east-1",
          hubBusName: "cordon-hub",
          noticeTopicArn: "arn:topic",
          keyArn: "arn:key",
          journalTableName: "cordon-journal",
          journalTableArn: "arn:journal",
        }),
    );
    expect(JSON.parse(named("triage-events-rule").inputs.eventPattern)).to.deep.equal({
      $or: [
        {
          source: [
            { "anything-but": ["aws.ssm", "aws.health", "aws.ec2", "aws.iam", "aws.signin"] },
          ],
          "detail-type": [
            { "anything-but": ["Security Hub Findings - Imported", "Findings Imported V2"] },
          ],
        },
        {
          source: ["aws.signin"],
          "detail-type": ["AWS Console Sign In via CloudTrail"],
          detail: {
            eventSource: ["signin.amazonaws.com"],
            eventName: [
              "ConsoleLogin",
              "EmailUpdated",
              "PasswordRecoveryCompleted",
              "PasswordRecoveryRequested",
              "PasswordUpdated",
            ],
            userIdentity: { type: ["Root"] },
          },
        },
        {
          source: ["aws.iam"],
          "detail-type": ["AWS API Call via CloudTrail"],
          detail: {
            eventSource: ["iam.amazonaws.com"],
            readOnly: [false],
            errorCode: [{ exists: false }],
            userIdentity: {
              type: ["Root"],
              invokedBy: [{ exists: false }, null, "signin.amazonaws.com"],
            },
          },
        },
        {
          source: ["aws.iam"],
          "detail-type": ["AWS API Call via CloudTrail"],
          detail: {
            eventSource: ["iam.amazonaws.com"],
            eventName: ["DetachUserPolicy"],
            errorCode: [{ exists: false }],
            requestParameters: {
              policyArn: [{ prefix: "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantine" }],
            },
          },
        },
      ],
    });
    expect(named("triage-events-worker-function").inputs.environment.variables).to.deep.equal({
      SAMPLE_FINDINGS: "log",
      NOTICE_TOPIC_ARN: "arn:topic",
      NOTICES_ALONE: "4",
      QUEUE_ARN: "arn:triage-events-queue",
      SECOND_QUEUE_ARN: "arn:triage-events-imported-queue",
      JOURNAL_TABLE: "cordon-journal",
      DEAD_LETTER_QUEUE_URL: "url:triage-events-dead-letters",
    });
    // What an account imports without end has a queue of its own.
    expect(named("triage-events-imported-rule").inputs).to.deep.include({
      name: "cordon-triage-imported",
      eventBusName: "cordon-hub",
      eventPattern:
        '{"source":["aws.securityhub"],"detail-type":["Security Hub Findings - Imported","Findings Imported V2"]}',
    });
    expect(named("triage-events-imported-mapping").inputs.scalingConfig).to.deep.equal({
      maximumConcurrency: 5,
    });
    expect(named("triage-events-mapping").inputs.scalingConfig).to.deep.equal({
      maximumConcurrency: 20,
    });
    const [, others] = JSON.parse(named("triage-events-queue-policy").inputs.policy).Statement;
    expect([others.Effect, others.Condition]).to.deep.equal([
      "Deny",
      {
        ArnNotEquals: { "aws:SourceArn": ["arn:triage-events-rule"] },
        ArnNotLike: {
          "aws:PrincipalArn": [
            "arn:aws:iam::444455556666:role/cordon-redrive",
            "arn:aws:iam::444455556666:role/rescue",
          ],
        },
      },
    ]);
    expect(
      JSON.parse(named("triage-events-worker-policy").inputs.policy).Statement.slice(0, 4),
    ).to.deep.equal([
      {
        Effect: "Allow",
        Action: ["organizations:DescribeAccount"],
        Resource: ["arn:aws:organizations::111122223333:account/o-exampleorgid/*"],
      },
      { Effect: "Allow", Action: ["sns:Publish"], Resource: ["arn:topic"] },
      {
        Effect: "Allow",
        Action: ["dynamodb:PutItem", "dynamodb:UpdateItem"],
        Resource: ["arn:journal"],
        Condition: {
          "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["breach/*", "finding/*"] },
        },
      },
      {
        Effect: "Allow",
        Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
        Resource: ["arn:key"],
        Condition: {
          StringEquals: {
            "kms:ViaService": ["dynamodb.us-east-1.amazonaws.com", "sns.us-east-1.amazonaws.com"],
          },
        },
      },
    ]);
  });
});
