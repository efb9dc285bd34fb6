import { output } from "@pulumi/pulumi";
import { expect } from "chai";
import { ReleaseFunction } from "../../../components/flows/release/release";
import { Responder, type ResponderArgs } from "../../../components/flows/respond/responder";
import { Watcher } from "../../../components/flows/respond/watcher";
import { record } from "../../support/recorder";

const access = {
  homeRegion: "us-east-1",
  securityAccount: "444455556666",
  breakGlassRoles: ["rescue,1"],
  breakGlassUsers: ["rescue/*"],
  noticeTopicArn: "arn:topic",
  keyArn: "arn:key",
  sealKeyArn: "arn:seals",
  journalTableName: "cordon-journal",
  journalTableArn: "arn:journal",
  externalId: "cordon-prod",
  organizationId: "o-exampleorgid",
  rolePath: "/",
};

const publishing = { Effect: "Allow", Action: ["sns:Publish"], Resource: ["arn:topic"] };
const usingTheKey = {
  Effect: "Allow",
  Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
  Resource: ["arn:key"],
  Condition: {
    StringEquals: {
      "kms:ViaService": ["dynamodb.us-east-1.amazonaws.com", "sns.us-east-1.amazonaws.com"],
    },
  },
};
const recordStatements = [
  publishing,
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
    Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["approval/*", "brake/*"] } },
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
  usingTheKey,
];
const approvalMachine = "arn:aws:states:us-east-1:444455556666:stateMachine:cordon-approval";
const readingOpenIncidents = {
  Effect: "Allow",
  Action: ["dynamodb:Query"],
  Resource: ["arn:journal/index/open"],
};

/** What of a queue's policy denies. */
const refusals = ({ inputs }: { readonly inputs: { readonly policy: string } }) =>
  JSON.parse(inputs.policy).Statement.filter(
    ({ Effect }: { readonly Effect: string }) => Effect === "Deny",
  );
const keepsOthersOut = (queue: string, rule: string, ...others: string[]) => ({
  Effect: "Deny",
  Principal: "*",
  Action: "sqs:SendMessage",
  Resource: queue,
  Condition: {
    ArnNotEquals: { "aws:SourceArn": [rule] },
    ArnNotLike: {
      "aws:PrincipalArn": [
        "arn:aws:iam::444455556666:role/cordon-redrive",
        "arn:aws:iam::444455556666:role/rescue,1",
        "arn:aws:iam::444455556666:user/rescue/*",
        ...others,
      ],
    },
  },
});

