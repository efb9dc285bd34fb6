import { expect } from "chai";
import {
  KeyRotationReports,
  type KeyRotationReportsArgs,
} from "../../../components/flows/key-rotation/reports";
import { KeyRotationTopic } from "../../../components/flows/key-rotation/topic";
import { keyRotationPart } from "../../../components/organization/baseline/key-rotation";
import { readRunbook } from "../../../local/gateway/runbook";
import {
  asCloudFormation,
  args as baseline,
  direct,
  inTemplate,
  named,
} from "../../support/baseline";
import { record, resolved } from "../../support/recorder";

const args = {
  ...baseline,
  accessKeyMaxAgeDays: 60,
  accessKeyCheckHours: "12",
  accessKeyAttempts: 3,
  accessKeyRetrySeconds: 300,
} as const;
const roleArn = "arn:aws:iam::777788889999:role/cordon-report-key-rotation";
const topicArn = "arn:aws:sns:us-east-1:444455556666:cordon-key-rotation";

describe("components/organization/baseline/key-rotation [P7]", () => {
  for (const [title, shape] of Object.entries({
    "as it ships": args,
    "with a path and a boundary of one's own": {
      ...args,
      rolePath: "/security/responders/",
      permissionsBoundary: "boundaries/edge",
    },
  })) {
    it(`is the same in a stack as in the direct mode, ${title}`, async () => {
      const found = named(keyRotationPart(shape));
      expect(Object.keys(found)).to.have.length(4);
      expect(asCloudFormation(await direct(keyRotationPart(shape)))).to.deep.equal(found);
    });
  }

  it("checks each key's age against the maximum, as often as set", () => {
    const { KeyRotationRule } = inTemplate(keyRotationPart(args));
    expect(KeyRotationRule.Properties).to.deep.equal({
      ConfigRuleName: "cordon-access-keys-rotated",
      Description: "Finds users whose active access keys are older than 60 days",
      InputParameters: { maxAccessKeyAge: "60" },
      MaximumExecutionFrequency: "Twelve_Hours",
      Source: { Owner: "AWS", SourceIdentifier: "ACCESS_KEYS_ROTATED" },
    });
  });

  const frequencies = [
    ["1", "One_Hour"],
    ["3", "Three_Hours"],
    ["6", "Six_Hours"],
    ["24", "TwentyFour_Hours"],
  ] as const;
  for (const [hours, word] of frequencies) {
    it(`writes every ${hours} hours as ${word}, AWS Config's value`, () => {
      const part = keyRotationPart({ ...args, accessKeyCheckHours: hours });
      const { KeyRotationRule } = inTemplate(part);
      expect(KeyRotationRule.Properties.MaximumExecutionFrequency).to.equal(word);
    });
  }

  it("remediates automatically, with the user's id and the role of the account", () => {
    const { KeyRotationRemediation } = inTemplate(keyRotationPart(args));
    expect(KeyRotationRemediation.Properties).to.deep.equal({
      ConfigRuleName: "cordon-access-keys-rotated",
      TargetType: "SSM_DOCUMENT",
      TargetId: "cordon-access-keys-rotated",
      Automatic: true,
      MaximumAutomaticAttempts: 3,
      RetryAttemptSeconds: 300,
      Parameters: {
        ResourceId: { ResourceValue: { Value: "RESOURCE_ID" } },
        AutomationAssumeRole: { StaticValue: { Values: [roleArn] } },
      },
    });
    expect(KeyRotationRemediation.DependsOn).to.have.members([
      "KeyRotationRole",
      "KeyRotationDocument",
      "KeyRotationRule",
    ]);
  });

  it("looks the user's name up, then publishes the sentence, once, within 30 s, or aborts", () => {
    const { KeyRotationDocument } = inTemplate(keyRotationPart(args));
    const { Content, ...document } = KeyRotationDocument.Properties;
    expect(document).to.deep.equal({
      Name: "cordon-access-keys-rotated",
      DocumentType: "Automation",
      DocumentFormat: "JSON",
      UpdateMethod: "NewVersion",
    });
    expect([Content.schemaVersion, Content.assumeRole]).to.deep.equal([
      "0.3",
      "{{AutomationAssumeRole}}",
    ]);
    expect(Object.keys(Content.parameters)).to.deep.equal(["ResourceId", "AutomationAssumeRole"]);
    expect(Content.mainSteps).to.deep.equal([
      {
        name: "configStep",
        action: "aws:executeAwsApi",
        inputs: {
          Service: "config",
          Api: "ListDiscoveredResources",
          resourceType: "AWS::IAM::User",
          resourceIds: ["{{ResourceId}}"],
        },
        outputs: [
          {
            Name: "configUserName",
            Selector: "$.resourceIdentifiers[0].resourceName",
            Type: "String",
          },
        ],
      },
      {
        name: "publishMessage",
        action: "aws:executeAutomation",
        maxAttempts: 1,
        timeoutSeconds: 30,
        onFailure: "Abort",
        inputs: {
          DocumentName: "AWS-PublishSNSNotification",
          RuntimeParameters: {
            TopicArn: topicArn,
            Message:
              'Account "{{global:ACCOUNT_ID}}" User "{{configStep.configUserName}}" needs to rotate their access key.',
          },
        },
      },
    ]);
    expect(() => readRunbook(JSON.stringify(Content))).not.to.throw();
  });

  it("trusts Systems Manager for this account's automations alone", () => {
    const { KeyRotationRole } = inTemplate(keyRotationPart(args));
    expect(KeyRotationRole.Properties.AssumeRolePolicyDocument.Statement).to.deep.equal([
      {
        Effect: "Allow",
        Principal: { Service: "ssm.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: { StringEquals: { "aws:SourceAccount": "777788889999" } },
      },
    ]);
  });

  it("may do what the two steps need, and nothing else", () => {
    const { KeyRotationRole } = inTemplate(keyRotationPart(args));
    const [policy, ...others] = KeyRotationRole.Properties.Policies;
    expect(others).to.deep.equal([]);
    const executions = "arn:aws:ssm:eu-west-1:777788889999:automation-execution/*";
    expect(policy.PolicyDocument.Statement).to.deep.equal([
      { Effect: "Allow", Action: ["config:ListDiscoveredResources"], Resource: ["*"] },
      {
        Effect: "Allow",
        Action: ["ssm:StartAutomationExecution"],
        Resource: [
          "arn:aws:ssm:eu-west-1::document/AWS-PublishSNSNotification",
          "arn:aws:ssm:eu-west-1::automation-definition/AWS-PublishSNSNotification:*",
          executions,
        ],
      },
      { Effect: "Allow", Action: ["ssm:GetAutomationExecution"], Resource: [executions] },
      { Effect: "Allow", Action: ["sns:Publish"], Resource: [topicArn] },
      {
        Effect: "Allow",
        Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
        Resource: ["arn:aws:kms:us-east-1:444455556666:key/*"],
        Condition: { StringEquals: { "kms:ViaService": "sns.us-east-1.amazonaws.com" } },
      },
    ]);
  });
});

describe("components/flows/key-rotation/topic [P7]", () => {
  const topic = (changes: Partial<ConstructorParameters<typeof KeyRotationTopic>[1]> = {}) =>
    record(
      () =>
        new KeyRotationTopic("key-rotation", {
          securityAccount: "444455556666",
          homeRegion: "us-east-1",
          organizationId: "o-exampleorgid",
          rolePath: "/",
          accessKeyPublishers: "organization",
          accessKeyPublisherAccounts: [],
          ...changes,
        }),
    );
  const statements = (policy: string) => JSON.parse(policy).Statement;
  const tlsOnly = {
    Sid: "EncryptedTransportOnly",
    Effect: "Deny",
    Principal: "*",
    Action: "sns:Publish",
    Resource: "arn:key-rotation-topic",
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };

  it("is encrypted with a KMS key of its own, which rotates", async () => {
    const { named: resource, result } = await topic();
    const { policy: _, ...key } = resource("key-rotation-key").inputs;
    expect(key).to.deep.equal({
      description: "Encrypts key rotation reports",
      enableKeyRotation: true,
      deletionWindowInDays: 30,
    });
    expect(resource("key-rotation-topic").inputs).to.deep.equal({
      name: "cordon-key-rotation",
      kmsMasterKeyId: "arn:key-rotation-key",
    });
    expect(await resolved(result.topicArn)).to.equal("arn:key-rotation-topic");
  });

  it("allows the automations' role of every account of the organization, over TLS", async () => {
    const { named: resource } = await topic();
    expect(statements(resource("key-rotation-policy").inputs.policy)).to.deep.equal([
      {
        Sid: "Automations",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: "sns:Publish",
        Resource: "arn:key-rotation-topic",
        Condition: {
          ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/cordon-report-key-rotation" },
          StringEquals: { "aws:PrincipalOrgID": "o-exampleorgid" },
        },
      },
      tlsOnly,
    ]);
  });

  it("lets the same roles use the key, through SNS alone", async () => {
    const { named: resource } = await topic();
    expect(statements(resource("key-rotation-key").inputs.policy)).to.deep.equal([
      {
        Sid: "Administration",
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::444455556666:root" },
        Action: "kms:*",
        Resource: "*",
      },
      {
        Sid: "AutomationsThroughSns",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
        Resource: "*",
        Condition: {
          ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/cordon-report-key-rotation" },
          StringEquals: {
            "aws:PrincipalOrgID": "o-exampleorgid",
            "kms:ViaService": "sns.us-east-1.amazonaws.com",
          },
        },
      },
    ]);
  });

  it("allows listed accounts alone, and roles under their path, where so set", async () => {
    const { named: resource } = await topic({
      rolePath: "/security/",
      accessKeyPublishers: "listed",
      accessKeyPublisherAccounts: ["777788889999", "222233334444"],
    });
    const roles = {
      "aws:PrincipalArn": [
        "arn:aws:iam::777788889999:role/security/cordon-report-key-rotation",
        "arn:aws:iam::222233334444:role/security/cordon-report-key-rotation",
      ],
    };
    const [automations, ...others] = statements(resource("key-rotation-policy").inputs.policy);
    expect(automations.Condition).to.deep.equal({ ArnEquals: roles });
    expect(others).to.deep.equal([tlsOnly]);
    const [, throughSns] = statements(resource("key-rotation-key").inputs.policy);
    expect(throughSns.Condition).to.deep.equal({
      ArnEquals: roles,
      StringEquals: { "kms:ViaService": "sns.us-east-1.amazonaws.com" },
    });
  });
});

describe("components/flows/key-rotation/reports [P7] [R8]", () => {
  const reports = (targets: Pick<KeyRotationReportsArgs, "owner"> = {}) =>
    record(
      () =>
        new KeyRotationReports("reports", {
          securityAccount: "444455556666",
          managementAccount: "111122223333",
          organizationId: "o-exampleorgid",
          homeRegion: "us-east-1",
          noticeTopicArn: "arn:notices",
          keyArn: "arn:key",
          journalTableName: "cordon-journal",
          journalTableArn: "arn:journal",
          topicArn: "arn:reports",
          hubBusName: "cordon-hub",
          rolePath: "/security/",
          externalId: "cordon-test",
          breakGlassRoles: [],
          breakGlassUsers: ["rescue"],
          accessKeyMaxAgeDays: 60,
          ...targets,
        }),
    );

  it("subscribes a queue that accepts messages of this topic and this rule alone", async () => {
    const { named: resource } = await reports();
    expect(resource("reports-events-subscription").inputs).to.deep.equal({
      topic: "arn:reports",
      protocol: "sqs",
      endpoint: "arn:reports-events-queue",
    });
    expect(
      JSON.parse(resource("reports-events-queue-policy").inputs.policy).Statement,
    ).to.deep.equal([
      {
        Effect: "Allow",
        Principal: { Service: "sns.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: "arn:reports-events-queue",
        Condition: { ArnEquals: { "aws:SourceArn": "arn:reports" } },
      },
      {
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: "arn:reports-events-queue",
        Condition: { ArnEquals: { "aws:SourceArn": "arn:reports-events-rule" } },
      },
      {
        Effect: "Deny",
        Principal: "*",
        Action: "sqs:SendMessage",
        Resource: "arn:reports-events-queue",
        Condition: {
          ArnNotEquals: { "aws:SourceArn": ["arn:reports", "arn:reports-events-rule"] },
          ArnNotLike: {
            "aws:PrincipalArn": [
              "arn:aws:iam::444455556666:role/cordon-redrive",
              "arn:aws:iam::444455556666:user/rescue",
            ],
          },
        },
      },
    ]);
  });

  it("gets the automation's failures from the hub, and keeps undeliverable ones", async () => {
    const { named: resource } = await reports();
    const { eventPattern, ...rule } = resource("reports-events-rule").inputs;
    expect(rule).to.include({ name: "cordon-key-rotation", eventBusName: "cordon-hub" });
    expect(JSON.parse(eventPattern)).to.deep.equal({
      source: ["aws.ssm"],
      "detail-type": ["EC2 Automation Execution Status-change Notification"],
      detail: {
        Definition: ["cordon-access-keys-rotated"],
        Status: ["Failed", "TimedOut", "Cancelled"],
      },
    });
    expect(resource("reports-events-target").inputs).to.deep.include({
      arn: "arn:reports-events-queue",
      deadLetterConfig: { arn: "arn:reports-events-dead-letters" },
    });
    const { policy } = resource("reports-events-dead-letters-policy").inputs;
    expect(JSON.parse(policy).Statement[0].Condition).to.deep.equal({
      ArnEquals: { "aws:SourceArn": "arn:reports-events-rule" },
    });
  });

  it("keeps what failed five deliveries, and raises an alarm", async () => {
    const { named: resource } = await reports();
    const { redrivePolicy, ...queue } = resource("reports-events-queue").inputs;
    expect(queue).to.deep.equal({
      name: "cordon-key-rotation",
      maxMessageSize: 262_144,
      visibilityTimeoutSeconds: 180,
      sqsManagedSseEnabled: true,
    });
    expect(JSON.parse(redrivePolicy)).to.deep.equal({
      deadLetterTargetArn: "arn:reports-events-dead-letters",
      maxReceiveCount: 5,
    });
    expect(resource("reports-events-dead-letters").inputs).to.include({
      name: "cordon-key-rotation-dead-letters",
      messageRetentionSeconds: 1209600,
    });
    expect(resource("reports-events-alarm").inputs.alarmActions).to.deep.equal(["arn:notices"]);
  });

  it("gives the function at most two reports at a time", async () => {
    const { named: resource } = await reports();
    expect(resource("reports-events-mapping").inputs.scalingConfig).to.deep.equal({
      maximumConcurrency: 2,
    });
  });

  const common = [
    {
      Effect: "Allow",
      Action: ["organizations:DescribeAccount"],
      Resource: ["arn:aws:organizations::111122223333:account/o-exampleorgid/*"],
    },
    { Effect: "Allow", Action: ["sns:Publish"], Resource: ["arn:notices"] },
    {
      Effect: "Allow",
      Action: ["dynamodb:PutItem", "dynamodb:UpdateItem"],
      Resource: ["arn:journal"],
      Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["key-rotation/*"] } },
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
    {
      Effect: "Allow",
      Action: ["sts:AssumeRole"],
      Resource: ["arn:aws:iam::*:role/security/cordon-investigate-identity"],
      Condition: { StringEquals: { "aws:ResourceOrgID": "o-exampleorgid" } },
    },
  ];

  it("gives the function what it needs; without mail to owners, nothing for it", async () => {
    const { named: resource } = await reports();
    const { environment, name } = resource("reports-events-worker-function").inputs;
    expect([name, environment.variables]).to.deep.equal([
      "cordon-notify-key-rotation",
      {
        REPORT_TOPIC_ARN: "arn:reports",
        NOTICE_TOPIC_ARN: "arn:notices",
        JOURNAL_TABLE: "cordon-journal",
        MAX_AGE_DAYS: "60",
        EXTERNAL_ID: "cordon-test",
        ROLE_PATH: "/security/",
        QUEUE_ARN: "arn:reports-events-queue",
        DEAD_LETTER_QUEUE_URL: "url:reports-events-dead-letters",
      },
    ]);
    const { Statement } = JSON.parse(resource("reports-events-worker-policy").inputs.policy);
    expect(Statement).to.deep.equal([
      ...common,
      {
        Effect: "Allow",
        Action: [
          "sqs:ChangeMessageVisibility",
          "sqs:DeleteMessage",
          "sqs:GetQueueAttributes",
          "sqs:ReceiveMessage",
        ],
        Resource: ["arn:reports-events-queue"],
      },
      {
        Effect: "Allow",
        Action: ["sqs:SendMessage"],
        Resource: ["arn:reports-events-dead-letters"],
      },
      {
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: ["arn:reports-events-worker-log:*"],
      },
    ]);
  });

  it("lets it send e-mail from one address to the listed domains alone", async () => {
    const mail = { tag: "Owner", from: "cordon@example.com", domains: ["example.com", "ex.org"] };
    const { named: resource } = await reports({ owner: mail });
    const { environment } = resource("reports-events-worker-function").inputs;
    expect(JSON.parse(environment.variables.OWNER)).to.deep.equal(mail);
    const { Statement } = JSON.parse(resource("reports-events-worker-policy").inputs.policy);
    expect(Statement).to.deep.include.members([
      {
        Effect: "Allow",
        Action: ["ses:SendEmail"],
        Resource: [
          "arn:aws:ses:us-east-1:444455556666:identity/cordon@example.com",
          "arn:aws:ses:us-east-1:444455556666:identity/example.com",
          "arn:aws:ses:us-east-1:444455556666:configuration-set/*",
        ],
        Condition: {
          StringEquals: { "ses:FromAddress": "cordon@example.com" },
          "ForAllValues:StringLike": { "ses:Recipients": ["*@example.com", "*@ex.org"] },
          Null: { "ses:Recipients": "false" },
        },
      },
    ]);
  });
});
