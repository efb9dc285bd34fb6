import { expect } from "chai";
import { forwarding } from "../../../components/organization/baseline/forwarding";
import {
  globalPart,
  regionalPart,
  resourceRolesPart,
} from "../../../components/organization/baseline/parts";
import type { BaselinePart } from "../../../components/organization/baseline/resource";
import { args, asCloudFormation, direct, inTemplate, named } from "../../support/baseline";

describe("components/organization/baseline [P5] [P6] [D6]", () => {
  const shapes = {
    "as it ships": args,
    "with a path and a boundary of one's own": {
      ...args,
      rolePath: "/security/responders/",
      permissionsBoundary: "boundaries/edge",
    },
    "with a boundary of AWS's": {
      ...args,
      permissionsBoundary: "arn:aws:iam::aws:policy/PowerUserAccess",
    },
  };
  for (const [title, shape] of Object.entries(shapes)) {
    for (const [which, part, count] of [
      ["global", globalPart(shape), 10],
      ["resources", resourceRolesPart(shape), 4],
      ["regional", regionalPart(shape), 12],
    ] as const) {
      it(`is the same in a stack as in the direct mode: the ${which} part, ${title}`, async () => {
        const found = named(part);
        expect(Object.keys(found)).to.have.length(count);
        expect(asCloudFormation(await direct(part))).to.deep.equal(found);
      });
    }
  }

  it("is the same in a stack as in the direct mode: what watches and mends by AWS Config", async () => {
    const part: BaselinePart = ({ account }) => [
      {
        id: "Rule",
        type: "AWS::Config::ConfigRule",
        properties: {
          ConfigRuleName: "cordon-one",
          Description: "One",
          InputParameters: { maxAccessKeyAge: "90" },
          MaximumExecutionFrequency: "TwentyFour_Hours",
          Source: { Owner: "AWS", SourceIdentifier: "ACCESS_KEYS_ROTATED" },
        },
      },
      {
        id: "Document",
        type: "AWS::SSM::Document",
        properties: {
          Name: "cordon-one",
          DocumentType: "Automation",
          DocumentFormat: "JSON",
          UpdateMethod: "NewVersion",
          Content: { schemaVersion: "0.3", mainSteps: [{ name: "{{ Name }}", owner: account }] },
        },
      },
      {
        id: "Remediation",
        type: "AWS::Config::RemediationConfiguration",
        properties: {
          ConfigRuleName: "cordon-one",
          TargetType: "SSM_DOCUMENT",
          TargetId: "cordon-one",
          Automatic: true,
          MaximumAutomaticAttempts: 5,
          RetryAttemptSeconds: 60,
          Parameters: {
            Role: { StaticValue: { Values: [`arn:aws:iam::${account}:role/one`] } },
            Resource: { ResourceValue: { Value: "RESOURCE_ID" } },
          },
        },
        dependsOn: ["Rule", "Document"],
      },
    ];
    const found = named(part);
    expect(Object.keys(found)).to.have.length(3);
    expect(asCloudFormation(await direct(part))).to.deep.equal(found);
  });

  // The AWS provider 6.47 reads parameters back by name, and one static value as `staticValue`.
  it("gives a remediation's parameters as the provider reads them back", async () => {
    const { AutomationAssumeRole, ResourceId, Kinds } = {
      ResourceId: { ResourceValue: { Value: "RESOURCE_ID" } },
      Kinds: { StaticValue: { Values: ["b", "a"] } },
      AutomationAssumeRole: { StaticValue: { Values: ["arn:aws:iam::777788889999:role/one"] } },
    } as const;
    const { resources } = await direct(() => [
      {
        id: "Remediation",
        type: "AWS::Config::RemediationConfiguration",
        properties: {
          ConfigRuleName: "cordon-one",
          TargetType: "SSM_DOCUMENT",
          TargetId: "cordon-one",
          Automatic: true,
          MaximumAutomaticAttempts: 5,
          RetryAttemptSeconds: 60,
          Parameters: { ResourceId, Kinds, AutomationAssumeRole },
        },
      },
    ]);
    expect(resources.at(-1)?.inputs.parameters).to.deep.equal([
      { name: "AutomationAssumeRole", staticValue: "arn:aws:iam::777788889999:role/one" },
      { name: "Kinds", staticValues: ["b", "a"] },
      { name: "ResourceId", resourceValue: "RESOURCE_ID" },
    ]);
  });

  it("is made in the region it is for, but for what is the account's", async () => {
    const { resources } = await direct(regionalPart(args));
    const regionless = resources.filter(({ inputs }) => inputs.region !== "eu-west-1");
    expect(regionless.map(({ type }) => type.split(":").at(-1)).sort()).to.deep.equal([
      "DirectBaseline",
      "Role",
      "Role",
      "Role",
      "RolePolicy",
      "RolePolicy",
      "RolePolicy",
    ]);
  });

  it("has in its global part the roles for principals and instances, and what AWS reports in one region only", () => {
    expect(Object.keys(inTemplate(globalPart(args)))).to.deep.equal([
      "CordonContainInstance",
      "CordonReleaseInstance",
      "CordonPrepareInstance",
      "CordonContainIdentity",
      "CordonReleaseIdentity",
      "CordonInvestigateIdentity",
      "CordonForwardExposuresRole",
      "CordonForwardExposuresDeadLetters",
      "CordonForwardExposuresDeadLettersPolicy",
      "CordonForwardExposuresRule",
    ]);
  });

  it("forwards from every region, by roles of its own, so that no stack waits for another", () => {
    const resources = inTemplate(regionalPart(args));
    expect(Object.keys(resources)).to.deep.equal([
      "CordonForwardNetworkRole",
      "CordonForwardNetworkDeadLetters",
      "CordonForwardNetworkDeadLettersPolicy",
      "CordonForwardNetworkRule",
      "CordonForwardDriftRole",
      "CordonForwardDriftDeadLetters",
      "CordonForwardDriftDeadLettersPolicy",
      "CordonForwardDriftRule",
      "CordonForwardComplianceRole",
      "CordonForwardComplianceDeadLetters",
      "CordonForwardComplianceDeadLettersPolicy",
      "CordonForwardComplianceRule",
    ]);
    expect(resources.CordonForwardNetworkRole.Properties.RoleName).to.equal(
      "cordon-forward-network-eu-west-1",
    );
    expect(resources.CordonForwardComplianceRule).to.deep.equal({
      Type: "AWS::Events::Rule",
      DependsOn: ["CordonForwardComplianceRole", "CordonForwardComplianceDeadLettersPolicy"],
      Properties: {
        Name: "cordon-forward-compliance",
        Description:
          "Forwards access from outside, and what breaks rules of AWS Config or failed to be reported, to Cordon's hub",
        EventPattern: {
          $or: [
            {
              source: ["aws.config"],
              "detail-type": ["Config Rules Compliance Change"],
              detail: {
                configRuleName: [
                  "cordon-access-keys-rotated",
                  { prefix: "cordon-restricted-ssh-conformance-pack-" },
                  { prefix: "cordon-restricted-rdp-conformance-pack-" },
                  { prefix: "cordon-bucket-encryption-conformance-pack-" },
                  { prefix: "cordon-bucket-public-access-conformance-pack-" },
                  { prefix: "cordon-bucket-public-read-conformance-pack-" },
                  { prefix: "cordon-bucket-public-write-conformance-pack-" },
                  { prefix: "cordon-volume-encryption-conformance-pack-" },
                  { prefix: "cordon-volume-encryption-by-default-conformance-pack-" },
                  { prefix: "cordon-instance-metadata-conformance-pack-" },
                  { prefix: "cordon-kms-key-rotation-conformance-pack-" },
                  { prefix: "cordon-subnet-public-addresses-conformance-pack-" },
                  { prefix: "cordon-table-recovery-conformance-pack-" },
                  { prefix: "cordon-console-mfa-conformance-pack-" },
                  { prefix: "cordon-root-mfa-conformance-pack-" },
                ],
                newEvaluationResult: { complianceType: ["NON_COMPLIANT"] },
              },
            },
            {
              source: ["aws.ssm"],
              "detail-type": ["EC2 Automation Execution Status-change Notification"],
              detail: {
                Definition: ["cordon-access-keys-rotated"],
                Status: ["Failed", "TimedOut", "Cancelled"],
              },
            },
            { source: ["aws.access-analyzer"], "detail-type": ["Access Analyzer Finding"] },
          ],
        },
        State: "ENABLED",
        Targets: [
          {
            Id: "cordon-hub",
            Arn: "arn:aws:events:us-east-1:444455556666:event-bus/cordon-hub",
            RoleArn: "arn:aws:iam::777788889999:role/cordon-forward-compliance-eu-west-1",
            DeadLetterConfig: {
              Arn: "arn:aws:sqs:eu-west-1:777788889999:cordon-forward-compliance-dead-letters",
            },
          },
        ],
      },
    });
    const { userIdentity } = resources.CordonForwardDriftRule.Properties.EventPattern.detail;
    expect(userIdentity.sessionContext.sessionIssuer.arn).to.deep.equal([
      { exists: false },
      {
        "anything-but": [
          "arn:aws:iam::777788889999:role/cordon-contain-instance",
          "arn:aws:iam::777788889999:role/cordon-release-instance",
          "arn:aws:iam::777788889999:role/cordon-prepare-instance",
          "arn:aws:iam::777788889999:role/cordon-contain-identity",
          "arn:aws:iam::777788889999:role/cordon-release-identity",
          "arn:aws:iam::777788889999:role/cordon-investigate-identity",
        ],
      },
    ]);
    expect(resources.CordonForwardNetworkRule.Properties.EventPattern).to.deep.equal({
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
  });

  it("has exactly the resources that are written out here", () => {
    const resources = inTemplate(globalPart(args));
    expect(resources.CordonForwardExposuresRole).to.deep.equal({
      Type: "AWS::IAM::Role",
      Properties: {
        RoleName: "cordon-forward-exposures",
        Description:
          "Forwards exposed credentials, and what root does, of eu-west-1 to Cordon's hub",
        AssumeRolePolicyDocument: {
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "events.amazonaws.com" },
              Action: "sts:AssumeRole",
              Condition: { StringEquals: { "aws:SourceAccount": "777788889999" } },
            },
          ],
        },
        Policies: [
          {
            PolicyName: "hub",
            PolicyDocument: {
              Version: "2012-10-17",
              Statement: [
                {
                  Effect: "Allow",
                  Action: "events:PutEvents",
                  Resource: "arn:aws:events:us-east-1:444455556666:event-bus/cordon-hub",
                },
              ],
            },
          },
        ],
        Path: "/",
      },
    });
    expect(resources.CordonForwardExposuresDeadLetters).to.deep.equal({
      Type: "AWS::SQS::Queue",
      DeletionPolicy: "Delete",
      UpdateReplacePolicy: "Delete",
      Properties: {
        QueueName: "cordon-forward-exposures-dead-letters",
        MessageRetentionPeriod: 1_209_600,
        SqsManagedSseEnabled: true,
      },
    });
    expect(resources.CordonForwardExposuresDeadLettersPolicy).to.deep.equal({
      Type: "AWS::SQS::QueuePolicy",
      DependsOn: ["CordonForwardExposuresDeadLetters"],
      Properties: {
        Queues: [
          "https://sqs.eu-west-1.amazonaws.com/777788889999/cordon-forward-exposures-dead-letters",
        ],
        PolicyDocument: {
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "events.amazonaws.com" },
              Action: "sqs:SendMessage",
              Resource: "arn:aws:sqs:eu-west-1:777788889999:cordon-forward-exposures-dead-letters",
              Condition: {
                ArnEquals: {
                  "aws:SourceArn":
                    "arn:aws:events:eu-west-1:777788889999:rule/cordon-forward-exposures",
                },
              },
            },
          ],
        },
      },
    });
  });

  it("forwards exposed credentials of Trusted Advisor, AWS Health and CloudTrail, and what root does", () => {
    const { Properties } = inTemplate(globalPart(args)).CordonForwardExposuresRule;
    expect(Properties.EventPattern).to.deep.equal({
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
              "AWS_RISK_ACCOUNT_CONSOLE_COMPROMISE",
              "AWS_RISK_CREDENTIALS_COMPROMISED",
              "AWS_RISK_CREDENTIALS_COMPROMISE_SUSPECTED",
              "AWS_RISK_CREDENTIALS_EXPOSED",
              "AWS_RISK_CREDENTIALS_EXPOSURE_SUSPECTED",
              "AWS_RISK_IAM_QUARANTINE",
            ],
          },
        },
        {
          source: ["aws.iam"],
          "detail-type": ["AWS API Call via CloudTrail"],
          detail: {
            eventSource: ["iam.amazonaws.com"],
            eventName: ["AttachUserPolicy"],
            errorCode: [{ exists: false }],
            requestParameters: {
              policyArn: [{ prefix: "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantine" }],
            },
          },
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
            eventName: [
              {
                "anything-but": [
                  "AddRoleToInstanceProfile",
                  "CreateAccessKey",
                  "CreatePolicyVersion",
                  "DeleteRolePermissionsBoundary",
                  "DeleteRolePolicy",
                  "DeleteUserPermissionsBoundary",
                  "DeleteUserPolicy",
                  "DetachRolePolicy",
                  "DetachUserPolicy",
                  "PutRolePolicy",
                  "PutUserPermissionsBoundary",
                  "PutUserPolicy",
                  "SetDefaultPolicyVersion",
                  "TagRole",
                  "TagUser",
                  "UntagRole",
                  "UntagUser",
                  "UpdateAccessKey",
                  "UpdateUser",
                ],
              },
            ],
          },
        },
      ],
    });
  });

  it("forwards what the security account alone gets: findings, imported ones too, and what analysts choose", async () => {
    const guardDuty = await direct(forwarding("guardduty", args));
    expect(guardDuty.named("one-cordon-forward-guardduty-rule").inputs).to.deep.equal({
      region: "eu-west-1",
      name: "cordon-forward-guardduty",
      description: "Forwards GuardDuty findings to Cordon's hub",
      eventPattern: '{"source":["aws.guardduty"],"detail-type":["GuardDuty Finding"]}',
      state: "ENABLED",
    });
    expect(guardDuty.named("one-cordon-forward-guardduty-role").inputs.name).to.equal(
      "cordon-forward-eu-west-1",
    );
    const chosen = await direct(forwarding("security-hub", args));
    const rule = chosen.named("one-cordon-forward-security-hub-rule").inputs;
    expect(rule.name).to.equal("cordon-forward-security-hub");
    expect(JSON.parse(rule.eventPattern)).to.deep.equal({
      $or: [
        {
          source: ["aws.securityhub"],
          "detail-type": ["Security Hub Findings - Custom Action"],
          resources: [
            { suffix: ":action/custom/CordonContain" },
            { suffix: ":action/custom/CordonDryRun" },
            { suffix: ":action/custom/CordonRelease" },
          ],
        },
        {
          source: ["aws.securityhub"],
          "detail-type": ["Security Hub Findings - Imported"],
          detail: {
            findings: {
              ProductArn: [
                { "anything-but": { suffix: "::product/aws/guardduty" } },
                { exists: false },
              ],
              Compliance: { Status: [{ "anything-but": "PASSED" }, { exists: false }] },
            },
          },
        },
        {
          source: ["aws.securityhub"],
          "detail-type": ["Findings Imported V2"],
          detail: {
            findings: {
              metadata: {
                product: {
                  uid: [
                    { "anything-but": { suffix: "::productv2/aws/guardduty" } },
                    { exists: false },
                  ],
                },
              },
              compliance: { status: [{ "anything-but": "Pass" }, { exists: false }] },
            },
          },
        },
      ],
    });
    // EventBridge takes 2,048 characters of a pattern (user guide, "Amazon EventBridge quotas").
    expect(rule.eventPattern.length).to.be.below(2_048);
  });

  it("refuses in the direct mode, too, a policy longer than IAM takes", async () => {
    const breakGlassRoles = Array.from({ length: 200 }, (_, index) => `break-glass-${index}`);
    const outcome = await direct(globalPart({ ...args, breakGlassRoles })).catch(
      (error: Error) => error.message,
    );
    expect(outcome).to.match(/^the policy of cordon-contain-instance must take at most 10240/);
  });
});
