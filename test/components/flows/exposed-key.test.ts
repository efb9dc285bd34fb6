import { expect } from "chai";
import { ExposedKeyReconcile } from "../../../components/flows/exposed-key/reconcile";
import { ExposedKeyWorkflow } from "../../../components/flows/exposed-key/workflow";
import { matches } from "../../../functions/catalogue/event-pattern";
import { isAnsweredElsewhere, primaryPlaybook } from "../../../functions/catalogue/routing";
import health from "../../fixtures/health-credentials-exposed.json";
import advisor from "../../fixtures/trusted-advisor-exposed-key.json";
import { record, resolved } from "../../support/recorder";

const args = {
  homeRegion: "us-east-1",
  securityAccount: "444455556666",
  managementAccount: "111122223333",
  organizationId: "o-exampleorgid",
  noticeTopicArn: "arn:topic",
  keyArn: "arn:key",
  sealKeyArn: "arn:seals",
  journalTableName: "cordon-journal",
  journalTableArn: "arn:journal",
  externalId: "cordon-prod",
  rolePath: "/",
  mode: "enforce" as const,
  policy: { notifyFrom: 4, automaticFrom: 7, playbooks: {}, rules: [] },
  policyRevision: "1a2b3c4d",
  sampleFindings: "log" as const,
  noticesAlone: 4,
  governedRegions: ["us-east-1", "eu-west-1"],
  protectedResources: ["arn:aws:iam::777788889999:user/payments"],
  brakes: { perPlaybookAndAccount: 7, organization: 21, groupPercent: 30 },
  criticalResources: ["arn:aws:ec2:*:777788889999:instance/i-0c"],
  forwarders: ["tag:Role=proxy"],
  breakGlassRoles: ["break-glass/*"],
  breakGlassUsers: ["emergency"],
  disableKeys: "named" as const,
  guardrails: "all" as const,
  deploymentRole: "cordon-deploy",
  hubBusName: "cordon-hub",
  responder: {
    queueUrl: "url:contain-access-key",
    queueArn: "arn:contain-access-key",
    deadLetterQueueUrl: "url:dead-letters",
    functionName: "cordon-respond-contain-access-key",
  },
  lookbackHours: 48,
};
const approvalMachine = "arn:aws:states:us-east-1:444455556666:stateMachine:cordon-approval";
const machineArn = "arn:aws:states:us-east-1:444455556666:stateMachine:cordon-exposed-key";
const publishing = [
  { Effect: "Allow", Action: ["sns:Publish"], Resource: ["arn:topic"] },
  {
    Effect: "Allow",
    Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
    Resource: ["arn:key"],
    Condition: { StringEquals: { "kms:ViaService": ["sns.us-east-1.amazonaws.com"] } },
  },
];
const logging = (name: string) => ({
  Effect: "Allow",
  Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
  Resource: [`arn:${name}-log:*`],
});
const statements = (policy: string) => JSON.parse(policy).Statement;

