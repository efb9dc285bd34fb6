import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { readContract } from "../../contract";
import { deploy } from "../../deploy";
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
  detection: "managed",
  organizationRoot: "r-ab12",
  guardDutyFeatures: ["S3_DATA_EVENTS"],
  suppressionFilters: [],
  trustedAddresses: [],
  publishFindings: true,
  securityHub: "enable",
  securityHubStandards: [],
  securityHubRegions: "governed",
};

const calls: Calls = ({ token, inputs, provider }) => {
  switch (token) {
    case "aws:index/getPartition:getPartition":
      return { partition: "aws" };
    case "aws:index/getCallerIdentity:getCallerIdentity":
      return { accountId: "444455556666" };
    case "aws:ec2/getVpcs:getVpcs":
      return { ids: [provider?.includes("member-777788889999") ? "vpc-m" : "vpc-s"] };
    case "aws:ec2/getVpcEndpoint:getVpcEndpoint":
      if (inputs.vpcId === "vpc-m" && inputs.region === "us-east-1") {
        return { securityGroupIds: ["sg-endpoint"] };
      }
      throw providerError("no matching EC2 VPC Endpoint found");
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

describe("deploy", () => {
  it("keeps the promise of the contract", async () => {
    const { result } = await record(() => deploy(settings), calls);
    expect(await resolved(result as pulumi.Input<object>)).to.deep.equal({
      mode: "dry-run",
      hubBusArn: "arn:hub-bus",
      noticeTopicArn: "arn:notifications-topic",
      journalTableName: "cordon-journal",
      releaseFunctionName: "cordon-release",
      memberRoleNames: [
        "cordon-contain-instance",
        "cordon-release-instance",
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
      exposedKeys: {
        stateMachineArn: "arn:exposed-key-machine",
        deadLetterQueueUrl: "url:exposed-key-dead-letters",
        reconcileFunctionName: "cordon-reconcile-exposed-keys",
      },
    });
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
        name: "member-777788889999",
        region: "us-east-1",
        roles: [
          {
            roleArn: "arn:aws:iam::777788889999:role/OrganizationAccountAccessRole",
            sessionName: "cordon-deploy",
          },
        ],
      },
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
    expect(ofType("cordon:detect:Forwarding").length).to.equal(5);
  });

  it("puts into a member its roles, its groups, its forwarding and nothing else", async () => {
    const { resources } = await record(() => deploy(settings), calls);
    const inMember = resources
      .filter((resource) => resource.provider === "member-777788889999")
      .map((resource) => `${resource.type.split(":").at(-1)} ${resource.name}`);
    expect(inMember.sort()).to.deep.equal([
      "EventRule forwarding-exposures-777788889999-rule",
      "EventTarget forwarding-exposures-777788889999-target",
      "Queue forwarding-exposures-777788889999-dead-letters",
      "QueuePolicy forwarding-exposures-777788889999-dead-letters-policy",
      "Role forwarding-exposures-777788889999-role",
      "Role roles-777788889999-cordon-contain-identity",
      "Role roles-777788889999-cordon-contain-instance",
      "Role roles-777788889999-cordon-investigate-identity",
      "Role roles-777788889999-cordon-release-identity",
      "Role roles-777788889999-cordon-release-instance",
      "RolePolicy forwarding-exposures-777788889999-policy",
      "RolePolicy roles-777788889999-cordon-contain-identity-policy",
      "RolePolicy roles-777788889999-cordon-contain-instance-policy",
      "RolePolicy roles-777788889999-cordon-investigate-identity-policy",
      "RolePolicy roles-777788889999-cordon-release-identity-policy",
      "RolePolicy roles-777788889999-cordon-release-instance-policy",
      "SecurityGroup quarantine-777788889999-eu-west-1-vpc-m",
      "SecurityGroup quarantine-777788889999-us-east-1-vpc-m",
      "SecurityGroupEgressRule quarantine-777788889999-us-east-1-vpc-m-sg-endpoint",
    ]);
  });

  it("governs the security account like a member", async () => {
    const { named } = await record(() => deploy(settings), calls);
    expect(named("roles-444455556666-cordon-contain-instance").inputs.name).to.equal(
      "cordon-contain-instance",
    );
  });

  it("forwards findings from every governed region, and exposures from every account", async () => {
    const { resources } = await record(() => deploy(settings), calls);
    expect(
      resources
        .filter((resource) => resource.type === "cordon:detect:Forwarding")
        .map((resource) => resource.name)
        .sort(),
    ).to.deep.equal([
      "forwarding-eu-west-1",
      "forwarding-exposures-444455556666",
      "forwarding-exposures-777788889999",
      "forwarding-security-hub",
      "forwarding-us-east-1",
    ]);
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
    const { resources } = await record(() => deploy(everything), calls);
    const types = new Set(resources.map((resource) => resource.type));
    expect([...types].filter((type) => type.startsWith("aws:")).sort()).to.deep.equal([
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
      "aws:sqs/queue:Queue",
      "aws:sqs/queuePolicy:QueuePolicy",
      "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
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
});

describe("contract", () => {
  it("is read from another stack output by output", async () => {
    const { result } = await record(() => {
      const contract = readContract(new pulumi.StackReference("organization/cordon/prod"));
      return Object.keys(contract).sort();
    });
    expect(result).to.deep.equal([
      "exposedKeys",
      "hubBusArn",
      "journalTableName",
      "memberRoleNames",
      "mode",
      "noticeTopicArn",
      "quarantineGroups",
      "releaseFunctionName",
      "responders",
      "triage",
    ]);
  });
});