describe("components/flows/respond/responder", () => {
  const responder = (more: Partial<ResponderArgs> = {}) =>
    new Responder(more.playbook ?? "contain-instance", {
      ...access,
      playbook: "contain-instance",
      mode: "dry-run",
      policy: { notifyFrom: 4, automaticFrom: 7, playbooks: {}, rules: [] },
      sampleFindings: "log",
      noticesAlone: 4,
      organizationId: "o-exampleorgid",
      managementAccount: "111122223333",
      governedRegions: ["us-east-1", "eu-west-1"],
      protectedResources: ["arn:aws:s3:::one", "arn:aws:s3:::two"],
      brakes: { perPlaybookAndAccount: 7, organization: 21, groupPercent: 30 },
      criticalResources: ["arn:aws:ec2:*:777788889999:instance/i-0c"],
      forwarders: ["tag:Role=proxy"],
      disableKeys: "named",
      guardrails: "some",
      deploymentRole: "cordon-deploy",
      hubBusName: "cordon-hub",
      ...more,
    });
  const revoker = () =>
    responder({
      playbook: "revoke-sessions",
      hosts: { queueUrl: "url:hosts", queueArn: "arn:hosts" },
    });

  it("may send to the queue of those who contain instances where it contains their credentials", async () => {
    const { named } = await record(revoker);
    const { Statement } = JSON.parse(named("revoke-sessions-events-worker-policy").inputs.policy);
    expect(Statement).to.deep.include({
      Effect: "Allow",
      Action: ["sqs:SendMessage"],
      Resource: ["arn:hosts"],
    });
    const { variables } = named("revoke-sessions-events-worker-function").inputs.environment;
    expect(variables).to.include({ HOST_QUEUE_URL: "url:hosts" });
  });

  it("may assume the contain role of each family whose playbooks it runs, and name who approved", async () => {
    const { named } = await record(() => responder({ playbook: "contain-sequence" }));
    const { Statement } = JSON.parse(named("contain-sequence-events-worker-policy").inputs.policy);
    const roles = (action: string) =>
      Statement.filter(({ Action }: { Action: string[] }) => Action.join() === action).flatMap(
        ({ Resource }: { Resource: string[] }) => Resource,
      );
    const [instance, identity] = ["instance", "identity"].map(
      (family) => `arn:aws:iam::*:role/cordon-contain-${family}`,
    );
    expect(roles("sts:SetSourceIdentity")).to.have.members([instance, identity]);
    expect(roles("sts:AssumeRole")).to.have.members([
      instance,
      identity,
      "arn:aws:iam::*:role/cordon-investigate-identity",
    ]);
  });

  it("takes messages of its rule, of break-glass principals, of the watch, of people's requests and approvals, and its own", async () => {
    const { named } = await record(() => responder());
    expect(refusals(named("contain-instance-events-queue-policy"))).to.deep.equal([
      keepsOthersOut(
        "arn:contain-instance-events-queue",
        "arn:contain-instance-events-rule",
        "arn:aws:iam::444455556666:role/cordon-watch",
        "arn:aws:iam::444455556666:role/cordon-respond-contain-instance",
        "arn:aws:iam::444455556666:role/cordon-approve",
        "arn:aws:iam::444455556666:role/cordon-approval",
        // Which instance it is about stands in the journal.
        "arn:aws:iam::444455556666:role/cordon-respond-revoke-sessions",
        "arn:aws:iam::444455556666:role/cordon-respond-contain-sequence",
      ),
    ]);
    const other = await record(revoker);
    expect(refusals(other.named("revoke-sessions-events-queue-policy"))).to.deep.equal([
      keepsOthersOut(
        "arn:revoke-sessions-events-queue",
        "arn:revoke-sessions-events-rule",
        "arn:aws:iam::444455556666:role/cordon-watch",
        "arn:aws:iam::444455556666:role/cordon-respond-revoke-sessions",
        "arn:aws:iam::444455556666:role/cordon-approve",
        "arn:aws:iam::444455556666:role/cordon-approval",
      ),
    ]);
  });

  it("answers findings about instances from queues of its own: severe ones and what analysts send, and all others", async () => {
    const { named } = await record(() => responder());
    const { name, eventPattern } = named("contain-instance-events-urgent-rule").inputs;
    expect(name).to.equal("cordon-contain-instance-urgent");
    const [guardDuty, securityHub, ...others] = JSON.parse(eventPattern).$or;
    expect(others).to.deep.equal([]);
    const ordinary = named("contain-instance-events-rule").inputs;
    expect(ordinary.name).to.equal("cordon-contain-instance");
    const { detail, ...rest } = JSON.parse(ordinary.eventPattern);
    expect({ ...rest, detail: { ...detail, severity: guardDuty.detail.severity } }).to.deep.equal(
      guardDuty,
    );
    expect(guardDuty.detail.severity).to.deep.equal([{ numeric: [">=", 7] }]);
    expect(detail.severity[0]).to.deep.equal({ numeric: ["<", 7] });
    expect(guardDuty.source).to.deep.equal(["aws.guardduty"]);
    expect(guardDuty.detail.resource).to.deep.equal({ resourceType: ["Instance"] });
    expect(guardDuty.detail.type).to.deep.include({ prefix: "Backdoor:EC2/" });
    expect(securityHub).to.deep.equal({
      source: ["aws.securityhub"],
      "detail-type": ["Security Hub Findings - Custom Action"],
      resources: [
        { suffix: ":action/custom/CordonContain" },
        { suffix: ":action/custom/CordonDryRun" },
      ],
      detail: { findings: { Resources: { Type: ["AwsEc2Instance"] } } },
    });
    expect(named("contain-instance-events-queue").inputs.name).to.equal("cordon-contain-instance");
  });

  it("sets every variable that the handler reads", async () => {
    const { named } = await record(() => responder());
    const { name, timeout, memorySize, environment } = named(
      "contain-instance-events-worker-function",
    ).inputs;
    expect({ name, timeout, memorySize }).to.deep.equal({
      name: "cordon-respond-contain-instance",
      timeout: 120,
      memorySize: 1024,
    });
    expect(environment.variables).to.deep.equal({
      SECOND_QUEUE_ARN: "arn:contain-instance-events-urgent-queue",
      PLAYBOOK: "contain-instance",
      MODE: "dry-run",
      POLICY: '{"notifyFrom":4,"automaticFrom":7,"playbooks":{},"rules":[]}',
      SAMPLE_FINDINGS: "log",
      JOURNAL_TABLE: "cordon-journal",
      SEAL_KEY: "arn:seals",
      NOTICE_TOPIC_ARN: "arn:topic",
      NOTICES_ALONE: "4",
      QUEUE_ARN: "arn:contain-instance-events-queue",
      QUEUE_URL: "url:contain-instance-events-queue",
      DEAD_LETTER_QUEUE_URL: "url:contain-instance-events-dead-letters",
      EXTERNAL_ID: "cordon-prod",
      ROLE_PATH: "/",
      GOVERNED_REGIONS: "us-east-1,eu-west-1",
      PROTECTED_RESOURCES: "arn:aws:s3:::one,arn:aws:s3:::two",
      BRAKES:
        '{"brakes":{"perPlaybookAndAccount":7,"organization":21,"groupPercent":30},"criticalResources":["arn:aws:ec2:*:777788889999:instance/i-0c"],"forwarders":["tag:Role=proxy"]}',
      BREAK_GLASS: '{"roles":["rescue,1"],"users":["rescue/*"]}',
      SECURITY_ACCOUNT: "444455556666",
      DEPLOYMENT_ROLE: "cordon-deploy",
      DISABLE_KEYS: "named",
      GUARDRAILS: "some",
      MAX_RECEIVE_COUNT: "5",
    });
  });

  it("may assume its contain role and the one that investigates, look up accounts, write the journal and publish", async () => {
    const { named } = await record(() => responder());
    expect(named("contain-instance-events-worker-role").inputs.name).to.equal(
      "cordon-respond-contain-instance",
    );
    const { Statement } = JSON.parse(named("contain-instance-events-worker-policy").inputs.policy);
    expect(Statement).to.deep.equal([
      {
        Effect: "Allow",
        Action: ["sts:AssumeRole"],
        Resource: [
          "arn:aws:iam::*:role/cordon-contain-instance",
          "arn:aws:iam::*:role/cordon-investigate-identity",
        ],
        Condition: { StringEquals: { "aws:ResourceOrgID": "o-exampleorgid" } },
      },
      {
        Effect: "Allow",
        Action: ["sts:SetSourceIdentity"],
        Resource: ["arn:aws:iam::*:role/cordon-contain-instance"],
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
      ...recordStatements,
      {
        Effect: "Allow",
        Action: ["dynamodb:UpdateItem"],
        Resource: ["arn:journal"],
        Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["digest/*"] } },
      },
      {
        Effect: "Allow",
        Action: ["dynamodb:UpdateItem"],
        Resource: ["arn:journal"],
        Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["storm/*"] } },
      },
      {
        Effect: "Allow",
        Action: ["dynamodb:Query", "dynamodb:UpdateItem"],
        Resource: ["arn:journal"],
        Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["request/*"] } },
      },
      { Effect: "Allow", Action: ["kms:GenerateMac"], Resource: ["arn:seals"] },
      { Effect: "Allow", Action: ["states:StartExecution"], Resource: [approvalMachine] },
      {
        Effect: "Allow",
        Action: ["guardduty:GetFindings", "guardduty:ListDetectors"],
        Resource: ["*"],
      },
      {
        Effect: "Allow",
        Action: [
          "sqs:ChangeMessageVisibility",
          "sqs:DeleteMessage",
          "sqs:GetQueueAttributes",
          "sqs:ReceiveMessage",
        ],
        Resource: ["arn:contain-instance-events-queue", "arn:contain-instance-events-urgent-queue"],
      },
      {
        Effect: "Allow",
        Action: ["sqs:SendMessage"],
        Resource: ["arn:contain-instance-events-dead-letters", "arn:contain-instance-events-queue"],
      },
      {
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: ["arn:contain-instance-events-worker-log:*"],
      },
    ]);
  });
});