describe("components/flows/exposed-key/workflow [E3]", () => {
  const deploy = () => record(() => new ExposedKeyWorkflow("exposed-key", args));

  it("starts the workflow from the hub, and keeps what it did not get", async () => {
    const { named } = await deploy();
    const { name, eventBusName } = named("exposed-key-rule").inputs;
    expect([name, eventBusName]).to.deep.equal(["cordon-exposed-key", "cordon-hub"]);
    expect(named("exposed-key-target").inputs).to.deep.equal({
      rule: "cordon-exposed-key",
      eventBusName: "cordon-hub",
      targetId: "cordon-exposed-key",
      arn: "arn:exposed-key-machine",
      roleArn: "arn:exposed-key-start-role",
      deadLetterConfig: { arn: "arn:exposed-key-dead-letters" },
    });
    expect(statements(named("exposed-key-start-policy").inputs.policy)).to.deep.equal([
      {
        Effect: "Allow",
        Action: ["states:StartExecution"],
        Resource: ["arn:exposed-key-machine"],
      },
    ]);
    const { metricName, dimensions } = named("exposed-key-dead-letters-alarm").inputs;
    expect([metricName, dimensions.QueueName]).to.deep.equal([
      "ApproximateNumberOfMessagesVisible",
      "cordon-exposed-key-dead-letters",
    ]);
  });

  it("lets triage see nothing of what its rule matches, and the rule nothing else", async () => {
    const { named } = await deploy();
    const pattern = JSON.parse(named("exposed-key-rule").inputs.eventPattern);
    const other = { ...advisor, detail: { ...advisor.detail, "check-name": "Service Limits" } };
    const abuse = { ...health, "detail-type": "AWS Health Abuse Event" };
    const own = { ...advisor, source: "cordon.reconcile" };
    const outage = { ...health, detail: { ...health.detail, eventTypeCode: "AWS_EC2_ISSUE" } };
    const events = [advisor, health, other, abuse, own, outage];
    expect(events.map((event) => matches(pattern, event))).to.deep.equal([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(events.map(isAnsweredElsewhere)).to.deep.equal([true, true, false, false, false, false]);
    expect(events.map(primaryPlaybook)).to.deep.equal(events.map(() => undefined));
  });

  it("lets the workflow invoke exactly its three functions, and publish", async () => {
    const { named } = await deploy();
    expect(named("exposed-key-machine-role").inputs.name).to.equal("cordon-exposed-key");
    expect(statements(named("exposed-key-machine-role").inputs.assumeRolePolicy)).to.deep.equal([
      {
        Effect: "Allow",
        Principal: { Service: "states.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: { StringEquals: { "aws:SourceAccount": "444455556666" } },
      },
    ]);
    expect(statements(named("exposed-key-machine-policy").inputs.policy)).to.deep.equal([
      {
        Effect: "Allow",
        Action: ["lambda:InvokeFunction"],
        Resource: [
          "arn:exposed-key-cut-function",
          "arn:exposed-key-look-up-function",
          "arn:exposed-key-notify-function",
        ],
      },
      ...publishing,
    ]);
    const { name, type, roleArn, definition } = named("exposed-key-machine").inputs;
    expect([name, type, roleArn]).to.deep.equal([
      "cordon-exposed-key",
      "STANDARD",
      "arn:exposed-key-machine-role",
    ]);
    expect(JSON.parse(definition).States.CutKey.Parameters.FunctionName).to.equal(
      "arn:exposed-key-cut-function",
    );
  });

  it("gives the first function a responder's permissions, and the look-up none of them", async () => {
    const { named } = await deploy();
    const { name, timeout, environment } = named("exposed-key-cut-function").inputs;
    expect([name, timeout]).to.deep.equal(["cordon-cut-exposed-key", 120]);
    expect(environment.variables).to.deep.equal({
      MODE: "enforce",
      POLICY: '{"notifyFrom":4,"automaticFrom":7,"playbooks":{},"rules":[]}',
      POLICY_REVISION: "1a2b3c4d",
      SAMPLE_FINDINGS: "log",
      JOURNAL_TABLE: "cordon-journal",
      SEAL_KEY: "arn:seals",
      NOTICE_TOPIC_ARN: "arn:topic",
      NOTICES_ALONE: "4",
      DEAD_LETTER_QUEUE_URL: "url:exposed-key-dead-letters",
      QUEUE_URL: "url:contain-access-key",
      EXTERNAL_ID: "cordon-prod",
      ROLE_PATH: "/",
      GOVERNED_REGIONS: "us-east-1,eu-west-1",
      PROTECTED_RESOURCES: "arn:aws:iam::777788889999:user/payments",
      BRAKES:
        '{"brakes":{"perPlaybookAndAccount":7,"organization":21,"groupPercent":30},"criticalResources":["arn:aws:ec2:*:777788889999:instance/i-0c"],"forwarders":["tag:Role=proxy"]}',
      BREAK_GLASS: '{"roles":["break-glass/*"],"users":["emergency"]}',
      SECURITY_ACCOUNT: "444455556666",
      DEPLOYMENT_ROLE: "cordon-deploy",
      DISABLE_KEYS: "named",
      GUARDRAILS: "all",
      MAX_TRIES: "6",
      STATE_MACHINE_ARN: machineArn,
    });
    expect(statements(named("exposed-key-cut-policy").inputs.policy)).to.deep.equal([
      {
        Effect: "Allow",
        Action: ["sts:AssumeRole"],
        Resource: ["arn:aws:iam::*:role/cordon-contain-identity"],
        Condition: { StringEquals: { "aws:ResourceOrgID": "o-exampleorgid" } },
      },
      {
        Effect: "Allow",
        Action: ["sts:SetSourceIdentity"],
        Resource: ["arn:aws:iam::*:role/cordon-contain-identity"],
      },
      {
        Effect: "Allow",
        Action: ["organizations:DescribeAccount"],
        Resource: ["arn:aws:organizations::111122223333:account/o-exampleorgid/*"],
      },
      {
        Effect: "Allow",
        Action: ["organizations:ListParents"],
        Resource: [
          "arn:aws:organizations::111122223333:account/o-exampleorgid/*",
          "arn:aws:organizations::111122223333:ou/o-exampleorgid/*",
        ],
      },
      { Effect: "Allow", Action: ["sns:Publish"], Resource: ["arn:topic"] },
      {
        Effect: "Allow",
        Action: ["dynamodb:PutItem", "dynamodb:Query"],
        Resource: ["arn:journal"],
        Condition: {
          "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["????????????????", "exposed/*"] },
        },
      },
      {
        Effect: "Allow",
        Action: ["dynamodb:Query"],
        Resource: ["arn:journal"],
        Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["exceptions/*"] } },
      },
      {
        Effect: "Allow",
        Action: ["dynamodb:Query"],
        Resource: ["arn:journal"],
        Condition: {
          "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["approval/*", "brake/*"] },
        },
      },
      {
        Effect: "Allow",
        Action: ["dynamodb:PutItem", "dynamodb:UpdateItem"],
        Resource: ["arn:journal"],
        Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["finding/*"] } },
      },
      {
        Effect: "Allow",
        Action: ["dynamodb:ConditionCheckItem", "dynamodb:UpdateItem"],
        Resource: ["arn:journal"],
        Condition: {
          "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["????????????????", "brake/*"] },
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
      {
        Effect: "Allow",
        Action: ["dynamodb:UpdateItem"],
        Resource: ["arn:journal"],
        Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["storm/*"] } },
      },
      { Effect: "Allow", Action: ["kms:GenerateMac"], Resource: ["arn:seals"] },
      {
        Effect: "Allow",
        Action: ["sqs:SendMessage"],
        Resource: ["arn:exposed-key-dead-letters", "arn:contain-access-key"],
      },
      { Effect: "Allow", Action: ["states:StartExecution"], Resource: [machineArn] },
      { Effect: "Allow", Action: ["states:StartExecution"], Resource: [approvalMachine] },
      logging("exposed-key-cut"),
    ]);

    expect(named("exposed-key-look-up-function").inputs.environment.variables).to.deep.equal({
      EXTERNAL_ID: "cordon-prod",
      ROLE_PATH: "/",
      GOVERNED_REGIONS: "us-east-1,eu-west-1",
      LOOKBACK_HOURS: "48",
    });
    expect(statements(named("exposed-key-look-up-policy").inputs.policy)).to.deep.equal([
      {
        Effect: "Allow",
        Action: ["sts:AssumeRole"],
        Resource: ["arn:aws:iam::*:role/cordon-investigate-identity"],
        Condition: { StringEquals: { "aws:ResourceOrgID": "o-exampleorgid" } },
      },
      logging("exposed-key-look-up"),
    ]);
    expect(statements(named("exposed-key-notify-policy").inputs.policy)).to.deep.equal([
      ...publishing,
      logging("exposed-key-notify"),
    ]);
  });

  it("raises an alarm on every run that notified no responder", async () => {
    const { ofType } = await deploy();
    expect(
      ofType("aws:cloudwatch/metricAlarm:MetricAlarm")
        .filter(({ inputs }) => inputs.namespace === "AWS/States")
        .map(({ inputs }) => [
          inputs.metricName,
          inputs.dimensions.StateMachineArn,
          inputs.threshold,
          inputs.alarmActions,
        ]),
    ).to.deep.equal([
      ["ExecutionsFailed", "arn:exposed-key-machine", 0, ["arn:topic"]],
      ["ExecutionsTimedOut", "arn:exposed-key-machine", 0, ["arn:topic"]],
      ["ExecutionsAborted", "arn:exposed-key-machine", 0, ["arn:topic"]],
    ]);
  });

  it("outputs its names and ARNs for other stacks", async () => {
    const { result } = await deploy();
    expect(await resolved(result.contract)).to.deep.equal({
      stateMachineArn: "arn:exposed-key-machine",
      deadLetterQueueUrl: "url:exposed-key-dead-letters",
    });
  });
});

describe("components/flows/exposed-key/reconcile [D4] [E3]", () => {
  const deploy = (changes: object = {}) =>
    record(
      () =>
        new ExposedKeyReconcile("reconcile", {
          ...args,
          excludedAccounts: ["111122223333"],
          targetUnits: [],
          reconcileHours: 6,
          ...changes,
        }),
    );

  it("reads the organization's accounts every six hours, and may only read and start runs", async () => {
    const { named } = await deploy();
    const { name, scheduleExpression, eventBusName } = named("reconcile-schedule").inputs;
    expect([name, scheduleExpression, eventBusName]).to.deep.equal([
      "cordon-reconcile-exposed-keys",
      "rate(6 hours)",
      undefined,
    ]);
    expect(named("reconcile-worker-function").inputs.environment.variables).to.deep.equal({
      EXTERNAL_ID: "cordon-prod",
      ROLE_PATH: "/",
      EXCLUDED_ACCOUNTS: "111122223333",
      TARGET_UNITS: "",
      POLICY_REVISION: "1a2b3c4d",
      STATE_MACHINE_ARN: machineArn,
    });
    expect(statements(named("reconcile-worker-policy").inputs.policy)).to.deep.equal([
      {
        Effect: "Allow",
        Action: ["sts:AssumeRole"],
        Resource: ["arn:aws:iam::*:role/cordon-investigate-identity"],
        Condition: { StringEquals: { "aws:ResourceOrgID": "o-exampleorgid" } },
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
      { Effect: "Allow", Action: ["states:StartExecution"], Resource: [machineArn] },
      logging("reconcile-worker"),
    ]);
  });

  it("lets the schedule, and no other rule, invoke it", async () => {
    const { named } = await deploy();
    expect(named("reconcile-permission").inputs).to.deep.equal({
      statementId: "schedule",
      action: "lambda:InvokeFunction",
      function: "cordon-reconcile-exposed-keys",
      principal: "events.amazonaws.com",
      sourceArn: "arn:reconcile-schedule",
    });
    expect(named("reconcile-target").inputs.deadLetterConfig).to.deep.equal({
      arn: "arn:reconcile-dead-letters",
    });
  });

  it("writes an hour in the singular, as EventBridge wants it", async () => {
    const { named } = await deploy({ reconcileHours: 1 });
    expect(named("reconcile-schedule").inputs.scheduleExpression).to.equal("rate(1 hour)");
  });

  it("raises an alarm when an account could not be asked", async () => {
    const { named } = await deploy();
    const { namespace, metricName, dimensions, alarmActions } =
      named("reconcile-errors-alarm").inputs;
    expect([namespace, metricName, dimensions, alarmActions]).to.deep.equal([
      "AWS/Lambda",
      "Errors",
      { FunctionName: "cordon-reconcile-exposed-keys" },
      ["arn:topic"],
    ]);
  });
});
