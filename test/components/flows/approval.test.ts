import { expect } from "chai";
import { ApprovalWorkflow } from "../../../components/flows/approval/workflow";
import { record } from "../../support/recorder";

const responder = (playbook: string) => ({
  queueUrl: `url:${playbook}`,
  queueArn: `arn:${playbook}`,
  deadLetterQueueUrl: "url:dead-letters",
  functionName: `cordon-respond-${playbook}`,
});
const deploy = () =>
  record(
    () =>
      new ApprovalWorkflow("approval", {
        homeRegion: "us-east-1",
        securityAccount: "444455556666",
        noticeTopicArn: "arn:topic",
        keyArn: "arn:key",
        journalTableName: "cordon-journal",
        journalTableArn: "arn:journal",
        rolePath: "/security/",
        externalId: "cordon-3f9c",
        organizationId: "o-exampleorgid",
        deploymentRole: "cordon-deploy",
        approvers: ["arn:aws:iam::444455556666:role/Responders"],
        approvalHours: 6,
        responders: {
          "contain-instance": responder("contain-instance"),
          "contain-access-key": responder("contain-access-key"),
          "revoke-sessions": responder("revoke-sessions"),
          "contain-sequence": responder("contain-sequence"),
          "fix-posture": responder("fix-posture"),
          "contain-resource": responder("contain-resource"),
        } as never,
      }),
  );

const statements = (policy: string) =>
  JSON.parse(policy).Statement.map(({ Action, Resource, Condition }: Record<string, unknown>) => ({
    Action,
    Resource,
    ...(Condition !== undefined && { Condition }),
  }));
const items = (actions: readonly string[], ...partitions: readonly string[]) => ({
  Action: actions,
  Resource: ["arn:journal"],
  Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": partitions } },
});
const key = (...services: readonly string[]) => ({
  Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
  Resource: ["arn:key"],
  Condition: {
    StringEquals: {
      "kms:ViaService": services.map((service) => `${service}.us-east-1.amazonaws.com`),
    },
  },
});
const logging = (name: string) => ({
  Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
  Resource: [`arn:${name}-log:*`],
});

describe("components/flows/approval/workflow [C5]", () => {
  it("lets the function that people invoke write answers and requests, read tokens, and hand over to responders", async () => {
    const { named } = await deploy();
    const { name, environment } = named("approval-approve-function").inputs;
    expect(name).to.equal("cordon-approve");
    expect(environment.variables).to.deep.equal({
      ROLE_PATH: "/security/",
      JOURNAL_TABLE: "cordon-journal",
      SECURITY_ACCOUNT: "444455556666",
      DEPLOYMENT_ROLE: "cordon-deploy",
      APPROVERS: "arn:aws:iam::444455556666:role/Responders",
      RESPONDER_QUEUES:
        '{"contain-instance":"url:contain-instance","contain-access-key":"url:contain-access-key","revoke-sessions":"url:revoke-sessions","contain-sequence":"url:contain-sequence","fix-posture":"url:fix-posture","contain-resource":"url:contain-resource"}',
    });
    expect(statements(named("approval-approve-policy").inputs.policy)).to.deep.equal([
      items(["dynamodb:Query"], "????????????????", "approval/*", "approval-token/*", "request/*"),
      items(["dynamodb:PutItem"], "request/*"),
      items(["dynamodb:UpdateItem"], "approval/*"),
      key("dynamodb"),
      { Action: ["states:SendTaskSuccess"], Resource: ["*"] },
      {
        Action: ["sqs:SendMessage"],
        Resource: [
          "arn:contain-instance",
          "arn:contain-access-key",
          "arn:revoke-sessions",
          "arn:contain-sequence",
          "arn:fix-posture",
          "arn:contain-resource",
        ],
      },
      logging("approval-approve"),
    ]);
  });

  it("lets the function that the workflow invokes write what is asked, publish, and investigate", async () => {
    const { named } = await deploy();
    const { name, environment } = named("approval-ask-function").inputs;
    expect(name).to.equal("cordon-ask-approval");
    expect(environment.variables).to.deep.equal({
      EXTERNAL_ID: "cordon-3f9c",
      ROLE_PATH: "/security/",
      JOURNAL_TABLE: "cordon-journal",
      NOTICE_TOPIC_ARN: "arn:topic",
      APPROVERS: "arn:aws:iam::444455556666:role/Responders",
      APPROVAL_HOURS: "6",
    });
    expect(statements(named("approval-ask-policy").inputs.policy)).to.deep.equal([
      { Action: ["sns:Publish"], Resource: ["arn:topic"] },
      items(["dynamodb:Query"], "????????????????", "approval/*"),
      items(["dynamodb:PutItem"], "approval/*", "approval-token/*"),
      key("dynamodb", "sns"),
      {
        Action: ["sts:AssumeRole"],
        Resource: ["arn:aws:iam::*:role/security/cordon-investigate-identity"],
        Condition: { StringEquals: { "aws:ResourceOrgID": "o-exampleorgid" } },
      },
      logging("approval-ask"),
    ]);
  });

  it("lets the workflow invoke one function and send to the responders, and nothing else", async () => {
    const { named } = await deploy();
    const { name, assumeRolePolicy } = named("approval-machine-role").inputs;
    expect(name).to.equal("cordon-approval");
    expect(JSON.parse(assumeRolePolicy).Statement).to.deep.equal([
      {
        Effect: "Allow",
        Principal: { Service: "states.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: { StringEquals: { "aws:SourceAccount": "444455556666" } },
      },
    ]);
    expect(statements(named("approval-machine-policy").inputs.policy)).to.deep.equal([
      { Action: ["lambda:InvokeFunction"], Resource: ["arn:approval-ask-function"] },
      {
        Action: ["sqs:SendMessage"],
        Resource: [
          "arn:contain-instance",
          "arn:contain-access-key",
          "arn:revoke-sessions",
          "arn:contain-sequence",
          "arn:fix-posture",
          "arn:contain-resource",
        ],
      },
    ]);
    const machine = named("approval-machine").inputs;
    expect([machine.name, machine.type]).to.deep.equal(["cordon-approval", "STANDARD"]);
    expect(JSON.parse(machine.definition).States.Ask.TimeoutSeconds).to.equal(21_600);
  });

  it("raises an alarm for every run that fails, times out or is aborted", async () => {
    const { ofType } = await deploy();
    expect(
      ofType("aws:cloudwatch/metricAlarm:MetricAlarm").map(({ inputs }) => [
        inputs.name,
        inputs.metricName,
        inputs.alarmActions,
      ]),
    ).to.deep.equal([
      ["cordon-approval-failed", "ExecutionsFailed", ["arn:topic"]],
      ["cordon-approval-timed-out", "ExecutionsTimedOut", ["arn:topic"]],
      ["cordon-approval-aborted", "ExecutionsAborted", ["arn:topic"]],
    ]);
  });
});
