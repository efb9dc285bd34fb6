import { expect } from "chai";
import { Forwarding, type ForwardingArgs } from "../../components/detect/forwarding";
import { ForwardingAlarms } from "../../components/detect/forwarding-alarms";
import { HubBus } from "../../components/detect/hub-bus";
import { Triage } from "../../components/detect/triage";
import { record } from "./recorder";

describe("components/detect/hub-bus", () => {
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
          partition: "aws",
          securityAccount: "444455556666",
          organizationId: "o-exampleorgid",
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
          "TrustedAdvisorItems",
          "*",
          "aws.trustedadvisor",
          "Trusted Advisor Check Item Refresh Notification",
        ),
        admitted("HealthEvents", "*", "aws.health", "AWS Health Event"),
        admitted("NetworkCalls", "*", "aws.ec2", "AWS API Call via CloudTrail"),
        admitted("ComplianceChanges", "*", "aws.config", "Config Rules Compliance Change"),
      ],
    });
  });
});

describe("components/detect/forwarding", () => {
  const forward = (changes: Partial<ForwardingArgs> = {}) =>
    new Forwarding("forwarding", {
      what: "guardduty",
      region: "eu-west-1",
      account: "444455556666",
      hubBusArn: "arn:hub",
      ...changes,
    });

  it("sends the region's GuardDuty findings to the hub", async () => {
    const { named } = await record(() => forward());
    expect(named("forwarding-rule").inputs).to.deep.equal({
      region: "eu-west-1",
      name: "cordon-forward-guardduty",
      description: "Forwards GuardDuty findings to Cordon's hub",
      eventPattern: '{"source":["aws.guardduty"],"detail-type":["GuardDuty Finding"]}',
    });
    expect(named("forwarding-target").inputs).to.deep.equal({
      region: "eu-west-1",
      rule: "cordon-forward-guardduty",
      targetId: "cordon-hub",
      arn: "arn:hub",
      roleArn: "arn:forwarding-role",
      deadLetterConfig: { arn: "arn:forwarding-dead-letters" },
    });
  });

  it("sends a member's exposed credentials, and lets that account's rules alone use the role", async () => {
    const { named } = await record(() =>
      forward({ what: "exposures", region: "us-east-1", account: "777788889999" }),
    );
    const { name, eventPattern } = named("forwarding-rule").inputs;
    expect(name).to.equal("cordon-forward-exposures");
    expect(JSON.parse(eventPattern)).to.deep.equal({
      $or: [
        {
          source: ["aws.trustedadvisor"],
          "detail-type": ["Trusted Advisor Check Item Refresh Notification"],
          detail: { "check-name": ["Exposed Access Keys"] },
        },
        {
          source: ["aws.health"],
          "detail-type": ["AWS Health Event"],
          detail: {
            eventTypeCode: [
              "AWS_RISK_CREDENTIALS_EXPOSED",
              "AWS_RISK_CREDENTIALS_EXPOSURE_SUSPECTED",
            ],
          },
        },
      ],
    });
    const role = named("forwarding-role").inputs;
    expect(role.name).to.equal("cordon-forward-exposures");
    expect(JSON.parse(role.assumeRolePolicy).Statement[0].Condition).to.deep.equal({
      StringEquals: { "aws:SourceAccount": "777788889999" },
    });
    expect(named("forwarding-dead-letters").inputs.name).to.equal(
      "cordon-forward-exposures-dead-letters",
    );
  });

  it("sends what changes a VPC or its endpoints, with a role for each region", async () => {
    const { named } = await record(() => forward({ what: "network", account: "777788889999" }));
    const { name, eventPattern } = named("forwarding-rule").inputs;
    expect(name).to.equal("cordon-forward-network");
    expect(JSON.parse(eventPattern)).to.deep.equal({
      source: ["aws.ec2"],
      "detail-type": ["AWS API Call via CloudTrail"],
      detail: {
        eventSource: ["ec2.amazonaws.com"],
        eventName: [
          "CreateVpc",
          "CreateDefaultVpc",
          "CreateVpcEndpoint",
          "DeleteVpcEndpoints",
          "ModifyVpcEndpoint",
        ],
        errorCode: [{ exists: false }],
      },
    });
    expect(named("forwarding-role").inputs.name).to.equal("cordon-forward-network-eu-west-1");
    expect(named("forwarding-dead-letters").inputs.name).to.equal(
      "cordon-forward-network-dead-letters",
    );
  });

  it("sends what breaks the listed rules of AWS Config, and no other verdict", async () => {
    const { named } = await record(() => forward({ what: "compliance" }));
    const { name, eventPattern } = named("forwarding-rule").inputs;
    expect(name).to.equal("cordon-forward-compliance");
    expect(JSON.parse(eventPattern)).to.deep.equal({
      source: ["aws.config"],
      "detail-type": ["Config Rules Compliance Change"],
      detail: {
        configRuleName: ["cordon-access-keys-rotated"],
        newEvaluationResult: { complianceType: ["NON_COMPLIANT"] },
      },
    });
    expect(named("forwarding-role").inputs.name).to.equal("cordon-forward-compliance-eu-west-1");
  });

  it("sends what people choose in Security Hub", async () => {
    const { named } = await record(() => forward({ what: "security-hub", region: "us-east-1" }));
    const { name, eventPattern } = named("forwarding-rule").inputs;
    expect(name).to.equal("cordon-forward-security-hub");
    expect(JSON.parse(eventPattern).resources).to.deep.equal([
      { suffix: ":action/custom/CordonContain" },
    ]);
    expect(named("forwarding-role").inputs.name).to.equal("cordon-forward-security-hub");
  });

  it("keeps in the same region, for 14 days, what the hub did not take", async () => {
    const { named } = await record(() => forward());
    expect(named("forwarding-dead-letters").inputs).to.deep.equal({
      region: "eu-west-1",
      name: "cordon-forward-guardduty-dead-letters",
      messageRetentionSeconds: 1_209_600,
      sqsManagedSseEnabled: true,
    });
    const { region, policy } = named("forwarding-dead-letters-policy").inputs;
    expect(region).to.equal("eu-west-1");
    expect(JSON.parse(policy).Statement).to.deep.equal([
      {
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: "arn:forwarding-dead-letters",
        Condition: { ArnEquals: { "aws:SourceArn": "arn:forwarding-rule" } },
      },
    ]);
  });

  it("forwards with a role that rules of the security account may use for the hub alone", async () => {
    const { named } = await record(() => forward());
    expect(named("forwarding-role").inputs.name).to.equal("cordon-forward-eu-west-1");
    expect(JSON.parse(named("forwarding-role").inputs.assumeRolePolicy).Statement).to.deep.equal([
      {
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: { StringEquals: { "aws:SourceAccount": "444455556666" } },
      },
    ]);
    expect(JSON.parse(named("forwarding-policy").inputs.policy).Statement).to.deep.equal([
      { Effect: "Allow", Action: "events:PutEvents", Resource: "arn:hub" },
    ]);
  });
});