describe("components/flows/respond/watcher [R15]", () => {
  const watcher = () =>
    record(() => {
      const queue = (name: string) =>
        output({
          queueUrl: `url:${name}`,
          queueArn: `arn:${name}`,
          deadLetterQueueUrl: "",
          functionName: "",
        });
      const responders = {
        "contain-instance": queue("instances"),
        "contain-access-key": queue("users"),
        "revoke-sessions": queue("sessions"),
        "contain-sequence": queue("sequences"),
        "fix-posture": queue("posture"),
        "contain-resource": queue("resources"),
      };
      return new Watcher("watch", { ...access, hubBusName: "cordon-hub", responders });
    });

  it("is called every 5 minutes", async () => {
    const { named } = await watcher();
    expect(named("watch-schedule").inputs).to.deep.include({
      name: "cordon-watch",
      scheduleExpression: "rate(5 minutes)",
    });
  });

  it("takes a thousand calls at a time, in a queue of its own, and two such batches at once", async () => {
    const { named } = await watcher();
    const { name, eventBusName } = named("watch-events-rule").inputs;
    expect([name, eventBusName]).to.deep.equal(["cordon-watch", "cordon-hub"]);
    expect(named("watch-events-mapping").inputs).to.deep.equal({
      eventSourceArn: "arn:watch-events-queue",
      functionName: "cordon-watch",
      batchSize: 1_000,
      maximumBatchingWindowInSeconds: 1,
      functionResponseTypes: ["ReportBatchItemFailures"],
      scalingConfig: { maximumConcurrency: 2 },
    });
    expect(refusals(named("watch-events-queue-policy"))).to.deep.equal([
      keepsOthersOut("arn:watch-events-queue", "arn:watch-events-rule"),
    ]);
  });

  it("sets every variable that the handler reads", async () => {
    const { named } = await watcher();
    const { timeout, environment } = named("watch-events-worker-function").inputs;
    expect(timeout).to.equal(120);
    expect(environment.variables).to.deep.equal({
      JOURNAL_TABLE: "cordon-journal",
      NOTICE_TOPIC_ARN: "arn:topic",
      QUEUE_ARN: "arn:watch-events-queue",
      DEAD_LETTER_QUEUE_URL: "url:watch-events-dead-letters",
      RESPONDER_QUEUES:
        '{"contain-instance":"url:instances","contain-access-key":"url:users","revoke-sessions":"url:sessions","contain-sequence":"url:sequences","fix-posture":"url:posture","contain-resource":"url:resources"}',
    });
  });

  it("may read incidents, exceptions, approvals and brakes, record alerts and counts, tell the detectors, and send to the responders", async () => {
    const { named } = await watcher();
    const { Statement } = JSON.parse(named("watch-events-worker-policy").inputs.policy);
    const onItems = (keys: string | readonly string[], ...Action: readonly string[]) => ({
      Effect: "Allow",
      Action,
      Resource: ["arn:journal"],
      Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [keys].flat() } },
    });
    const never = (operator: string, field: string, value: string) => ({
      Effect: "Deny",
      Action: ["securityhub:BatchUpdateFindings"],
      Resource: ["*"],
      Condition: { [operator]: { [`securityhub:ASFFSyntaxPath/${field}`]: value } },
    });
    expect(Statement.slice(0, 22)).to.deep.equal([
      readingOpenIncidents,
      publishing,
      onItems(["????????????????", "approval/*"], "dynamodb:Query"),
      onItems("exceptions/*", "dynamodb:Query"),
      onItems(["ending-exception/*", "counted-mark/*"], "dynamodb:PutItem", "dynamodb:UpdateItem"),
      onItems(["brake/*", "storm/*"], "dynamodb:Query", "dynamodb:UpdateItem"),
      onItems("digest/*", "dynamodb:Query"),
      onItems("digest-notice/*", "dynamodb:PutItem", "dynamodb:UpdateItem"),
      usingTheKey,
      {
        Effect: "Allow",
        Action: ["dynamodb:Query"],
        Resource: ["arn:journal/index/outdated"],
      },
      {
        Effect: "Allow",
        Action: ["dynamodb:UpdateItem"],
        Resource: ["arn:journal"],
        Condition: {
          "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["????????????????"] },
          "ForAllValues:StringEquals": {
            "dynamodb:Attributes": ["incident", "item", "updates", "outdated", "changedAt"],
          },
          StringEqualsIfExists: { "dynamodb:ReturnValues": ["NONE"] },
        },
      },
      {
        Effect: "Allow",
        Action: ["securityhub:BatchUpdateFindings", "securityhub:GetFindings"],
        Resource: ["arn:aws:securityhub:*:444455556666:hub/default"],
      },
      never("Null", "Confidence", "false"),
      never("Null", "Criticality", "false"),
      never("Null", "Severity.Label", "false"),
      never("Null", "Severity.Normalized", "false"),
      never("Null", "Severity.Product", "false"),
      never("Null", "Types", "false"),
      never("Null", "VerificationState", "false"),
      never("StringEquals", "Workflow.Status", "NEW"),
      {
        Effect: "Allow",
        Action: [
          "guardduty:ArchiveFindings",
          "guardduty:ListDetectors",
          "guardduty:UpdateFindingsFeedback",
        ],
        Resource: ["*"],
      },
      {
        Effect: "Allow",
        Action: ["sqs:SendMessage"],
        Resource: [
          "arn:instances",
          "arn:users",
          "arn:sessions",
          "arn:sequences",
          "arn:posture",
          "arn:resources",
        ],
      },
    ]);
    expect(Statement.slice(22).map(({ Action }: { readonly Action: string[] }) => Action)).to.eql([
      [
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:ReceiveMessage",
      ],
      ["sqs:SendMessage"],
      ["logs:CreateLogStream", "logs:PutLogEvents"],
    ]);
  });
});

