import type * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { busRules, otherRoles } from "../../cli/check/quota-needs";
import { deploy } from "../../deploy";
import { memberRoles } from "../../functions/iam/member-roles";
import type { Settings } from "../../settings";
import { calls, deployed, deployedByStackSets, settings } from "../support/deployment";
import { type Calls, type Recording, record, resolved } from "../support/recorder";

/** Runs the deployment with one invoke answered otherwise; returns the error it ends with. */
async function failure(token: string, answer: Record<string, string>): Promise<string> {
  const outcome = await record(
    () => deploy(settings),
    (args) => (args.token === token ? answer : calls(args)),
  ).catch((error: Error) => error);
  return outcome instanceof Error ? outcome.message : "no error";
}

describe("deploy [P1] [P2] [P3] [P10] [V1]", () => {
  it("keeps the promise of the contract", async () => {
    const { result } = await deployed();
    expect(await resolved(result as pulumi.Input<object>)).to.deep.equal({
      contractVersion: 1,
      mode: "dry-run",
      policy: {
        notifyFrom: 4,
        automaticFrom: 7,
        playbooks: {
          "contain-instance": { response: "automatic" },
          "contain-access-key": { response: "automatic" },
          "revoke-sessions": { response: "automatic" },
          "contain-sequence": { response: "automatic" },
        },
        rules: [],
      },
      hubBusArn: "arn:hub-bus",
      noticeTopicArn: "arn:notifications-topic",
      journalTableName: "cordon-journal",
      releaseFunctionName: "cordon-release",
      approveFunctionName: "cordon-approve",
      redriveFunctionName: "cordon-redrive",
      approvalPageUrl: "",
      memberRoleNames: [
        "cordon-contain-instance",
        "cordon-release-instance",
        "cordon-prepare-instance",
        "cordon-contain-identity",
        "cordon-release-identity",
        "cordon-investigate-identity",
        "cordon-contain-posture",
        "cordon-release-posture",
        "cordon-contain-resource",
        "cordon-release-resource",
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
        "contain-sequence": {
          queueUrl: "url:contain-sequence-events-queue",
          queueArn: "arn:contain-sequence-events-queue",
          deadLetterQueueUrl: "url:contain-sequence-events-dead-letters",
          functionName: "cordon-respond-contain-sequence",
        },
        "fix-posture": {
          queueUrl: "url:fix-posture-events-queue",
          queueArn: "arn:fix-posture-events-queue",
          deadLetterQueueUrl: "url:fix-posture-events-dead-letters",
          functionName: "cordon-respond-fix-posture",
        },
        "contain-resource": {
          queueUrl: "url:contain-resource-events-queue",
          queueArn: "arn:contain-resource-events-queue",
          deadLetterQueueUrl: "url:contain-resource-events-dead-letters",
          functionName: "cordon-respond-contain-resource",
        },
      },
      urgent: {
        "contain-instance": {
          queueUrl: "url:contain-instance-events-urgent-queue",
          queueArn: "arn:contain-instance-events-urgent-queue",
          deadLetterQueueUrl: "url:contain-instance-events-urgent-dead-letters",
          functionName: "cordon-respond-contain-instance",
        },
      },
      watch: {
        queueUrl: "url:watch-events-queue",
        queueArn: "arn:watch-events-queue",
        deadLetterQueueUrl: "url:watch-events-dead-letters",
        functionName: "cordon-watch",
      },
      triage: {
        queueUrl: "url:triage-events-queue",
        queueArn: "arn:triage-events-queue",
        deadLetterQueueUrl: "url:triage-events-dead-letters",
        functionName: "cordon-triage",
      },
      imported: {
        queueUrl: "url:triage-events-imported-queue",
        queueArn: "arn:triage-events-imported-queue",
        deadLetterQueueUrl: "url:triage-events-imported-dead-letters",
        functionName: "cordon-triage",
      },
      releases: {
        queueUrl: "url:release-events-queue",
        queueArn: "arn:release-events-queue",
        deadLetterQueueUrl: "url:release-events-dead-letters",
        functionName: "cordon-release",
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
      keyRotation: {
        topicArn: "arn:key-rotation-topic",
        queueUrl: "url:key-rotation-reports-events-queue",
        queueArn: "arn:key-rotation-reports-events-queue",
        deadLetterQueueUrl: "url:key-rotation-reports-events-dead-letters",
        functionName: "cordon-notify-key-rotation",
      },
    });
  });

  it("creates as many roles and rules as the preflight check counts", async () => {
    const { resources } = await deployed();
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

  it("sets up detectors before their administrator, and the organization after it", async () => {
    const { madeBefore } = await deployed();
    for (const region of ["us-east-1", "eu-west-1"]) {
      const designated = `management-guardduty-${region}`;
      expect(madeBefore(designated)).to.include(`guardduty-${region}-detector`);
      expect(madeBefore(`guardduty-${region}-organization-members`)).to.include(designated);
    }
    expect(madeBefore("management-security-hub")).to.include("security-hub-account");
    expect(madeBefore("security-hub-organization-aggregator")).to.include(
      "management-security-hub",
    );
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
    ).to.equal(1);
    const forwarding = ofType("aws:cloudwatch/eventRule:EventRule").filter(({ inputs }) =>
      inputs.name.startsWith("cordon-forward-"),
    );
    expect(forwarding).to.have.length(17);
  });

  it("adds the custom actions to a Security Hub that another account runs, where it is on", async () => {
    const others: Settings = {
      ...settings,
      detection: "existing",
      organizationRoot: "",
      securityHub: "adopt",
    };
    const { resources } = await record(() => deploy(others), calls);
    const made = resources.filter(({ type }) => /^aws:(guardduty|securityhub)/.test(type));
    expect(made.map(({ name, inputs }) => [name, inputs.region])).to.deep.equal([
      ["security-hub-action-CordonContain", "us-east-1"],
      ["security-hub-action-CordonDryRun", "us-east-1"],
      ["security-hub-action-CordonRelease", "us-east-1"],
    ]);
  });

  it("lets every role that publishes, and no other, into the topic's policy", async () => {
    const { named } = await deployed();
    const [functions] = JSON.parse(named("notifications-policy").inputs.policy).Statement;
    expect(functions.Condition.ArnEquals["aws:PrincipalArn"]).to.deep.equal(
      [
        "respond-contain-instance",
        "respond-contain-access-key",
        "respond-revoke-sessions",
        "respond-contain-sequence",
        "respond-fix-posture",
        "respond-contain-resource",
        "triage",
        "release",
        "cut-exposed-key",
        "notify-exposure",
        "exposed-key",
        "sweep",
        "notify-key-rotation",
        "ask-approval",
        "notify-dead-letters",
      ].map((role) => `arn:aws:iam::444455556666:role/cordon-${role}`),
    );
  });

  it("protects the journal from deletion everywhere but in the local stage", async () => {
    const prod = await deployed();
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
      conformancePack: "deploy",
    };
    const direct = await record(() => deploy(everything), calls);
    const other = await deployedByStackSets();
    const resources = [...direct.resources, ...other.resources];
    const types = new Set(resources.map((resource) => resource.type));
    expect([...types].filter((type) => type.startsWith("aws:")).sort()).to.deep.equal([
      "aws:cfg/organizationConformancePack:OrganizationConformancePack",
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
      "aws:ssm/parameter:Parameter",
    ]);
  });

  it("gives components types that name no folder, so that moving a file replaces nothing", async () => {
    const { resources } = await deployed();
    const types = resources.map(({ type }) => type).filter((type) => type.startsWith("cordon:"));
    expect(types).to.include("cordon:index:Triage");
    expect(types.filter((type) => !/^cordon:index:[A-Z][A-Za-z]+$/.test(type))).to.deep.equal([]);
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

  it("has the sweeper cover the accounts that are deployed to, and no others", async () => {
    const looksWithin = ({ named }: Recording<unknown>) =>
      named("sweeper-events-worker-function").inputs.environment.variables.TARGET_UNITS;
    expect(looksWithin(await deployed())).to.equal("444455556666,777788889999,111122223333");
    expect(looksWithin(await deployedByStackSets())).to.equal("");
  });

  it("refuses more accounts, listed one by one, than fit a function's environment", async () => {
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
    const without = await deployed();
    expect(without.resources.filter(({ name }) => name.startsWith("range"))).to.deep.equal([]);
  });
});
