import { expect } from "chai";
import { Forwarding } from "../../components/detect/forwarding";
import { HubBus } from "../../components/detect/hub-bus";
import { Triage } from "../../components/detect/triage";
import { record } from "./recorder";

describe("components/detect/hub-bus", () => {
  it("admits GuardDuty's findings from the security account's forwarders only", async () => {
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
        {
          Sid: "GuardDutyFindings",
          Effect: "Allow",
          Principal: "*",
          Action: "events:PutEvents",
          Resource: "arn:hub-bus",
          Condition: {
            ArnLike: { "aws:PrincipalArn": "arn:aws:iam::444455556666:role/cordon-forward-*" },
            StringEquals: { "aws:PrincipalOrgID": "o-exampleorgid" },
            "ForAllValues:StringEquals": {
              "events:source": ["aws.guardduty"],
              "events:detail-type": ["GuardDuty Finding"],
            },
            Null: { "events:source": "false", "events:detail-type": "false" },
          },
        },
      ],
    });
  });
});

describe("components/detect/forwarding", () => {
  const forward = () =>
    new Forwarding("forwarding", {
      region: "eu-west-1",
      securityAccount: "444455556666",
      hubBusArn: "arn:hub",
    });

  it("sends the region's GuardDuty findings to the hub", async () => {
    const { named } = await record(forward);
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

  it("keeps in the same region, for 14 days, what the hub did not take", async () => {
    const { named } = await record(forward);
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
    const { named } = await record(forward);
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