describe("components/flows/release/release [E4]", () => {
  const onHub = { ...access, hubBusName: "cordon-hub", deploymentRole: "cordon-deploy" };
  const release = () => new ReleaseFunction("release", onHub);

  it("may assume release roles only, record and announce, and work its own queue off", async () => {
    const { named } = await record(release);
    expect(named("release-events-worker-role").inputs.name).to.equal("cordon-release");
    expect(JSON.parse(named("release-events-worker-policy").inputs.policy).Statement).to.deep.equal(
      [
        {
          Effect: "Allow",
          Action: ["sts:AssumeRole"],
          Resource: [
            "arn:aws:iam::*:role/cordon-release-instance",
            "arn:aws:iam::*:role/cordon-release-identity",
            "arn:aws:iam::*:role/cordon-release-posture",
            "arn:aws:iam::*:role/cordon-release-resource",
          ],
          Condition: { StringEquals: { "aws:ResourceOrgID": "o-exampleorgid" } },
        },
        publishing,
        {
          Effect: "Allow",
          Action: ["dynamodb:Query"],
          Resource: ["arn:journal"],
          Condition: {
            "ForAllValues:StringLike": {
              "dynamodb:LeadingKeys": ["????????????????", "exposed/*"],
            },
          },
        },
        {
          Effect: "Allow",
          Action: ["dynamodb:UpdateItem"],
          Resource: ["arn:journal"],
          Condition: {
            "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["????????????????"] },
          },
        },
        {
          Effect: "Allow",
          Action: ["dynamodb:Query", "dynamodb:UpdateItem"],
          Resource: ["arn:journal"],
          Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["brake/*"] } },
        },
        usingTheKey,
        readingOpenIncidents,
        { Effect: "Allow", Action: ["kms:VerifyMac"], Resource: ["arn:seals"] },
        {
          Effect: "Allow",
          Action: [
            "sqs:ChangeMessageVisibility",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:ReceiveMessage",
          ],
          Resource: ["arn:release-events-queue"],
        },
        {
          Effect: "Allow",
          Action: ["sqs:SendMessage"],
          Resource: ["arn:release-events-dead-letters"],
        },
        {
          Effect: "Allow",
          Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
          Resource: ["arn:release-events-worker-log:*"],
        },
      ],
    );
  });

  it("sets every variable that the handler reads", async () => {
    const { named } = await record(release);
    const { timeout, environment } = named("release-events-worker-function").inputs;
    expect(timeout).to.equal(120);
    expect(environment.variables).to.deep.equal({
      JOURNAL_TABLE: "cordon-journal",
      SEAL_KEY: "arn:seals",
      NOTICE_TOPIC_ARN: "arn:topic",
      QUEUE_ARN: "arn:release-events-queue",
      DEAD_LETTER_QUEUE_URL: "url:release-events-dead-letters",
      MAX_RECEIVE_COUNT: "5",
      EXTERNAL_ID: "cordon-prod",
      SECURITY_ACCOUNT: "444455556666",
      DEPLOYMENT_ROLE: "cordon-deploy",
      ROLE_PATH: "/",
    });
  });

  it("receives what analysts send to be released, and nothing else", async () => {
    const { named, ofType } = await record(release);
    expect(ofType("aws:cloudwatch/eventRule:EventRule")).to.have.length(1);
    const { name, eventBusName, eventPattern } = named("release-events-rule").inputs;
    expect([name, eventBusName]).to.deep.equal(["cordon-release", "cordon-hub"]);
    expect(JSON.parse(eventPattern)).to.deep.equal({
      source: ["aws.securityhub"],
      "detail-type": ["Security Hub Findings - Custom Action"],
      resources: [{ suffix: ":action/custom/CordonRelease" }],
    });
    expect(named("release-events-target").inputs).to.deep.equal({
      rule: "cordon-release",
      eventBusName: "cordon-hub",
      targetId: "cordon-release",
      arn: "arn:release-events-queue",
      deadLetterConfig: { arn: "arn:release-events-dead-letters" },
    });
    for (const queue of ["release-events-queue", "release-events-dead-letters"]) {
      const { Statement } = JSON.parse(named(`${queue}-policy`).inputs.policy);
      expect(Statement[0], queue).to.deep.equal({
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: `arn:${queue}`,
        Condition: { ArnEquals: { "aws:SourceArn": "arn:release-events-rule" } },
      });
    }
    expect(refusals(named("release-events-queue-policy"))).to.deep.equal([
      keepsOthersOut("arn:release-events-queue", "arn:release-events-rule"),
    ]);
  });

  it("gives a request up after five deliveries", async () => {
    const { named } = await record(release);
    const { name, redrivePolicy } = named("release-events-queue").inputs;
    expect(name).to.equal("cordon-release");
    expect(JSON.parse(redrivePolicy)).to.deep.equal({
      deadLetterTargetArn: "arn:release-events-dead-letters",
      maxReceiveCount: 5,
    });
    const { dimensions, alarmActions, alarmDescription } = named("release-events-alarm").inputs;
    expect([dimensions, alarmActions, alarmDescription]).to.deep.equal([
      { QueueName: "cordon-release-dead-letters" },
      ["arn:topic"],
      "Release requests that were not answered have waited in cordon-release-dead-letters for 5 minutes: cordon-notify-dead-letters does not keep them, and nobody is notified of them.",
    ]);
  });

  it("finds release roles where the organization keeps its roles", async () => {
    const { named } = await record(
      () => new ReleaseFunction("release", { ...onHub, rolePath: "/security/" }),
    );
    expect(named("release-events-worker-function").inputs.environment.variables.ROLE_PATH).to.equal(
      "/security/",
    );
    expect(
      JSON.parse(named("release-events-worker-policy").inputs.policy).Statement[0].Resource,
    ).to.eql([
      "arn:aws:iam::*:role/security/cordon-release-instance",
      "arn:aws:iam::*:role/security/cordon-release-identity",
      "arn:aws:iam::*:role/security/cordon-release-posture",
      "arn:aws:iam::*:role/security/cordon-release-resource",
    ]);
  });

  it("is called cordon-release, and its queue alone triggers it", async () => {
    const { named, ofType } = await record(release);
    expect(named("release-events-worker-function").inputs.name).to.equal("cordon-release");
    expect(ofType("aws:lambda/permission:Permission")).to.deep.equal([]);
    const mappings = ofType("aws:lambda/eventSourceMapping:EventSourceMapping");
    expect(mappings.map(({ inputs }) => [inputs.eventSourceArn, inputs.batchSize])).to.deep.equal([
      ["arn:release-events-queue", 1],
    ]);
  });
});
