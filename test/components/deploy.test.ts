import type * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { busRules, otherRoles } from "../../cli/check/needs";
import { deploy } from "../../deploy";
import { memberRoles } from "../../functions/permissions";
import type { Settings } from "../../settings";
import { type Calls, providerError, record, resolved } from "./recorder";

const settings: Settings = {
  stage: "prod",
  mode: "dry-run",
  organizationId: "o-exampleorgid",
  homeRegion: "us-east-1",
  governedRegions: ["us-east-1", "eu-west-1"],
  managementAccount: "111122223333",
  securityAccount: "444455556666",
  memberAccounts: ["777788889999"],
  deploymentRole: "OrganizationAccountAccessRole",
  externalId: "cordon-prod",
  sampleFindings: "log",
  protectedResources: [],
  breakGlassRoles: [],
  breakGlassUsers: [],
  disableKeys: "all",
  lookbackHours: 24,
  reconcileHours: 6,
  consumerAccounts: [],
  serviceControlPolicy: "none",
  serviceControlPolicyTargets: [],
  deployers: [],
  conformancePack: "none",
  conformancePackExcludedAccounts: [],
  detection: "managed",
  organizationRoot: "r-ab12",
  guardDutyFeatures: ["S3_DATA_EVENTS"],
  suppressionFilters: [],
  trustedAddresses: [],
  publishFindings: true,
  securityHub: "enable",
  securityHubStandards: [],
  securityHubRegions: "governed",
  memberDeployment: "direct",
  organizationalUnits: [],
  rolePath: "/",
  failureTolerancePercentage: 10,
  maxConcurrentPercentage: 25,
  governManagementAccount: false,
  sweepHours: 6,
  accessKeyRule: "deploy",
  accessKeyMaxAgeDays: 90,
  accessKeyCheckHours: "24",
  accessKeyAttempts: 5,
  accessKeyRetrySeconds: 60,
  accessKeyPublishers: "organization",
  accessKeyPublisherAccounts: [],
  accessKeyQueues: [],
};
const byStackSets: Settings = {
  ...settings,
  memberDeployment: "stack-sets",
  organizationalUnits: ["r-exam"],
};

const calls: Calls = ({ token, provider }) => {
  switch (token) {
    case "aws:index/getPartition:getPartition":
      return { partition: "aws" };
    case "aws:index/getCallerIdentity:getCallerIdentity":
      return { accountId: "444455556666" };
    case "aws:ec2/getVpcs:getVpcs":
      return { ids: [provider?.includes("member-777788889999") ? "vpc-m" : "vpc-s"] };
    case "aws:ec2/getSecurityGroups:getSecurityGroups":
      return { ids: [], vpcIds: [] };
    case "aws:guardduty/getDetector:getDetector":
      throw providerError("reading this account's single GuardDuty Detector: empty result");
    case "aws:iam/getRoles:getRoles":
      return { arns: [], names: [] };
    default:
      throw new Error(`unexpected invoke ${token}`);
  }
};

const designation = "aws:guardduty/organizationAdminAccount:OrganizationAdminAccount";
const hubDesignation = "aws:securityhub/organizationAdminAccount:OrganizationAdminAccount";
const members = "aws:guardduty/organizationConfiguration:OrganizationConfiguration";

/** Runs the deployment with one invoke answered otherwise; returns the error it ends with. */
async function failure(token: string, answer: Record<string, string>): Promise<string> {
  const outcome = await record(
    () => deploy(settings),
    (args) => (args.token === token ? answer : calls(args)),
  ).catch((error: Error) => error);
  return outcome instanceof Error ? outcome.message : "no error";
}

/** What is registered where one account forwards one kind of events. */
function forwardingOf(place: string, what: string): readonly string[] {
  const name = `baseline-${place}-cordon-forward-${what}`;
  return [
    `EventRule ${name}-rule`,
    `EventTarget ${name}-rule-cordon-hub`,
    `Queue ${name}-dead-letters`,
    `QueuePolicy ${name}-dead-letters-policy`,
    `Role ${name}-role`,
    `RolePolicy ${name}-role-hub`,
  ];
}

