import { expect } from "chai";
import { document, MemberRoles } from "../../components/remediate/member-roles";
import { ReleaseFunction } from "../../components/remediate/release-function";
import { Responder } from "../../components/remediate/responder";
import { record } from "./recorder";

const access = {
  homeRegion: "us-east-1",
  partition: "aws",
  noticeTopicArn: "arn:topic",
  keyArn: "arn:key",
  journalTableName: "cordon-journal",
  journalTableArn: "arn:journal",
  externalId: "cordon-prod",
};

const recordStatements = [
  { Effect: "Allow", Action: ["sns:Publish"], Resource: ["arn:topic"] },
  {
    Effect: "Allow",
    Action: ["dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"],
    Resource: ["arn:journal"],
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
];

describe("components/remediate/responder", () => {
  const responder = () =>
    new Responder("contain-instance", {
      ...access,
      playbook: "contain-instance",
      mode: "dry-run",
      sampleFindings: "log",
      organizationId: "o-exampleorgid",
      managementAccount: "111122223333",
      governedRegions: ["us-east-1", "eu-west-1"],
      protectedResources: ["arn:aws:s3:::one", "arn:aws:s3:::two"],
      breakGlassRoles: ["rescue,1"],
      breakGlassUsers: ["rescue/*"],
      disableKeys: "named",
      hubBusName: "cordon-hub",
    });

  it("answers GuardDuty's findings about instances from its own queue", async () => {
    const { named } = await record(responder);
    const { name, eventPattern } = named("contain-instance-events-rule").inputs;
    expect(name).to.equal("cordon-contain-instance");
    const pattern = JSON.parse(eventPattern);
    expect(pattern.source).to.deep.equal(["aws.guardduty"]);
    expect(pattern.detail.resource).to.deep.equal({ resourceType: ["Instance"] });
    expect(pattern.detail.type).to.deep.include({ prefix: "Backdoor:EC2/" });
    expect(named("contain-instance-events-queue").inputs.name).to.equal("cordon-contain-instance");
  });

  it("tells its function everything the handler asks for", async () => {
    const { named } = await record(responder);
    const { name, timeout, memorySize, environment } = named(
      "contain-instance-events-worker-function",
    ).inputs;
    expect({ name, timeout, memorySize }).to.deep.equal({
      name: "cordon-respond-contain-instance",
      timeout: 120,
      memorySize: 1024,
    });
    expect(environment.variables).to.deep.equal({
      PLAYBOOK: "contain-instance",
      MODE: "dry-run",
      SAMPLE_FINDINGS: "log",
      JOURNAL_TABLE: "cordon-journal",
      NOTICE_TOPIC_ARN: "arn:topic",
      DEAD_LETTER_QUEUE_URL: "url:contain-instance-events-dead-letters",
      EXTERNAL_ID: "cordon-prod",
      GOVERNED_REGIONS: "us-east-1,eu-west-1",
      PROTECTED_RESOURCES: "arn:aws:s3:::one,arn:aws:s3:::two",
      BREAK_GLASS: '{"roles":["rescue,1"],"users":["rescue/*"]}',
      DISABLE_KEYS: "named",
      MAX_RECEIVE_COUNT: "5",
    });
  });

  it("may assume its contain role, ask whose an account is, record and announce", async () => {
    const { named } = await record(responder);
    expect(named("contain-instance-events-worker-role").inputs.name).to.equal(
      "cordon-respond-contain-instance",
    );
    const { Statement } = JSON.parse(named("contain-instance-events-worker-policy").inputs.policy);
    expect(Statement).to.deep.equal([
      {
        Effect: "Allow",
        Action: ["sts:AssumeRole"],
        Resource: ["arn:aws:iam::*:role/cordon-contain-instance"],
      },
      {
        Effect: "Allow",
        Action: ["organizations:DescribeAccount"],
        Resource: ["arn:aws:organizations::111122223333:account/o-exampleorgid/*"],
      },
      ...recordStatements,
      {
        Effect: "Allow",
        Action: [
          "sqs:ChangeMessageVisibility",
          "sqs:DeleteMessage",
          "sqs:GetQueueAttributes",
          "sqs:ReceiveMessage",
        ],
        Resource: ["arn:contain-instance-events-queue"],
      },
      {
        Effect: "Allow",
        Action: ["sqs:SendMessage"],
        Resource: ["arn:contain-instance-events-dead-letters"],
      },
      {
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: ["arn:contain-instance-events-worker-log:*"],
      },
    ]);
  });
});

describe("components/remediate/release-function", () => {
  const release = () => new ReleaseFunction("release", access);

  it("may assume release roles only, record and announce", async () => {
    const { named } = await record(release);
    expect(named("release-worker-role").inputs.name).to.equal("cordon-release");
    expect(JSON.parse(named("release-worker-policy").inputs.policy).Statement).to.deep.equal([
      {
        Effect: "Allow",
        Action: ["sts:AssumeRole"],
        Resource: [
          "arn:aws:iam::*:role/cordon-release-instance",
          "arn:aws:iam::*:role/cordon-release-identity",
        ],
      },
      ...recordStatements,
      {
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: ["arn:release-worker-log:*"],
      },
    ]);
  });

  it("is called cordon-release and nothing triggers it", async () => {
    const { named, ofType } = await record(release);
    expect(named("release-worker-function").inputs.name).to.equal("cordon-release");
    expect(ofType("aws:lambda/permission:Permission")).to.deep.equal([]);
    expect(ofType("aws:lambda/eventSourceMapping:EventSourceMapping")).to.deep.equal([]);
  });
});

describe("components/remediate/member-roles", () => {
  const roles = () =>
    new MemberRoles("roles", {
      account: "777788889999",
      partition: "aws",
      securityAccount: "444455556666",
      organizationId: "o-exampleorgid",
      externalId: "cordon-prod",
      breakGlassRoles: ["break-glass/*"],
      breakGlassUsers: ["rescue/*"],
    });

  const trusts = [
    [
      "cordon-contain-identity",
      "cordon-respond-contain-access-key",
      "cordon-respond-revoke-sessions",
      "cordon-cut-exposed-key",
    ],
    ["cordon-contain-instance", "cordon-respond-contain-instance"],
    ["cordon-investigate-identity", "cordon-look-up-activity", "cordon-reconcile-exposed-keys"],
    ["cordon-release-identity", "cordon-release"],
    ["cordon-release-instance", "cordon-release"],
  ] as const;
  for (const [role, ...trusted] of trusts) {
    it(`lets ${trusted.join(" and ")} alone assume ${role}, for an hour`, async () => {
      const { named } = await record(roles);
      const { assumeRolePolicy, ...inputs } = named(`roles-${role}`).inputs;
      expect(inputs.name).to.equal(role);
      expect(inputs.maxSessionDuration).to.equal(3600);
      expect(inputs.tags).to.deep.equal({ cordon: "role" });
      expect(JSON.parse(assumeRolePolicy)).to.deep.equal({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { AWS: "arn:aws:iam::444455556666:root" },
            Action: "sts:AssumeRole",
            Condition: {
              StringEquals: {
                "aws:PrincipalOrgID": "o-exampleorgid",
                "sts:ExternalId": "cordon-prod",
              },
              ArnEquals: {
                "aws:PrincipalArn": trusted.map((name) => `arn:aws:iam::444455556666:role/${name}`),
              },
              StringLike: { "sts:RoleSessionName": "cordon-*" },
            },
          },
        ],
      });
    });
  }

  it("denies every role every way back in, break-glass roles and users included", async () => {
    const { named } = await record(roles);
    for (const [role] of trusts) {
      const { policy, role: attached } = named(`roles-${role}-policy`).inputs;
      expect(attached).to.equal(role);
      const denied = JSON.parse(policy).Statement.filter(
        (statement: { Effect: string }) => statement.Effect === "Deny",
      );
      expect(denied).to.have.length(2);
      expect(denied[0].Resource).to.include.members([
        "arn:aws:iam::777788889999:role/cordon-*",
        "arn:aws:iam::777788889999:role/break-glass/*",
      ]);
      expect(denied[1].Resource).to.deep.equal(["arn:aws:iam::777788889999:user/rescue/*"]);
    }
  });

  it("lets the role that investigates read two things, and change none", async () => {
    const { named } = await record(roles);
    const { policy } = named("roles-cordon-investigate-identity-policy").inputs;
    const allowed = JSON.parse(policy).Statement.filter(
      (statement: { Effect: string }) => statement.Effect === "Allow",
    );
    // Neither action takes a resource: AWS grants them on everything or not at all.
    expect(allowed).to.deep.equal([
      {
        Effect: "Allow",
        Action: ["cloudtrail:LookupEvents", "support:DescribeTrustedAdvisorCheckResult"],
        Resource: ["*"],
      },
    ]);
  });

  it("lets only the contain role snapshot, and only the release role register targets", async () => {
    const { named } = await record(roles);
    const [contain, release] = ["contain", "release"].map(
      (move) => named(`roles-cordon-${move}-instance-policy`).inputs.policy,
    );
    expect(contain).to.include("ec2:CreateSnapshots");
    expect(contain).not.to.include("elasticloadbalancing:RegisterTargets");
    expect(release).to.include("elasticloadbalancing:RegisterTargets");
    expect(release).not.to.include("ec2:CreateSnapshots");
  });

  it("refuses a policy longer than IAM takes", () => {
    expect(document("policy of cordon-x", { a: "b" }, 9)).to.equal('{"a":"b"}');
    expect(() => document("policy of cordon-x", { a: "bc" }, 9)).to.throw(
      Error,
      "the policy of cordon-x must take at most 9 characters, but 10 were needed",
    );
  });
});
