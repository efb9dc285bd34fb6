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
  accessKeyRule: "deploy",
  accessKeyMaxAgeDays: 90,
  accessKeyCheckHours: "24",
  accessKeyAttempts: 5,
  accessKeyRetrySeconds: 60,
  accessKeyPublishers: "organization",
  accessKeyPublisherAccounts: [],
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
    default:
      throw new Error(`unexpected invoke ${token}`);
  }
};

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
      accessKeys: {
        topicArn: "arn:access-keys-topic",
        queueUrl: "url:access-key-reports-queue",
        queueArn: "arn:access-key-reports-queue",
        deadLetterQueueUrl: "url:access-key-reports-dead-letters",
        functionName: "cordon-tell-old-key",
      },
    });
  });

  it("reaches each member, and no other account, through its deployment role", async () => {
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
    ]);
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
    const { resources } = await record(() => deploy(settings), calls);
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
      "aws:iam/role:Role",
      "aws:iam/rolePolicy:RolePolicy",
      "aws:kms/alias:Alias",
      "aws:kms/key:Key",
      "aws:lambda/eventSourceMapping:EventSourceMapping",
      "aws:lambda/function:Function",
      "aws:lambda/permission:Permission",
      "aws:sfn/stateMachine:StateMachine",
      "aws:sns/topic:Topic",
      "aws:sns/topicPolicy:TopicPolicy",
      "aws:sns/topicSubscription:TopicSubscription",
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
      "accessKeys",
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