describe("components/detect/forwarding-alarms", () => {
  it("tells of each forwarding's dead letters in the home region of the security account", async () => {
    const { ofType } = await record(
      () => new ForwardingAlarms("alarms", { noticeTopicArn: "arn:topic" }),
    );
    const alarms = ofType("aws:cloudwatch/metricAlarm:MetricAlarm");
    expect(alarms.map(({ inputs }) => inputs.dimensions.QueueName)).to.deep.equal([
      "cordon-forward-guardduty-dead-letters",
      "cordon-forward-security-hub-dead-letters",
      "cordon-forward-exposures-dead-letters",
      "cordon-forward-network-dead-letters",
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

describe("components/detect/triage", () => {
  it("sees every event on the hub and may ask whose an account is and publish", async () => {
    const { named } = await record(
      () =>
        new Triage("triage", {
          partition: "aws",
          managementAccount: "111122223333",
          organizationId: "o-exampleorgid",
          sampleFindings: "log",
          homeRegion: "us-east-1",
          hubBusName: "cordon-hub",
          noticeTopicArn: "arn:topic",
          keyArn: "arn:key",
        }),
    );
    expect(named("triage-events-rule").inputs.eventPattern).to.equal('{"source":[{"prefix":""}]}');
    expect(named("triage-events-worker-function").inputs.environment.variables).to.deep.equal({
      SAMPLE_FINDINGS: "log",
      NOTICE_TOPIC_ARN: "arn:topic",
      DEAD_LETTER_QUEUE_URL: "url:triage-events-dead-letters",
    });
    expect(
      JSON.parse(named("triage-events-worker-policy").inputs.policy).Statement.slice(0, 3),
    ).to.deep.equal([
      {
        Effect: "Allow",
        Action: ["organizations:DescribeAccount"],
        Resource: ["arn:aws:organizations::111122223333:account/o-exampleorgid/*"],
      },
      { Effect: "Allow", Action: ["sns:Publish"], Resource: ["arn:topic"] },
      {
        Effect: "Allow",
        Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
        Resource: ["arn:key"],
        Condition: { StringEquals: { "kms:ViaService": ["sns.us-east-1.amazonaws.com"] } },
      },
    ]);
  });
});