/** Deploys by StackSets to some units; tells how it ended, and about whom Organizations was asked. */
async function withUnits(organizationalUnits: readonly string[]) {
  const asked: string[] = [];
  const result = await record(
    () => deploy({ ...byStackSets, organizationalUnits }),
    (args) => {
      if (args.token !== "aws:organizations/getEntityPath:getEntityPath") return calls(args);
      asked.push(args.inputs.entityId);
      const above = "o-exampleorgid/r-exam/ou-exam-security/ou-exam-audit000";
      return { entityPath: `${above}/${args.inputs.entityId}/` };
    },
  ).then(
    () => "deployed",
    (error: Error) => error.message,
  );
  return { result, asked };
}

describe("deploy", () => {
  it("keeps the promise of the contract", async () => {
    const { result } = await record(() => deploy(settings), calls);
    expect(await resolved(result as pulumi.Input<object>)).to.deep.equal({
      contractVersion: 1,
      mode: "dry-run",
      hubBusArn: "arn:hub-bus",
      noticeTopicArn: "arn:notifications-topic",
      journalTableName: "cordon-journal",
      releaseFunctionName: "cordon-release",
      memberRoleNames: [
        "cordon-contain-instance",
        "cordon-release-instance",
        "cordon-prepare-instance",
        "cordon-contain-identity",
        "cordon-release-identity",
        "cordon-investigate-identity",
      ],
      quarantineGroups: {
        "444455556666/eu-west-1/vpc-s": "id:quarantine-444455556666-eu-west-1-vpc-s",
        "444455556666/us-east-1/vpc-s": "id:quarantine-444455556666-us-east-1-vpc-s",
        "777788889999/eu-west-1/vpc-m": "id:quarantine-777788889999-eu-west-1-vpc-m",
        "777788889999/us-east-1/vpc-m": "id:quarantine-777788889999-us-east-1-vpc-m",
      },
      responders: {
        "contain-instance": {
          queueUrl: "url:contain-instance-events-queue",
          queueArn: "arn:contain-instance-events-queue",
          deadLetterQueueUrl: "url:contain-instance-events-dead-letters",
          functionName: "cordon-respond-contain-instance",
        },
        "contain-access-key": {
          queueUrl: "url:contain-access-key-events-queue",
          queueArn: "arn:contain-access-key-events-queue",
          deadLetterQueueUrl: "url:contain-access-key-events-dead-letters",
          functionName: "cordon-respond-contain-access-key",
        },
        "revoke-sessions": {
          queueUrl: "url:revoke-sessions-events-queue",
          queueArn: "arn:revoke-sessions-events-queue",
          deadLetterQueueUrl: "url:revoke-sessions-events-dead-letters",
          functionName: "cordon-respond-revoke-sessions",
        },
      },
      triage: {
        queueUrl: "url:triage-events-queue",
        queueArn: "arn:triage-events-queue",
        deadLetterQueueUrl: "url:triage-events-dead-letters",
        functionName: "cordon-triage",
      },
      sweeper: {
        queueUrl: "url:sweeper-events-queue",
        queueArn: "arn:sweeper-events-queue",
        deadLetterQueueUrl: "url:sweeper-events-dead-letters",
        functionName: "cordon-sweep",
      },
      exposedKeys: {
        stateMachineArn: "arn:exposed-key-machine",
        deadLetterQueueUrl: "url:exposed-key-dead-letters",
        reconcileFunctionName: "cordon-reconcile-exposed-keys",
      },
      accessKeys: {
        topicArn: "arn:access-keys-topic",
        queueUrl: "url:access-key-reports-queue",
        queueArn: "arn:access-key-reports-queue",
        deadLetterQueueUrl: "url:access-key-reports-dead-letters",
        functionName: "cordon-tell-old-key",
      },
    });
  });

  it("makes as many roles and rules as the preflight asks for room", async () => {
    const { resources } = await record(() => deploy(settings), calls);
    const baseline = new Set(memberRoles.map(({ name }) => name));
    const at = (account: string, type: string) =>
      resources.filter((resource) => {
        const there = account === settings.securityAccount ? undefined : `member-${account}`;
        return resource.type === type && resource.provider === there;
      });
    for (const account of [settings.securityAccount, "777788889999"]) {
      const roles = at(account, "aws:iam/role:Role").filter(
        ({ inputs }) => !baseline.has(inputs.name),
      );
      expect(roles).to.have.length(otherRoles(settings, account));
      for (const region of settings.governedRegions) {
        const rules = at(account, "aws:cloudwatch/eventRule:EventRule").filter(({ inputs }) => {
          const { eventBusName = "default", region: where = settings.homeRegion } = inputs;
          return eventBusName === "default" && where === region;
        });
        expect(rules).to.have.length(busRules(settings, { account, region }));
      }
    }
  });

  it("reaches each member and the management account through their deployment role", async () => {
    const { ofType } = await record(() => deploy(settings), calls);
    expect(
      ofType("pulumi:providers:aws").map(({ name, inputs }) => ({
        name,
        region: inputs.region,
        roles: JSON.parse(inputs.assumeRoles),
      })),
    ).to.deep.equal([
      {
        name: "management",
        region: "us-east-1",
        roles: [
          {
            roleArn: "arn:aws:iam::111122223333:role/OrganizationAccountAccessRole",
            sessionName: "cordon-deploy",
          },
        ],
      },
      {
        name: "member-777788889999",
        region: "us-east-1",
        roles: [
          {
            roleArn: "arn:aws:iam::777788889999:role/OrganizationAccountAccessRole",
            sessionName: "cordon-deploy",
          },
        ],
      },
    ]);
  });

  it("puts into the management account designations, GuardDuty's role and nothing else", async () => {
    const { resources } = await record(() => deploy(settings), calls);
    const there = resources
      .filter((resource) => resource.provider === "management")
      .map((resource) => resource.type);
    expect(there).to.deep.equal([
      "aws:organizations/awsServiceAccess:AwsServiceAccess",
      "aws:organizations/delegatedAdministrator:DelegatedAdministrator",
      "aws:organizations/delegatedAdministrator:DelegatedAdministrator",
      "aws:iam/serviceLinkedRole:ServiceLinkedRole",
      "aws:guardduty/organizationAdminAccount:OrganizationAdminAccount",
      "aws:guardduty/organizationAdminAccount:OrganizationAdminAccount",
      "aws:securityhub/organizationAdminAccount:OrganizationAdminAccount",
    ]);
  });

  it("sets up detectors before their administrator, and the organization after it", async () => {
    const { resources } = await record(() => deploy(settings), calls);
    const order = resources.map(({ type }) => type);
    const first = (type: string) => order.findIndex((each) => each.endsWith(`:${type}`));
    expect(first("Detector")).to.be.lessThan(order.indexOf(designation));
    expect(first("Account")).to.be.lessThan(order.lastIndexOf(hubDesignation));
    expect(order.lastIndexOf(designation)).to.be.lessThan(order.indexOf(members));
    expect(order.lastIndexOf(hubDesignation)).to.be.lessThan(first("FindingAggregator"));
  });

  it("leaves GuardDuty and Security Hub alone where others run them, and still forwards", async () => {
    const others: Settings = { ...settings, detection: "existing", organizationRoot: "" };
    const { resources, ofType } = await record(
      () => deploy(others),
      (args) => {
        expect(args.token).not.to.match(/guardduty|getRoles/);
        return calls(args);
      },
    );
    const types = [...new Set(resources.map(({ type }) => type))];
    expect(types.filter((type) => /^aws:(guardduty|securityhub|s3)/.test(type))).to.deep.equal([]);
    expect(ofType("aws:iam/serviceLinkedRole:ServiceLinkedRole")).to.deep.equal([]);
    expect(
      ofType("aws:organizations/delegatedAdministrator:DelegatedAdministrator").length,
    ).to.equal(2);
    const forwarding = ofType("aws:cloudwatch/eventRule:EventRule").filter(({ inputs }) =>
      inputs.name.startsWith("cordon-forward-"),
    );
    expect(forwarding).to.have.length(13);
  });

  it("puts into a member its roles, its groups, its forwarding and nothing else", async () => {
    const { resources } = await record(() => deploy(settings), calls);
    const inMember = resources
      .filter((resource) => resource.provider === "member-777788889999")
      .map((resource) => `${resource.type.split(":").at(-1)} ${resource.name}`);
    expect(inMember.sort()).to.deep.equal(
      [
        ...forwardingOf("777788889999", "exposures"),
        ...["eu-west-1", "us-east-1"].flatMap((region) => [
          ...forwardingOf(`777788889999-${region}`, "network"),
          ...forwardingOf(`777788889999-${region}`, "compliance"),
        ]),
        ...[
          "contain-identity",
          "contain-instance",
          "investigate-identity",
          "prepare-instance",
          "release-identity",
          "release-instance",
        ].flatMap((role) => [
          `Role baseline-777788889999-cordon-${role}`,
          `RolePolicy baseline-777788889999-cordon-${role}-derived`,
        ]),
        "Document baseline-777788889999-access-keys-access-keys-document",
        "RemediationConfiguration baseline-777788889999-access-keys-access-keys-remediation",
        "Role baseline-777788889999-access-keys-access-keys-role",
        "RolePolicy baseline-777788889999-access-keys-access-keys-role-tell",
        "Rule baseline-777788889999-access-keys-access-keys-rule",
        "SecurityGroup quarantine-777788889999-eu-west-1-vpc-m",
        "SecurityGroup quarantine-777788889999-us-east-1-vpc-m",
      ].sort(),
    );
  });

  it("governs the security account like a member", async () => {
    const { named } = await record(() => deploy(settings), calls);
    expect(named("baseline-444455556666-cordon-contain-instance").inputs.name).to.equal(
      "cordon-contain-instance",
    );
  });

  it("forwards from every governed region and account what each gets", async () => {
    const { ofType } = await record(() => deploy(settings), calls);
    const member = (account: string) => [
      `us-east-1 cordon-forward-exposures baseline-${account}`,
      ...["us-east-1", "eu-west-1"].flatMap((region) => [
        `${region} cordon-forward-network baseline-${account}-${region}`,
        `${region} cordon-forward-compliance baseline-${account}-${region}`,
      ]),
    ];
    expect(
      ofType("aws:cloudwatch/eventRule:EventRule")
        .filter(({ inputs }) => inputs.name.startsWith("cordon-forward-"))
        .map(
          ({ name, inputs }) =>
            `${inputs.region} ${inputs.name} ${name.slice(0, name.indexOf("-cordon-"))}`,
        )
        .sort(),
    ).to.deep.equal(
      [
        "us-east-1 cordon-forward-guardduty forwarding-us-east-1",
        "eu-west-1 cordon-forward-guardduty forwarding-eu-west-1",
        "us-east-1 cordon-forward-security-hub forwarding-security-hub",
        ...member("444455556666"),
        ...member("777788889999"),
      ].sort(),
    );
  });

  it("covers the management account directly, by its deployment role, only when it is told to", async () => {
    const inManagement = async (changes: Partial<Settings>) => {
      const { resources } = await record(() => deploy({ ...byStackSets, ...changes }), calls);
      return resources
        .filter(({ provider }) => provider === "member-111122223333")
        .map(({ type }) => type.split(":").at(-1));
    };
    expect(await inManagement({})).to.deep.equal([]);
    const found = await inManagement({ governManagementAccount: true });
    expect(found.filter((type) => type === "Role")).to.have.length(12);
    expect(found.filter((type) => type === "SecurityGroup")).to.have.length(2);
    const { named } = await record(
      () => deploy({ ...byStackSets, governManagementAccount: true }),
      calls,
    );
    expect(JSON.parse(named("member-111122223333").inputs.assumeRoles)[0].roleArn).to.equal(
      "arn:aws:iam::111122223333:role/OrganizationAccountAccessRole",
    );
  });

  it("leaves the rule about old access keys out, wherever it would stand, where told so", async () => {
    for (const mode of [settings, byStackSets]) {
      const { resources } = await record(
        () => deploy({ ...mode, accessKeyRule: "none", governManagementAccount: true }),
        calls,
      );
      const about = resources.filter(({ type }) => /:(cfg|ssm)\//.test(type));
      expect(about.map(({ name }) => name)).to.deep.equal([]);
      const stackSets = resources.flatMap(({ type, inputs }) =>
        type.endsWith(":StackSet") ? [inputs.name] : [],
      );
      expect(stackSets).not.to.include("cordon-baseline-access-keys");
    }
  });

  describe("by StackSets", () => {
    it("keeps the rule about old access keys apart from the roles: it fails without a recorder", async () => {
      const { named } = await record(() => deploy(byStackSets), calls);
      const types = (name: string) => {
        const { Resources } = JSON.parse(named(name).inputs.templateBody);
        return Object.values(Resources as Record<string, { Type: string }>).map(({ Type }) => Type);
      };
      expect(types("member-baseline-access-keys")).to.deep.equal([
        "AWS::IAM::Role",
        "AWS::SSM::Document",
        "AWS::Config::ConfigRule",
        "AWS::Config::RemediationConfiguration",
      ]);
      for (const other of ["global", "regional"]) {
        expect(types(`member-baseline-${other}`).filter((type) => /Config|SSM/.test(type))).to.eql(
          [],
        );
      }
      expect(named("member-baseline-access-keys-instances").inputs).to.deep.include({
        regions: ["us-east-1"],
        deploymentTargets: { organizationalUnitIds: ["r-exam"] },
      });
    });

    it("puts into accounts by itself nothing but the groups of those that are listed", async () => {
      const { resources } = await record(() => deploy(byStackSets), calls);
      expect(
        resources
          .filter(({ provider }) => provider !== undefined && provider !== "management")
          .map(({ type }) => type.split(":").at(-1))
          .sort(),
      ).to.deep.equal(["SecurityGroup", "SecurityGroup"]);
      expect(resources.map(({ name }) => name).filter((name) => /^baseline-/.test(name))).to.eql(
        [],
      );
    });

    it("needs no list of accounts at all", async () => {
      const { ofType } = await record(() => deploy({ ...byStackSets, memberAccounts: [] }), calls);
      expect(ofType("pulumi:providers:aws").map(({ name }) => name)).to.deep.equal(["management"]);
      expect(ofType("aws:cloudformation/stackSet:StackSet")).to.have.length(3);
    });

    it("accepts units that hold the security account, at whatever depth", async () => {
      const { result, asked } = await withUnits(["ou-exam-workloads", "ou-exam-security"]);
      expect(result).to.equal("deployed");
      expect(asked).to.deep.equal(["444455556666"]);
    });

    it("refuses units that leave the security account out", async () => {
      const { result } = await withUnits(["ou-exam-workloads"]);
      expect(result).to.equal(
        "cordon:organizationalUnits must hold the security account, but it is at o-exampleorgid/r-exam/ou-exam-security/ou-exam-audit000/444455556666/",
      );
    });

    it("asks nothing about the root, which holds every account", async () => {
      const { result, asked } = await withUnits(["r-exam"]);
      expect([result, asked]).to.deep.equal(["deployed", []]);
    });
  });

  it("lets every role that publishes, and no other, into the topic's policy", async () => {
    const { named } = await record(() => deploy(settings), calls);
    const [functions] = JSON.parse(named("notifications-policy").inputs.policy).Statement;
    expect(functions.Condition.ArnEquals["aws:PrincipalArn"]).to.deep.equal(
      [
        "respond-contain-instance",
        "respond-contain-access-key",
        "respond-revoke-sessions",
        "triage",
        "release",
        "cut-exposed-key",
        "notify-exposure",
        "exposed-key",
        "sweep",
        "tell-old-key",
      ].map((role) => `arn:aws:iam::444455556666:role/cordon-${role}`),
    );
  });

  it("protects the journal from deletion everywhere but in the local stage", async () => {
    const prod = await record(() => deploy(settings), calls);
    const local = await record(() => deploy({ ...settings, stage: "local" }), calls);
    const protectedIn = ({ named }: typeof prod) =>
      named("journal-table").inputs.deletionProtectionEnabled;
    expect([protectedIn(prod), protectedIn(local)]).to.deep.equal([true, false]);
  });

  it("uses no resource type that the local provider lacks", async () => {
    const everything: Settings = {
      ...settings,
      suppressionFilters: [
        {
          name: "scanner",
          description: "",
          criteria: { type: { equals: ["Recon:EC2/Portscan"] } },
        },
      ],
      trustedAddresses: ["198.51.100.0/24"],
    };
    const direct = await record(() => deploy(everything), calls);
    const other = await record(() => deploy(byStackSets), calls);
    const resources = [...direct.resources, ...other.resources];
    const types = new Set(resources.map((resource) => resource.type));
    expect([...types].filter((type) => type.startsWith("aws:")).sort()).to.deep.equal([
      "aws:cfg/remediationConfiguration:RemediationConfiguration",
      "aws:cfg/rule:Rule",
      "aws:cloudformation/stackInstances:StackInstances",
      "aws:cloudformation/stackSet:StackSet",
      "aws:cloudwatch/eventBus:EventBus",
      "aws:cloudwatch/eventBusPolicy:EventBusPolicy",
      "aws:cloudwatch/eventRule:EventRule",
      "aws:cloudwatch/eventTarget:EventTarget",
      "aws:cloudwatch/logGroup:LogGroup",
      "aws:cloudwatch/metricAlarm:MetricAlarm",
      "aws:dynamodb/table:Table",
      "aws:ec2/securityGroup:SecurityGroup",
      "aws:guardduty/detector:Detector",
      "aws:guardduty/detectorFeature:DetectorFeature",
      "aws:guardduty/filter:Filter",
      "aws:guardduty/iPSet:IPSet",
      "aws:guardduty/organizationAdminAccount:OrganizationAdminAccount",
      "aws:guardduty/organizationConfiguration:OrganizationConfiguration",
      "aws:guardduty/organizationConfigurationFeature:OrganizationConfigurationFeature",
      "aws:guardduty/publishingDestination:PublishingDestination",
      "aws:iam/role:Role",
      "aws:iam/rolePolicy:RolePolicy",
      "aws:iam/serviceLinkedRole:ServiceLinkedRole",
      "aws:kms/alias:Alias",
      "aws:kms/key:Key",
      "aws:lambda/eventSourceMapping:EventSourceMapping",
      "aws:lambda/function:Function",
      "aws:lambda/permission:Permission",
      "aws:organizations/awsServiceAccess:AwsServiceAccess",
      "aws:organizations/delegatedAdministrator:DelegatedAdministrator",
      "aws:s3/bucket:Bucket",
      "aws:s3/bucketObjectv2:BucketObjectv2",
      "aws:s3/bucketPolicy:BucketPolicy",
      "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      "aws:securityhub/account:Account",
      "aws:securityhub/actionTarget:ActionTarget",
      "aws:securityhub/configurationPolicy:ConfigurationPolicy",
      "aws:securityhub/configurationPolicyAssociation:ConfigurationPolicyAssociation",
      "aws:securityhub/findingAggregator:FindingAggregator",
      "aws:securityhub/organizationAdminAccount:OrganizationAdminAccount",
      "aws:securityhub/organizationConfiguration:OrganizationConfiguration",
      "aws:sfn/stateMachine:StateMachine",
      "aws:sns/topic:Topic",
      "aws:sns/topicPolicy:TopicPolicy",
      "aws:sns/topicSubscription:TopicSubscription",
      "aws:sqs/queue:Queue",
      "aws:sqs/queuePolicy:QueuePolicy",
      "aws:ssm/document:Document",
    ]);
  });

  it("refuses credentials of another account", async () => {
    expect(
      await failure("aws:index/getCallerIdentity:getCallerIdentity", { accountId: "111122223333" }),
    ).to.equal(
      "the credentials must be those of cordon:securityAccount 444455556666, but they belong to 111122223333",
    );
  });

  it("refuses another partition", async () => {
    expect(
      await failure("aws:index/getPartition:getPartition", { partition: "aws-us-gov" }),
    ).to.equal("the partition must be aws, but the credentials belong to aws-us-gov");
  });

  const pack = "aws:cfg/organizationConformancePack:OrganizationConformancePack";

  it("has the security account itself put the conformance packs, once a region", async () => {
    const { ofType } = await record(
      () => deploy({ ...settings, conformancePack: "deploy" }),
      calls,
    );
    const packs = ofType(pack).map(({ inputs, provider }) => [inputs.region, provider]);
    expect(packs).to.deep.equal([
      ["us-east-1", undefined],
      ["eu-west-1", undefined],
    ]);
  });

  describe("with service control policies", () => {
    const attaching: Settings = {
      ...settings,
      serviceControlPolicy: "attach",
      serviceControlPolicyTargets: ["r-ab12"],
      deployers: ["role/pipelines/CordonDeployer", "role/aws-reserved/sso.amazonaws.com/*"],
    };
    const runBy =
      (issuerArn: string): Calls =>
      (args) => {
        if (args.token === "aws:iam/getSessionContext:getSessionContext") return { issuerArn };
        return calls(args);
      };

    it("attaches them through the deployment role of the management account", async () => {
      const { ofType } = await record(
        () => deploy(attaching),
        runBy("arn:aws:iam::444455556666:role/pipelines/CordonDeployer"),
      );
      const attached = ofType("aws:organizations/policyAttachment:PolicyAttachment");
      expect(attached.map(({ provider, inputs }) => [provider, inputs.targetId])).to.deep.equal([
        ["management", "r-ab12"],
        ["management", "r-ab12"],
      ]);
      const management = ofType("pulumi:providers:aws").find(({ name }) => name === "management");
      expect(JSON.parse(management?.inputs.assumeRoles)).to.deep.equal([
        {
          roleArn: "arn:aws:iam::111122223333:role/OrganizationAccountAccessRole",
          sessionName: "cordon-deploy",
        },
      ]);
    });

    it("takes a pattern for whoever deploys", async () => {
      const { ofType } = await record(
        () => deploy(attaching),
        runBy(
          "arn:aws:iam::444455556666:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0a",
        ),
      );
      expect(ofType("aws:organizations/policy:Policy")).to.have.length(2);
    });

    it("refuses to lock out whoever deploys", async () => {
      const outcome = await record(
        () => deploy(attaching),
        runBy("arn:aws:iam::444455556666:role/CordonDeployer"),
      ).catch((error: Error) => error);
      expect((outcome as Error).message).to.equal(
        'cordon:deployers must include role/CordonDeployer, which runs this deployment and which cordon:serviceControlPolicy attach would stop from running the next, but ["role/pipelines/CordonDeployer","role/aws-reserved/sso.amazonaws.com/*"] was provided',
      );
    });

    it("makes none, and asks nobody, where they are not asked for", async () => {
      const { ofType } = await record(() => deploy(settings), calls);
      expect(ofType("aws:organizations/policy:Policy")).to.deep.equal([]);
      expect(ofType(pack)).to.deep.equal([]);
    });
  });

  const looksWithin = async (changes: Partial<Settings>): Promise<string> => {
    const { named } = await record(() => deploy({ ...settings, ...changes }), calls);
    return named("sweeper-events-worker-function").inputs.environment.variables.WITHIN;
  };

  it("has the sweeper look where something is deployed, and nowhere else", async () => {
    expect(await looksWithin({})).to.equal("444455556666,777788889999,111122223333");
    expect(await looksWithin(byStackSets)).to.equal("");
  });

  it("refuses more accounts, one by one, than a function can be told", async () => {
    const memberAccounts = Array.from({ length: 199 }, (_, n) => String(200_000_000_000 + n));
    const outcome = await record(() => deploy({ ...settings, memberAccounts }), calls).catch(
      (error: Error) => error,
    );
    expect((outcome as Error).message).to.equal(
      "cordon:memberAccounts must list at most 198 accounts where cordon:memberDeployment is direct, but 199 were provided",
    );
  });

  it("puts the range of a staging deployment into its account, and none anywhere else", async () => {
    const staging: Settings = { ...settings, stage: "staging", rangeAccount: "777788889999" };
    const answer: Calls = (args) =>
      args.token === "aws:ssm/getParameter:getParameter" ? { value: "ami-1" } : calls(args);
    const { named } = await record(() => deploy(staging), answer);
    expect(named("range-target").provider).to.equal("member-777788889999");
    expect(named("range-vpc").type).to.equal("awsx:ec2:Vpc");
    const without = await record(() => deploy(settings), calls);
    expect(without.resources.filter(({ name }) => name.startsWith("range"))).to.deep.equal([]);
  });
});
